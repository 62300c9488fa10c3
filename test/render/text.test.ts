import assert from 'node:assert/strict'
import { test } from 'node:test'
import { casesOf } from '../../src/core/advice/cases.ts'
import { findingOf, commandsOf } from '../../src/core/report/finding.ts'
import { summaryOf } from '../../src/core/report/summary.ts'
import { refersToTheRest } from '../../src/core/hook/part.ts'
import { groupByOwner } from '../../src/core/advice/groups.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import type { Limit } from '../../src/core/limits.ts'
import type { Finding, FindingFile, Report } from '../../src/core/report/report.ts'
import { knowledge } from '../support/knowledge.ts'
import { file, finding as findingWith } from '../support/report.ts'
import { renderNames } from '../../src/render/names.ts'
import { findingLines } from '../../src/render/text/findings.ts'
import { ASCII_COLUMNS } from '../../src/render/text/layout.ts'
import { beforeLines, notesOfAHook, unseenLines } from '../../src/render/text/notes.ts'
import { renderText } from '../../src/render/text/text.ts'
import { commandLine, quoted } from '../../src/render/words/words.ts'
import type { Printable } from '../../src/core/printable.ts'
import { shown } from '../support/door.ts'
import { printed } from '../support/printed.ts'
import type { Plain } from '../support/printed.ts'
import { say } from '../../src/core/printable.ts'

const textOf = (...given: Parameters<typeof renderText>) => shown(renderText(...given))

const USER = '/user.slice/user-1000.slice/user@1000.service'

function stale(
  pid: number,
  comm: string,
  cgroup: string,
  ...names: readonly string[]
): StaleProcess {
  const files = names.map(
    (name) => ({ path: `/usr/lib/${name}`, kind: 'library', state: 'replaced' }) as const,
  )
  return printed<StaleProcess>({
    pid,
    comm,
    startTicks: 100,
    cgroup: { text: '', path: null },
    owner: ownerOf(cgroup),
    files,
    unlinked: [],
    isForeign: false,
  })
}

function report(processes: readonly StaleProcess[], some: Plain<Partial<Report>> = {}): Report {
  const around = {
    host: { hostname: 'kestrel', kernelRelease: '6.18.1', bootSeconds: 1790000000 },
    ...knowledge({ userNames: new Map([[1000, say`zoe`]]) }),
  }
  const cases = groupByOwner(processes).flatMap((group) => casesOf(group, around))
  const findings = cases.map((subject) =>
    findingOf(subject, around.host.bootSeconds, new Map(), null),
  )
  return printed<Report>({
    version: '0.1.0',
    isRoot: true,
    reader: { uid: null, asRoot: null },
    host: around.host,
    at: new Date(0),
    durationMs: 1,
    processes: 9,
    read: 9,
    unreadable: 0,
    vanished: 0,
    unseenOfSystem: 0,
    inContainers: 0,
    limits: [],
    findings,
    temporaryCode: [],
    ignored: [],
    reboot: { needed: 'none', reasons: [] },
    canSoftReboot: true,
    afterEffects: [],
    commands: commandsOf(findings),
    summary: summaryOf(findings, 100, true),
    hook: null,
    ...some,
  })
}

const BY_HAND = { hook: false, all: false }
const HOOK = { hook: true, all: false }
const NO_SUMMARY = { steps: [], simpler: null }

const MIXED = report(
  [
    stale(1, 'systemd', '/init.scope', 'libc.so.6'),
    stale(10, 'crond', '/system.slice/cronie.service', 'libc.so.6'),
    stale(11, 'sshd', '/system.slice/sshd.service', 'libc.so.6', 'libcrypto.so.3'),
    stale(12, 'bash', '/user.slice/user-1000.slice/session-3.scope', 'libc.so.6'),
    stale(13, 'sudo', '/user.slice/user-1000.slice/session-3.scope', 'libc.so.6'),
    stale(14, 'pipewire', `${USER}/session.slice/pipewire.service`, 'libc.so.6'),
    stale(15, 'wireplumber', `${USER}/session.slice/wireplumber.service`, 'libc.so.6'),
    stale(17, 'dbus-broker', '/system.slice/dbus-broker.service', 'libc.so.6'),
  ],
  { processes: 100 },
)

