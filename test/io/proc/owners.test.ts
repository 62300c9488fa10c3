import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOwners, selfIn } from '../../../src/io/proc/owners.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { RecordedProcess, Tree } from '../../support/tree.ts'

const inService = (apart: NonNullable<RecordedProcess['apart']>): RecordedProcess => ({
  maps: [],
  cgroup: '/system.slice/a.service',
  apart,
})

/** A service and a container in one control group, which differ from PID 1 in all but one thing. */
const PAIRS = {
  'the name of the host': { root: 'r', mnt: '2', pid: '2' },
  'the process ids': { root: 'r', mnt: '2', uts: '2' },
  'the mounts': { root: 'r', uts: '2', pid: '2' },
  'the root directory': { mnt: '2', uts: '2', pid: '2' },
} as const
for (const [what, apart] of Object.entries(PAIRS))
  test(`processes of one group are told apart by ${what}`, () => {
    const guest = { root: 'r', mnt: '2', pid: '2', uts: '2' }
    const directory = makeTree(procTree({ 4: inService(apart), 5: inService(guest) }))
    const owners = openOwners(openProc(directory))
    const kinds = [4, 5, 4].map((pid) => owners.ofPid(pid)?.kind)
    assert.deepEqual(kinds, ['service', 'container', 'service'])
  })

test('processes of one tree are told apart by their control groups', () => {
  const other = { maps: [], cgroup: '/system.slice/b.service' }
  const directory = makeTree(procTree({ 4: inService({}), 5: other }))
  const owners = openOwners(openProc(directory))
  assert.deepEqual(
    [4, 5, 6].map((pid) => owners.ofPid(pid)?.unit),
    ['a.service', 'b.service', undefined],
  )
})

/** A process that somebody started. */
const child = (ppid: number): RecordedProcess => ({ maps: [], cgroup: '/a.service', ppid })

function selfOf(processes: Readonly<Record<number, RecordedProcess>>, self: Tree[string] | null) {
  const link = self === null ? {} : { self }
  const proc = openProc(makeTree({ ...procTree(processes), ...link }))
  const found = selfIn(proc, openOwners(proc))
  return found && [found.pid, found.owner.unit, [...found.ancestors.keys()]]
}

const SELVES: readonly (readonly [
  fact: string,
  processes: Readonly<Record<number, RecordedProcess>>,
  self: Tree[string] | null,
  found: unknown,
])[] = [
  [
    'up to PID 1',
    { 9: child(8), 8: child(4), 4: child(1) },
    { link: '9' },
    [9, 'a.service', [8, 4]],
  ],
  ['up to whom the tree does not have', { 9: child(8) }, { link: '9' }, [9, 'a.service', []]],
  ['once', { 9: child(8), 8: child(7), 7: child(8) }, { link: '9' }, [9, 'a.service', [8, 7]]],
  ['without ourselves', { 9: child(1) }, { link: '8' }, null],
  ['by no number', { 9: child(1) }, { link: '0' }, null],
  ['by no such number', { 9: child(1) }, { link: '-9' }, null],
  ['by a name', { 9: child(1) }, { link: 'nine' }, null],
  ['nowhere', { 9: child(1) }, null, null],
]
for (const [fact, processes, self, found] of SELVES)
  test(`whom we came through is told ${fact}`, () =>
    assert.deepEqual(selfOf(processes, self), found))

test('where PID 1 may not be asked, our own surroundings are those of the machine', () => {
  const guest = inService({ root: 'r', mnt: '2', pid: '2', uts: '2' })
  const { 1: _, 6: own, ...others } = procTree({ 4: guest, 5: inService({}), 6: inService({}) })
  const init = { stat: '1 (systemd) S 0 ', cgroup: '0::/init.scope\n' }
  const directory = makeTree({ ...others, 1: init, self: own ?? '' })
  const owners = openOwners(openProc(directory))
  assert.deepEqual(
    [4, 5].map((pid) => owners.ofPid(pid)?.kind),
    ['container', 'service'],
  )
  assert.equal(owners.isForeign({ rootDirectory: 'r' }), true)
})

test('nothing is foreign where no root is known', () => {
  const init = { stat: '1 (systemd) S 0 ', cgroup: '0::/init.scope\n' }
  const owners = openOwners(openProc(makeTree({ 1: init })))
  assert.equal(owners.isForeign({ rootDirectory: 'r' }), false)
  assert.equal(owners.isForeign({ rootDirectory: null }), false)
})

