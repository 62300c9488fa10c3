import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Owner } from '../../../src/core/owner/kinds.ts'
import type { Stat } from '../../../src/core/proc/stat.ts'
import { liveControlGroups, recordedControlGroups } from '../../../src/io/groups/control-groups.ts'
import { ShareHolders } from '../../../src/io/process/share-holders.ts'
import { parseControlGroup } from '../../../src/core/proc/control-group.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'
import { say } from '../../../src/core/printable.ts'

const holders = new ShareHolders('/proc')
const NONE = { pids: () => [], controlGroup: () => null }
const NO_PROC = { stat: () => null, uidOf: () => 0, holders, ...NONE }
const NO_OWNERS = { ofPid: () => null }

const SERVICE = '/system.slice/a.service'
const GROUPS: Tree = {
  'cgroup.procs': '1\n',
  'system.slice/cgroup.procs': '',
  'system.slice/a.service/cgroup.procs': '10\n11\n',
  'system.slice/a.service/worker/cgroup.procs': '12\n',
  'system.slice/a.service/link': { link: '../b.service' },
  'system.slice/b.service/cgroup.procs': '20\n',
}

const groupsOf = (tree: Tree) => liveControlGroups(makeTree(tree), NO_PROC, NO_OWNERS)
const pidsIn = (tree: Tree, group: string) => groupsOf(tree).processes(group)

for (const mount of ['sys/fs/cgroup', 'sys/fs/cgroup/unified', 'sys/fs/cgroup/systemd'])
  test(`the processes of a group and of those below it, mounted at /${mount}`, () => {
    assert.deepEqual(pidsIn({ [mount]: GROUPS }, SERVICE), [10, 11, 12])
    assert.deepEqual(pidsIn({ [mount]: GROUPS }, '/system.slice/none.service'), [])
  })

test('a group is read where systemd has it, and not where another controller has the same', () => {
  const tree = {
    'sys/fs/cgroup/system.slice/a.service': {},
    'sys/fs/cgroup/systemd': GROUPS,
  }
  assert.deepEqual(pidsIn(tree, SERVICE), [10, 11, 12])
})

test('a group outside of the tree is not followed out of it', () => {
  const tree = {
    'sys/fs/cgroup': GROUPS,
    'sys/fs/secret/cgroup.procs': '66\n',
    'sys/secret/cgroup.procs': '66\n',
  }
  for (const group of ['/../secret', '/system.slice/../../../secret', '/../../secret'])
    assert.deepEqual(pidsIn(tree, group), [], group)
})

test('what stands in the place of a list of processes is not waited for', () => {
  const device = { 'cgroup.procs': { link: '/dev/zero' }, 'below/cgroup.procs': '7\n' }
  assert.deepEqual(pidsIn({ 'sys/fs/cgroup/system.slice/a.service': device }, SERVICE), [7])
})

test('of a group with more processes than any has, some are told', () => {
  const many = Array.from({ length: 10_500 }, (_, at) => `${4_000_000 + at}\n`)
  for (const lines of [many, many.map((line) => line.slice(3))]) {
    const tree = { 'sys/fs/cgroup/system.slice/a.service/cgroup.procs': lines.join('') }
    assert.deepEqual(pidsIn(tree, SERVICE), lines.slice(0, 10_000).map(Number))
  }
})

test('who lives in a unit: terminals with their users, and guests', () => {
  const stat = (terminal: number): Stat => ({
    comm: 'x',
    ppid: 1,
    session: 1,
    terminal,
    isKernelThread: false,
    threads: 1,
    startTicks: 1,
    stackStart: null,
    hasEnded: false,
  })
  const owner = (container: Owner['container']): Owner => ({
    kind: 'service',
    name: say`a.service`,
    unit: say`a.service`,
    uid: null,
    container,
  })
  const proc = {
    stat: (pid: number) => (pid === 12 ? null : stat(pid === 10 ? 0x8803 : 0)),
    uidOf: () => 1000,
    holders,
    ...NONE,
  }
  const owners = {
    ofPid: (pid: number) => owner(pid === 11 ? { runtime: 'docker', name: say`web` } : null),
  }
  const groups = liveControlGroups(makeTree({ 'sys/fs/cgroup': GROUPS }), proc, owners)
  assert.deepEqual(groups.inhabitants(SERVICE), {
    processes: 3,
    terminals: [{ name: 'pts/3', uid: 1000 }],
    guests: [{ runtime: 'docker', name: 'web' }],
  })
})