test('the hook says what, lifelines first, then the commands, indented by two', () => {
  assert.equal(
    textOf(MIXED, HOOK),
    `  Still running code that was replaced:
    cronie.service       libc.so.6 (lifeline)
    sshd.service         libc.so.6, libcrypto.so.3 (lifeline)
    dbus-broker.service  libc.so.6: systemctl soft-reboot, or reboot; everything
                         on the bus loses its connection; D-Bus cannot be
                         restarted at run time
    session 3 (zoe)      bash, sudo: log out and in again
    systemd itself       libc.so.6
  Re-execute systemd:
    systemctl daemon-reexec
  Restart the services:
    systemctl restart -- cronie.service sshd.service
  Users restart their own services:
    2 of zoe: pipewire.service, wireplumber.service
  To clear all of it: soft-reboot.
`,
  )
})

test('whoever became root is told the command for the own services, others are counted and named', () => {
  const of = (uid: number, ...units: readonly string[]) =>
    units.map((unit) =>
      findingWith({
        kind: 'user-service',
        name: unit,
        unit,
        user: { uid, name: uid === 1003 ? null : `user${uid}` },
        action: 'user-restart',
        rule: 'of-a-user',
      }),
    )
  const findings = [
    ...of(1000, 'mpd.service', 'syncthing.service'),
    ...of(1001, 'a.service'),
    ...of(1002, ...Array.from({ length: 9 }, (_, n) => `service-${n}.service`)),
    ...of(1003, 'b.service'),
  ]
  const text = (hook: boolean) =>
    textOf(report([], { findings, reader: { uid: 1000, asRoot: null } }), { ...BY_HAND, hook })
  assert.equal(
    text(true),
    `  Users restart their own services:
    Yours: stale-libs --user
      mpd.service, syncthing.service
    1 of user1001: a.service
    9 of user1002: service-0.service, service-1.service, 7 more
    (1 more user: run stale-libs)
`,
  )
  assert.match(text(false), /^ {2}9 of user1002: service-0\.service,.* service-8\.service$/ms)
  assert.match(text(false), /^ {2}1 of uid 1003: b\.service$/m)
})

test('the summary is the smallest sequence of steps, cheapest first', () => {
  const { steps } = summaryOf(
    MIXED.findings.filter(({ name }) => !name.startsWith('dbus')),
    100,
    true,
  )
  assert.deepEqual(steps, [
    { action: 'reexec', findings: 1 },
    { action: 'restart', findings: 2 },
    { action: 'user-restart', findings: 2 },
    { action: 'relogin', findings: 1 },
  ])
  assert.deepEqual(summaryOf(MIXED.findings, 100, true).steps, [
    { action: 'soft-reboot', findings: MIXED.findings.length },
  ])
  assert.deepEqual(summaryOf([], 100, true), { steps: [], simpler: null })
})

