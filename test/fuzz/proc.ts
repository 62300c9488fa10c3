import assert from 'node:assert/strict'
import {
  classify,
  impliesExecution,
  isCodeByPermission,
  isHeapExecutable,
  isLibraryName,
} from '../../src/core/proc/classify.ts'
import { parseControlGroup } from '../../src/core/proc/control-group.ts'
import { isMarked, withMark, withoutMark } from '../../src/core/proc/deleted-mark.ts'
import { isFuseType, isLocalType } from '../../src/core/proc/file-systems.ts'
import { keepFile, parseDeletedMappings, withExecutable } from '../../src/core/proc/maps.ts'
import {
  classOf,
  isMachinesFile,
  isSandboxed,
  mayBeOfInitramfs,
  isOfPackages,
  pathBehind,
  pathBehindHost,
  pathThroughLink,
  prefixesOf,
} from '../../src/core/proc/machine-path.ts'
import {
  deviceNumber,
  isLocal,
  isLocalDevice,
  isMountOf,
  parseMounts,
  pathTo,
  placeOf,
  rootIdentity,
} from '../../src/core/proc/mounts.ts'
import {
  filesByKind,
  isReadOnly,
  kindOfOpenFile,
  lockNumber,
  parseChildren,
  parseFuseDevice,
  parseMountId,
  parseInterface,
  parseTerminalIndex,
} from '../../src/core/proc/open-files.ts'
import type { Mapping } from '../../src/core/proc/process.ts'
import { localSockets, parseConnectionCount } from '../../src/core/owner/clients.ts'
import { parseRealUid } from '../../src/core/owner/share.ts'
import { displaysInUse, parseSockets, socketInode } from '../../src/core/proc/sockets.ts'
import {
  isFirstInNamespace,
  parseBootSeconds,
  parseStat,
  terminalName,
} from '../../src/core/proc/stat.ts'
import { isTemporaryByPlace, temporaryCodeRule } from '../../src/core/proc/temporary-code.ts'
import { MapsLines, MAX_FILES_OF_A_PROCESS } from '../../src/io/process/marked-lines.ts'
import type { Found, Parser } from './property.ts'
import { fixtureFiles } from './fixtures.ts'

const MAPS = [
  '7f0000000000-7f0000001000 r-xp 00000000 00:01 7   /usr/lib/libc.so.6 (deleted)\n',
  '7f00-7f10 rw-s 00000000 fe:00 42 (deleted)/usr/lib/x.so\n' +
    '7f-8f r--p 0 0:1 1 /memfd:a (deleted)\n7f-8f r-xp 0 0:1 1 /tmp/.glabcdef (deleted)\n',
  '7f3c5a000000-7f3c5a021000 r-xp 00000000 fe:00 42     /opt/My App/a\\012b.so.1 (deleted)\n',
]

function readMaps(text: string): Found {
  const mappings = parseDeletedMappings(text)
  const files = new Map<string, Mapping>()
  for (const mapping of mappings) keepFile(mapping, files, MAX_FILES_OF_A_PROCESS)
  const exe = withExecutable(mappings, text.slice(0, 300))
  return { raw: [...files.values(), ...exe.slice(-1)].map(({ path }) => path) }
}

/** The parts in which the kernel gives maps change nothing. */
function readMapsInParts(text: string): Found {
  const whole = new MapsLines(() => {})
  const parts = new MapsLines(() => {})
  const bytes = Buffer.from(text, 'latin1')
  whole.take(bytes)
  for (const at of [0, 1, 2]) {
    const [start, end] = [at, at + 1].map((third) => Math.floor((bytes.length * third) / 3))
    parts.take(bytes.subarray(start, end))
  }
  for (const lines of [whole, parts]) lines.end()
  const [one = [], other = []] = [whole, parts].map(({ marked }) => marked?.kept())
  assert.deepEqual(other, one, 'maps in parts')
  return { raw: one.map(({ path }) => path) }
}

const LINKS = new Map([
  ['/opt', '/mnt/disk'],
  ['/usr/share', '/mnt/disk/share'],
])

function readPath(path: string): Found {
  const bare = withoutMark(path)
  assert.equal(bare !== null, isMarked(path))
  assert.equal(withoutMark(withMark(path)), path)
  const isLibrary = isLibraryName(path.slice(path.lastIndexOf('/') + 1))
  assert.equal(classify(path, false) !== null, isLibrary)
  classify(path, true)
  isLocalType(path, path)
  isFuseType(path)
  isTemporaryByPlace(path)
  const own = pathBehindHost(path)
  const mapping = { address: '', device: '', inode: '', path } as const
  classOf({ ...mapping, kind: 'temporary' }, own ?? path)
  isCodeByPermission({ ...mapping, kind: 'executable' }, path)
  impliesExecution(path)
  isHeapExecutable(path)
  const link = pathThroughLink(path, LINKS)
  if (link !== null) assert.ok(isOfPackages(link) && !isOfPackages(path), path)
  return {
    raw: [path, bare ?? '', own ?? '', link ?? ''],
    plain: [temporaryCodeRule(path)?.reason ?? ''],
  }
}

