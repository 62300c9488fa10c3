import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  classOf,
  isMachinesFile,
  isSandboxed,
  mayBeOfInitramfs,
  pathBehind,
  pathBehindHost,
  pathThroughLink,
  prefixesOf,
} from '../../../src/core/proc/machine-path.ts'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import type { Mapping } from '../../../src/core/proc/process.ts'

const mounts = (...lines: readonly string[]) => parseMounts(`${lines.join('\n')}\n`)

/** The machine: one disk, its runtime directory, a directory bound to another place. */
const MACHINE = [
  '22 1 254:0 / / rw - ext4 /dev/vda rw',
  '23 22 0:21 / /run rw - tmpfs tmpfs rw',
  '24 22 254:0 /usr /srv/pool/usr ro - ext4 /dev/vda rw',
]
/** A machine on subvolumes, with /usr on another disk. */
const SUBVOLUMES = [
  '22 1 0:30 /@ / rw - btrfs /dev/sda rw',
  '23 22 0:30 /@home /home rw - btrfs /dev/sda rw',
  '24 22 254:1 / /usr rw - ext4 /dev/vdb rw',
  '25 22 0:30 / /mnt/top rw - btrfs /dev/sda rw',
]
const SANDBOX = ['90 80 0:97 / / rw - tmpfs tmpfs rw', '91 90 0:98 / /run rw - tmpfs tmpfs rw']
const LIBC = '/usr/lib/libc.so.6'

type Row = readonly [
  fact: string,
  own: readonly string[],
  seen: readonly string[],
  path: string,
  behind: string | null,
]
const ROWS: readonly Row[] = [
  [
    'pressure-vessel binds /usr of the machine',
    MACHINE,
    [...SANDBOX, '92 91 254:0 /usr /run/host/usr ro - ext4 /dev/vda rw'],
    `/run/host${LIBC}`,
    LIBC,
  ],
  [
    'toolbox binds the whole machine',
    MACHINE,
    [...SANDBOX, '92 91 254:0 / /run/host rw - ext4 /dev/vda rw'],
    `/run/host${LIBC}`,
    LIBC,
  ],
  [
    'flatpak binds fonts of the machine',
    MACHINE,
    [...SANDBOX, '92 91 254:0 /usr/share/fonts /run/host/fonts ro - ext4 /dev/vda rw'],
    '/run/host/fonts/a.so',
    null,
  ],
  [
    'one file is bound',
    MACHINE,
    [...SANDBOX, `92 91 254:0 ${LIBC} /run/host${LIBC} ro - ext4 /dev/vda rw`],
    `/run/host${LIBC}`,
    LIBC,
  ],
  [
    'the prefix is another one',
    MACHINE,
    [...SANDBOX, '92 90 254:0 /usr /tmp/root/usr ro - ext4 /dev/vda rw'],
    `/tmp/root${LIBC}`,
    LIBC,
  ],
  [
    'the process sees it at the same path',
    MACHINE,
    [...SANDBOX, '92 90 254:0 /usr /usr ro - ext4 /dev/vda rw'],
    LIBC,
    null,
  ],
  [
    'the sandbox has a runtime of its own there',
    MACHINE,
    [...SANDBOX, '92 91 254:0 /home/zoe/runtime /run/host/usr ro - ext4 /dev/vda rw'],
    `/run/host${LIBC}`,
    null,
  ],
  [
    'the sandbox has another disk there',
    MACHINE,
    [...SANDBOX, '92 91 254:9 /usr /run/host/usr ro - ext4 /dev/vdz rw'],
    `/run/host${LIBC}`,
    null,
  ],
  ['the sandbox made it itself', MACHINE, SANDBOX, `/run/host${LIBC}`, null],
  ['our own tree shows a directory twice', MACHINE, MACHINE, `/srv/pool${LIBC}`, LIBC],
  ['our own tree shows it once', MACHINE, MACHINE, LIBC, null],
  [
    'the machine has /usr on another disk',
    SUBVOLUMES,
    [
      ...SANDBOX,
      '92 91 0:30 /@ /run/host rw - btrfs /dev/sda rw',
      '93 92 254:1 / /run/host/usr rw - ext4 /dev/vdb rw',
    ],
    `/run/host${LIBC}`,
    LIBC,
  ],
  [
    'the machine has another disk over what is bound',
    SUBVOLUMES,
    [...SANDBOX, '92 91 0:30 /@ /run/host rw - btrfs /dev/sda rw'],
    `/run/host${LIBC}`,
    null,
  ],
  [
    'a snapshot is bound',
    SUBVOLUMES,
    [...SANDBOX, '92 91 0:30 /@/.snapshots/1 /run/host rw - btrfs /dev/sda rw'],
    '/run/host/opt/a.so',
    null,
  ],
  [
    'another disk has a directory of that name',
    [...MACHINE, '30 22 254:5 / /b rw - ext4 /dev/vdf rw'],
    [...SANDBOX, '92 90 254:0 /usr /a/b/usr ro - ext4 /dev/vda rw'],
    `/a/b${LIBC}`,
    LIBC,
  ],
  ['the prefix has too many names', MACHINE, deep(9), `${'/a'.repeat(9)}${LIBC}`, null],
  ['the prefix has many names', MACHINE, deep(8), `${'/a'.repeat(8)}${LIBC}`, LIBC],
  ['the mount point has very many names', MACHINE, deep(1, 64), `/a${'/b'.repeat(64)}/x.so`, null],
]

