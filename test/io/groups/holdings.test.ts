import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Owner } from '../../../src/core/owner/kinds.ts'
import { parseSockets } from '../../../src/core/proc/sockets.ts'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import type { Stat } from '../../../src/core/proc/stat.ts'
import { say } from '../../../src/core/printable.ts'
import type { OpenFiles } from '../../../src/io/proc/descriptors.ts'
import type { Tree as MountTree } from '../../../src/io/process/mount-trees.ts'
import { liveHoldings } from '../../../src/io/groups/holdings.ts'
import { openOwnTables } from '../../../src/io/proc/socket-tables.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const ROOT = '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n'
const DEVICES =
  '2 1 0:5 / /dev rw - devtmpfs devtmpfs rw\n3 2 0:25 / /dev/pts rw - devpts devpts rw\n'
const OWN = ROOT + DEVICES
const STICK = '4 1 8:17 / /media/zoe/stick rw - fuseblk /dev/sdb1 rw,user_id=0,group_id=0\n'
const PORTAL = '5 1 0:45 /a /run/user/1000/doc/a rw - fuse.portal portal rw,user_id=1000\n'
const WHOLE_PORTAL = '6 1 0:45 / /run/user/1000/doc rw - fuse.portal portal rw,user_id=1000\n'

type Process = {
  readonly open?: Readonly<Record<number, readonly [target: string, info?: string]>>
  readonly isDenied?: boolean
  readonly leftOut?: 'many' | 'share'
  readonly isZombie?: boolean
  readonly children?: readonly number[]
  readonly ppid?: number
  readonly exe?: string
  readonly terminal?: number
  readonly uid?: number
  readonly session?: number
  /** mountinfo of its own namespace; `null` where it cannot be read. */
  readonly mounts?: string | null
  readonly owner?: Owner
  readonly cgroup?: string
}

type Machine = {
  readonly own?: string
  readonly misc?: string
  readonly tree?: Tree
  /** The text of `/proc/net/tcp`; `null` where they cannot be read. */
  readonly sockets?: { readonly tcp: string } | null
}

const GROUP = '/system.slice/a.service'
const WITH_PTS: Tree = { dev: { pts: { 0: '', ptmx: '' } } }

const STAT = {
  comm: 'qemu',
  session: 1,
  isKernelThread: false,
  threads: 1,
  startTicks: 1,
  stackStart: null,
}

/** The holdings of a group with these members, on a machine with these processes. */
function holdingsOf(
  processes: Readonly<Record<number, Process>>,
  { own = OWN, misc = '', tree = {}, sockets = { tcp: '' } }: Machine = {},
  members: readonly number[] = [10],
) {
  const asked: number[] = []
  const groups: string[] = []
  const at = (pid: number | string) => processes[Number(pid)]
  const stat = (pid: number): Stat | null => {
    const { ppid = 1, terminal = 0, session = 1, isZombie: hasEnded = false } = at(pid) ?? {}
    return at(pid) === undefined ? null : { ...STAT, ppid, terminal, session, hasEnded }
  }
  const mountsOf = (text: string | null | undefined) =>
    text === null ? null : parseMounts(text ?? own)
  const root = makeTree({ 'proc/self/net/unix': '', ...tree })
  const proc = {
    directory: `${root}/proc`,
    pids: () => Object.keys(processes).map(Number),
    stat,
    controlGroup: (pid: number) => ({ text: '', path: at(pid)?.cgroup ?? GROUP }),
    uidOf: (pid: number) => at(pid)?.uid ?? 1000,
    holderOf: (pid: number) => at(pid)?.uid ?? 'system',
    read(name: string) {
      return name === 'misc' ? misc : null
    },
    link: (name: string) => at(name.split('/')[0] ?? '')?.exe ?? null,
    treeOf: (pid: string): MountTree => ({
      mountNamespace: null,
      userNamespace: null,
      rootDirectory: null,
      mounts: mountsOf(at(pid)?.mounts),
    }),
    trees: { ownMounts: parseMounts(own) },
  }
  const holdings = liveHoldings(root, {
    proc,
    ownTables: {
      ...openOwnTables(proc),
      sockets: () => (sockets === null ? null : parseSockets(sockets.tcp.split('\n'), [])),
    },
    childrenOf: (pid) => at(pid)?.children ?? [],
    owners: { ofPid: (pid) => at(pid)?.owner ?? null },
    controlGroups: {
      processes(group) {
        groups.push(group)
        return group === GROUP ? members : proc.pids().filter((pid) => at(pid)?.cgroup === group)
      },
    },
    descriptors: {
      of(pid): OpenFiles {
        asked.push(pid)
        const { open = {}, isDenied = false, leftOut, isZombie } = at(pid) ?? {}
        const targets = Object.entries(open).map(([fd, [target]]) => [Number(fd), target] as const)
        if (leftOut !== undefined) return { targets: new Map(), isWhole: false, leftOut }
        return { targets: new Map(targets), isWhole: !isDenied && !isZombie }
      },
      info: (pid, file) => at(pid)?.open?.[file]?.[1] ?? null,
    },
  })
  return { ...holdings.of(GROUP), asked, groups }
}