test('after an upgrade of glibc the text is short, and says that a reboot is simpler', () => {
  const services = Array.from({ length: 80 }, (_, n) =>
    stale(100 + n, 'd', `/system.slice/s${n}.service`, 'libc.so.6'),
  )
  const bus = stale(12, 'dbus-broker', '/system.slice/dbus.service', 'libc.so.6')
  const init = stale(1, 'systemd', '/init.scope', 'libc.so.6')
  const processes = [init, bus, ...services]
  const sshd = stale(11, 'sshd', '/system.slice/sshd.service', 'libc.so.6')
  const withSummary = (some: typeof processes) =>
    report(some, {
      processes: 160,
      inContainers: 60,
      summary: summaryOf(report(some).findings, 100, true),
    })
  const nearlyAll = withSummary([...processes, sshd])
  assert.equal(
    textOf(nearlyAll, HOOK),
    `  Nearly everything still runs code that was replaced (83 of 100 processes).
  A reboot is simpler than restarting it all:
    systemctl soft-reboot
  Until then:
    systemctl restart -- sshd.service
    sshd.service  libc.so.6 (lifeline)
  Also: dbus.service, s0.service, s1.service, s10.service, s11.service,
        s12.service, s13.service, s14.service, s15.service, s16.service,
        s17.service, s18.service, s19.service, s2.service, s20.service, 67 more
  (82 more findings: stale-libs --all)
`,
  )
  assert.match(textOf(nearlyAll, BY_HAND), /^Until then:\n {2}systemctl restart -- sshd.service\n/m)
  assert.doesNotMatch(textOf(withSummary(processes), HOOK), /Until then/)
  assert.ok(textOf(nearlyAll, { hook: false, all: true }).split('\n').length > 80)
})

test('a marked service says so in its row', () => {
  const [service] = report([stale(10, 'd', '/system.slice/a.service', 'libc.so.6')]).findings
  assert.ok(service !== undefined)
  const command = ['systemctl', 'enqueue-marked'] as const
  const base = { markers: ['needs-restart'], job: 'restart', isAtUpgrade: true, command } as const
  const rowOf = (marking: Plain<Finding['marking']>) =>
    textOf(report([], { findings: [printed<Finding>({ ...service, marking })] }), BY_HAND)
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .join(' ')
  assert.match(
    rowOf(base),
    /^a\.service {2}libc\.so\.6: is marked: systemd restarts it with the next upgrade that touches unit files, or now for all marked units: systemctl enqueue-marked /,
  )
  assert.match(
    rowOf({ ...base, job: 'stop', isAtUpgrade: false, command: null }),
    /: is marked: systemd stops it when asked for all marked units To|: is marked: systemd stops it when asked for all marked units *$/,
  )
})

test('the hook is silent when nothing is stale', () => {
  assert.equal(textOf(report([]), HOOK), '')
  assert.equal(textOf(report([], { limits: [{ code: 'maps-denied', count: 1 }] }), HOOK), '')
})

test('a hook that found nothing says so where it did not see all of the system', () => {
  const said = (unseenOfSystem: number) =>
    textOf(report([], { unseenOfSystem, processes: 60 }), HOOK)
  const line = (what: string) =>
    `  Nothing found; not read to the end: ${what} of the system (run stale-libs)\n`
  assert.equal(said(1), line('1 process'))
  assert.equal(said(48), line('48 processes'))
  assert.equal(said(0), '')
  const old = findingWith({ files: [{ ...file('liba.so.1'), isNew: false }] })
  assert.equal(textOf(report([], { findings: [old], unseenOfSystem: 1 }), HOOK), line('1 process'))
})

test('the lines of a hook that count all others are known as such, and no other lines', () => {
  const before = { lifelines: [], others: 2, isRebootPending: false }
  const page = { isHook: true, columns: ASCII_COLUMNS, width: 78, said: new Set<string>() }
  const names = Array.from({ length: 9 }, (_, n) =>
    findingWith({ unit: `network-of-a-long-name-${n}.service` }),
  )
  const counting = [
    { ...before },
    { ...before, others: 0, isRebootPending: true },
    { ...before, isRebootPending: true },
    { ...before, lifelines: names, isRebootPending: true },
  ].map((one) => beforeLines(one, true, page))
  counting.push(findingLines(names, page, 3))
  for (const lines of counting)
    assert.equal(refersToTheRest(lines.map((line) => `  ${line}`)), true, lines.join('\n'))
  const limits = (['systemctl-failed', 'package-log-short', 'advisories-unreadable'] as const).map(
    (code) => ({ code, count: 1 }),
  )
  const others = [
    unseenLines(report([], { unseenOfSystem: 3 })),
    notesOfAHook(report([], { limits }), page),
    findingLines(names, page, 99),
  ]
  assert.match(others.flat().join('\n'), /more notes: run stale-libs\)/)
  for (const lines of others)
    assert.equal(refersToTheRest(lines.map((line) => `  ${line}`)), false, lines.join('\n'))
})

