import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Owner } from '../../../src/core/owner/kinds.ts'
import type { ShareHolder } from '../../../src/core/owner/share.ts'
import { say } from '../../../src/core/printable.ts'
import { openChildren } from '../../../src/io/proc/children.ts'
import { openOwnTables } from '../../../src/io/proc/socket-tables.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { liveMembers } from '../../../src/io/groups/members.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const GROUP = '/system.slice/a.service'
const MAIN = 10

type Given = {
  readonly comm?: string
  readonly ppid?: number
  readonly session?: number
  readonly exe?: string
  readonly stack?: string
  readonly startTicks?: number
}

/** The text of `stat`, with the fields that tell who forked and who executed (proc_pid_stat(5)). */
function statOf(pid: number, some: Given): string {
  const { comm = 'a', ppid = MAIN, session = MAIN, startTicks = 1000, stack = '0' } = some
  const zeros = (count: number) => Array.from({ length: count }, () => 0)
  const fields = [ppid, pid, session, 0, -1, 0, ...zeros(12), startTicks, ...zeros(5), stack, 0]
  return `${pid} (${comm}) S ${fields.join(' ')}\n`
}

function membersOf(
  processes: Readonly<Record<number, Given>>,
  {
    files = {},
    open = {},
    inside = {},
    holderOf,
    times = { ofSystem: Infinity, ofUser: Infinity },
  }: Partial<Surroundings> = {},
) {
  const pids = Object.keys(processes).map(Number)
  const proc = procTree(
    Object.fromEntries(
      pids.map((pid) => [pid, { maps: [], exe: processes[pid]?.exe ?? '/usr/bin/a' }]),
    ),
  )
  const stats = pids.map((pid) => [`proc/${pid}/stat`, statOf(pid, processes[pid] ?? {})] as const)
  const tree = makeTree({ proc, ...Object.fromEntries(stats), ...files })
  const owner = (container: Owner['container']): Owner => ({
    kind: 'service',
    name: say`a.service`,
    unit: say`a.service`,
    uid: null,
    container,
  })
  const opened = openProc(join(tree, 'proc'))
  const live = { ...opened, holderOf: holderOf ?? opened.holderOf }
  const ports = {
    proc: live,
    owners: { ofPid: (pid: number) => owner(inside[pid] ?? null) },
    descriptors: {
      of: (pid: number) => ({
        targets: new Map((open[pid] ?? []).map((target, at) => [at, target])),
        isWhole: open[pid] !== undefined,
      }),
    },
    childrenOf: openChildren(live),
    ownTables: openOwnTables(live),
    controlGroups: { processes: (group: string) => (group === GROUP ? pids : []) },
  }
  return liveMembers(ports, times)
}

type Surroundings = {
  readonly files: Tree
  /** The targets of the open files of processes; those of others cannot be read. */
  readonly open: Readonly<Record<number, readonly string[]>>
  readonly inside: Readonly<Record<number, Owner['container']>>
  readonly holderOf: (pid: number) => ShareHolder
  /** The time for the sockets of other network namespaces, in milliseconds. */
  readonly times: { readonly ofSystem: number; readonly ofUser: number }
}

const WEB = { runtime: 'docker', name: say`web` } as const

test('a worker executed a program of its own; what was only forked is none', () => {
  const members = membersOf(
    {
      [MAIN]: { stack: '70001', session: MAIN },
      11: { stack: '70001', session: 11, comm: 'forked' },
      12: { stack: '70002', session: 12, exe: '/usr/bin/sh', startTicks: 2000, comm: 'a\u001bb' },
      13: { stack: '70003', comm: 'again' },
      14: { stack: '70001', exe: '/usr/bin/sh', comm: 'unlikely' },
      15: { comm: 'hidden' },
      16: { exe: '/usr/bin/sh', comm: 'hidden' },
      17: { stack: '70004', exe: '/usr/bin/sh', comm: 'guest' },
    },
    { inside: { 17: WEB } },
  )
  const told = members.workers(GROUP, MAIN)
  const { uid = -1 } = told[0] ?? {}
  assert.deepEqual(told[0], {
    pid: 12,
    comm: 'a\\x1bb',
    uid,
    startTicks: 2000,
    leadsSession: true,
    exe: '/usr/bin/sh',
  })
  assert.deepEqual(
    told.map(({ pid }) => pid),
    [12, 13, 14, 16],
  )
  assert.deepEqual(members.workers(GROUP, 99), [])
  assert.deepEqual(members.workers('/system.slice/b.service', MAIN), [])
})

