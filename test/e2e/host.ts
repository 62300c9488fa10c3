import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, resolve } from 'node:path'

const COMMANDS = ['setpriv', 'unshare', 'nsenter', 'mount', 'umount', 'pivot_root', 'makepkg']
const COMMANDS_FOR_BTRFS = ['btrfs', 'mkfs.btrfs', 'flock', 'losetup']
const IN_ROOT = ['usr/lib/systemd/systemd', 'usr/bin/pacman', 'usr/bin/repo-add']

/** The directory labs are made of unless a test says otherwise. */
export function labRoot(): string {
  return process.env['LAB_ROOT'] || '/'
}

/**
 * What the "/" of a machine is: an overlay, or snapshots of btrfs subvolumes as archinstall makes
 * them, where stat(2) gives another device than maps.
 */
export function labForm(): 'overlay' | 'btrfs' {
  const form = process.env['LAB_FORM'] || 'overlay'
  if (form === 'overlay' || form === 'btrfs') return form
  throw new Error(`LAB_FORM is neither "overlay" nor "btrfs": "${form}"`)
}

/** Returns why no lab can boot on `root` here, or null when one can. */
export function whyNoLab(root: string = labRoot()): string | null {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root'
  const commands = labForm() === 'btrfs' ? [...COMMANDS, ...COMMANDS_FOR_BTRFS] : COMMANDS
  const missing = commands.find((command) => !isOnPath(command))
  if (missing !== undefined) return `no ${missing} on this host`
  const absent = IN_ROOT.find((file) => !existsSync(join(root, file)))
  if (absent !== undefined) return `no ${basename(absent)} in ${root}`
  const cgroupRoot = cgroup2Mount()
  if (cgroupRoot === null) return 'no cgroup2 file system mounted'
  if (!isWritable(cgroupRoot)) return `${cgroupRoot} is read-only`
  return labForm() === 'btrfs' ? whyNoBtrfs(root) : whyNoOverlay()
}

/**
 * Returns why the tests on a machine are skipped, said loudly, or `false`. In CI they must run.
 *
 * @param needed files that they need in the machine's root
 */
export function whySkipped(needed: readonly string[] = []): string | false {
  const absent = needed.find((file) => !existsSync(join(labRoot(), file)))
  const reason = whyNoLab() ?? (absent === undefined ? null : `no ${absent} in ${labRoot()}`)
  if (reason === null) return false
  if (process.env['CI']) throw new Error(`No machine to test on: ${reason}`)
  console.error(`SKIPPED, no machine to test on: ${reason}`)
  return reason
}

/** Returns where the cgroup2 file system is: beside the v1 hierarchies on a hybrid host. */
export function cgroup2Mount(): string | null {
  // mountinfo: "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4] ?? null
}

/** Tries it: the module may be loadable without being loaded, and a container may forbid either. */
function whyNoOverlay(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-probe-'))
  const script =
    'mount -t tmpfs lab "$1" && cd "$1" && mkdir lower upper work merged && ' +
    'mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work lab merged'
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--net']
  const argv = [...namespaces, 'sh', '-c', script, 'probe', directory]
  const { status, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' })
  rmdirSync(directory)
  return status === 0 ? null : `no namespaces or no overlay: ${stderr.trim()}`
}

function whyNoBtrfs(root: string): string | null {
  if (resolve(root) === '/') return 'LAB_FORM=btrfs copies its LAB_ROOT, which must not be "/"'
  return existsSync('/dev/loop-control') ? null : 'no loop devices'
}

function isOnPath(command: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return directories.some((directory) => existsSync(join(directory, command)))
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