function deep(names: number, below = 0): readonly string[] {
  const inner = below === 0 ? '/usr' : '/b'.repeat(below)
  const point = `${'/a'.repeat(names)}${inner}`
  return [...SANDBOX, `92 90 254:0 ${inner} ${point} ro - ext4 /dev/vda rw`]
}

for (const [fact, ownLines, seenLines, path, behind] of ROWS)
  test(`a file of a process is ${behind === null ? 'not ' : ''}behind a prefix where ${fact}`, () => {
    const [own, seen] = [mounts(...ownLines), mounts(...seenLines)]
    assert.equal(pathBehind(path, prefixesOf(seen, own), seen, own), behind)
  })

test('without mounts the name of the directory tells', () => {
  assert.equal(pathBehindHost(`/run/host${LIBC}`), LIBC)
  for (const path of [LIBC, '/run/host', '/run/hosts/a', `/run/parent${LIBC}`, '/x/run/host/a'])
    assert.equal(pathBehindHost(path), null)
})

test('packages know a file by the link that leads to its directory, the deepest one', () => {
  const links = new Map([
    ['/opt', '/mnt/disk'],
    ['/usr/share', '/mnt/disk/share'],
    ['/usr/lib32', '/mnt/disk/share/32'],
    ['/opt/none', '/usr/none'],
  ])
  const rows: Readonly<Record<string, string | null>> = {
    '/mnt/disk/a/b.so': '/opt/a/b.so',
    '/mnt/disk/share/b.so': '/usr/share/b.so',
    '/mnt/disk/share/32/b.so': '/usr/lib32/b.so',
    '/mnt/disks/b.so': null,
    '/mnt/disk': null,
    '/mnt/b.so': null,
    // Packages know what lies in their own directories.
    '/usr/none/b.so': null,
    '/opt/a/b.so': null,
  }
  for (const [path, expected] of Object.entries(rows))
    assert.equal(pathThroughLink(path, links), expected, path)
})

const CLASSES: readonly (readonly [
  path: string,
  kind: Mapping['kind'],
  machinePath: string | null,
  found: Mapping['kind'],
])[] = [
  [`/tmp/root${LIBC}`, 'temporary', LIBC, 'library'],
  ['/run/root/usr/bin/a', 'temporary', '/usr/bin/a', 'executable'],
  ['/tmp/a.so', 'temporary', null, 'temporary'],
  // The machine calls it temporary, too.
  ['/run/root/home/zoe/orcexec.a', 'temporary', '/home/zoe/orcexec.a', 'temporary'],
  ['/run/host/tmp/a.so', 'library', '/tmp/a.so', 'temporary'],
  [`/run/host${LIBC}`, 'library', LIBC, 'library'],
  [LIBC, 'library', null, 'library'],
]
for (const [path, kind, machinePath, found] of CLASSES)
  test(`${path}, ${machinePath ?? 'nothing'} on the machine, is ${found}`, () => {
    const mapping = { address: '', device: '', inode: '', path, kind }
    assert.equal(classOf(mapping, machinePath), found)
  })

