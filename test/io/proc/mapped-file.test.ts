import assert from 'node:assert/strict'
import { chmodSync, lstatSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { test } from 'node:test'
import { parseControlGroup } from '../../../src/core/proc/control-group.ts'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import type { Mapping, MappedInode, ProcessFacts } from '../../../src/core/proc/process.ts'
import { openOwnTree } from '../../../src/io/files/own-tree.ts'
import type { Look, OwnTree } from '../../../src/io/files/own-tree.ts'
import { openMappedFiles } from '../../../src/io/proc/mapped-file.ts'
import type { MappedFiles } from '../../../src/io/proc/mapped-file.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree } from '../../support/tree.ts'

/** Our own mounts: a disk, a server, and an overlay. */
const MOUNTINFO = [
  '22 1 254:0 / / rw - ext4 /dev/sda1 rw',
  '23 22 0:30 / /srv rw - nfs4 server:/ rw',
  '24 22 0:31 / /stacked rw - overlay overlay rw,lowerdir=/usr,upperdir=/usr,workdir=/usr',
  '',
].join('\n')
/** A container in a directory of the disk. */
const CONTAINER = parseMounts('40 1 254:0 /var/lib/c / rw - ext4 /dev/sda1 rw\n')
/** A process whose mounts are no part of our own tree. */
const ELSEWHERE = parseMounts('40 1 254:9 / / rw - ext4 /dev/sdb1 rw\n')

const PROC = openProc(
  makeTree({
    1: { root: '1' },
    self: { mountinfo: MOUNTINFO, root: { link: '/' }, ns: { mnt: { link: 'x' } } },
  }),
)
const OWN = PROC.trees.ownMounts

const FILES = makeTree({
  'usr/lib/new.so': '',
  'usr/lib/named.so (deleted)': '',
  'var/lib/c/usr/lib/inside.so': '',
  lib: { link: 'usr/lib' },
  'srv/link': { link: '/usr' },
  'stacked/new.so': '',
})
const tree = openOwnTree(FILES, () => null, 0)
const live = openMappedFiles(PROC, { isLive: true, ownTree: tree, tree: FILES })

const NAMED = lstatSync(`${FILES}/usr/lib/named.so (deleted)`, { bigint: true })
const MAPPED = { device: NAMED.dev, inode: NAMED.ino, uid: 0, changedAt: 7 }

/** A mapping of the disk, and what differs from it. */
function mappingOf(path: string, some: Partial<Mapping> = {}): Mapping {
  return { address: '1-2', device: 'fe:00', inode: '5', path, kind: 'library', ...some }
}

function factsOf(mapped: MappedInode | null, mounts: ProcessFacts['mounts'] = OWN): ProcessFacts {
  return {
    pid: 7,
    uid: 1001,
    comm: 'a',
    startTicks: 1,
    cgroup: parseControlGroup(''),
    exe: null,
    mountNamespace: null,
    pidNamespace: null,
    utsNamespace: null,
    rootDirectory: null,
    mounts,
    inodes: mapped === null ? new Map() : new Map([['1-2', mapped]]),
  }
}

const named = { path: '/usr/lib/named.so' }
const OTHER = { ...MAPPED, inode: MAPPED.inode + 1n }
const LOOKS: readonly (readonly [
  fact: string,
  mapping: Mapping,
  facts: ProcessFacts,
  now: string,
  isAtSamePath: boolean,
])[] = [
  ['nothing is there', mappingOf('/usr/lib/old.so'), factsOf(null), 'removed', true],
  ['another file is there', mappingOf('/usr/lib/new.so'), factsOf(null), 'replaced', true],
  ['the file has the mark in its name', mappingOf(named.path), factsOf(MAPPED), 'live', true],
  ['another file has it', mappingOf(named.path), factsOf(OTHER), 'removed', true],
  [
    'a file of another device has it',
    mappingOf(named.path),
    factsOf({ ...MAPPED, device: MAPPED.device + 1n }),
    'removed',
    true,
  ],
  [
    'the number of the file has it, which could not be looked at',
    mappingOf(named.path, { inode: String(NAMED.ino) }),
    factsOf(null),
    'live',
    true,
  ],
  [
    'another number has it, and the file could not be looked at',
    mappingOf(named.path),
    factsOf(null),
    'unknown',
    true,
  ],
  ['a path could be two', mappingOf('/usr/lib/a\\012b.so'), factsOf(null), 'unknown', true],
  ['the mounts are not known', mappingOf('/usr/lib/old.so'), factsOf(null, null), 'unknown', false],
  [
    'our own tree has no such place',
    mappingOf('/usr/lib/old.so', { device: 'fe:09' }),
    factsOf(null, ELSEWHERE),
    'unknown',
    false,
  ],
  [
    'the place is on another device than the mapping',
    mappingOf('/usr/lib/new.so', { device: 'fe:01' }),
    factsOf(null),
    'unknown',
    false,
  ],
  [
    'the device is not known',
    mappingOf('/usr/lib/new.so', { device: '' }),
    factsOf(null),
    'replaced',
    true,
  ],
  [
    'an overlay has the device below it',
    mappingOf('/stacked/new.so', { device: 'fe:00' }),
    factsOf(null),
    'replaced',
    true,
  ],
  ['a link is on the way', mappingOf('/lib/new.so'), factsOf(null), 'unknown', true],
  [
    'a link of a server is on the way',
    mappingOf('/srv/link/lib/x.so', { device: '00:1e' }),
    factsOf(null),
    'replaced',
    true,
  ],
  [
    'our own tree has it at another path',
    mappingOf('/usr/lib/inside.so'),
    factsOf(null, CONTAINER),
    'replaced',
    false,
  ],
  [
    'our own tree has nothing at another path',
    mappingOf('/usr/lib/new.so'),
    factsOf(null, CONTAINER),
    'removed',
    false,
  ],
]
for (const [fact, mapping, facts, now, isAtSamePath] of LOOKS)
  test(`a mapped file is ${now} where ${fact}`, () =>
    assert.deepEqual(live.lookAt(mapping, facts), { now, isAtSamePath }))

test('of a tree that is not live, the path is what counts', () => {
  const still = openMappedFiles(PROC, { isLive: false, ownTree: tree, tree: FILES })
  const facts = factsOf(MAPPED, null)
  const rows = {
    '/usr/lib/new.so': 'replaced',
    '/usr/lib/old.so': 'removed',
    '/srv/link/x': 'unknown',
  }
  for (const [path, now] of Object.entries(rows))
    assert.deepEqual(still.lookAt(mappingOf(path), facts), { now, isAtSamePath: false }, path)
  assert.equal(still.unlinked(mappingOf('/usr/lib/new.so'), facts), null)
  const nothing = openMappedFiles(PROC, { isLive: true, ownTree: null, tree: FILES })
  assert.equal(nothing.lookAt(mappingOf('/usr/lib/new.so'), factsOf(null)).now, 'unknown')
})

test('when a file lost its name, and when another got it', () => {
  const { ctimeMs } = lstatSync(`${FILES}/usr/lib/new.so`, { bigint: true })
  const rows: readonly (readonly [string, ProcessFacts, number | null | undefined])[] = [
    ['/usr/lib/new.so', factsOf(MAPPED), Number(ctimeMs)],
    ['/usr/lib/old.so', factsOf(MAPPED), null],
    ['/lib/new.so', factsOf(MAPPED), null],
    ['/usr/lib/new.so', factsOf(MAPPED, null), null],
    ['/usr/lib/new.so', factsOf(null), undefined],
  ]
  for (const [path, facts, replacedAt] of rows)
    assert.deepEqual(
      live.unlinked(mappingOf(path), facts),
      replacedAt === undefined ? null : { at: 7, replacedAt },
    )
})

test('a look that a share, a permission or an error ended tells nothing', () => {
  const spent = { ...tree, look: () => 'unjudged' as const }
  const files = openMappedFiles(PROC, { isLive: true, ownTree: spent, tree: FILES })
  const found = files.lookAt(mappingOf('/usr/lib/new.so'), factsOf(MAPPED))
  assert.deepEqual(found, { now: 'unjudged', isAtSamePath: true })
  assert.equal(files.unlinked(mappingOf('/usr/lib/new.so'), factsOf(MAPPED))?.replacedAt, null)
})
const DIRECTORIES = makeTree({ shared: {}, group: {}, sticky: {}, file: '' })
chmodSync(`${DIRECTORIES}/shared`, 0o777)
chmodSync(`${DIRECTORIES}/sticky`, 0o1777)
chmodSync(`${DIRECTORIES}/group`, 0o775)

/** What the machine has: directories of root's alone, but for some. */
function rootsTree(path: string): Look {
  const { dev } = NAMED
  const statOf = (name: string) => lstatSync(`${DIRECTORIES}/${name}`, { bigint: true })
  const roots = (found: BigIntStats) => Object.assign(found, { dev, uid: 0n })
  const usual: Readonly<Record<string, Look>> = {
    '/srv': 'unknown',
    '/usr/lib/gone': null,
    '/opt': roots(statOf('file')),
    '/usr/share': roots(statOf('shared')),
    '/var/mail': roots(statOf('group')),
    '/tmp': roots(statOf('sticky')),
    '/home/tmp': Object.assign(statOf('sticky'), { uid: 1001n }),
    '/home/mallory': Object.assign(statOf('../'), { uid: 1001n, mode: 0o40755n }),
    '/etc/file': roots(statOf('file')),
  }
  const found = usual[path]
  return found === undefined ? Object.assign(statOf('.'), { uid: 0n, mode: 0o40755n }) : found
}

/** A sandbox with the machine behind a prefix. */
const SANDBOX = parseMounts(
  '40 1 0:97 / / rw - tmpfs tmpfs rw\n41 40 254:0 / /run/host rw - ext4 /dev/sda1 rw\n',
)

test('the machine has a file at the path behind the prefix, where the mounts say so', () => {
  const still = openMappedFiles(PROC, { isLive: false, ownTree: tree, tree: FILES })
  const mapping = mappingOf('/run/host/usr/lib/new.so')
  const pathIn = (mounts: ProcessFacts['mounts'], some: Partial<Mapping> = {}) =>
    live.machinePath({ ...mapping, ...some }, factsOf(null, mounts))
  assert.equal(pathIn(SANDBOX), '/usr/lib/new.so')
  assert.equal(pathIn(SANDBOX, { device: 'fe:01' }), null)
  assert.equal(pathIn(OWN), null)
  assert.equal(pathIn(ELSEWHERE), null)
  assert.equal(pathIn(null), null)
  assert.equal(pathIn(SANDBOX, { path: '/usr/lib/new.so' }), null)
  assert.equal(still.machinePath(mapping, factsOf(null, ELSEWHERE)), '/usr/lib/new.so')
  const found = { now: 'replaced', isAtSamePath: false }
  assert.deepEqual(live.lookAt(mapping, factsOf(null, SANDBOX)), found)
})

const LINKED = makeTree({
  opt: { link: 'mnt/disk/opt' },
  'mnt/disk/opt': {},
  'mnt/disk/python': {},
  lib: { link: 'usr/lib' },
  srv: { link: 'mnt/disk' },
  'usr/lib': {},
  'usr/python': { link: '../mnt/disk/python' },
  'usr/local': { link: '/' },
})
const linkedTree = openOwnTree(LINKED, () => null, 0)

test('packages know a file by the link that leads to its directory', () => {
  const LIBRARY = '/mnt/disk/opt/a/b.so'
  const open = (ownTree: OwnTree | null, isLive = true, prefix: string | null = LINKED) =>
    openMappedFiles(PROC, { isLive, ownTree, tree: prefix })
  const files = open(linkedTree)
  const pathIn = (some: MappedFiles, path = LIBRARY, facts = factsOf(null)) =>
    some.machinePath(mappingOf(path), facts)
  assert.equal(pathIn(files), '/opt/a/b.so')
  assert.equal(pathIn(files, '/mnt/disk/python/b.so'), '/usr/python/b.so')
  for (const path of ['/usr/lib/b.so', '/mnt/disk/b.so', '/home/b.so'])
    assert.equal(pathIn(files, path), null, path)
  // A process that sees other mounts there, or another tree, has a file of its own.
  for (const seen of [CONTAINER, ELSEWHERE])
    assert.equal(pathIn(files, LIBRARY, factsOf(null, seen)), null)
  const still = open(linkedTree, false)
  assert.equal(pathIn(still, LIBRARY, factsOf(null, null)), '/opt/a/b.so')
  for (const [root, expected] of [
    ['1', '/opt/a/b.so'],
    ['2', null],
  ])
    assert.equal(
      pathIn(still, LIBRARY, { ...factsOf(null, null), rootDirectory: root ?? null }),
      expected,
    )
  assert.equal(pathIn(open(linkedTree, false, null)), null)
  assert.equal(pathIn(open(null)), null)
  // A user may have made the links of a directory that users can change.
  const changeable = {
    ...linkedTree,
    resolve: (path: string) => (path === '/' ? null : linkedTree.resolve(path)),
  }
  assert.equal(pathIn(open(changeable)), null)
})

test('the links of the machine are read once, and only for a file outside of its packages', () => {
  let asked = 0
  const counting = {
    ...linkedTree,
    resolve(path: string) {
      if (path === '/usr') asked += 1
      return linkedTree.resolve(path)
    },
  }
  const files = openMappedFiles(PROC, { isLive: true, ownTree: counting, tree: LINKED })
  const ask = (path: string) => files.machinePath(mappingOf(path), factsOf(null))
  ask('/usr/lib/a.so')
  assert.equal(asked, 0)
  for (const path of ['/home/a.so', '/mnt/disk/opt/a.so', '/srv/a.so']) ask(path)
  assert.equal(asked, 1)
})

const ROOTS = { ...MAPPED, uid: 0 }
const OF_ROOT: readonly (readonly [
  fact: string,
  path: string,
  mapped: MappedInode | null,
  mounts: ProcessFacts['mounts'],
  isOfRoot: boolean,
])[] = [
  ['the file and its directories are root’s', '/usr/lib/x.so', ROOTS, OWN, true],
  ['a directory of it is gone', '/usr/lib/gone/x.so', ROOTS, OWN, true],
  ['it lies in the root directory', '/x.so', ROOTS, OWN, true],
  ['nobody can rename it, though everybody writes there', '/tmp/x.so', ROOTS, OWN, true],
  ['the file is a user’s', '/usr/lib/x.so', { ...MAPPED, uid: 1001 }, OWN, false],
  ['the file could not be looked at', '/usr/lib/x.so', null, OWN, false],
  ['everybody can rename it', '/usr/share/x.so', ROOTS, OWN, false],
  ['a group can rename it', '/var/mail/x.so', ROOTS, OWN, false],
  ['a user can rename it', '/home/mallory/x.so', ROOTS, OWN, false],
  ['a user can rename a directory above it', '/home/mallory/a/b/x.so', ROOTS, OWN, false],
  ['a user has the sticky directory', '/home/tmp/x.so', ROOTS, OWN, false],
  ['a file is where its directory was', '/etc/file/x.so', ROOTS, OWN, false],
  ['a directory of it could not be looked at', '/srv/x.so', ROOTS, OWN, false],
  ['our own tree has it at another path', '/usr/lib/x.so', ROOTS, CONTAINER, false],
  ['our own tree has no such place', '/usr/lib/x.so', ROOTS, ELSEWHERE, false],
  ['a link leads to it', '/mnt/disk/opt/x.so', ROOTS, OWN, true],
  ['it is behind a prefix', '/run/host/usr/lib/x.so', ROOTS, SANDBOX, true],
  ['a user can rename it behind a prefix', '/run/host/home/mallory/x', ROOTS, SANDBOX, false],
  ['the mounts of the process are not known', '/usr/lib/x.so', ROOTS, null, false],
]
for (const [fact, path, mapped, mounts, isOfRoot] of OF_ROOT)
  test(`a mapped file is ${isOfRoot ? '' : 'not '}certainly root’s where ${fact}`, () => {
    const ownTree = { ...tree, look: rootsTree }
    const files = openMappedFiles(PROC, {
      isLive: true,
      ownTree: { ...ownTree, resolve: linkedTree.resolve },
      tree: LINKED,
    })
    assert.equal(files.isOfRoot(mappingOf(path), factsOf(mapped, mounts)), isOfRoot)
    const still = openMappedFiles(PROC, { isLive: false, ownTree, tree: FILES })
    assert.equal(still.isOfRoot(mappingOf(path), factsOf(mapped, mounts)), false)
  })

test('a user has a share of the time in which files are judged, and the system another one', () => {
  const slow = {
    ...tree,
    look(path: string) {
      const until = process.hrtime.bigint() + 200_000_000n
      while (process.hrtime.bigint() < until);
      return tree.look(path)
    },
  }
  const files = openMappedFiles(PROC, { isLive: true, ownTree: slow, tree: FILES })
  const mallory = { ...factsOf(MAPPED), uid: 1001 }
  const asked = Array.from(
    { length: 12 },
    () => files.lookAt(mappingOf('/usr/lib/new.so'), mallory).now,
  )
  assert.deepEqual([asked[0], asked.at(-1)], ['replaced', 'unjudged'])
  assert.equal(files.unlinked(mappingOf('/usr/lib/new.so'), mallory), null)
  assert.equal(files.isOfRoot(mappingOf('/usr/lib/new.so'), mallory), false)
  for (const uid of [0, 1002])
    assert.equal(
      files.lookAt(mappingOf('/usr/lib/new.so'), { ...factsOf(MAPPED), uid }).now,
      'replaced',
    )
})

test('a path with more names than any has is not judged', () => {
  const path = `/usr${'/a'.repeat(70)}/x.so`
  assert.equal(live.lookAt(mappingOf(path), factsOf(MAPPED)).now, 'unjudged')
})

test('where the share of looks at mapped files is spent, a live name tells nothing', () => {
  const facts = { ...factsOf(null), areLooksSpent: true as const }
  assert.equal(live.lookAt(mappingOf('/usr/lib/named.so'), facts).now, 'unjudged')
})

/** A copy of a machine: its mounts are all that is known of its files. */
const COPY = openProc(
  makeTree({ 1: { mountinfo: MOUNTINFO, root: '254:0 /', ns: { mnt: { link: 'mnt:[1]' } } } }),
)
const inCopy = openMappedFiles(COPY, { isLive: false, ownTree: null, tree: null })

test('in a copy, mounts tell the files of the machine, and those of the initramfs', () => {
  const of = (mountNamespace: string, mounts: ProcessFacts['mounts']) => ({
    ...factsOf(null, mounts),
    mountNamespace,
  })
  const machine = parseMounts(MOUNTINFO)
  const sandbox = parseMounts(
    '40 1 0:97 / / rw - tmpfs tmpfs rw\n41 40 254:0 /usr /usr ro - ext4 /dev/sda1 ro\n',
  )
  const libz = mappingOf('/usr/lib/libz.so.1')
  const ply = mappingOf('/usr/lib/libply.so.5', { device: '00:02' })
  const rows = [
    [libz, of('mnt:[1]', machine), 'unknown', true],
    [libz, of('mnt:[2]', sandbox), 'unknown', true],
    [libz, of('mnt:[2]', CONTAINER), 'unknown', false],
    [libz, of('mnt:[1]', null), 'unknown', false],
    [ply, of('mnt:[1]', machine), 'initramfs', false],
    // An unmounted file system of another namespace is not known to be the initramfs.
    [ply, of('mnt:[2]', sandbox), 'unknown', false],
  ] as const
  for (const [mapping, facts, now, isAtSamePath] of rows)
    assert.deepEqual(inCopy.lookAt(mapping, facts), { now, isAtSamePath })
})

test('on the running machine, the mount of the file tells those of the initramfs', () => {
  const ply = mappingOf('/usr/lib/libply.so.5', { device: '00:02' })
  assert.equal(live.lookAt(ply, factsOf(null)).now, 'unknown')
  const found = { ...factsOf(null), initramfs: new Set([ply.address]) }
  assert.deepEqual(live.lookAt(ply, found), { now: 'initramfs', isAtSamePath: false })
})
