import assert from 'node:assert/strict'
import { test } from 'node:test'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import type { StaleProcess } from '../../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import type { Attribution } from '../../../src/core/pacman/attribution.ts'
import { findingOf, withSafeMarks } from '../../../src/core/report/finding.ts'
import { copiesOf, copyKey } from '../../../src/core/report/stale-copies.ts'
import { say } from '../../../src/core/printable.ts'
import { parseTargets } from '../../../src/core/pacman/targets.ts'
import type { Case, Setting } from '../../../src/core/advice/case.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { caseOf, facts, knowledge, SETTING, staleProcess } from '../../support/knowledge.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

const BOOT = 1_790_000_000
const PATH = '/usr/lib/liba.so.1'

/** Says whether a file counts as new by what the log and the targets say. */
function isNew(
  attribution: Plain<Attribution> | null,
  targets: readonly string[] | null,
  some: { readonly isUnjudged?: true; readonly isForeign?: boolean; readonly cgroup?: string } = {},
): boolean | null | undefined {
  const { isUnjudged, isForeign = false, cgroup = '/system.slice/a.service' } = some
  const file = { path: PATH, kind: 'library', state: 'replaced' } as const
  const process = printed<StaleProcess>({
    pid: 4,
    comm: 'a',
    startTicks: 100,
    cgroup: { text: '', path: null },
    owner: ownerOf(cgroup),
    files: [isUnjudged ? { ...file, isUnjudged } : file],
    unlinked: [],
    isForeign,
  })
  const [subject] = groupByOwner([process]).flatMap((group) => casesOf(group, knowledge({})))
  assert.ok(subject !== undefined)
  const [copy] = copiesOf(subject, BOOT)
  const told = printed<Attribution>(attribution ?? { kind: 'unknown' })
  const attributions = new Map(copy === undefined ? [] : [[copyKey(copy), told]])
  const known = targets === null ? null : new Set(targets)
  return findingOf(subject, BOOT, attributions, known).files[0]?.isNew
}

const changed = (isNewInLog: boolean | null) =>
  ({
    kind: 'changed',
    change: { name: 'a', from: '1-1', to: '2-1', change: 'upgraded', at: '' },
    isNew: isNewInLog,
  }) as const
const IT = [PATH.slice(1)]
const OTHER = ['usr/lib/libb.so.1']

const ROWS: readonly (readonly [
  what: string,
  attribution: Plain<Attribution> | null,
  targets: readonly string[] | null,
  expected: boolean | null,
])[] = [
  ['the log says so', changed(true), null, true],
  ['the log says so of an earlier transaction', changed(true), OTHER, true],
  ['the log says that it is not', changed(false), null, false],
  ['the log lacks this transaction', changed(false), IT, true],
  ['an older recording was not certain', changed(null), null, null],
  ['nothing is known but the targets', null, IT, true],
  ['nothing is known, and it is no target', null, OTHER, false],
  ['nothing is known at all', null, null, null],
  ['no package has it', { kind: 'unowned' }, OTHER, false],
  ['no package has it, and nothing else is known', { kind: 'unowned' }, null, false],
  ['no package has it any more', { kind: 'unowned' }, IT, true],
  ['its package did not change', { kind: 'unchanged' }, null, false],
]
for (const [what, attribution, targets, expected] of ROWS)
  test(`a file is ${expected === null ? 'perhaps' : expected ? '' : 'not'} new where ${what}`, () => {
    assert.equal(isNew(attribution, targets), expected)
  })

test('a file that was not judged is new where it is a target, and else nobody knows', () => {
  assert.equal(isNew(changed(true), IT, { isUnjudged: true }), true)
  assert.equal(isNew(changed(true), null, { isUnjudged: true }), null)
})

test('a file of another directory tree is no target, though its path is one', () => {
  const container = `/system.slice/docker-${'a'.repeat(64)}.scope`
  assert.equal(isNew(null, IT, { cgroup: container }), null)
  assert.equal(isNew(null, IT, { isForeign: true }), null)
})

const GROUP = '/system.slice/a.service'

test('pacman knows a file by its path on the machine, whatever the process sees', () => {
  const machinePath = '/usr/lib/libz.so.1'
  const path = `/run/host${machinePath}`
  const file = { path, machinePath, kind: 'library', state: 'replaced' } as const
  const process = staleProcess(GROUP, { files: [file], unlinked: [null], isForeign: true })
  const subject = caseOf(GROUP, { processes: [process] })
  const change = {
    name: say`zlib`,
    from: say`1`,
    to: say`2`,
    change: 'upgraded',
    at: say`2026-11-23T07:18:40.000Z`,
  } as const
  const known = copiesOf(subject, 0).map(
    (copy) => [copyKey(copy), { kind: 'changed', change, isNew: false }] as const,
  )
  const found = (targets: string) =>
    findingOf(subject, 0, new Map(known), parseTargets(targets)).files.map((one) => [
      one.path,
      one.package?.name,
      one.isNew,
    ])
  assert.deepEqual(found('usr/lib/libz.so.1\n'), [[path, 'zlib', true]])
  assert.deepEqual(found('usr/lib/libc.so.6\n'), [[path, 'zlib', false]])
})