test('what users spent is said by hand, and not in a hook', () => {
  const limits: readonly Limit[] = [
    { code: 'user-processes-cut', count: 2, whose: [say`mallory`, say`1002`, null] },
    { code: 'user-share-spent', count: 1, whose: [say`zoe`] },
  ]
  const { findings } = report([stale(4, 'a', '/system.slice/a.service', 'liba.so')])
  const text = textOf(report([], { limits, findings }), BY_HAND)
  assert.match(text, /^Note: 2 processes of mallory, 1002, containers: too many mappings/m)
  assert.match(text, /^Note: 1 process of zoe: /m)
  assert.doesNotMatch(textOf(report([], { limits, findings }), HOOK), /note/i)
})

test('by hand, nothing stale is one line', () => {
  assert.equal(textOf(report([]), BY_HAND), 'Nothing that runs uses replaced files.\n')
})

test('an incomplete look is never a bare all-clear', () => {
  const limits: readonly Limit[] = [{ code: 'maps-denied', count: 48 }]
  const counts = { processes: 60, read: 12, unreadable: 48 }
  const text = textOf(report([], { isRoot: false, ...counts, limits }), BY_HAND)
  assert.equal(
    text,
    'Nothing that uses replaced files was found in the 12 processes that could be read.\n' +
      'Note: 48 processes could not be read: run as root to see all\n',
  )
})

test('what says nothing of processes leaves the all-clear as it is', () => {
  for (const code of ['kernel-unknown', 'after-effects-unknown'] as const)
    assert.match(
      textOf(report([], { limits: [{ code, count: 1 }] }), BY_HAND),
      /^Nothing that runs uses replaced files\.\nNote: /,
    )
})

test('a long command goes on in the way a shell reads, and no line is wider than 100 columns', () => {
  const many = Array.from({ length: 60 }, (_, n) =>
    stale(100 + n, 'd', `/system.slice/long-service-name-${n}.service`, 'libc.so.6'),
  )
  const text = textOf(report(many, { summary: NO_SUMMARY }), BY_HAND)
  assert.ok(text.split('\n').every((line) => line.length <= 100))
  const command = /systemctl restart(?:.*\\\n)*.*/.exec(text)?.[0].replaceAll(/\\\n\s*/g, '')
  assert.equal(command, commandLine(report(many).commands[0] ?? []))
})

