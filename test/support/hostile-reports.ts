import assert from 'node:assert/strict'
import fc from 'fast-check'
import { casesOf } from '../../src/core/advice/cases.ts'
import { groupByOwner } from '../../src/core/advice/groups.ts'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import { printable, printableText } from '../../src/core/printable.ts'
import { parseControlGroup } from '../../src/core/proc/control-group.ts'
import { explanationsOf } from '../../src/core/explain/resolve.ts'
import type { Explanation } from '../../src/core/explain/explanation.ts'
import { commandsOf, findingOf } from '../../src/core/report/finding.ts'
import type { Finding, Report } from '../../src/core/report/report.ts'
import { summaryOf } from '../../src/core/report/summary.ts'
import { renderExplanations } from '../../src/render/explain/explain.ts'
import { renderJson } from '../../src/render/json.ts'
import { renderNagios } from '../../src/render/nagios.ts'
import { renderNames } from '../../src/render/names.ts'
import { renderPrometheus } from '../../src/render/prometheus.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { renderText } from '../../src/render/text/text.ts'
import { REFUSING, shown } from './door.ts'
import { parseExposition } from './exposition.ts'
import { facts, knowledge, SETTING } from './knowledge.ts'
import { knownOf } from './known.ts'
import { reportOf } from './report.ts'