const SERVICE = '/system.slice/a.service'
const OF_USER = '/user.slice/user-1000.slice/user@1000.service/app.slice/a.service'

/** The finding of a service that is marked to be restarted, and what differs. */
function marked(
  some: Partial<UnitFacts> = {},
  setting: Partial<Setting> = {},
  rest: Partial<Case> = {},
  path = SERVICE,
): Finding {
  const subject = caseOf(path, {
    facts: facts({ Markers: 'needs-restart', ...some }),
    setting: { ...SETTING, systemctlVersion: 262, hasMarkingHook: true, ...setting },
    ...rest,
  })
  return findingOf(subject, BOOT, new Map(), null)
}
const ENQUEUE = 'systemctl enqueue-marked'
const MARKED = ['a.service']
const commandsFor = (...findings: readonly Finding[]) =>
  withSafeMarks(findings, { service: MARKED, 'user-service': MARKED }).map(
    ({ marking }) => marking?.command?.join(' ') ?? null,
  )

test('a marked service says what systemd does with it, and when', () => {
  const { action, command, cautions, marking } = marked()
  assert.deepEqual(marking, {
    markers: ['needs-restart'],
    job: 'restart',
    isAtUpgrade: true,
    command: ['systemctl', 'enqueue-marked'],
  })
  // The step is the same as without the mark.
  assert.deepEqual(
    [action, command, cautions],
    ['restart', ['systemctl', 'restart', '--', 'a.service'], []],
  )
  assert.equal(marked({ Markers: '' }).marking, null)
  assert.equal(marked({}, { hasMarkingHook: false }).marking?.isAtUpgrade, false)
  assert.equal(marked({}, { systemctlVersion: null }).marking?.command, null)
})

test('the marks of a user are asked of the own manager, and no hook of pacman looks at them', () => {
  const { marking } = marked({}, { selfUid: 1000 }, {}, OF_USER)
  assert.equal(marking?.isAtUpgrade, false)
  assert.equal(marking?.command?.join(' '), 'systemctl --user enqueue-marked')
})

test('nothing that systemd would not end with the unit is marked', () => {
  const session = '/user.slice/user-1000.slice/session-3.scope'
  assert.equal(marked({}, {}, {}, session).marking, null)
  assert.equal(
    marked({}, {}, { staying: { stay: 'alone', listens: [], guests: [] } }).marking,
    null,
  )
  assert.equal(marked({}, {}, { facts: null }).marking, null)
})

test('what is marked and no finding is known by nothing, so the command for all is not told', () => {
  const commands = (all: Parameters<typeof withSafeMarks>[1]) =>
    withSafeMarks([marked()], all).map(({ marking }) => marking?.command ?? null)
  assert.notDeepEqual(commands({ service: MARKED, 'user-service': ['b.service'] }), [null])
  assert.deepEqual(commands({ service: [...MARKED, 'docker.service'] }), [null])
  assert.deepEqual(commands({ 'user-service': MARKED }), [null])
})

test('all marked units are only to be restarted at once where each of them is safe', () => {
  const safe = marked()
  const unmarked = marked({ FreezerState: 'frozen', Markers: '' })
  const costly = marked({ FreezerState: 'frozen' })
  const stopped = marked({ Markers: 'needs-stop' })
  const reloaded = marked({ Markers: 'needs-reload', CanReload: 'yes' })
  assert.equal(costly.action, 'manual')
  assert.deepEqual(commandsFor(safe, unmarked), [ENQUEUE, null])
  for (const other of [costly, stopped, reloaded])
    assert.deepEqual(commandsFor(safe, other), [null, null])
  const ofUser = marked({}, { selfUid: 1000 }, {}, OF_USER)
  assert.deepEqual(commandsFor(costly, ofUser), [null, 'systemctl --user enqueue-marked'])
})
const SESSION = '/user.slice/user-1000.slice/session-3.scope'
const PANE = '/user.slice/user-1000.slice/user@1000.service/tmux-spawn-1f2e.scope'
const YOURS: readonly (readonly [path: string, from: readonly string[], isYours: boolean])[] = [
  [SESSION, [SESSION], true],
  [SESSION, ['/system.slice/cron.service', SESSION], true],
  [SESSION, ['/user.slice/user-1001.slice/session-4.scope'], false],
  [PANE, [PANE], true],
  [PANE, [SESSION], false],
  ['/system.slice/sshd.service', ['/system.slice/sshd.service'], false],
]
for (const [path, from, isYours] of YOURS)
  test(`${path} is ${isYours ? '' : 'not '}that of who calls from ${from.join(' below ')}`, () => {
    const [owner, ...ancestors] = from.map((one) => ownerOf(one))
    assert.ok(owner !== undefined)
    const setting = { ...SETTING, self: { owner, ancestors } }
    assert.equal(findingOf(caseOf(path, { setting }), BOOT, new Map(), null).isYours, isYours)
  })