test('a hook prints a command of up to ten lines whole, and no other in its place', () => {
  const hookOf = (services: number) => {
    const many = Array.from({ length: services }, (_, n) =>
      stale(100 + n, 'd', `/system.slice/long-name-${n}.service`, 'libc.so.6'),
    )
    return { text: textOf(report(many, { summary: NO_SUMMARY }), HOOK), many }
  }
  const { text, many } = hookOf(24)
  assert.ok(text.split('\n').length - 1 <= 20, text)
  const command = /systemctl restart(?:.*\\\n)*.*/.exec(text)?.[0].replaceAll(/\\\n\s*/g, '')
  assert.equal(command, commandLine(report(many).commands[0] ?? []))
  const { text: longer } = hookOf(34)
  assert.match(longer, /^ {2}Restart 34 services: run stale-libs for the command$/m)
  assert.doesNotMatch(longer, /systemctl|\$\(/)
})

test('the text of a hook is short whatever happened, and names no private files', () => {
  const many = Array.from({ length: 300 }, (_, n) =>
    stale(100 + n, 'd', `/system.slice/long-service-name-${n}.service`, 'libc.so.6'),
  )
  const lines = textOf(report(many, { summary: NO_SUMMARY }), HOOK).split('\n')
  assert.ok(lines.length - 1 <= 20, lines.join('\n'))
  for (const line of lines) assert.ok(line.length <= 80, line)
  assert.ok(lines.includes('  Restart 300 services: run stale-libs for the command'))
  assert.ok(lines.some((line) => /^ {2}\(\d+ more findings: run stale-libs\)$/.test(line)))
  const own = stale(10, 'x', '/', '../../home/zoe/divorce papers.so')
  const files = own.files.map((one) => ({ ...one, path: '/home/zoe/divorce papers.so' }))
  const secret = report([printed<StaleProcess>({ ...own, files })])
  assert.doesNotMatch(textOf(secret, HOOK), /divorce/)
  assert.match(textOf(secret, BY_HAND), /"divorce papers\.so"/)
})

test('the name of a unit is never cut, however long', () => {
  const unit = `${'x'.repeat(240)}.service`
  for (const options of [BY_HAND, HOOK])
    assert.ok(
      textOf(report([stale(10, 'd', `/system.slice/${unit}`, 'libc.so.6')]), options).includes(
        `  ${unit}\n`,
      ),
    )
})

test('a path of any length is cut to the width of the screen', () => {
  const text = textOf(
    report([stale(10, 'd', '/system.slice/a.service', `${'x'.repeat(300)}.so`)]),
    BY_HAND,
  )
  assert.ok(
    text.split('\n').every((line) => line.length <= 100),
    text,
  )
})

test('temporary code and ignored findings are counted, and shown with --all', () => {
  const some: Plain<Partial<Report>> = {
    temporaryCode: [{ pid: 9, comm: 'java', unit: null, path: '/tmp/jna1.tmp' }],
    ignored: [{ rule: 'unit:a*', findings: 1, reason: null, names: ['a.service'] }],
  }
  assert.equal(
    textOf(report([], some), BY_HAND),
    'Nothing that runs uses replaced files.\n1 process runs temporary code of its own: --all\n' +
      '1 finding is ignored by rules: --all\n',
  )
  assert.equal(
    textOf(report([], some), { hook: false, all: true }),
    'Nothing that runs uses replaced files.\nTemporary code: java (PID 9) /tmp/jna1.tmp\nIgnored by unit:a*: a.service\n',
  )
  assert.equal(textOf(report([], some), HOOK), '')
})

test('a name that ends in blanks makes no empty line, wherever the line ends', () => {
  for (let length = 1; length < 90; length += 1) {
    const path = `/tmp/${'x'.repeat(length)}  `
    const temporaryCode = [{ pid: 9, comm: 'java', unit: null, path }]
    const text = textOf(report([], { temporaryCode }), { hook: false, all: true })
    assert.doesNotMatch(text, /\n\n/, `${length} characters`)
  }
})

test('names are the units of the restart command, one a line', () => {
  assert.equal(shown(renderNames(MIXED)), 'cronie.service\nsshd.service\n')
  assert.equal(shown(renderNames(report([]))), '')
})

for (const [word, text] of [
  ['sshd.service', 'sshd.service'],
  ['x\\x2dy.service', "'x\\x2dy.service'"],
  ["a'b", `'a'\\''b'`],
  ['$(id)', "'$(id)'"],
  ['', "''"],
] as const)
  test(`quoted() writes ${JSON.stringify(word)} as ${text}`, () =>
    assert.equal(quoted(printed<Printable>(word)), text))

/** A report whose files pacman changed, each by the name of its library. */
function changed(
  changes: Plain<Readonly<Record<string, FindingFile['package']>>>,
  isNew: boolean | null,
): Report {
  const whole = report([
    stale(4, 'cronie', '/system.slice/cronie.service', 'libc.so.6'),
    stale(5, 'sshd', '/system.slice/sshd.service', 'libc.so.6', 'libcrypto.so.3'),
  ])
  const findings = whole.findings.map((finding) => ({
    ...finding,
    files: finding.files.map((one) => {
      const name = one.path.replace('/usr/lib/', '')
      return { ...one, package: changes[name] ?? null, isNew }
    }),
  }))
  return printed<Report>({ ...whole, findings })
}

const OLD_FILE = file('liba.so.1')
const NO_REBOOT: Report['reboot'] = { needed: 'none', reasons: [] }
const PENDING = printed<Report['reboot']>({
  needed: 'full',
  reasons: [{ code: 'kernel-modules-gone', level: 'full', release: '6.17', successor: null }],
})
const REMEMBERING: Report['hook'] = {
  isTold: true,
  hasCode: true,
  memory: { changed: [], lately: [], said: [] },
}
const AT = '2026-11-23T07:18:40.000Z'
const GLIBC = { name: 'glibc', from: '2.42-1', to: '2.42-2', change: 'upgraded', at: AT } as const
const OPENSSL = { name: 'openssl', from: '3.5.0-1', to: null, change: 'removed', at: AT } as const

test('the text names each package once, with its versions', () => {
  const text = textOf(changed({ 'libc.so.6': GLIBC, 'libcrypto.so.3': OPENSSL }, true), HOOK)
  assert.match(text, /cronie\.service {2}libc\.so\.6 \(glibc 2\.42-1 -> 2\.42-2\) \(lifeline\)\n/)
  assert.match(text, /sshd\.service {4}libc\.so\.6, libcrypto\.so\.3 \(openssl 3\.5\.0-1 removed\)/)
})

test('a hook counts what was stale before, and gives no command for it', () => {
  const [fresh] = changed({ 'libc.so.6': GLIBC }, true).findings
  const older = findingWith({ unit: 'a.service', files: [{ ...OLD_FILE, isNew: false }] })
  assert.ok(fresh !== undefined)
  const mixed = report([], { findings: [fresh, older], commands: commandsOf([fresh, older]) })
  const text = textOf(mixed, HOOK)
  assert.match(text, /systemctl restart -- cronie\.service\n/)
  assert.match(text, /\n {2}\(1 more was stale before this upgrade: run stale-libs\)\n$/)
  assert.match(textOf(mixed, BY_HAND), /restart -- cronie\.service a\.service\n/)
  assert.equal(textOf({ ...mixed, findings: [older] }, HOOK), '')
})

test('a hook names the lifelines that were stale before, in two lines', () => {
  const old = (unit: string, lifeline: string | null = 'the way') =>
    findingWith({ unit, lifeline, files: [{ ...OLD_FILE, isNew: false }] })
  const said = (findings: readonly Finding[], reboot = NO_REBOOT) =>
    textOf(report([], { findings, reboot, hook: REMEMBERING }), HOOK)
  assert.equal(
    said([old('NetworkManager.service')]),
    '  (NetworkManager.service was stale before this upgrade: run stale-libs)\n',
  )
  assert.equal(
    said([old('a.service'), old('b.service'), old('c.service', null)], PENDING),
    `  (a.service, b.service and 1 more were stale before this upgrade, and a
        reboot was needed: run stale-libs)
`,
  )
  const many = Array.from({ length: 9 }, (_, n) => old(`openvpn-client@number-${n}.service`))
  assert.equal(
    said(many),
    `  (openvpn-client@number-0.service, openvpn-client@number-1.service and 7
        more were stale before this upgrade: run stale-libs)
`,
  )
  const long = Array.from({ length: 9 }, (_, n) => old(`${'x'.repeat(200)}-${n}.service`))
  assert.equal(said(long), '  (9 were stale before this upgrade: run stale-libs)\n')
  assert.equal(said([old('a.service', null)], PENDING), '')
})

test('a hook says in one line that a reboot was needed before', () => {
  const fresh = findingWith({ unit: 'a.service', files: [{ ...OLD_FILE, isNew: true }] })
  const text = textOf(report([], { findings: [fresh], reboot: PENDING, hook: REMEMBERING }), HOOK)
  assert.match(text, /\n {2}\(a reboot was needed before this upgrade: run stale-libs\)\n$/)
  assert.doesNotMatch(text, /A reboot is needed/)
})
