import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  deviceNumber,
  isLocal,
  isLocalDevice,
  parseMounts,
  pathTo,
  placeOf,
  rootIdentity,
} from '../../../src/core/proc/mounts.ts'

const mounts = (...lines: readonly string[]) => parseMounts(lines.join('\n'))

/** A machine: disks, a share, a phone, and what users mounted. */
const MACHINE = mounts(
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
  '30 22 0:40 / /home rw,nosuid shared:5 - xfs /dev/sdb1 rw',
  '31 30 0:41 / /home/zoe/net\\040share rw master:1 propagate_from:2 - nfs4 server:/x rw',
  '32 22 0:42 / /mnt/phone rw - fuse.sshfs phone:/ rw',
  '33 32 0:43 / /mnt/phone/card rw - tmpfs tmpfs rw',
  '34 22 0:44 / /mnt/stick rw - fuseblk /dev/sdc1 rw',
  '35 22 0:45 / /mnt/vm rw - virtiofs share rw',
  '36 22 0:46 / /mnt/later rw - something-new x rw',
  '37 22 8:1 /srv/www /var/www rw - ext4 /dev/sda1 rw',
  '38 22 0:47 / /run rw - tmpfs tmpfs rw',
  'nonsense',
  '',
)

for (const [path, local] of [
  ['/usr/lib/a.so', true],
  ['/home/zoe/a.so', true],
  ['/home/zoe/net share/a.so', false],
  ['/home/zoe/net share 2/a.so', true],
  ['/mnt/phone/a.so', false],
  ['/mnt/phone', false],
  ['/mnt/phone/card/a.so', false],
  ['/mnt/stick/a.so', false],
  ['/mnt/vm/a.so', false],
  ['/mnt/later/a.so', false],
  ['/run/a.so', true],
] as const)
  test(`isLocal() says ${local} to ${path}`, () => assert.equal(isLocal(path, MACHINE), local))

test('isLocal() says false where no mount is known', () => {
  assert.equal(isLocal('/usr/lib/a.so', parseMounts('')), false)
})

/** Each overlay, and whether a look at it waits for nobody. */
const OVERLAYS: readonly (readonly [what: string, options: string, local: boolean])[] = [
  ['disk and memory', 'rw,lowerdir=/srv,upperdir=/run/u,workdir=/run/w', true],
  ['a share, its blank escaped by overlay', 'rw,lowerdir=/srv:/home/zoe/net\\040share', false],
  ['a phone above', 'rw,lowerdir=/srv,upperdir=/mnt/phone/u,workdir=/mnt/phone/w', false],
  ['a phone, in the newer form of options', 'rw,lowerdir+=/srv,lowerdir+=/mnt/phone', false],
  ['a phone that only has data', 'rw,lowerdir+=/srv,datadir+=/mnt/phone', false],
  ['names that nobody can resolve', 'rw,lowerdir=l/AB:l/CD,upperdir=/srv/u', false],
  ['a colon in a name', 'rw,lowerdir=/srv/a\\134:b:/mnt/stick', false],
  ['the root itself, as on a live system', 'rw,lowerdir=/,upperdir=/run/u', true],
]

for (const [what, options, local] of OVERLAYS)
  test(`an overlay is as local as its directories: ${what}`, () => {
    const [root = '', ...others] = [...MACHINE.byDevice.values()].flat().map(lineOf)
    const overlay = `90 22 0:60 / /merged rw - overlay overlay ${options}`
    assert.equal(isLocal('/merged/a.so', mounts(root, ...others, overlay)), local)
    assert.equal(isLocalDevice('00:3c', mounts(root, ...others, overlay)), local)
  })

function lineOf(mount: (typeof MACHINE)['root'] & object): string {
  const { id, parent, device, root, path, type, options } = mount
  const escaped = path.replaceAll(' ', '\\040')
  return `${id} ${parent} ${device} ${root} ${escaped} rw - ${type} source ${options}`
}

test('an overlay can be the root of the machine, whose own lower directory was called "/"', () => {
  const live = mounts(
    '20 1 0:30 / / rw - overlay lab rw,lowerdir=/,upperdir=/run/u,workdir=/run/w',
    '21 20 0:31 / /run rw - tmpfs tmpfs rw',
  )
  assert.equal(isLocal('/usr/lib/a.so', live), true)
})

test('the mount that covers a path is the one that the kernel crosses', () => {
  const stacked = mounts(
    '1 0 8:1 / / rw - ext4 a rw',
    '2 1 8:2 / /a/b rw - ext4 b rw',
    '3 1 8:3 / /a rw - ext4 c rw',
    '4 3 8:4 / /a rw - ext4 d rw',
    '5 4 8:5 /deep /a/b/c rw - ext4 e rw',
    '6 1 8:6 / /a.txt rw - ext4 f rw',
  )
  const at = (path: string) => {
    const place = placeOf(path, stacked)
    return `${place?.device} ${place?.path}`
  }
  // The mount on /a/b came first, and is hidden by the ones on /a.
  assert.equal(at('/a/b/x'), '8:4 /b/x')
  assert.equal(at('/a/b/c/x'), '8:5 /deep/x')
  assert.equal(at('/a/b/c'), '8:5 /deep')
  assert.equal(at('/ab'), '8:1 /ab')
  assert.equal(at('/a.txt'), '8:6 /')
  assert.equal(at('/'), '8:1 /')
  assert.equal(placeOf('/x', mounts('2 1 8:2 / /mnt rw - ext4 b rw')), null)
})