/** Who sees the machine's own file at a path, and whether the program there is in a sandbox. */
const SEEN: readonly (readonly [
  fact: string,
  own: readonly string[],
  seen: readonly string[],
  isMachines: boolean,
  isSandbox: boolean,
])[] = [
  ['the machine', MACHINE, MACHINE, true, false],
  [
    'bwrap --ro-bind /usr /usr',
    MACHINE,
    [...SANDBOX, '92 90 254:0 /usr /usr ro - ext4 /dev/vda ro'],
    true,
    true,
  ],
  [
    'bwrap --ro-bind /usr/lib /usr/lib',
    MACHINE,
    [...SANDBOX, '92 90 254:0 /usr/lib /usr/lib ro - ext4 /dev/vda ro'],
    true,
    true,
  ],
  ['unshare --mount', MACHINE, ['90 80 254:0 / / rw - ext4 /dev/vda rw'], true, false],
  [
    'bwrap on subvolumes',
    SUBVOLUMES,
    [...SANDBOX, '92 90 254:1 / /usr ro - ext4 /dev/vdb ro'],
    true,
    true,
  ],
  [
    'ProtectSystem=strict on subvolumes',
    SUBVOLUMES,
    ['90 80 0:30 /@ / ro - btrfs /dev/sda ro', '92 90 254:1 / /usr ro - ext4 /dev/vdb ro'],
    true,
    false,
  ],
  [
    'a directory of the same file system as the root (nspawn --directory)',
    MACHINE,
    ['90 80 254:0 /var/lib/machines/web / rw - ext4 /dev/vda rw'],
    false,
    false,
  ],
  [
    'another subvolume of the same device (LXC)',
    ['22 1 0:30 /@ / rw - btrfs /dev/sda rw'],
    ['90 80 0:30 /@lxc/web/rootfs / rw - btrfs /dev/sda rw'],
    false,
    false,
  ],
  [
    'a snapshot of the root',
    ['22 1 0:30 /@ / rw - btrfs /dev/sda rw'],
    [...SANDBOX, '92 90 0:30 /@.snapshots/1/snapshot/usr /usr ro - btrfs /dev/sda ro'],
    false,
    false,
  ],
  ['an overlay (docker)', MACHINE, ['90 80 0:99 / / rw - overlay o rw,lowerdir=/x'], false, false],
  [
    'a root of its own, and /usr of the machine (podman -v /usr:/usr)',
    MACHINE,
    [
      '90 80 0:99 / / rw - overlay overlay rw,lowerdir=/x',
      '92 90 254:0 /usr /usr ro - ext4 /dev/vda ro',
    ],
    true,
    false,
  ],
  [
    'a runtime of flatpak',
    MACHINE,
    [...SANDBOX, '92 90 254:0 /var/lib/flatpak/runtime/x/files /usr ro - ext4 /dev/vda ro'],
    false,
    false,
  ],
  [
    'a copy that covers /usr of the machine',
    MACHINE,
    [
      ...SANDBOX,
      '92 90 254:0 /usr /usr ro - ext4 /dev/vda ro',
      '93 92 0:96 / /usr/lib rw - tmpfs tmpfs rw',
    ],
    false,
    false,
  ],
  ['nothing', MACHINE, [], false, false],
]
for (const [fact, own, seen, isMachines, isSandbox] of SEEN)
  test(`${fact} ${isMachines ? 'shows' : 'does not show'} the machine's own libc`, () => {
    const [machine, view] = [mounts(...own), mounts(...seen)]
    assert.equal(isMachinesFile(LIBC, view, machine), isMachines)
    for (const exe of [LIBC, `${LIBC} (deleted)`])
      assert.equal(isSandboxed(exe, view, machine), isSandbox)
  })

const PLY = '/usr/lib/libply.so.5'
const EARLY: readonly (readonly [
  fact: string,
  device: string,
  seen: readonly string[],
  maybe: boolean,
])[] = [
  ['no mount shows it', '00:02', MACHINE, true],
  [
    'only who is still there sees it',
    '00:02',
    ['1 1 0:2 / / rw - rootfs rootfs rw', ...MACHINE],
    true,
  ],
  ['it is a disk', '08:02', MACHINE, false],
  ['a mount shows it', '00:15', MACHINE, false],
  ['the path lies on an overlay', '00:02', ['22 1 0:30 / / rw - overlay o rw'], false],
  ['no mounts are known', '00:02', [], false],
  ['no device is known', '', MACHINE, false],
]
for (const [fact, device, seen, maybe] of EARLY)
  test(`a file ${maybe ? 'may be' : 'is none'} of the initramfs where ${fact}`, () =>
    assert.equal(mayBeOfInitramfs(PLY, device, mounts(...seen)), maybe))