const fuse = (device?: number) =>
  [
    '/dev/fuse',
    `mnt_id:\t2\n${device === undefined ? '' : `fuse_connection:\t${device}\n`}`,
  ] as const
const master = (index: number, mount = 2) =>
  ['/dev/ptmx', `mnt_id:\t${mount}\ntty-index:\t${index}\n`] as const
const pts = (index: number) => (136 << 8) | index

test('where the machine has nothing that could be held, no open file is read', () => {
  const { holders, asked } = holdingsOf({ 10: { open: { 3: fuse(), 4: master(0) } } })
  assert.deepEqual([holders, asked], [[], []])
})

test('a file system is named by its mount point, that of a disk as well', () => {
  const process = { open: { 3: fuse(45), 4: fuse(8388625), 5: fuse(45), 6: fuse(46) } }
  const { holders } = holdingsOf({ 10: process }, { own: OWN + STICK + PORTAL + WHOLE_PORTAL })
  assert.deepEqual(holders, [
    {
      pid: 10,
      mounts: ['/run/user/1000/doc', '/media/zoe/stick', null],
      terminals: [],
      consoles: [],
      guests: [],
    },
  ])
})

test('where only a part of a file system is mounted, that is named', () => {
  const { holders } = holdingsOf({ 10: { open: { 3: fuse(45) } } }, { own: OWN + PORTAL })
  assert.deepEqual(holders[0]?.mounts, ['/run/user/1000/doc/a'])
})

test('a file system of an older kernel has no name', () => {
  const { holders } = holdingsOf({ 10: { open: { 3: fuse() } } }, { own: OWN + STICK })
  assert.deepEqual(holders[0]?.mounts, [null])
})

test('a file system that only the unit sees is asked about and named as well', () => {
  const process = { open: { 3: fuse(45) }, mounts: OWN + WHOLE_PORTAL }
  assert.deepEqual(holdingsOf({ 10: process }).holders[0]?.mounts, ['/run/user/1000/doc'])
})

const LOGIN = { terminal: pts(0), uid: 1000 }

test('a master names its terminal and who works there', () => {
  const { holders } = holdingsOf(
    { 10: { open: { 3: master(0), 4: master(1), 5: master(0) } }, 20: LOGIN, 21: LOGIN },
    { tree: WITH_PTS },
  )
  assert.deepEqual(holders, [
    { pid: 10, mounts: [], terminals: [{ name: 'pts/0', uid: 1000 }], consoles: [], guests: [] },
  ])
})

