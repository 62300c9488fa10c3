import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { printable } from '../../core/printable.ts'
import { isForReboot, REBOOT_PACKAGES } from '../../core/reboot/reboot.ts'
import { parseProcessor } from '../../core/machine/processor.ts'
import type { BootFacts, InstalledKernel, InstalledPackage } from '../../core/reboot/boot-facts.ts'
import type { Processor } from '../../core/machine/processor.ts'
import type { Host } from '../../core/machine/host.ts'
import { unlessUnreadable } from '../error.ts'
import type { Packages } from '../pacman/packages.ts'
import type { Proc } from '../proc/proc.ts'
import { readStart } from '../files/small-file.ts'

const MAX_SMALL_BYTES = 64 * 1024
/**
 * The bound on `/proc/cpuinfo`, in bytes. It has the first processor, and the kernel writes the
 * others only when they are read.
 */
const CPUINFO_BYTES = 16 * 1024

/**
 * Reads what a machine says of its boot: a few small files, and more only where one of them asks
 * for it. No program is run.
 *
 * @param tree prefix of the absolute paths of the machine
 * @param isLive whether it is the machine that this program runs on
 */
export async function readBootFacts(
  proc: Proc,
  tree: string,
  { kernelRelease, bootSeconds }: Pick<Host, 'kernelRelease' | 'bootSeconds'>,
  isLive: boolean,
  packages: Packages,
): Promise<BootFacts> {
  const isGuestOfKernel = isContainer(proc, tree, kernelRelease) || (isLive && isChroot(proc))
  if (isGuestOfKernel) return { ...NOTHING, isGuestOfKernel }
  const installed = await packages.installed(REBOOT_PACKAGES.flatMap((row) => row.packages))
  const isNewer = installed?.some(
    ({ installedAt }) => (installedAt ?? 0) > (bootSeconds ?? Infinity),
  )
  return {
    isGuestOfKernel,
    hasDatabase: installed !== null,
    kernels: await kernelsIn(tree, kernelRelease, packages),
    packages: installed ?? [],
    changes: bootSeconds === null ? [] : await changesSinceBoot(packages, bootSeconds),
    processor: isNewer ? processorOf(proc) : null,
    nvidia: nvidiaIn(tree),
  }
}

/** Returns the changes in the log of the packages that a reboot may be needed for, oldest first. */
async function changesSinceBoot(
  packages: Packages,
  bootSeconds: number,
): Promise<BootFacts['changes']> {
  const { log } = await packages.since(new Date(bootSeconds * 1000), new Date())
  return log.changes
    .filter(({ name }) => isForReboot(name))
    .map(({ name, operation, from, to, at }) => ({
      name,
      operation,
      from,
      to,
      at: Math.floor(at.getTime() / 1000),
    }))
    .toReversed()
}

const NOTHING: Omit<BootFacts, 'isGuestOfKernel'> = {
  hasDatabase: false,
  kernels: [],
  packages: [],
  changes: [],
  processor: null,
  nvidia: null,
}

/**
 * The files that the manager of a container leaves inside of it (`detect_container` of systemd's
 * virt.c).
 */
const CONTAINER_FILES = [
  'run/systemd/container',
  'run/host/container-manager',
  'run/.containerenv',
  '.dockerenv',
] as const

function isContainer(proc: Proc, tree: string, kernelRelease: string | null): boolean {
  return (
    /microsoft|WSL/.test(kernelRelease ?? '') ||
    CONTAINER_FILES.some((name) => exists(`${tree}/${name}`)) ||
    `\0${proc.read('1/environ') ?? ''}`.includes('\0container=')
  )
}

/**
 * Says whether this process is in a chroot, as `running_in_chroot` of systemd does. Only root can
 * tell, and no other user enters a chroot.
 */
function isChroot({ treeOf }: Proc): boolean {
  const { rootDirectory } = treeOf('1')
  return rootDirectory !== null && rootDirectory !== treeOf('self').rootDirectory
}

/**
 * Returns the installed kernels. The others are not read where a package owns the running kernel.
 */
async function kernelsIn(
  tree: string,
  running: string | null,
  packages: Packages,
): Promise<readonly InstalledKernel[]> {
  const modules = `${tree}${MODULES}`
  const names = unlessUnreadable(() => readdirSync(modules, 'latin1')) ?? []
  const read = (some: readonly string[]) =>
    Promise.all(some.map((name) => kernelIn(`${modules}/${name}`, name, packages)))
  const own = await read(names.filter((name) => printable(name) === running))
  if (own.some((kernel) => kernel.package !== null)) return own
  return [...own, ...(await read(names.filter((name) => printable(name) !== running)))]
}

const MODULES = '/usr/lib/modules'

async function kernelIn(
  directory: string,
  name: string,
  packages: Packages,
): Promise<InstalledKernel> {
  const pkgbase = readStart(`${directory}/pkgbase`, MAX_SMALL_BYTES)?.trim() || null
  return {
    release: printable(name),
    pkgbase: pkgbase === null ? null : printable(pkgbase),
    hasModules: exists(`${directory}/kernel`) || exists(`${directory}/vmlinuz`),
    package: pkgbase === null ? null : await kernelPackage(name, pkgbase, packages),
  }
}

/** Returns the package that lists a directory of modules as its own. */
async function kernelPackage(
  release: string,
  pkgbase: string,
  packages: Packages,
): Promise<InstalledPackage | null> {
  const directory = `${MODULES}/${release}/`
  const ownerOf = async (path: string, isAsked: (name: string) => boolean) =>
    (await packages.ownersOf([path], isAsked)).get(path)
  const owner =
    (await ownerOf(directory, (name) => name === pkgbase)) ??
    // A package with several parts may have another name. Packages of headers and drivers list the
    // directory too, but no pkgbase.
    (await ownerOf(`${directory}pkgbase`, (name) => name.startsWith('linux')))
  const [found = null] = owner === undefined ? [] : ((await packages.installed([owner])) ?? [])
  return found
}

function processorOf(proc: Proc): Processor | null {
  return parseProcessor(readStart(`${proc.directory}/cpuinfo`, CPUINFO_BYTES) ?? '')
}

/**
 * Returns the versions of the loaded module and of the libraries of NVIDIA. The names of the
 * libraries have the version, so the database is not needed.
 */
function nvidiaIn(tree: string): BootFacts['nvidia'] {
  const loaded = readStart(`${tree}/sys/module/nvidia/version`, MAX_SMALL_BYTES)?.trim()
  if (!loaded) return null
  const link = unlessUnreadable(() => readlinkSync(`${tree}/usr/lib/libnvidia-ml.so.1`, 'latin1'))
  const [, installed = null] = /(?:^|\/)libnvidia-ml\.so\.(\d+(?:\.\d+)+)$/.exec(link ?? '') ?? []
  return {
    loaded: printable(loaded),
    installed: installed === null ? null : printable(installed),
  }
}

/** Says whether a path exists. A call that throws costs more than the question. */
function exists(path: string): boolean {
  return unlessUnreadable(() => lstatSync(path, { throwIfNoEntry: false })) != null
}