test('an upgrade of the program makes no worker of what was forked before', () => {
  const members = membersOf({ [MAIN]: { exe: '/usr/bin/a (deleted)' }, 11: { exe: '/usr/bin/a' } })
  assert.deepEqual(members.workers(GROUP, MAIN), [])
})

test('of very many workers all are told: one behind many helpers may be a job', () => {
  const many = Array.from({ length: 300 }, (_, at) => [20 + at, { exe: '/usr/bin/sh' }] as const)
  const members = membersOf({ [MAIN]: {}, ...Object.fromEntries(many), 999: { exe: '/usr/bin/x' } })
  const told = members.workers(GROUP, MAIN)
  assert.deepEqual([told.length, told.at(-1)?.pid], [301, 999])
})

const TCP = (state: string, inode: string) =>
  `   0: 00000000:08AE 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1\n`
const UNIX = '0000000000000000: 00000002 00000000 00010000 0001 01 9 /run/a.sock\n'
const NET = { tcp: TCP('0A', '7') + TCP('01', '8'), unix: UNIX }

test('what a process listens on is what it has open among the sockets that listen', () => {
  const members = membersOf(
    { [MAIN]: {}, 11: {}, 12: {}, 13: {}, 14: {} },
    {
      files: Object.fromEntries([11, 12, 13, 14].map((pid) => [`proc/${pid}/net`, NET])),
      open: { 11: ['socket:[7]', 'socket:[9]', '/dev/null'], 12: ['socket:[8]'], 13: ['pipe:[7]'] },
    },
  )
  const told = (pid: number) => {
    const { listens, isConnected } = members.leftBehind(pid, MAIN) ?? {}
    return [listens, isConnected]
  }
  assert.deepEqual(told(11), [['0.0.0.0:2222', '/run/a.sock'], false])
  assert.deepEqual(told(12), [[], true])
  assert.deepEqual(told(13), [[], false])
  assert.deepEqual(told(14), [null, false])
})

test('a process has the sockets of its own network namespace, which is read once', () => {
  const other = { tcp: TCP('0A', '7').replace('08AE', '0016'), unix: '' }
  const net = (name: string) => ({ link: `net:[${name}]` })
  const members = membersOf(
    { [MAIN]: {}, 11: {}, 12: {}, 13: {} },
    {
      files: {
        'proc/11/net': NET,
        'proc/12/net': other,
        'proc/11/ns/net': net('1'),
        'proc/12/ns/net': net('2'),
        'proc/13/ns/net': net('1'),
      },
      open: { 11: ['socket:[7]'], 12: ['socket:[7]'], 13: ['socket:[7]'] },
    },
  )
  const listens = (pid: number) => members.leftBehind(pid, MAIN)?.listens
  assert.deepEqual([11, 12, 13].map(listens), [['0.0.0.0:2222'], ['0.0.0.0:22'], ['0.0.0.0:2222']])
})

const MIB = 1024 * 1024
const filler = (bytes: number) => `${'x'.repeat(bytes - 1)}\n`

test('what listens is not known where a file of sockets is longer than its bound', () => {
  const files = (net: Tree) => ({ 'proc/11/net': net, 'proc/12/net': net })
  const open = { 11: ['socket:[9]'], 12: ['/dev/null'] }
  const told = (net: Tree) => {
    const members = membersOf({ [MAIN]: {}, 11: {}, 12: {} }, { files: files(net), open })
    return [11, 12].map((pid) => members.leftBehind(pid, MAIN)?.listens)
  }
  const { tcp, unix } = NET
  assert.deepEqual(told({ tcp, unix: filler(MIB) + unix }), [['/run/a.sock'], []])
  assert.deepEqual(told({ tcp, unix: filler(4 * MIB) + unix }), [null, []])
  assert.deepEqual(told({ tcp, unix: unix + filler(4 * MIB) }), [null, []])
  assert.deepEqual(told({ tcp: tcp + filler(4 * MIB), unix }), [null, []])
  assert.deepEqual(told({ tcp, unix, tcp6: filler(4 * MIB) }), [null, []])
  assert.deepEqual(told({ tcp }), [null, []])
  assert.deepEqual(told({ unix }), [null, []])
})

