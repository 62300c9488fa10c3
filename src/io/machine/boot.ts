import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { printable } from '../../core/printable.ts'
import { parseProcessor, REBOOT_PACKAGES } from '../../core/report/reboot.ts'
import type {
  BootFacts,
  InstalledKernel,
  InstalledPackage,
  Processor,
} from '../../core/report/reboot.ts'
import type { Host } from '../../core/machine/host.ts'
import { unlessUnreadable } from '../error.ts'
import type { Proc } from '../proc/proc.ts'
import { readStart } from '../files/small-file.ts'

/** The list of a kernel package's files is about 400 KiB; a directory stands before what is in it. */
const LIST_START_BYTES = 4096
const MAX_LIST_BYTES = 16 * 1024 * 1024
const MAX_SMALL_BYTES = 64 * 1024
/** The first processor of `/proc/cpuinfo`: the kernel writes the others only when they are read. */
const CPUINFO_BYTES = 16 * 1024

/**
 * Reads what a machine says of its boot: a handful of small files, and more only where one of them asks
 * for it. Nothing is run.
 *
 * @param tree what stands in front of the machine's absolute paths
 * @param isLive whether it is the machine that we run on
 * @param changes what the package log tells of the packages in question
 */
export function readBootFacts(
  proc: Proc,
  tree: string,
  { kernelRelease, bootSeconds }: Pick<Host, 'kernelRelease' | 'bootSeconds'>,
  isLive: boolean,
  changes: BootFacts['changes'],
): BootFacts {
  const isGuestOfKernel = isContainer(proc, tree, kernelRelease) || (isLive && isChroot(proc))
  if (isGuestOfKernel) return { ...NOTHING, isGuestOfKernel }
  const database = openDatabase(tree)
  const packages = REBOOT_PACKAGES.flatMap((row) => row.packages).flatMap((name) => {
    const found = database.named(name)
    return found === null ? [] : [found]
  })
  const isNewer = packages.some(({ installedAt }) => (installedAt ?? 0) > (bootSeconds ?? Infinity))
  return {
    isGuestOfKernel,
    hasDatabase: database.exists,
    kernels: kernelsIn(tree, kernelRelease, database),
    packages,
    changes,
    processor: isNewer ? processorOf(proc) : null,
    nvidia: nvidiaIn(tree),
  }
}

const NOTHING: Omit<BootFacts, 'isGuestOfKernel'> = {
  hasDatabase: false,
  kernels: [],
  packages: [],
  changes: [],
  processor: null,
  nvidia: null,
}

/** What a container's manager leaves inside of it (`detect_container` of systemd's virt.c). */
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

/** What systemd tests too (`running_in_chroot`): only root can tell, and nobody else enters a chroot. */
function isChroot({ treeOf }: Proc): boolean {
  const { rootDirectory } = treeOf('1')
  return rootDirectory !== null && rootDirectory !== treeOf('self').rootDirectory
}

type Database = {
  readonly exists: boolean
  readonly named: (name: string) => InstalledPackage | null
  /** The package that lists a directory of modules as its own. */
  readonly ownerOf: (release: string, pkgbase: string) => InstalledPackage | null
}

type Entry = { readonly name: string; readonly path: string }

/** The entries that nearly always are the only ones asked for: a database has thousands. */
const USUAL = new RegExp(
  `^(?:linux|${REBOOT_PACKAGES.flatMap((row) => row.packages.map((name) => `${name}-`)).join('|')})`,
)

/** pacman's local database: one directory a package, `NAME-VERSION-REL`, with the files `desc` and `files`. */
function openDatabase(tree: string): Database {
  const directory = `${tree}/var/lib/pacman/local`
  const entries = unlessUnreadable(() => readdirSync(directory, 'latin1'))
  const candidates = (entries ?? []).filter((entry) => USUAL.test(entry))
  const entryOf = (wanted: string) => {
    const some = USUAL.test(`${wanted}-`) ? candidates : (entries ?? [])
    return some.map(entryFrom).find(({ name }) => name === wanted)
  }
  const entryFrom = (entry: string): Entry => ({
    name: /^(.+)-[^-]+-[^-]+$/.exec(entry)?.[1] ?? '',
    path: `${directory}/${entry}`,
  })
  const lists = (path: string, line: string) => {
    const isIn = (most: number) => readStart(`${path}/files`, most)?.includes(`\n${line}\n`)
    return isIn(LIST_START_BYTES) || isIn(MAX_LIST_BYTES)
  }
  return {
    exists: entries !== null,
    named: (name) => packageIn(entryOf(name)),
    ownerOf(release, pkgbase) {
      const modules = `usr/lib/modules/${release}/`
      const own = entryOf(pkgbase)
      if (own !== undefined && lists(own.path, modules)) return packageIn(own)
      // A package of several may have another name. Headers and drivers list the directory too, but no pkgbase.
      return packageIn(
        candidates.map(entryFrom).find(({ path }) => lists(path, `${modules}pkgbase`)),
      )
    },
  }
}

function packageIn(entry: Entry | undefined): InstalledPackage | null {
  if (entry === undefined) return null
  const desc = readStart(`${entry.path}/desc`, MAX_SMALL_BYTES) ?? ''
  const [, seconds] = /^%INSTALLDATE%\n(\d{1,12})$/m.exec(desc) ?? []
  return {
    name: printable(entry.name),
    installedAt: seconds === undefined ? null : Number(seconds),
  }
}

/** Where a package owns the running kernel, nothing else is asked of the others. */
function kernelsIn(
  tree: string,
  running: string | null,
  database: Database,
): readonly InstalledKernel[] {
  const modules = `${tree}/usr/lib/modules`
  const names = unlessUnreadable(() => readdirSync(modules, 'latin1')) ?? []
  const read = (name: string) => kernelIn(`${modules}/${name}`, name, database)
  const own = names.filter((name) => printable(name) === running).map(read)
  if (own.some((kernel) => kernel.package !== null)) return own
  return [...own, ...names.filter((name) => printable(name) !== running).map(read)]
}

function kernelIn(directory: string, name: string, database: Database): InstalledKernel {
  const pkgbase = readStart(`${directory}/pkgbase`, MAX_SMALL_BYTES)?.trim() || null
  return {
    release: printable(name),
    pkgbase: pkgbase === null ? null : printable(pkgbase),
    hasModules: exists(`${directory}/kernel`) || exists(`${directory}/vmlinuz`),
    package: pkgbase === null ? null : database.ownerOf(name, pkgbase),
  }
}

function processorOf(proc: Proc): Processor | null {
  return parseProcessor(readStart(`${proc.directory}/cpuinfo`, CPUINFO_BYTES) ?? '')
}

/** NVIDIA's libraries have their version in their name: no package has to be asked. */
function nvidiaIn(tree: string): BootFacts['nvidia'] {
  const loaded = readStart(`${tree}/sys/module/nvidia/version`, MAX_SMALL_BYTES)?.trim()
  if (!loaded) return null
  const link = unlessUnreadable(() => readlinkSync(`${tree}/usr/lib/libnvidia-ml.so.1`, 'latin1'))
  const [, installed = null] = /(?:^|\/)libnvidia-ml\.so\.(\d+(?:\.\d+)+)$/.exec(link ?? '') ?? []
  return { loaded: printable(loaded), installed }
}

/** Without an error for what is not there, which costs more than the question. */
function exists(path: string): boolean {
  return unlessUnreadable(() => lstatSync(path, { throwIfNoEntry: false })) != null
}