test('root, whose program lets users in, is named only where root works there', () => {
  const terminals = (...uids: readonly number[]) =>
    holdingsOf(
      {
        10: { open: { 3: master(0) } },
        ...Object.fromEntries(uids.map((uid, at) => [20 + at, { ...LOGIN, uid }])),
      },
      { tree: WITH_PTS },
    ).holders.flatMap((holder) => holder.terminals.map(({ uid }) => uid))
  assert.deepEqual(terminals(0, 1000), [1000])
  assert.deepEqual(terminals(0, 0), [0])
  assert.deepEqual(terminals(), [])
})

test('where the machine has no terminal, no master is looked for', () => {
  const tree = { dev: { pts: { ptmx: '' } } }
  assert.deepEqual(holdingsOf({ 10: { open: { 3: master(0) } }, 20: LOGIN }, { tree }).asked, [])
})

const CONTAINER = '101 0 0:60 / / rw - overlay o rw\n102 101 0:61 / /dev/pts rw - devpts d rw\n'

test('the terminals of a container have the same numbers, and are others', () => {
  const terminals = (mount: number, mounts: string | null, theirs?: string, own = OWN) =>
    holdingsOf(
      {
        10: { open: { 3: master(0, mount) }, mounts },
        20: { ...LOGIN, ...(theirs === undefined ? {} : { mounts: theirs }) },
      },
      { tree: WITH_PTS, own },
    ).holders.length
  // The mount of a machine: /dev, or /dev/pts itself.
  assert.equal(terminals(2, OWN), 1)
  assert.equal(terminals(3, OWN), 1)
  // The holder is in the namespace of the machine, and the mount in no namespace that is known.
  assert.equal(terminals(142, OWN), 0)
  // The holder is in a namespace of its own, with the terminals of the machine or with others.
  const apart = OWN.replaceAll(/^(\d)/gm, '20$1')
  assert.equal(terminals(202, apart), 1)
  assert.equal(terminals(203, apart), 1)
  assert.equal(terminals(102, CONTAINER), 0)
  assert.equal(terminals(101, CONTAINER), 0)
  // The machine sees the terminals of a tree that it prepares for a guest.
  assert.equal(terminals(7, OWN, undefined, `${OWN}7 1 0:99 / /srv/dev/pts rw - devpts d rw\n`), 0)
  // What may not be read may be a terminal of the machine.
  assert.equal(terminals(202, null), 1)
  // A process of a container works at a terminal of the container.
  assert.equal(terminals(2, OWN, CONTAINER), 0)
})

const KVM = { misc: '232 kvm\n228 hpet\n' }

test('a virtual machine is told by its file, and is called like its process', () => {
  const machine = { 10: { open: { 9: ['anon_inode:kvm-vm'] as const } } }
  assert.deepEqual(holdingsOf(machine, KVM).holders[0]?.guests, [{ runtime: 'vm', name: 'qemu' }])
  assert.deepEqual(holdingsOf(machine, { misc: '228 hpet\n' }).asked, [])
})

const TUN = { misc: '232 kvm\n200 tun\n' }
const tun = (name: string) => ['/dev/net/tun', `mnt_id:\t2\nino:\t3\niff:\t${name}\n`] as const

test('a network interface is told by the file that made it', () => {
  const process = { 10: { open: { 3: tun('tun0'), 4: tun('tun1'), 5: tun('tun0'), 6: tun('') } } }
  assert.deepEqual(holdingsOf(process, TUN).holders[0]?.interfaces, ['tun0', 'tun1'])
  assert.deepEqual(holdingsOf({ 10: { open: { 3: tun('') } } }, TUN).holders, [])
  assert.deepEqual(holdingsOf(process, { misc: '200 tunnel\n' }).asked, [])
})

const LOCKED: Machine = { tree: { run: { systemd: { inhibit: { 3: '', '3.ref': '' } } } } }
const lock = (number: number, flags: string) =>
  [`/run/systemd/inhibit/${number}.ref`, `pos:\t0\nflags:\t${flags}\n`] as const