const MOUNTS = [
  '22 1 98:0 / / rw,noatime shared:1 - ext4 /dev/root rw\n' +
    '36 22 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n' +
    '37 36 0:40 /@home /mnt\\0402/x rw - btrfs /dev/sda2 rw,subvol=/@home\n',
  '1 1 0:30 / / rw - overlay overlay rw,lowerdir=/a\\072b:/b,upperdir=/c,workdir=/d\n' +
    '2 1 0:31 / /a rw - tmpfs tmpfs rw\n3 1 0:32 / /c rw - fuse.sshfs x rw\n' +
    '4 1 0:33 / /b rw - overlay o rw,lowerdir=/a:/b/x:/c\n',
]

/** The mounts of the machine that a process is compared with. */
const MACHINE = parseMounts(MOUNTS[0] ?? '')

function readMounts(text: string): Found {
  const mounts = parseMounts(text)
  const paths = ['/', '/mnt 2/x/y', '/a/b', ...[...mounts.tops.values()].slice(0, 20).map(pathOf)]
  const prefixes = prefixesOf(mounts, MACHINE)
  for (const path of paths) {
    pathBehind(path, prefixes, mounts, MACHINE)
    isMachinesFile(path, mounts, MACHINE)
    isSandboxed(path, mounts, MACHINE)
    mayBeOfInitramfs(path, '00:02', mounts)
    const place = placeOf(path, mounts)
    isLocal(path, mounts)
    if (place !== null) pathTo(place, path, mounts)
  }
  for (const device of [...mounts.byDevice.keys()].slice(0, 20)) {
    isLocalDevice(device, mounts)
    isMountOf(device, 22, mounts)
  }
  return { raw: [rootIdentity('/', mounts) ?? '', rootIdentity(text.slice(0, 99), mounts) ?? ''] }
}

const pathOf = ({ path }: { readonly path: string }) => path