test('a terminal of a process that has ended meanwhile is nobody’s', () => {
  const gone = Object.assign(new Error('gone'), { code: 'ENOENT' })
  const proc = {
    stat: () => ({
      comm: 'x',
      ppid: 1,
      session: 1,
      terminal: 0x8803,
      isKernelThread: false,
      threads: 1,
      startTicks: 1,
      stackStart: null,
      hasEnded: false,
    }),
    uidOf: () => {
      throw gone
    },
    holders,
    ...NONE,
  }
  const groups = liveControlGroups(makeTree({ 'sys/fs/cgroup': GROUPS }), proc, NO_OWNERS)
  assert.deepEqual(groups.inhabitants(SERVICE).terminals, [])
})

const guestsIn = (groups: Tree) =>
  groupsOf({ 'sys/fs/cgroup': { 'cgroup.procs': '', ...groups } })
    .guests()
    ?.map(({ name }) => name)
const EMPTY = 'populated 0\nfrozen 0\n'
const FULL = 'populated 1\nfrozen 0\n'

test('the guests that run are told by the names of their groups, each once', () => {
  const groups = {
    'machine.slice/machine-web.scope/cgroup.events': FULL,
    'machine.slice/machine-web.scope/payload/cgroup.events': FULL,
    'system.slice/a.service/cgroup.events': FULL,
  }
  assert.deepEqual(guestsIn(groups), ['web'])
})

test('a group that no process is left in is no guest that runs', () => {
  const one = 'machine.slice/machine-one.scope'
  assert.deepEqual(guestsIn({ [`${one}/cgroup.events`]: EMPTY }), [])
  assert.deepEqual(
    guestsIn({ [`${one}/cgroup.events`]: EMPTY, 'machine-two.scope/cgroup.events': FULL }),
    ['two'],
  )
  // The first version of control groups does not tell, but has the processes of each.
  assert.deepEqual(guestsIn({ [`${one}/cgroup.procs`]: '' }), [])
  assert.deepEqual(guestsIn({ [`${one}/cgroup.procs`]: '', [`${one}/init/cgroup.procs`]: '7\n' }), [
    'one',
  ])
})

test('a container below any parent is one that runs, as its whole id says', () => {
  const id = '0123456789abcdef'.repeat(4)
  assert.deepEqual(guestsIn({ [`srv/${id}/cgroup.events`]: FULL }), ['0123456789ab'])
  assert.deepEqual(guestsIn({ [`srv/${id.slice(1)}/cgroup.events`]: FULL }), [])
})

test('a guest has the name that its bytes spell', () => {
  assert.deepEqual(guestsIn({ 'machine.slice/machine-caf\u00e9.scope/cgroup.procs': '7\n' }), [
    'caf\u00e9',
  ])
})

test('no guest is known where there are too many groups to look at', () => {
  const mount = makeTree({ 'sys/fs/cgroup/cgroup.procs': '' })
  for (let at = 0; at < 10_001; at += 1) mkdirSync(`${mount}/sys/fs/cgroup/${at}`)
  assert.equal(liveControlGroups(mount, NO_PROC, NO_OWNERS).guests(), null)
})

test('the groups that a user makes keep no guest of the machine from being known', () => {
  const mount = makeTree({
    'sys/fs/cgroup/cgroup.procs': '',
    'sys/fs/cgroup/machine.slice/machine-web.scope/cgroup.events': FULL,
  })
  const own = `${mount}/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice`
  mkdirSync(own, { recursive: true })
  for (let at = 0; at < 10_001; at += 1) mkdirSync(`${own}/${at}`)
  const guests = liveControlGroups(mount, NO_PROC, NO_OWNERS).guests()
  assert.deepEqual(
    guests?.map(({ name }) => name),
    ['web'],
  )
})