test('the sockets of the network namespace of the machine are read whole', () => {
  const net = { tcp: NET.tcp, unix: filler(9 * MIB) + UNIX }
  const link = { link: 'net:[1]' }
  const members = membersOf(
    { [MAIN]: {}, 11: {}, 12: {} },
    {
      files: {
        'proc/self/net': net,
        'proc/self/ns/net': link,
        ...Object.fromEntries(
          [11, 12].flatMap((pid) => [
            [`proc/${pid}/net`, net],
            [`proc/${pid}/ns/net`, pid === 11 ? link : { link: 'net:[2]' }],
          ]),
        ),
      },
      open: { 11: ['socket:[9]'], 12: ['socket:[9]'] },
    },
  )
  const listens = (pid: number) => members.leftBehind(pid, MAIN)?.listens
  assert.deepEqual([11, 12].map(listens), [['/run/a.sock'], null])
})

test('what listens is not known of a socket that two lines tell apart, and of no other', () => {
  const forged = UNIX.replace('00010000', '00000000')
  const members = membersOf(
    { [MAIN]: {}, 11: {}, 12: {} },
    {
      files: { 'proc/11/net': { tcp: NET.tcp, unix: UNIX + forged }, 'proc/12/net': NET },
      open: { 11: ['socket:[9]', 'socket:[7]'], 12: ['socket:[7]'] },
    },
  )
  const listens = (pid: number) => members.leftBehind(pid, MAIN)?.listens
  assert.deepEqual([11, 12].map(listens), [null, ['0.0.0.0:2222']])
})

test('the sockets of many network namespaces have a share for each user', () => {
  const pids = Array.from({ length: 20 }, (_, at) => 20 + at)
  const holderOf = (pid: number): ShareHolder => (pid < 30 ? 'system' : pid < 35 ? 1000 : 1001)
  const net = { tcp: '', unix: UNIX + filler(3.5 * MIB) }
  const link = { link: '../20/net' }
  const members = membersOf(Object.fromEntries([MAIN, ...pids].map((pid) => [pid, {}])), {
    files: Object.fromEntries(
      pids.flatMap((pid) => [
        [`proc/${pid}/net`, pid === 20 ? net : link],
        [`proc/${pid}/ns/net`, { link: `net:[${pid === 39 ? 20 : pid}]` }],
      ]),
    ),
    open: Object.fromEntries(pids.map((pid) => [pid, ['socket:[9]']])),
    holderOf,
  })
  const known = pids.filter((pid) => members.leftBehind(pid, MAIN)?.listens !== null)
  assert.deepEqual(known, [20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 35, 39])
})

test('a namespace that one user’s share did not allow is read for another', () => {
  const net = { tcp: '', unix: UNIX + filler(3 * MIB) }
  const namespace = (name: string) => ({ link: `net:[${name}]` })
  const pids = [11, 12, 13]
  const members = membersOf(
    { [MAIN]: {}, 11: {}, 12: {}, 13: {} },
    {
      files: Object.fromEntries(
        pids.flatMap((pid) => [
          [`proc/${pid}/net`, net],
          [`proc/${pid}/ns/net`, namespace(pid === 11 ? '1' : '2')],
        ]),
      ),
      open: Object.fromEntries(pids.map((pid) => [pid, ['socket:[9]']])),
      holderOf: (pid) => (pid === 13 ? 'system' : 1000),
    },
  )
  const listens = (pid: number) => members.leftBehind(pid, MAIN)?.listens
  assert.deepEqual(pids.map(listens), [['/run/a.sock'], null, ['/run/a.sock']])
})

