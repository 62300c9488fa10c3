import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'

/**
 * A directory tree: a text or bytes is a file, `{ link }` a symbolic link, anything else a
 * directory.
 */
export type Tree = {
  readonly [name: string]: string | Buffer | { readonly link: string } | Tree
}

/**
 * Writes a tree to a directory of its own, which goes when the test file ends, and returns its
 * path.
 */
export function makeTree(tree: Tree): string {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-'))
  // A thread that a test does not wait for may still write there.
  after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  writeTree(directory, tree)
  return directory
}

/** Writes a tree into a directory, which may be there already. */
export function writeTree(directory: string, tree: Tree): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, entry] of Object.entries(tree)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) writeFileSync(path, entry)
    else if ('link' in entry && typeof entry.link === 'string') symlinkSync(entry.link, path)
    else writeTree(path, entry)
  }
}

/** One process of a recorded `/proc`. */
export type RecordedProcess = {
  readonly comm?: string
  /** Lines of maps in short, `r-xp /usr/lib/libz.so.1 (deleted)`, or in the kernel's form. */
  readonly maps: readonly string[] | Buffer
  /** A path of the unified hierarchy, or the text of the whole file. */
  readonly cgroup?: string
  readonly ppid?: number
  readonly startTicks?: number
  readonly exe?: string
  readonly isKernelThread?: boolean
  /** What personality(2) set, as `/proc/PID/personality` has it. */
  readonly personality?: string
  /** The user who runs it; recordings of older programs do not tell. */
  readonly uid?: number
  /** The mounts that it sees, in the form of mountinfo. */
  readonly mountinfo?: string
  /** What the file `status` has. */
  readonly status?: string
  /** What it does not share with PID 1, each by any name of its own. */
  readonly apart?: Readonly<Partial<Record<'pid' | 'mnt' | 'uts' | 'root', string>>>
}

/** PF_KTHREAD of the kernel's `include/linux/sched.h`. */
const KERNEL_THREAD = 0x00200000

/** Returns the directory of one process, with the files that a scan reads. */
export function processTree(pid: number, recorded: RecordedProcess): Tree {
  const {
    comm = 'daemon',
    ppid = 1,
    startTicks = 1000,
    cgroup = '/',
    exe = '/usr/bin/daemon',
    isKernelThread = false,
    uid,
    mountinfo,
    status,
    personality,
    apart: { pid: pidNamespace = '1', mnt = '1', uts = '1', root = '1' } = {},
  } = recorded
  const fields = [
    ppid,
    pid,
    pid,
    0,
    -1,
    4194560 + (isKernelThread ? KERNEL_THREAD : 0),
    ...Array.from({ length: 12 }, () => 0),
    startTicks,
  ]
  return {
    maps: Buffer.isBuffer(recorded.maps) ? recorded.maps : mapsText(recorded.maps),
    stat: Buffer.from(`${pid} (${comm}) S ${fields.join(' ')} 0 0\n`, 'latin1'),
    comm: Buffer.from(`${comm}\n`, 'latin1'),
    cgroup: Buffer.from(cgroup.startsWith('/') ? `0::${cgroup}\n` : cgroup, 'latin1'),
    ...(isKernelThread ? {} : { exe: { link: exe } }),
    ...(uid === undefined ? {} : { uid: String(uid) }),
    ...(mountinfo === undefined ? {} : { mountinfo }),
    ...(status === undefined ? {} : { status }),
    ...(personality === undefined ? {} : { personality: `${personality}\n` }),
    ns: {
      pid: { link: `pid:[${pidNamespace}]` },
      mnt: { link: `mnt:[${mnt}]` },
      uts: { link: `uts:[${uts}]` },
    },
    root,
  }
}

/** Returns lines in the kernel's form: the path begins in column 74; one path is one inode. */
export function mapsText(lines: readonly string[]): Buffer {
  const inodes = new Map<string, number>()
  const text = lines.map((line, index) => {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) return `${line}\n`
    const [, permissions = '', path = ''] = /^(\S{4}) ?(.*)$/s.exec(line) ?? []
    const start = (0x7f0000000000 + index * 0x10000).toString(16)
    const end = (0x7f0000000000 + index * 0x10000 + 0x1000).toString(16)
    const inode = path === '' ? 0 : (inodes.get(path) ?? 1000 + index)
    inodes.set(path, inode)
    const head = `${start}-${end} ${permissions} 00000000 fe:00 ${inode} `
    return path === '' ? `${head}\n` : `${head.padEnd(73)}${path}\n`
  })
  return Buffer.from(text.join(''), 'latin1')
}

/** Returns a whole recorded `/proc` of the processes, PID 1 included. */
export function procTree(processes: Readonly<Record<number, RecordedProcess>>): Tree {
  const init = { comm: 'systemd', maps: ['r-xp /usr/lib/systemd/systemd'], cgroup: '/init.scope' }
  const all: Record<number, RecordedProcess> = { 1: init, ...processes }
  return {
    stat: 'cpu 1 2 3\nbtime 1790000000\n',
    'sys/kernel/hostname': 'kestrel\n',
    'sys/kernel/osrelease': '6.18.1-arch1-1\n',
    ...Object.fromEntries(
      Object.entries(all).map(([pid, recorded]) => [pid, processTree(Number(pid), recorded)]),
    ),
  }
}