const LIBRARY = '/usr/lib/libz.so.1'

/** What a process sees, and by which path the machine has the same file. */
const SANDBOXES: readonly (readonly [
  what: string,
  lines: readonly string[],
  path: string,
  own: string | null,
])[] = [
  ['a clone of the machine', ['50 9 8:1 / / rw - ext4 a rw'], LIBRARY, LIBRARY],
  [
    'ProtectSystem=: /usr is bound to itself',
    ['50 9 8:1 / / rw - ext4 a rw', '51 50 8:1 /usr /usr ro - ext4 a rw'],
    LIBRARY,
    LIBRARY,
  ],
  [
    'a sandbox on memory, with the machine’s /usr',
    ['50 9 0:99 / / rw - tmpfs t rw', '51 50 8:1 /usr /usr ro - ext4 a rw'],
    LIBRARY,
    LIBRARY,
  ],
  [
    'RootDirectory=/srv/tree',
    ['50 9 8:1 /srv/tree / rw - ext4 a rw'],
    LIBRARY,
    `/srv/tree${LIBRARY}`,
  ],
  [
    'what a mount of the machine shows elsewhere',
    ['50 9 8:1 /srv/www / rw - ext4 a rw'],
    '/lib/a.so',
    '/srv/www/lib/a.so',
  ],
  [
    'a file that is bound by itself, and replaced since',
    [
      '50 9 8:1 /srv/tree / rw - ext4 a rw',
      '51 50 8:1 /usr/lib/libz.so.1//deleted /usr/lib/libz.so.1 ro - ext4 a rw',
    ],
    LIBRARY,
    LIBRARY,
  ],
  ['a container', ['50 9 0:80 / / rw - overlay o rw,lowerdir=/x'], LIBRARY, null],
  [
    'PrivateTmp=',
    ['50 9 8:1 / / rw - ext4 a rw', '51 50 0:98 / /tmp rw - tmpfs t rw'],
    '/tmp/a.so',
    null,
  ],
  ['below a mount of the machine', ['50 9 8:1 / / rw - ext4 a rw'], '/home/zoe/a.so', null],
]

for (const [what, lines, path, own] of SANDBOXES)
  test(`pathTo() finds ${own} for ${path} of ${what}`, () => {
    const place = placeOf(path, mounts(...lines))
    assert.ok(place !== null)
    assert.equal(pathTo(place, path, MACHINE), own)
  })

test('btrfs: one device for all subvolumes, which are told apart by their names', () => {
  const btrfs = mounts(
    '20 1 0:41 /@ / rw - btrfs /dev/sda2 rw,subvol=/@',
    '21 20 0:41 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home',
  )
  assert.equal(placeOf(LIBRARY, btrfs)?.path, `/@${LIBRARY}`)
  assert.equal(placeOf('/home/zoe/a.so', btrfs)?.path, '/@home/zoe/a.so')
  assert.equal(deviceNumber('00:29'), '0:41')
  assert.equal(isLocalDevice('00:29', btrfs), true)
  assert.equal(isLocalDevice('00:2b', btrfs), false)
  const container = mounts('50 9 0:41 /@/var/lib/machines/web / rw - btrfs /dev/sda2 rw')
  const place = placeOf(LIBRARY, container)
  assert.ok(place !== null)
  assert.equal(pathTo(place, LIBRARY, btrfs), `/var/lib/machines/web${LIBRARY}`)
})

test('rootIdentity() tells roots apart by file system and directory', () => {
  const identity = (line: string, link = '/') => rootIdentity(link, mounts(line))
  const own = identity('22 1 8:1 / / rw - ext4 /dev/sda1 rw')
  assert.equal(identity('50 9 8:1 / / ro - ext4 /dev/sda1 rw'), own)
  assert.notEqual(identity('50 9 8:1 /srv/tree / ro - ext4 /dev/sda1 rw'), own)
  assert.notEqual(identity('50 9 8:2 / / ro - ext4 /dev/sda1 rw'), own)
  assert.notEqual(identity('22 1 8:1 / / rw - ext4 /dev/sda1 rw', '/srv/jail'), own)
  assert.equal(identity('22 1 8:1 / /mnt rw - ext4 /dev/sda1 rw'), null)
})

test('any text is a list of mounts, and any path has an answer', () => {
  const field = fc.constantFrom(
    '1',
    '2',
    '3',
    '8:1',
    '0:40',
    '/',
    '/a',
    '/a/b',
    '-',
    'ext4',
    '\\040',
  )
  const line = fc.array(field, { maxLength: 12 }).map((fields) => fields.join(' '))
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), fc.string(), (lines, name) => {
      const parsed = mounts(...lines)
      const path = `/${name}`
      const place = placeOf(path, parsed)
      isLocal(path, parsed)
      if (place !== null) assert.equal(typeof (pathTo(place, path, parsed) ?? path), 'string')
    }),
    { numRuns: 2000 },
  )
})