/** The files of a process, and of all. */
export const PROC: readonly Parser[] = [
  { name: 'maps', seeds: [...MAPS, ...fixtureFiles(/^\d+\/maps$/)], read: readMaps },
  { name: 'maps in parts', seeds: MAPS, read: readMapsInParts },
  {
    name: 'path of a mapping',
    seeds: ['/usr/lib/libz.so.1 (deleted)', '/tmp/.glAbCdEf', '/home/a/.cache/JNA/temp/jna12.tmp'],
    read: readPath,
    long: [
      (length) => '/a'.repeat(length / 2),
      (length) => `/${'.so.1'.repeat(length / 5)}/`,
      (length) => `/x${'.so.1'.repeat(length / 5)}\n/`,
      (length) => `/${'.cache/JNA/'.repeat(length / 11)}`,
    ],
  },
  {
    name: 'device of a mapping',
    seeds: ['fe:00', '00:1f'],
    read: (text) => ({ raw: [deviceNumber(text)] }),
  },
  { name: 'mountinfo', seeds: MOUNTS, read: readMounts },
  {
    name: 'stat of a process',
    seeds: [
      '1 (a) S 0 1 1 34816 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n',
      ...fixtureFiles(/^\d+\/stat$/),
    ],
    read(text) {
      const stat = parseStat(text)
      return { raw: [stat?.comm ?? ''], plain: [terminalName(stat?.terminal ?? 0) ?? ''] }
    },
  },
  {
    name: 'status of a process',
    seeds: ['Name:\ta\nUid:\t1000\t0\t0\t0\nNSpid:\t4711\t1\n', 'NSpid:\t1\n'],
    read: (text) => ({
      plain: [String(isFirstInNamespace(text)), String(parseRealUid(text))],
    }),
    long: [(length) => `NSpid:${'\t1'.repeat(length / 2)}x`],
  },
  {
    name: 'target of an open file',
    seeds: [
      '/dev/fuse',
      '/srv/jail/dev/pts/ptmx (deleted)',
      'anon_inode:kvm-vm',
      'socket:[7]',
      '/run/systemd/inhibit/3.ref',
    ],
    read(text) {
      const kinds = Object.values(filesByKind(new Map([[3, text]]))).flat()
      return { plain: [kindOfOpenFile(text) ?? '', String(lockNumber(text)), String(kinds)] }
    },
    long: [(length) => '/dev/fuse'.repeat(length / 9), (length) => '/ptmx ('.repeat(length / 7)],
  },
  {
    name: 'fdinfo',
    seeds: [
      'pos:\t0\nflags:\t02100002\nmnt_id:\t24\nino:\t90\nfuse_connection:\t8388625\n',
      'pos:\t0\nflags:\t02\nmnt_id:\t142\nino:\t2\ntty-index:\t4294967296\n',
      'pos:\t0\nflags:\t02\nmnt_id:\t99\nino:\t19\niff:\ttun0\n',
    ],
    read: (text) => ({
      plain: [
        parseFuseDevice(text) ?? '',
        String(parseTerminalIndex(text)),
        String(parseMountId(text)),
        parseInterface(text) ?? '',
        String(isReadOnly(text)),
      ],
    }),
    long: [
      (length) => `tty-index:${'\t'.repeat(length)}`,
      (length) => 'iff:\t'.repeat(length / 5),
      (length) => `flags:\t${'0'.repeat(length)}x`,
    ],
  },
  {
    name: 'children of a thread',
    seeds: ['127 128 ', ''],
    read: (text) => ({ plain: parseChildren(text).map(String) }),
  },
  {
    name: 'sockets of a network namespace',
    seeds: [
      '   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1146 1\n',
      '0: 00000000000000000000000001000000:1F90 0:0 0A 0:0 0:0 0 0 0 7 1\n',
      '000000000168d1c6: 00000002 00000000 00010000 0001 01 19924724 /run/a b.sock\n',
    ],
    read(text) {
      const { listening, connected, peers, accepted, unsure } = parseSockets(
        text.split('\n'),
        text.split('\n'),
      )
      return {
        raw: [...connected, ...[...peers].flat(), ...accepted.keys(), ...unsure],
        plain: [...listening.values()],
      }
    },
    long: [
      (length) => '0: '.repeat(length / 3),
      (length) => `0: 00000000 00000000 00010000 0001 01 ${' '.repeat(length)}`,
      (length) => '0'.repeat(length),
    ],
  },
  {
    name: 'displays of a machine',
    seeds: [
      '0: 00000002 00000000 00010000 0001 01 7 @/tmp/.X11-unix/X0\n' +
        '0: 00000003 00000000 00000000 0001 03 9 /tmp/.X11-unix/X0\n',
      '0: 00000002 00000000 00010000 0001 01 7 /run/user/1/wayland-0\n' +
        '0: 00000003 00000000 00000000 0001 03 9 /run/user/1/wayland-0\n',
    ],
    read(text) {
      const { names, unsure } = displaysInUse(text.split('\n'))
      return { plain: [...names.values(), ...unsure] }
    },
    long: [
      (length) => `0: 00000002 00000000 00010000 0001 01 7 ${'/wayland-'.repeat(length / 9)}`,
      (length) => '0: 00000002 00000000 00010000 0001 01 7 /wayland-1\n'.repeat(length / 52),
    ],
  },
  {
    name: 'local connections',
    seeds: [
      '0: 00000002 00000000 00010000 0001 01 7 /run/a\n' +
        '0: 00000003 00000000 00000000 0001 03 9 /run/a\n' +
        '0: 00000003 00000000 00000000 0005 03 11\n',
    ],
    read(text) {
      const { all, accepted, ends } = localSockets(text.split('\n'))
      return { plain: [...all, ...accepted, ...ends] }
    },
    long: [
      (length) => `0: 00000002 00000000 00010000 0001 01 7 ${'/run/a '.repeat(length / 7)}`,
      (length) => '0: 00000002 00000000 00000000 0001 03 7 /run/a\n'.repeat(length / 46),
      (length) => `0: 00000000 00000000 00010000 0001 01 ${' '.repeat(length)}`,
    ],
  },
  {
    name: 'number of connections over TCP',
    seeds: ['Ip: A\nIp: 1\nTcp: RtoMin CurrEstab\nTcp: 200 3\n', ''],
    read: (text) => ({ plain: [String(parseConnectionCount(text))] }),
    long: [(length) => `Tcp: ${'CurrEstab '.repeat(length / 10)}\nTcp: 1 2\n`],
  },
  {
    name: 'target of a socket',
    seeds: ['socket:[7]', 'pipe:[8]', '/dev/null'],
    read: (text) => ({ plain: [socketInode(text) ?? ''] }),
  },
  {
    name: 'stat of the machine',
    seeds: ['cpu  1 2 3\nbtime 1700000000\nprocesses 7\n'],
    read(text) {
      const seconds = parseBootSeconds(text)
      return { plain: seconds === null ? [] : [new Date(seconds * 1000).toISOString()] }
    },
  },
  {
    name: 'control group',
    seeds: [
      '0::/system.slice/a.service\n',
      '12:pids:/x\n1:name=systemd:/user.slice/a\n0::/\n',
      ...fixtureFiles(/^\d+\/cgroup$/),
    ],
    read: (text) => ({ raw: [parseControlGroup(text).path ?? ''] }),
  },
]