test('a lock is held by who has its file open for writing', () => {
  const writes = '02004001'
  const process = { 10: { open: { 3: lock(3, writes), 4: lock(5, writes), 5: lock(3, writes) } } }
  assert.deepEqual(holdingsOf(process, LOCKED).holders[0]?.locks, [3, 5])
  // logind itself.
  assert.deepEqual(holdingsOf({ 10: { open: { 3: lock(3, '02004000') } } }, LOCKED).holders, [])
  const unread = { 10: { open: { 3: ['/run/systemd/inhibit/3.ref'] as const } } }
  assert.deepEqual(holdingsOf(unread, LOCKED).holders[0]?.locks, [3])
  assert.deepEqual(holdingsOf({ 10: { open: { 3: ['/dev/null'] } } }, LOCKED).holders, [])
})

test('where logind has no lock, none is looked for', () => {
  const process = { 10: { open: { 3: lock(3, '01') } } }
  const none: Machine = { tree: { run: { systemd: { inhibit: { 3: '' } } } } }
  assert.deepEqual(holdingsOf(process, none).asked, [])
  assert.deepEqual(holdingsOf(process, { ...none, ...KVM }).holders, [])
})

const socket = (flags: string, state: string, inode: number, path: string) =>
  `0000000000000000: 00000002 00000000 ${flags} 0001 ${state} ${inode} ${path}\n`
const SERVER = { 10: { open: { 3: ['socket:[7]'], 4: ['socket:[8]'] } } } as const
const X11 = socket('00010000', '01', 7, '@/tmp/.X11-unix/X0')
const CLIENT_OF_X11 = socket('00000000', '03', 9, '/tmp/.X11-unix/X0')
const withSockets = (unix: string) => ({ tree: { proc: { self: { net: { unix } } } } })

test('a display is told by its socket, where a program has a window on it', () => {
  const both = X11 + socket('00010000', '01', 8, '/tmp/.X11-unix/X0') + CLIENT_OF_X11
  const { holders } = holdingsOf(SERVER, withSockets(both))
  assert.deepEqual(holders[0]?.displays, [':0'])
  for (const unix of [X11, CLIENT_OF_X11, X11.replace(' 7 ', ' 6 ') + CLIENT_OF_X11])
    assert.deepEqual(holdingsOf(SERVER, withSockets(unix)).holders, [])
  assert.deepEqual(holdingsOf(SERVER, withSockets(X11)).asked, [])
})

const ofDisplays = (process: Process, machine: Machine) => {
  const { holders, denied } = holdingsOf({ 10: process }, machine)
  return [holders.flatMap(({ displays }) => displays), denied]
}

test('where there are more sockets than are read, one that is not known may be a display', () => {
  const head = `${X11}${CLIENT_OF_X11}`
  const withMiB = (count: number) =>
    withSockets(head + `${' '.repeat(1023)}\n`.repeat(1024 * count))
  const cut = withMiB(64)
  assert.deepEqual(ofDisplays(SERVER[10], cut), [[':0'], []])
  assert.deepEqual(ofDisplays({ open: { 3: ['socket:[6]'] } }, cut), [[], [10]])
  assert.deepEqual(ofDisplays({ open: { 3: ['/dev/null'] } }, cut), [[], []])
  assert.deepEqual(ofDisplays({ open: { 3: ['socket:[6]'] } }, withMiB(63)), [[], []])
})

test('a display behind the sockets of a user is found', () => {
  const many = socket('00000000', '01', 6, `/run/user/1000/${'a'.repeat(80)}`)
  const behind = withSockets(many.repeat(100_000) + X11 + CLIENT_OF_X11)
  assert.deepEqual(ofDisplays(SERVER[10], behind), [[':0'], []])
  assert.deepEqual(ofDisplays({ open: { 3: ['socket:[6]'] } }, behind), [[], []])
})

