import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  factsKey,
  groupByOwner,
  nameOf,
  onSide,
  parseFactsKey,
  withUpgraded,
} from '../../../src/core/advice/groups.ts'
import type { Group } from '../../../src/core/advice/groups.ts'
import type { StaleProcess } from '../../../src/core/advice/stale-process.ts'
import type { StaleFile } from '../../../src/core/proc/process.ts'
import { compileGlob } from '../../../src/core/glob.ts'
import type { Glob } from '../../../src/core/glob.ts'
import { applyIgnoreRules } from '../../../src/core/config/ignore.ts'
import { NO_CONFIG } from '../../../src/core/config/config.ts'
import type { IgnoreRules } from '../../../src/core/config/config.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { printed } from '../../support/printed.ts'
import type { PackageChange } from '../../../src/core/pacman/package-change.ts'
import { say } from '../../../src/core/printable.ts'
import type { Printable } from '../../../src/core/printable.ts'

const change = printed<PackageChange>({
  name: 'b',
  from: '1',
  to: '2',
  change: 'upgraded',
  at: '',
})

/** A process that has a replaced library of each of these paths. */
function process(
  pid: number,
  path: string,
  files: readonly string[] = ['/usr/lib/libc.so.6'],
  comm = 'a',
): StaleProcess {
  return printed<StaleProcess>({
    pid,
    comm,
    startTicks: pid,
    cgroup: { text: '', path },
    owner: ownerOf(path),
    files: files.map((file) => ({ path: file, kind: 'library', state: 'replaced' })),
    unlinked: files.map(() => null),
    isForeign: false,
  })
}

const A = '/system.slice/a.service'
const B = '/system.slice/b.service'
const SESSION = '/user.slice/user-1000.slice/session-3.scope'

const pidsIn = (groups: readonly Group[]) =>
  groups.map((group) => [nameOf(group), group.processes.map(({ pid }) => pid)])

test('processes of one unit are one group, in the order of kinds and names', () => {
  const all = [process(9, SESSION), process(8, B), process(7, A), process(3, B)]
  assert.deepEqual(pidsIn(groupByOwner(all)), [
    ['a.service', [7]],
    ['b.service', [3, 8]],
    ['session 3', [9]],
  ])
})

test('processes without a unit are told apart by their names', () => {
  const loose = [process(4, '/', [], 'x'), process(5, '/', [], ''), process(6, '/', [], 'x')]
  assert.deepEqual(pidsIn(groupByOwner(loose)), [
    ['PID 5', [5]],
    ['x', [4, 6]],
  ])
})

test('onSide() tells what belongs to users from the system', () => {
  const groups = groupByOwner([process(9, SESSION), process(7, A)])
  const namesOn = (side: 'both' | 'system' | 'user') => onSide(groups, side, null).map(nameOf)
  assert.deepEqual(namesOn('both'), ['a.service', 'session 3'])
  assert.deepEqual(namesOn('system'), ['a.service'])
  assert.deepEqual(namesOn('user'), ['session 3'])
  assert.deepEqual(onSide(groups, 'user', 1000).map(nameOf), ['session 3'])
  assert.deepEqual(onSide(groups, 'user', 1001), [])
})

test('what is named like a container below the manager of a user is that of the user', () => {
  const id = 'ab12'.repeat(16)
  const theirs = `/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${id}.scope`
  const groups = groupByOwner([process(8, `/system.slice/docker-${id}.scope`), process(9, theirs)])
  assert.deepEqual(pidsIn(onSide(groups, 'system', null)), [['ab12ab12ab12', [8]]])
  assert.deepEqual(pidsIn(onSide(groups, 'user', null)), [['ab12ab12ab12', [9]]])
  const rules = { ...NO_CONFIG.ignore, user: [rule('zoe')] }
  assert.deepEqual(pidsIn(applyIgnoreRules(groups, rules, LABELS).kept), [['ab12ab12ab12', [8]]])
})

test('withUpgraded() adds each process once', () => {
  const ownPackage = { change, isNew: null }
  const upgraded = [7, 8].map((pid) => ({ ...process(pid, A, []), ownPackage }))
  const all = withUpgraded([process(6, A), process(7, A)], upgraded)
  assert.deepEqual(
    all.map(({ pid, files, ownPackage: own }) => [pid, files.length, own !== undefined]),
    [
      [6, 1, false],
      [7, 1, true],
      [8, 0, true],
    ],
  )
})

function rule(glob: string): { readonly glob: Glob; readonly reason: Printable | null } {
  const compiled = compileGlob(glob)
  assert.ok(typeof compiled !== 'string')
  return { glob: compiled, reason: say`r` }
}