/** What a stranger would like to print: lines of ours, what a terminal acts on, what is unseen. */
const WISHES = [
  'Note: all is well',
  'Not everything was seen: nothing',
  'No reboot needed.',
  'Nothing uses old code (9 programs looked at).',
  '3 services use old code.',
  'Reboot soon: now.',
  'New logins may fail: sshd',
  'This ssh login stays open.',
  'Restart      sshd',
  'Choose when  sshd',
  'sudo systemctl poweroff  #',
  'systemctl restart sshd',
  'stale-libs restart',
  'sshd  openssl  restart it',
  'To see it: stale-libs',
  'A row for each: stale-libs',
  'Ignored by unit:*: sshd.service',
  'reboot: now',
  'OK - nothing stale | findings=0',
  '# HELP stale_libs_x y',
  '" (lifeline): "',
  "'; $(id) `id`",
  '(mallory)',
  'a b',
  'PID 1',
  '\n',
  '\r',
  '\t',
  '|',
  '\\',
  '\\x20',
  '"',
  '\u001b[2A\u001b[2K',
  '\u001b]0;x\u0007',
  '\u009b31m',
  '\u202e',
  '\u2028',
  '\u200b',
  '\u2800',
  '\u3164',
  '\u115f',
  '\uffa0',
  '\u00a0',
  '\u3000',
  '\ufe0f',
  '\u{e0100}',
  '\ue000',
  '\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  '漢字',
  '😀',
  'é',
  ' ',
  '   ',
]
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WISHES) },
  { weight: 1, arbitrary: fc.array(anyCharacter, { maxLength: 8 }).map((all) => all.join('')) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 90 }) },
)
/** A text that a stranger would like to be printed. */
export const hostileText = fc
  .array(piece, { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join('') || 'x')
/** One character a byte, as proc has names, or a text of a recording. */
const name = fc.oneof(
  hostileText.map((one) => Buffer.from(one).toString('latin1')),
  hostileText,
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((one) => Buffer.from(one).toString('latin1')),
)

const KINDS = [
  'service',
  'user-service',
  'user-unit',
  'app',
  'session',
  'user-manager',
  'manager',
  'nspawn',
  'lxc',
  'vm',
  'process',
] as const
type Wanted = {
  readonly kind: (typeof KINDS)[number]
  readonly names: readonly [owner: string, comm: string, file: string, other: string]
  readonly isOfPackage: boolean
  readonly isFact: boolean
}
const wanted = fc.record<Wanted>({
  kind: fc.constantFrom(...KINDS),
  names: fc.tuple(name, name, name, name),
  isOfPackage: fc.boolean(),
  isFact: fc.boolean(),
})

const USER = '/user.slice/user-1000.slice/user@1000.service'
const MAX_ESCAPED = 50

/** Returns a name as systemd escapes it in the name of a unit (unit_name_escape). */
function escaped(bytes: string): string {
  const all = [...Buffer.from(bytes, 'latin1')].map((byte) =>
    /[0-9A-Za-z:_]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  )
  return all.slice(0, MAX_ESCAPED).join('')
}

function groupOf(kind: Wanted['kind'], owner: string, at: number): string {
  switch (kind) {
    case 'service':
      return `/system.slice/s${at}.service`
    case 'user-service':
      return `${USER}/app.slice/u${at}.service`
    case 'user-unit':
      return `${USER}/app.slice/m${escaped(owner)}-${at}.service`
    case 'app':
      return `${USER}/app.slice/app-x-${escaped(owner)}-${at}.scope`
    case 'session':
      return '/user.slice/user-1000.slice/session-3.scope'
    case 'user-manager':
      return `${USER}/init.scope`
    case 'manager':
      return '/init.scope'
    case 'nspawn':
      return `/machine.slice/machine-${escaped(owner)}-${at}.scope`
    case 'lxc':
      return `/lxc/${owner.replaceAll(/[/\n\r\u2028\u2029]/g, '_')}-${at}`
    case 'vm':
      return `/machine.slice/machine-qemu\\x2d1\\x2d${escaped(owner)}-${at}.scope`
    case 'process':
      return '/'
    default:
      return kind satisfies never
  }
}

function processOf({ kind, names, isOfPackage }: Wanted, at: number): StaleProcess {
  const [owner, comm, file] = names
  const path = groupOf(kind, owner, at)
  return {
    pid: at + 10,
    comm: printable(comm),
    startTicks: 100,
    cgroup: parseControlGroup(`0::${path}\n`),
    owner: ownerOf(path),
    files: [
      {
        path: `/${isOfPackage ? 'usr/lib' : 'home/mallory'}/${file}`,
        kind: 'library',
        state: 'replaced',
      },
    ],
    unlinked: [null],
    isForeign: false,
  }
}

/** Returns a finding whose file came from a package with such a name and version. */
function withPackage(finding: Finding, { names, isOfPackage }: Wanted): Finding {
  if (!isOfPackage) return finding
  const said = printable(names[3])
  const change = { name: said, from: said, to: said, change: 'upgraded', at: said } as const
  return {
    ...finding,
    files: finding.files.map((file) => ({ ...file, package: change, isNew: false })),
  }
}

type Machine = { readonly report: Report; readonly explanations: readonly Explanation[] }

function machineOf(all: readonly Wanted[], simpler: Report['summary']['simpler']): Machine {
  const processes = all.map(processOf)
  const texts = all.map(({ names }) => names[3])
  const known = processes.flatMap(({ pid, owner }, at) => {
    const one = all[at]
    if (owner.kind !== 'service' || owner.unit === null || one === undefined) return []
    const own = facts({
      Id: owner.unit,
      MainPID: String(pid),
      ...(one.isFact && { LoadState: one.names[3], FragmentPath: one.names[0] }),
      WorkingDirectory: one.names[2],
    })
    return [[owner.unit, own] as const]
  })
  const context = knowledge({
    facts: new Map(known),
    userNames: new Map([[1000, printable(texts[0] ?? 'zoe')]]),
    setting: SETTING,
  })
  const cases = groupByOwner(processes).flatMap((group) => casesOf(group, context))
  const findings = cases.map((one) => {
    const own = all[(one.processes[0]?.pid ?? 0) - 10]
    const finding = findingOf(one, 1_790_000_000, new Map(), null)
    return own === undefined ? finding : withPackage(finding, own)
  })
  const base = reportOf({ limits: [{ code: 'maps-denied', count: 2 }], processes: all.length + 9 })
  const report: Report = {
    ...base,
    findings,
    host: { ...base.host, hostname: printable(texts[0] ?? '') },
    temporaryCode: processes.map(({ pid, comm, owner: { unit }, files: [file] }) => ({
      pid,
      comm,
      unit,
      path: printable(file?.path ?? ''),
    })),
    ignored: [
      { rule: printableText('unit:*'), reason: null, findings: 1, names: texts.map(printable) },
    ],
    reboot: {
      needed: 'full',
      reasons: texts.slice(0, 1).map((one) => ({
        code: 'kernel-modules-kept',
        level: 'full',
        release: printable(one),
        successor: null,
      })),
    },
    commands: commandsOf(findings),
    summary: { ...summaryOf(findings, all.length, true), simpler },
  }
  const owners = new Map(processes.map(({ pid, owner }) => [pid, owner] as const))
  const explained = explanationsOf(
    [...owners.keys()].map(String),
    { report, cases },
    knownOf(owners),
  )
  assert.ok(!('nearest' in explained))
  return { report, explanations: explained }
}

const BY_HAND = { hook: false, all: false }
const FORMATS: Readonly<Record<string, (machine: Machine) => string>> = {
  hand: ({ report }) => shown(renderText(report, BY_HAND, columnsOf)),
  ascii: ({ report }) => shown(renderText(report, BY_HAND)),
  hook: ({ report }) => shown(renderText(report, { ...BY_HAND, hook: true }, columnsOf)),
  all: ({ report }) => shown(renderText(report, { ...BY_HAND, all: true }, columnsOf)),
  json: ({ report }) => shown(renderJson(report, REFUSING)),
  names: ({ report }) => shown(renderNames(report)),
  prometheus: ({ report }) => shown(renderPrometheus(report)),
  nagios: ({ report }) => shown(renderNagios(report, { all: true })),
  explain: ({ explanations }) => shown(renderExplanations(explanations, false, { width: 80 })),
  facts: ({ explanations }) => shown(renderExplanations(explanations, true, { width: 80 })),
}

/** Written apart from the program's own table, so that one holds the other. */
const HIDDEN =
  /[^\P{C}]|[^\P{Z} ]|[^\P{White_Space} ]|[\p{Default_Ignorable_Code_Point}\u2800]|\p{M}{5}|(?:^| )\p{M}/u

/** The beginnings of our own lines in a run by hand. A hook has two blanks in front of each. */
const OURS: readonly RegExp[] = [
  /^Note: /,
  /^(?:Not everything was seen|Not all was seen|Only your own)\b/,
  /^(?:Reboot|Restart|Choose when|Log out|Reopen|Update|Wait|System) {2}/,
  /^As /,
  /^(?: {2}| {15})(?:sudo|systemctl|stale-libs) /,
  /^ {13}(?:sshd|This|Clients|yours:|\d+ more) /,
  /^(?:A row for each|Ignored by|Ignore rules|Code that)\b/,
  /^(?:OK|WARNING|CRITICAL|UNKNOWN) - /,
  /^reboot: /,
  /^# (?:HELP|TYPE|Note:) /,
  /^(?: {2})?sshd/,
  /^ {2}(?:Note|PID|Belongs to|Because|Command|Clears|Rule|systemd says|Missing)\b/,
  /^ {4}(?:maps|control group|its own package:) /,
]

/** What sentences of ours begin with. They flow, so that any of them can begin a line. */
const SENTENCES: readonly RegExp[] = [
  /(?:Nothing (?:of|that|uses)|No re|\d+ (?:service|of |other|session|app|virtual)|At least )/,
  /(?:Reboot soon|Reboot when|New (?:logins|jobs)|What it|This (?:ssh )?login|To see)/,
]

function startsOf(format: string, said: string): readonly number[] {
  const lines = said.split('\n').map((line) => (format === 'hook' ? line.slice(2) : line))
  return SENTENCES.map((ours) => lines.filter((line) => line.search(ours) === 0).length)
}

function timesOf(said: string): readonly number[] {
  const text = said.replaceAll(/\s+/g, ' ')
  return SENTENCES.map((ours) => text.split(ours).length - 1)
}

function countsOf(format: string, said: string): readonly number[] {
  const lines = said.split('\n').map((line) => (format === 'hook' ? line.slice(2) : line))
  return OURS.map((ours) => lines.filter((line) => ours.test(line)).length)
}

/** A tame name in the place of each hostile one. Equal names stay equal, and others different. */
function tamed(all: readonly Wanted[]): readonly Wanted[] {
  const known = new Map<string, string>()
  const tame = (one: string) => {
    // Two names that are written alike are one owner.
    const key = printable(one)
    const word =
      known.get(key) ?? `q${[...String(known.size)].map((d) => 'abcdefghij'[Number(d)]).join('')}`
    known.set(key, word)
    return word
  }
  return all.map((one) => {
    const [owner, comm, file, other] = one.names
    return { ...one, names: [tame(owner), tame(comm), tame(file), tame(other)] }
  })
}

const MOST_COLUMNS: Readonly<Record<string, number>> = { hand: 80, all: 80, hook: 80 }
/** The formats whose lines begin with names. The others have a grammar of their own. */
const OF_LINES = ['hand', 'ascii', 'hook', 'all', 'nagios', 'explain', 'facts']

function check(hostile: Machine, tame: Machine): void {
  for (const [format, say] of Object.entries(FORMATS)) {
    const said = say(hostile)
    const hidden = HIDDEN.exec(said.replaceAll('\n', '$'))
    assert.equal(hidden, null, `${format}: ${JSON.stringify(hidden)}`)
    if (format === 'prometheus') parseExposition(said)
    if (format === 'json')
      assert.equal(JSON.parse(said).findings.length, hostile.report.findings.length)
    if (!OF_LINES.includes(format)) continue
    const counts = countsOf(format, said)
    const right = countsOf(format, say(tame))
    // A long name can push other lines out of a hook.
    const isRight = (count: number, at: number) =>
      format === 'hook' ? count <= (right[at] ?? 0) : count === right[at]
    if (!counts.every(isRight))
      assert.fail(`${format}: ${counts.join()} is not ${right.join()}\n${said}`)
    const most = MOST_COLUMNS[format] ?? Infinity
    const times = timesOf(say(tame))
    if (!startsOf(format, said).every((count, at) => count <= (times[at] ?? 0)))
      assert.fail(`${format}: a name begins a line like a sentence\n${said}`)
    for (const line of said.split('\n'))
      if (line.length > most / 2 && columnsOf(line) > most && !/\.(?:service|scope)/.test(line))
        assert.fail(`${format}: more than ${most} columns\n${line}`)
  }
}

/**
 * Renders so many random reports with hostile names in every format. No character may be hidden,
 * and as many lines must begin like ours as with tame names in their places.
 */
export function checkHostileReports(runs: number): void {
  const machines = fc.tuple(
    fc.oneof(
      { weight: 19, arbitrary: fc.array(wanted, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(wanted, { minLength: 4, maxLength: 14 }) },
    ),
    fc.constantFrom(null, null, null, 'reboot' as const),
  )
  const property = fc.property(machines, ([all, simpler]) =>
    check(machineOf(all, simpler), machineOf(tamed(all), simpler)),
  )
  fc.assert(property, { numRuns: runs, includeErrorInReport: true })
}