test('of more groups than any unit has, those further below are not read', () => {
  const mount = makeTree({ 'sys/fs/cgroup/a/cgroup.procs': '1\n' })
  const groups = `${mount}/sys/fs/cgroup/a`
  for (let at = 1; at < 10_000; at += 1) mkdirSync(`${groups}/${at}`)
  mkdirSync(`${groups}/1/below`)
  writeFileSync(`${groups}/1/cgroup.procs`, '2\n')
  writeFileSync(`${groups}/1/below/cgroup.procs`, '3\n')
  const { processes } = liveControlGroups(mount, NO_PROC, NO_OWNERS)
  assert.deepEqual(processes('/a'), [1, 2])
  assert.deepEqual(processes('/a/1'), [2, 3])
})

test('a group is read once, and spends its share once', () => {
  const lines = Array.from({ length: 9000 }, (_, at) => `${at + 1}\n`).join('')
  const mount = makeTree({ [`sys/fs/cgroup${SERVICE}/cgroup.procs`]: lines })
  const groups = liveControlGroups(mount, NO_PROC, NO_OWNERS)
  for (let again = 0; again < 8; again += 1) {
    assert.equal(groups.inhabitants(SERVICE).isPartial, undefined)
    assert.equal(groups.processes(SERVICE).length, 9000)
  }
})

test('a user who has too many groups and processes spends no share but the own one', () => {
  const many = (first: number) =>
    Array.from({ length: 9000 }, (_, at) => `${first + at}\n`).join('')
  const service = (uid: number, name: string) =>
    `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/${name}.service`
  const paths = ['a', 'b', 'c', 'd'].map((name) => service(1000, name))
  const tree = Object.fromEntries(
    [...paths, service(1001, 'a'), SERVICE].map((path, at) => [
      `sys/fs/cgroup${path}/cgroup.procs`,
      many(100_000 * at + 1),
    ]),
  )
  const groups = groupsOf(tree)
  const seen = (path: string) => {
    const { processes, isPartial } = groups.inhabitants(path)
    return [processes, isPartial ?? false]
  }
  assert.deepEqual(paths.map(seen), [
    [9000, false],
    [9000, false],
    [1998, true],
    [0, true],
  ])
  assert.deepEqual(
    [seen(service(1001, 'a')), seen(SERVICE)],
    [
      [9000, false],
      [9000, false],
    ],
  )
})

test('a group is read once, so that all questions are about the same processes', () => {
  const path = makeTree({ 'sys/fs/cgroup': GROUPS })
  const groups = liveControlGroups(path, NO_PROC, NO_OWNERS)
  assert.deepEqual(groups.processes(SERVICE), [10, 11, 12])
  writeFileSync(`${path}/sys/fs/cgroup${SERVICE}/cgroup.procs`, '99\n')
  assert.deepEqual(groups.processes(SERVICE), [10, 11, 12])
  assert.equal(groups.inhabitants(SERVICE).processes, 3)
})

const ID = 'c'.repeat(64)
const PATHS: Readonly<Record<number, string | null>> = {
  1: '/init.scope',
  10: '/system.slice/sshd.service',
  11: '/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope',
  12: '/../../elsewhere',
  13: null,
  20: `/system.slice/docker-${ID}.scope`,
  21: '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service',
  22: '/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-cccccccccccc.scope',
}

for (const root of ['', '/machine.slice/machine-web.scope'])
  test(`the processes in containers are counted by their control groups below "${root}"`, () => {
    const proc = {
      pids: () => Object.keys(PATHS).map(Number),
      controlGroup(pid: number) {
        const path = PATHS[pid] ?? null
        return path === null ? null : parseControlGroup(`0::${root}${path}\n`)
      },
    }
    const live = liveControlGroups(makeTree({}), { ...NO_PROC, ...proc }, NO_OWNERS)
    assert.equal(live.inContainers(), 3)
    assert.equal(recordedControlGroups(proc).inContainers(), 3)
  })