test('where the sockets of the machine cannot be read, one may be a display', () => {
  const none: Machine = { tree: { 'proc/self/net/unix': {} } }
  assert.deepEqual(ofDisplays(SERVER[10], none), [[], [10]])
  assert.deepEqual(ofDisplays({ open: { 3: ['/dev/null'] } }, none), [[], []])
})

test('of a display that a line contradicts it is not known whether it is one', () => {
  const forged = withSockets(X11 + CLIENT_OF_X11 + socket('00000000', '03', 7, '/run/a.sock'))
  assert.deepEqual(ofDisplays(SERVER[10], forged), [[], [10]])
  assert.deepEqual(ofDisplays({ open: { 3: ['socket:[8]'] } }, forged), [[], []])
})

const PROGRAMS: readonly (readonly [exe: string, isMachine: boolean])[] = [
  ['/usr/bin/qemu-system-x86_64', true],
  ['/usr/bin/qemu-system-x86_64 (deleted)', true],
  ['/usr/libexec/qemu-kvm', true],
  ['/usr/lib/virtualbox/VBoxHeadless', true],
  ['/usr/bin/qemu-x86_64', false],
  ['/usr/bin/qemu-img', false],
  ['/srv/qemu-system-x86_64/run', false],
]
test('a virtual machine that the processor does not run is told by its program', () => {
  for (const [exe, isMachine] of PROGRAMS) {
    const guests = holdingsOf({ 10: { exe } }).holders.flatMap((holder) => holder.guests)
    assert.deepEqual(guests, isMachine ? [{ runtime: 'vm', name: 'qemu' }] : [], exe)
  }
})

const registered = (...lines: readonly string[]): Tree => ({
  'run/systemd/machines': {
    web: ['NAME=web', ...lines, ''].join('\n'),
    'unit:x.scope': { link: 'web' },
  },
})
const WEB = { runtime: 'nspawn', name: say`web` } as const

test('a registered machine is run by its supervisor, by the parent of its leader, or by that', () => {
  const guests = (lines: readonly string[], ppid = 1) =>
    holdingsOf({ 10: {}, 20: { ppid } }, { tree: registered(...lines) }).holders.flatMap(
      (holder) => holder.guests,
    )
  assert.deepEqual(guests(['LEADER=20', 'SUPERVISOR=10']), [WEB])
  assert.deepEqual(guests(['LEADER=20'], 10), [WEB])
  assert.deepEqual(guests(['LEADER=10']), [WEB])
  assert.deepEqual(guests(['LEADER=20']), [])
  assert.deepEqual(guests(['LEADER=20', 'SUPERVISOR=11']), [])
  assert.deepEqual(guests(['LEADER=99']), [])
})

test('a registered virtual machine has the name that machined knows', () => {
  const tree = registered('LEADER=10', 'CLASS=vm')
  const machine = { 10: { open: { 9: ['anon_inode:kvm-vm'] as const } } }
  assert.deepEqual(holdingsOf(machine, { ...KVM, tree }).holders[0]?.guests, [
    { runtime: 'vm', name: 'web' },
  ])
})

const inside = (container: Owner['container']): Owner => ({
  kind: container === null ? 'session' : 'container',
  name: null,
  unit: null,
  uid: null,
  container,
})

test('a container is run by the parent of a process of it, in whatever group that is', () => {
  const guests = (children: readonly number[], members: readonly number[]) =>
    holdingsOf(
      {
        10: { children },
        20: { owner: inside({ runtime: 'docker', name: say`db` }) },
        21: { owner: inside(null) },
      },
      {},
      members,
    ).holders.flatMap((holder) => holder.guests)
  assert.deepEqual(guests([21, 20], [10]), [{ runtime: 'docker', name: 'db' }])
  assert.deepEqual(guests([21, 22], [10]), [])
  assert.deepEqual(guests([], [10]), [])
  // What lies in the group itself is one of its inhabitants.
  assert.deepEqual(guests([20], [10, 20]), [])
})

