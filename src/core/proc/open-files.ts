import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** What an open file of a process says of other programs. */
export type OpenFileKind = 'file-system' | 'terminal' | 'machine' | 'interface' | 'inhibitor'

/** The file of a lock (inhibitor_create_fifo of systemd's logind-inhibit.c). */
const LOCK = /^\/run\/systemd\/inhibit\/(\d{1,10})\.ref$/

/**
 * The targets of `/proc/PID/fd` that matter, as the kernel names them. In front of a device stands
 * the directory of a chroot, and behind it the mark of a node that is gone.
 */
const KINDS: readonly {
  readonly kind: OpenFileKind
  readonly target: RegExp
  readonly source: string
}[] = [
  {
    kind: 'file-system',
    target: /\/dev\/fuse(?: \(deleted\))?$/,
    source: 'fuse(4): a program that serves a file system reads its requests there',
  },
  {
    kind: 'terminal',
    target: /\/ptmx(?: \(deleted\))?$/,
    source: 'ptmx(4): the master of a pseudoterminal; its slave hangs up with it (pty(7))',
  },
  {
    kind: 'machine',
    target: /^anon_inode:\[?kvm-vm\]?$/,
    source: 'kvm_dev_ioctl_create_vm of virt/kvm/kvm_main.c: a virtual machine ends with the file',
  },
  {
    kind: 'interface',
    target: /\/dev\/net\/tun(?: \(deleted\))?$/,
    source: 'kernel Documentation/networking/tuntap.rst: the interface goes with the file',
  },
  {
    kind: 'inhibitor',
    target: LOCK,
    source: 'org.freedesktop.login1(5), Inhibit(): a lock is held for as long as its file is open',
  },
]

/** Returns what a target of `/proc/PID/fd` is, or `null` where it is nothing that matters. */
export function kindOfOpenFile(target: string): OpenFileKind | null {
  return KINDS.find((row) => row.target.test(target))?.kind ?? null
}

/**
 * Returns the device of the file system that a process serves (`8:17`, `0:45`), in the form of
 * mountinfo, or `null` where the kernel does not say it.
 *
 * Reads `fuse_connection: N` of `/proc/PID/fdinfo/FD` (fuse_dev_show_fdinfo of fs/fuse/dev.c, since
 * Linux 6.18). N is the number of the device as the kernel has it: twenty bits for the minor number
 * (MINORBITS of include/linux/kdev_t.h). That of a file system without a disk has no major number.
 */
export function parseFuseDevice(text: string): string | null {
  const number = numberOf('fuse_connection', text)
  return number === null ? null : `${number >>> 20}:${number & 0xfffff}`
}

/**
 * Returns the number N of the terminal `pts/N` whose master a file is, or `null` for another file.
 *
 * Reads `tty-index: N` of `/proc/PID/fdinfo/FD` (pty_show_fdinfo of drivers/tty/pty.c).
 */
export function parseTerminalIndex(text: string): number | null {
  return numberOf('tty-index', text)
}

/**
 * Returns the name of the network interface that a process has made (`tun0`), or `null` for another
 * file, or one that has none yet.
 *
 * Reads `iff: NAME` of `/proc/PID/fdinfo/FD` (tun_chr_show_fdinfo of drivers/net/tun.c).
 *
 * @param text one character a byte
 */
export function parseInterface(text: string): Printable | null {
  const [, name] = /^iff:\t([^\s/]{1,15})$/m.exec(text) ?? []
  return name === undefined ? null : printable(name)
}

/** The numbers of a process's open files, by what they are. */
export type FilesByKind = Readonly<Record<OpenFileKind, readonly number[]>>

/**
 * Returns the open files of a process that matter.
 *
 * @param targets those of `/proc/PID/fd`, by the number of the file
 */
export function filesByKind(targets: ReadonlyMap<number, string>): FilesByKind {
  const found: Record<OpenFileKind, number[]> = {
    'file-system': [],
    terminal: [],
    machine: [],
    interface: [],
    inhibitor: [],
  }
  for (const [file, target] of targets) {
    const kind = kindOfOpenFile(target)
    if (kind !== null) found[kind].push(file)
  }
  return found
}

/** Returns the number that logind gave to the lock whose file it is, or `null` for another file. */
export function lockNumber(target: string): number | null {
  const [, digits] = LOCK.exec(target) ?? []
  return digits === undefined ? null : Number(digits)
}

/**
 * Says whether a file was opened for reading only (`flags` of proc_pid_fdinfo(5), octal). logind
 * reads the file of each lock, and who holds the lock writes.
 */
export function isReadOnly(text: string): boolean {
  const [, mode] = /^flags:\t[0-7]{0,20}([0-7])$/m.exec(text) ?? []
  return Number(mode) % 4 === 0
}

/** Returns the id of the mount that a file was opened on (proc_pid_fdinfo(5)), or `null`. */
export function parseMountId(text: string): number | null {
  return numberOf('mnt_id', text)
}

function numberOf(name: string, text: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith(`${name}:`))
  const [, digits] = /^[^:]*:\s*(\d{1,10})$/.exec(line ?? '') ?? []
  const number = Number(digits)
  return digits === undefined || number > 0xffffffff ? null : number
}

/**
 * Returns the process ids of a `/proc/PID/task/TID/children` (proc_tid_children(5)). Behind each
 * stands a blank, so the last number of a text that was cut does not count.
 */
export function parseChildren(text: string): readonly number[] {
  const words = text.split(' ').slice(0, -1)
  return words.flatMap((word) => (/^\d{1,10}$/.test(word) ? [Number(word)] : []))
}