const MACHINE = '22 1 254:0 / / rw - ext4 /dev/vda rw\n'
const IN_MEMORY = '90 80 0:97 / / rw - tmpfs tmpfs rw\n'
const USR = '91 90 254:0 /usr /usr ro - ext4 /dev/vda ro\n'
const ALL_APART = { root: 'r', mnt: '2', pid: '2', uts: '2' }
const nested = (nspid: number) => `Name:\ta\nNSpid:\t4711\t${nspid}\n`

/** Returns the kinds and names of owners, on a machine whose PID 1 sees one disk. */
function ownersIn(processes: Readonly<Record<number, RecordedProcess>>) {
  const init = { maps: [], cgroup: '/init.scope', comm: 'systemd', mountinfo: MACHINE }
  const owners = openOwners(openProc(makeTree(procTree({ 1: init, ...processes }))))
  return Object.keys(processes).map((pid) => {
    const { kind, name } = owners.ofPid(Number(pid)) ?? {}
    return [kind, name]
  })
}

test('a program of the machine in a sandbox belongs to its unit, one in a container does not', () => {
  const seeing = (mountinfo: string, exe = '/usr/bin/daemon'): RecordedProcess => ({
    ...inService(ALL_APART),
    mountinfo,
    exe,
    status: nested(1),
  })
  assert.deepEqual(
    ownersIn({
      4: seeing(`${IN_MEMORY}${USR}`),
      5: {
        ...seeing(`${IN_MEMORY}${USR}`, '/app/bin/x'),
        apart: { ...ALL_APART, mnt: '3', pid: '3' },
      },
      // Its own tree, with a part of the machine.
      6: {
        ...seeing(`90 80 254:0 /srv/web / rw - ext4 /dev/vda rw\n${USR}`),
        apart: { ...ALL_APART, mnt: '4', pid: '4' },
      },
    }),
    [
      ['service', 'a.service'],
      ['container', 'daemon[5]'],
      ['container', 'daemon[6]'],
    ],
  )
})

test('the leader of a container is the first process in its namespace', () => {
  const inside = (ppid: number, comm: string, nspid: number, pid = '2'): RecordedProcess => ({
    ...inService({ ...ALL_APART, pid }),
    comm,
    ppid,
    status: nested(nspid),
  })
  assert.deepEqual(
    ownersIn({
      4: { maps: [], cgroup: '/system.slice/a.service', comm: 'shim' },
      5: inside(4, 'runner', 1),
      6: inside(5, 'sh', 7),
      7: inside(6, 'job', 8),
      // It entered from outside.
      8: inside(4, 'exec', 9),
      // Of its namespace, no first process is seen.
      9: inside(4, 'lost', 9, '3'),
    }),
    [
      ['service', 'a.service'],
      ...Array.from({ length: 4 }, () => ['container', 'runner[5]']),
      ['container', 'lost[9]'],
    ],
  )
})

test('where only mounts are apart, the leader is the first that has them', () => {
  const session = '/user.slice/user-1000.slice/session-3.scope'
  const inside = (ppid: number, comm: string): RecordedProcess => ({
    maps: [],
    cgroup: session,
    apart: { root: 'r', mnt: '2' },
    ppid,
    comm,
  })
  const shell = { maps: [], cgroup: session, comm: 'bash' }
  assert.deepEqual(ownersIn({ 4: shell, 5: inside(4, 'sh'), 6: inside(5, 'sleep') }).slice(1), [
    ['container', 'sh[5]'],
    ['container', 'sh[5]'],
  ])
  // A recording has no parents.
  assert.deepEqual(ownersIn({ 5: inside(0, 'sh') }), [['container', 'session-3.scope/2']])
})

test('so many owners are kept, and the others are found anew', () => {
  const owners = openOwners(openProc(makeTree(procTree({}))))
  const kept = { rootDirectory: null, pidNamespace: null, mountNamespace: null, utsNamespace: null }
  const ownerAt = (at: number) =>
    owners.of({ ...kept, pid: 4, cgroup: { text: '', path: `/u${at}.service` } })
  const first = Array.from({ length: 1025 }, (_, at) => ownerAt(at))
  assert.equal(ownerAt(1023), first[1023])
  assert.notEqual(ownerAt(1024), first[1024])
  assert.deepEqual(ownerAt(1024), first[1024])
})