const SCOPE = '/user.slice/user-1000.slice/session-2.scope'
const TTY2 = (4 << 8) | 2

test('a session that a process began has the console of one of its processes', () => {
  const consoles = (children: readonly number[], cgroup: string, terminal: number) =>
    holdingsOf({ 10: { children }, 20: { cgroup }, 21: { cgroup, terminal } }).holders.flatMap(
      (holder) => holder.consoles,
    )
  assert.deepEqual(consoles([20], SCOPE, TTY2), ['tty2'])
  assert.deepEqual(consoles([], SCOPE, TTY2), [])
  // A remote login, and a child in a service of its own.
  assert.deepEqual(consoles([20], SCOPE, pts(0)), [])
  assert.deepEqual(consoles([20], '/system.slice/b.service', TTY2), [])
  assert.deepEqual(consoles([20], SCOPE, (4 << 8) | 64), [])
})

test('each scope is read once, whoever has children there', () => {
  const { holders, groups } = holdingsOf(
    {
      10: { children: [20] },
      11: { children: [21] },
      20: { cgroup: SCOPE },
      21: { cgroup: SCOPE, terminal: TTY2 },
    },
    {},
    [10, 11],
  )
  assert.deepEqual(
    holders.map(({ pid, consoles }) => [pid, consoles]),
    [
      [10, ['tty2']],
      [11, ['tty2']],
    ],
  )
  assert.deepEqual(groups, [GROUP, SCOPE])
})

test('a scope of a user manager holds no login and is not read', () => {
  const cgroup = '/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope'
  const { holders, groups } = holdingsOf({
    10: { children: [20] },
    20: { cgroup, terminal: TTY2 },
  })
  assert.deepEqual([holders, groups], [[], [GROUP]])
})

test('what a process holds is not known where it has too many children outside', () => {
  const denied = (outside: number, within: number) => {
    const children = Array.from({ length: within + outside }, (_, at) => 20 + at)
    const group = [10, ...children.slice(0, within)]
    return holdingsOf({ 10: { children } }, {}, group).denied
  }
  assert.deepEqual(denied(4096, 300), [])
  assert.deepEqual(denied(4097, 0), [10])
})

test('processes with too many open files are told, those that ended are not', () => {
  const on = { tree: WITH_PTS }
  const told = ({ unread, denied }: ReturnType<typeof holdingsOf>) => [unread, denied]
  assert.deepEqual(told(holdingsOf({ 10: { leftOut: 'many' } }, on)), [[10], []])
  assert.deepEqual(told(holdingsOf({ 10: { isZombie: true } }, on)), [[], []])
  assert.deepEqual(told(holdingsOf({}, on)), [[], []])
})

test('open files that a spent share left out may be anything, and count', () => {
  const told = (process: Process, machine: Machine) => {
    const { unread, denied } = holdingsOf({ 10: process }, machine)
    return [unread, denied]
  }
  const spent = { leftOut: 'share' } as const
  assert.deepEqual(told(spent, { tree: WITH_PTS }), [[], [10]])
  assert.deepEqual(told(spent, KVM), [[], [10]])
  assert.deepEqual(told(spent, {}), [[], []])
  assert.deepEqual(told({ ...spent, isZombie: true }, KVM), [[], []])
})

test('open files that may not be read count where they may be a terminal, mount or lock', () => {
  const denied = (machine: Machine) => holdingsOf({ 10: { isDenied: true } }, machine).denied
  assert.deepEqual(denied({ tree: WITH_PTS }), [10])
  assert.deepEqual(denied({ own: OWN + STICK }), [10])
  assert.deepEqual(denied(LOCKED), [10])
  assert.deepEqual(denied(KVM), [])
  assert.deepEqual(denied({}), [])
})

const SESSION = '/user.slice/user-1000.slice/session-c4.scope'
const end = (local: string, remote: string, inode: number) =>
  `0: 0100007F:${local} 0100007F:${remote} 01 0:0 00:0 0 0 0 ${inode} 1\n`