const LABELS = {
  userNames: new Map([[1000, 'zoe']]),
  packages: new Map([['/usr/lib/libc.so.6', 'glibc']]),
}
const GROUPS = groupByOwner([
  process(7, A, ['/usr/lib/libc.so.6', '/opt/x.so']),
  process(8, B),
  process(9, SESSION, ['/opt/y.so']),
])
const IGNORED: readonly (readonly [
  rules: Partial<Record<keyof IgnoreRules, string>>,
  kept: readonly (readonly [name: string, files: number])[],
  ignored: readonly (readonly [rule: string, names: readonly string[]])[],
])[] = [
  [
    {},
    [
      ['a.service', 2],
      ['b.service', 1],
      ['session 3', 1],
    ],
    [],
  ],
  [
    { unit: '*.service', user: 'zoe' },
    [],
    [
      ['unit:*.service', ['a.service', 'b.service']],
      ['user:zoe', ['session 3']],
    ],
  ],
  [
    { user: '1000', package: 'glibc' },
    [['a.service', 1]],
    [
      ['package:glibc', ['a.service', 'b.service']],
      ['user:1000', ['session 3']],
    ],
  ],
  [
    { path: '/opt/*' },
    [
      ['a.service', 1],
      ['b.service', 1],
    ],
    [['path:/opt/*', ['a.service', 'session 3']]],
  ],
]
for (const [some, kept, ignored] of IGNORED)
  test(`what ${JSON.stringify(some)} ignores is named with its rule`, () => {
    const rules = { ...NO_CONFIG.ignore }
    for (const [subject, glob] of Object.entries(some))
      rules[subject as keyof IgnoreRules] = [rule(glob)]
    const result = applyIgnoreRules(GROUPS, rules, LABELS)
    assert.deepEqual(
      result.kept.map((group) => [nameOf(group), group.processes[0]?.files.length]),
      kept,
    )
    assert.deepEqual(
      result.ignored.map(({ rule: name, names }) => [name, names]),
      ignored,
    )
    assert.ok(
      result.ignored.every(
        ({ reason, findings, names }) => reason === 'r' && findings === names.length,
      ),
    )
  })

test('a file that a process sees behind a prefix is hidden by rules for the file of the machine', () => {
  const path = '/run/host/usr/lib/libc.so.6'
  const machinePath = '/usr/lib/libc.so.6'
  const file: StaleFile = { path, machinePath, kind: 'library', state: 'replaced' }
  const sandboxed = { ...process(7, A), files: [file] }
  const keptBy = (subject: keyof IgnoreRules, glob: string) =>
    applyIgnoreRules(
      groupByOwner([sandboxed]),
      { ...NO_CONFIG.ignore, [subject]: [rule(glob)] },
      LABELS,
    ).kept.length
  assert.deepEqual(
    [keptBy('path', '/usr/lib/*'), keptBy('path', '/run/*'), keptBy('package', 'glibc')],
    [0, 0, 0],
  )
  assert.equal(keptBy('path', '/opt/*'), 1)
})

test('a rule for paths is text, and a path is bytes', () => {
  const [seen, own] = ['/run/host/opt/gr\xc3\xb6\xff.so', '/opt/gr\xc3\xb6\xff.so']
  const file: StaleFile = { path: seen, machinePath: own, kind: 'library', state: 'replaced' }
  const keptBy = (glob: string) =>
    applyIgnoreRules(
      groupByOwner([{ ...process(7, A), files: [file] }]),
      { ...NO_CONFIG.ignore, path: [rule(glob)] },
      LABELS,
    ).kept.length
  assert.deepEqual([keptBy('/opt/grö*'), keptBy('/run/host/opt/gr?\\xff.so')], [0, 0])
  assert.equal(keptBy('/opt/gr\xc3*'), 1)
})

test('a service whose own package changed is hidden by the rule for that package alone', () => {
  const own = { ...process(7, B, []), ownPackage: { change, isNew: null } }
  const keptWith = (glob: string) => {
    const rules = { ...NO_CONFIG.ignore, package: [rule(glob)] }
    return applyIgnoreRules(groupByOwner([own]), rules, LABELS).kept.length
  }
  assert.deepEqual([keptWith('b'), keptWith('c')], [0, 1])
})

test('no rule for paths or packages hides a process that was not read whole', () => {
  const cut = { ...process(7, B), isPartial: true as const }
  const rules = { ...NO_CONFIG.ignore, path: [rule('*')], package: [rule('*')] }
  const { kept, ignored } = applyIgnoreRules(groupByOwner([cut, process(8, B)]), rules, LABELS)
  assert.deepEqual(
    kept.flatMap(({ processes }) => processes.map(({ pid, files }) => [pid, files.length])),
    [[7, 1]],
  )
  assert.equal(ignored.length, 1)
  assert.deepEqual(applyIgnoreRules(groupByOwner([cut]), rules, LABELS).ignored, [])
  const { files, ...rest } = process(9, B)
  const unseen = { ...rest, files: files.map((file) => ({ ...file, isUnjudged: true as const })) }
  const inTree = { ...process(10, B), isTreeUnknown: true as const }
  const pids = applyIgnoreRules(groupByOwner([unseen, inTree]), rules, LABELS).kept.flatMap(
    (group) => group.processes.map(({ pid }) => pid),
  )
  assert.deepEqual(pids, [9, 10])
})

test('a key of facts is read as it was made', () => {
  for (const manager of ['system', 0, 1000] as const)
    for (const unit of ['a.service', '1000.service', 'dbus-:1.2-x@0.service'])
      assert.deepEqual(parseFactsKey(factsKey(manager, unit)), { manager, unit })
  for (const text of ['', '1000/', '/a.service', 'x/a.service'])
    assert.equal(parseFactsKey(text), null)
})