test('a user whose network namespaces took too long spends the time of nobody else', () => {
  const pids = [11, 12, 13]
  const told = (times?: Surroundings['times']) => {
    const members = membersOf(
      { [MAIN]: {}, 11: {}, 12: {}, 13: {} },
      {
        files: Object.fromEntries(
          pids.flatMap((pid) => [
            // The kernel looks through all of its room for a table without a line, too.
            [`proc/${pid}/net`, pid === 11 ? { tcp: '', unix: '' } : NET],
            [`proc/${pid}/ns/net`, { link: `net:[${pid}]` }],
          ]),
        ),
        open: Object.fromEntries(pids.map((pid) => [pid, ['socket:[7]']])),
        holderOf: (pid) => (pid === 13 ? 'system' : 1000),
        ...(times === undefined ? {} : { times }),
      },
    )
    return pids.map((pid) => members.leftBehind(pid, MAIN)?.listens)
  }
  const listens = ['0.0.0.0:2222']
  assert.deepEqual(told(), [[], listens, listens])
  assert.deepEqual(told({ ofSystem: Infinity, ofUser: 1e-9 }), [null, null, listens])
})

test('a process is below the main process through any number of others', () => {
  const members = membersOf({
    [MAIN]: { ppid: 1 },
    11: {},
    12: { ppid: 11 },
    13: { ppid: 1 },
    14: { ppid: 13 },
    15: { ppid: 15 },
    16: { ppid: 99 },
  })
  const isBelow = (pid: number) => members.leftBehind(pid, MAIN)?.isBelowMain
  assert.deepEqual([11, 12, 13, 14, 15, 16].map(isBelow), [true, true, false, false, false, false])
})

test('what began before the main process was there before a restart', () => {
  const members = membersOf({
    [MAIN]: { ppid: 1, startTicks: 2000 },
    11: { ppid: 1, startTicks: 1999 },
    12: { startTicks: 2000 },
    13: { startTicks: 2001 },
  })
  const isOlder = (pid: number, main = MAIN) => members.leftBehind(pid, main)?.isOlder
  assert.deepEqual(
    [11, 12, 13, 99].map((pid) => isOlder(pid)),
    [true, false, false, undefined],
  )
  assert.equal(isOlder(11, 98), undefined)
})

test('what runs a guest from outside has a child in it', () => {
  const inside = { 12: WEB, 14: { ...WEB, name: say`db` } }
  const processes = {
    [MAIN]: {},
    11: { ppid: 1 },
    12: { ppid: 11 },
    13: { ppid: 1 },
    14: { ppid: 13 },
  }
  const guests = (files: Tree) => {
    const members = membersOf(processes, { inside, files })
    return [11, 13, MAIN].map((pid) => members.leftBehind(pid, MAIN)?.guest?.name ?? null)
  }
  assert.deepEqual(guests({}), ['web', 'db', null])
  const children = {
    'proc/thread-self/children': '',
    'proc/11/task/11/children': '',
    'proc/11/task/21/children': '14 ',
  }
  assert.deepEqual(guests(children), ['db', null, null])
})

test('what has a machine of KVM open is a virtual machine, and a container comes first', () => {
  const machine = ['/dev/null', 'anon_inode:kvm-vm', 'anon_inode:kvm-vcpu:0']
  const members = membersOf(
    { [MAIN]: {}, 11: { comm: 'qemu\u001b' }, 12: {}, 13: {}, 14: { ppid: 13 } },
    { open: { 11: machine, 12: ['anon_inode:kvm-vcpu:0'], 13: machine }, inside: { 14: WEB } },
  )
  const guest = (pid: number) => members.leftBehind(pid, MAIN)?.guest
  assert.deepEqual([11, 12, 13].map(guest), [{ runtime: 'vm', name: 'qemu\\x1b' }, null, WEB])
})

test('a worker is commanded where the main process has the pipe of its standard input', () => {
  const input = (pid: number, target: string): Tree => ({
    [`proc/${pid}/fd`]: { 0: { link: target } },
  })
  const commanded = (target: string, open?: readonly string[]) => {
    const surroundings = {
      files: input(11, target),
      open: open === undefined ? {} : { [MAIN]: ['/dev/null', ...open] },
    }
    const processes = { [MAIN]: {}, 11: { exe: '/usr/bin/dash' } }
    const [worker] = membersOf(processes, surroundings).workers(GROUP, MAIN)
    return worker?.isCommanded ?? false
  }
  assert.ok(commanded('pipe:[7]', ['pipe:[6]', 'pipe:[7]']))
  assert.ok(!commanded('pipe:[7]', ['pipe:[6]']))
  assert.ok(!commanded('pipe:[7]'))
  assert.ok(!commanded('/dev/null', ['/dev/null']))
})