const LISTENER = '0: 00000000:0016 00000000:0000 0A 0:0 00:0 0 0 0 70 1\n'
const LOCAL = { tcp: LISTENER + end('0016', 'C000', 71) + end('C000', '0016', 72) }
const socketAt = (inode: number) => [`socket:[${inode}]`] as const

const sessions = (text: string): Tree => ({
  run: { systemd: { sessions: { c4: text, 'c4.ref': '' } } },
})
const REMOTE = sessions('UID=1000\nREMOTE=1\nTYPE=tty\n')
const AT_HOME = sessions('UID=1000\nREMOTE=0\nTYPE=tty\n')

test('a login goes through the process that has the other end of its connection', () => {
  const logins = (door: Process, inode = 72, sockets: Machine['sockets'] = LOCAL) =>
    holdingsOf(
      {
        10: { open: { 3: socketAt(inode) } },
        20: { uid: 0, session: 20, open: { 4: socketAt(71) }, ...door },
      },
      { sockets, tree: REMOTE },
    ).holders.flatMap((holder) => holder.logins ?? [])
  assert.deepEqual(logins({ cgroup: SESSION }), [{ name: 'session c4', uid: 1000 }])
  // A server of another service, a program of the user, one of root's shell, another socket, and
  // one from elsewhere.
  assert.deepEqual(logins({}), [])
  assert.deepEqual(logins({ cgroup: SESSION, uid: 1000 }), [])
  assert.deepEqual(logins({ cgroup: SESSION, session: 19 }), [])
  assert.deepEqual(logins({ cgroup: SESSION }, 73), [])
  assert.deepEqual(logins({ cgroup: SESSION }, 72, { tcp: end('0016', 'C000', 71) }), [])
})

test('where the sockets cannot be read, it is not known what a process holds', () => {
  const deniedTo = (open: NonNullable<Process['open']>, tree = REMOTE) =>
    holdingsOf({ 10: { open } }, { sockets: null, tree }).denied
  assert.deepEqual(deniedTo({ 3: socketAt(71) }), [10])
  assert.deepEqual(deniedTo({ 3: ['/dev/null'] }), [])
  // Nobody is logged in over the network.
  assert.deepEqual(deniedTo({ 3: socketAt(71) }, AT_HOME), [])
})

const SERVES_LOCALLY = {
  'proc/self/net/unix':
    '0: 00000002 00000000 00010000 0001 01 81 /run/a\n' +
    '0: 00000003 00000000 00000000 0001 03 82 /run/a\n',
}

test('the clients of a unit are told beside what it holds, and cost no restart', () => {
  const of = (process: Process, tree = {}) => {
    const {
      asked,
      groups: _,
      ...held
    } = holdingsOf({ 10: process }, { tree: { ...SERVES_LOCALLY, ...tree } })
    return { asked, held }
  }
  const nothing = { holders: [], unread: [], denied: [] }
  const served = [{ pid: 10, overNetwork: [], local: [82], ends: [] }]
  assert.deepEqual(of({ open: { 3: socketAt(82) } }), {
    asked: [10],
    held: { ...nothing, served },
  })
  assert.deepEqual(of({ open: { 3: socketAt(81) } }).held, nothing)
  // Where nothing else is to be held, what was not seen is no reason to leave a unit alone.
  for (const unseen of [{ isDenied: true }, { leftOut: 'share' }, { leftOut: 'many' }] as const)
    assert.deepEqual(of(unseen).held, nothing)
  const both = { 10: { open: { 3: socketAt(82) } }, 11: { isDenied: true } }
  assert.equal(holdingsOf(both, { tree: SERVES_LOCALLY }, [10, 11]).served, undefined)
  assert.deepEqual(of({ leftOut: 'share' }, WITH_PTS).held, { ...nothing, denied: [10] })
})
