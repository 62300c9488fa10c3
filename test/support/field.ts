import { scanDocument } from './bundle.ts'
import type { PackageChangeDocument, ReportDocument } from './bundle.ts'
import { localDatabase } from './pacman-tree.ts'
import type { LocalPackage } from './pacman-tree.ts'
import { makeTree, procTree, processTree } from './tree.ts'
import type { RecordedProcess, Tree } from './tree.ts'

/** What was seen on a machine, or follows from the source of a program. */
type Seen = {
  /** Unique in its table. */
  readonly id: string
  /** Where it was seen in public. */
  readonly source: string
  readonly why?: string
  /** Set where another answer can be defended: why this one is right. */
  readonly decision?: string
}

/** Deleted mappings of one process, and the verdict about each of their paths. */
export type MappingsRow = Seen & {
  readonly comm: string
  /** Lines of maps in short, or as the kernel writes them. */
  readonly maps: readonly string[]
  /** READ_IMPLIES_EXEC of personality(2): what is readable is mapped executable. */
  readonly readImpliesExec?: true
  readonly right: 'stale' | 'temporary' | 'none'
}

/** A control group, and the verdict about a process in it. */
export type GroupRow = Seen & {
  /** A path of the unified hierarchy, or the text of the whole file. */
  readonly cgroup: string
  /** What the process does not share with the machine; nothing where it is not given. */
  readonly inside?: Inside
  /** A stale library of the process, as the process sees it; one of `/usr/lib` by default. */
  readonly library?: string
  /** `KIND NAME (RUNTIME): ACTION`; a `*` stands for any text. The process is called "daemon". */
  readonly right: string
}

/** Namespaces and the root directory of a process, and the mounts that it sees. */
export type Inside = RecordedProcess['apart'] & { readonly mountinfo?: string }

/** The device of the disk, as maps has it (`mapsText`) and as mountinfo has it. */
const OWN_MOUNTS = [
  '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '23 22 0:21 / /proc rw - proc proc rw',
  '',
].join('\n')

/** The mounts of a process that has no file of the machine. */
export const FOREIGN_MOUNTS = [
  '90 80 0:99 / / rw,relatime - overlay overlay rw,lowerdir=/x',
  '91 90 0:98 / /proc rw - proc proc rw',
  '',
].join('\n')

export const CONTAINER: Inside = {
  pid: '9',
  mnt: '9',
  uts: '9',
  root: '9',
  mountinfo: FOREIGN_MOUNTS,
}

/** A sandbox that bubblewrap made: the root is its own, `/usr` that of the machine. */
export const SANDBOX: Inside = {
  mnt: '8',
  root: '8',
  mountinfo: [
    '90 80 0:97 / / rw,nosuid,nodev - tmpfs tmpfs rw',
    '91 90 254:0 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/vda rw',
    '92 90 0:98 / /proc rw - proc proc rw',
    '',
  ].join('\n'),
}

/** A log of pacman and its database, and the change that made a library stale. */
export type PackageRow = Seen & {
  /** When the machine was booted, ISO 8601. */
  readonly boot: string
  /** When the process was started; a day after the boot where it is not given. */
  readonly startedAt?: string
  /** A zone of TZ(5), for logs without one. */
  readonly timeZone?: string
  readonly library: string
  /** Set where no file is at the path of the library any more. */
  readonly isGone?: true
  /** Symbolic links of the machine, without the leading slash. */
  readonly links?: Readonly<Record<string, string>>
  readonly log: readonly string[]
  /** What is installed: the version, when it was installed (ISO 8601), and files. */
  readonly packages?: Readonly<
    Record<string, readonly [version: string, at: string, ...files: string[]]>
  >
  /** The bases of packages that have another name. */
  readonly bases?: Readonly<Record<string, string>>
  /** Entries of the local database as they are on the disk. */
  readonly entries?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The change as libalpm logs it, `null` for none; any one of several. */
  readonly right: string | null | readonly (string | null)[]
}

const FIRST_PID = 100

type FedProcess = RecordedProcess & {
  readonly mountinfo: string
  /** The hexadecimal number of personality(2). */
  readonly personality?: string
}

/** PID 1, whose mounts are those of the machine. */
const INIT: RecordedProcess = {
  comm: 'systemd',
  maps: ['r-xp /usr/lib/systemd/systemd'],
  cgroup: '/init.scope',
}

/** Returns a whole `/proc` with these processes. */
function fedTree(processes: readonly (readonly [pid: number, process: FedProcess])[]): Tree {
  const fed = processes.map(([pid, process]) => {
    const { mountinfo, personality = '00000000' } = process
    return [pid, { ...processTree(pid, process), mountinfo, personality: `${personality}\n` }]
  })
  const init = { ...processTree(1, INIT), mountinfo: OWN_MOUNTS }
  return { ...procTree({}), 1: init, ...Object.fromEntries(fed) }
}

/** Scans one machine with a process for each row, and returns what became of each row. */
function scanRows<Row, Verdict>(
  rows: readonly Row[],
  processOf: (row: Row, index: number) => FedProcess,
  verdictOf: (document: ReportDocument, pid: number, row: Row) => Verdict,
  root: Tree = {},
): readonly Verdict[] {
  const processes = rows.map((row, index) => [FIRST_PID + index, processOf(row, index)] as const)
  const proc = makeTree(fedTree(processes))
  const document = scanDocument(['--proc', proc, '--root', makeTree(root)])
  return rows.map((row, index) => verdictOf(document, FIRST_PID + index, row))
}

/** Returns for each row its deleted paths, each with the verdict about it. */
export function mappingVerdicts(
  rows: readonly MappingsRow[],
): readonly Readonly<Record<string, string>>[] {
  return scanRows(rows, mappingProcess, mappingVerdict)
}

/** What the loader of an old program maps, where all that is readable becomes executable. */
const IMPLIED = ['r-xp /opt/game/program', 'rwxp [heap]', 'r-xp /usr/lib32/ld-linux.so.2']

function mappingProcess(row: MappingsRow, index: number): FedProcess {
  const { comm, maps, readImpliesExec } = row
  const implied = readImpliesExec === true
  return {
    comm,
    cgroup: `/system.slice/c${index}.service`,
    maps: implied ? [...IMPLIED, ...maps] : maps,
    personality: implied ? '00400000' : '00000000',
    mountinfo: OWN_MOUNTS,
  }
}

function mappingVerdict(document: ReportDocument, pid: number, row: MappingsRow) {
  const stale = document.findings.flatMap(({ files, processes }) =>
    processes
      .filter((process) => process.pid === pid)
      .flatMap((process) => process.files.map((file) => files[file]?.path)),
  )
  const temporary = document.temporaryCode.flatMap((one) => (one.pid === pid ? [one.path] : []))
  const verdict = (path: string) =>
    stale.includes(path) ? 'stale' : temporary.includes(path) ? 'temporary' : 'none'
  return Object.fromEntries(deletedPaths(row).map((path) => [path, verdict(path)]))
}

/** Returns the paths of the mappings that have the mark of a deleted file, at either end. */
export function deletedPaths({ maps }: MappingsRow): readonly string[] {
  const marked = maps.filter((line) => line.includes('(deleted)'))
  const paths = marked.map((line) => {
    const [, path = ''] = /^(?:\S{4} |[0-9a-f]+-[0-9a-f]+(?: \S+){4} +)(.*)$/s.exec(line) ?? []
    return path.replace(/^\(deleted\)| \(deleted\)$/, '')
  })
  return [...new Set(paths)]
}

/** Returns for each row what a stale process in its control group belongs to, and the step. */
export function groupVerdicts(rows: readonly GroupRow[]): readonly (string | null)[] {
  const root = { 'etc/passwd': 'zoe:x:1000:1000::/home/zoe:/bin/bash\n' }
  return scanRows(rows, groupProcess, groupVerdict, root)
}

function groupProcess(row: GroupRow, index: number): FedProcess {
  const { cgroup, inside = {}, library = `/usr/lib/libz.so.${index}` } = row
  const { mountinfo = OWN_MOUNTS, ...apart } = inside
  const maps = [`r-xp ${library} (deleted)`]
  return { cgroup, apart, mountinfo, maps }
}

function groupVerdict({ findings }: ReportDocument, pid: number): string | null {
  const finding = findings.find(({ processes }) => processes.some((one) => one.pid === pid))
  if (finding === undefined) return null
  const { kind, name, container, action } = finding
  return `${kind} ${name}${container === null ? '' : ` (${container.runtime})`}: ${action}`
}

const SECOND = 1000
const TICKS_A_SECOND = 100
const DAY = 86_400 * SECOND

/** Returns the change of a package that made the library of the row stale. */
export function packageVerdict(row: PackageRow): string | null {
  const boot = Date.parse(row.boot)
  const startedAt = row.startedAt === undefined ? boot + DAY : Date.parse(row.startedAt)
  const process: FedProcess = {
    cgroup: '/system.slice/daemon.service',
    startTicks: ((startedAt - boot) / SECOND) * TICKS_A_SECOND,
    maps: [`r-xp ${encoded(row.library)} (deleted)`],
    mountinfo: OWN_MOUNTS,
  }
  const proc = { ...fedTree([[FIRST_PID, process]]), stat: `btime ${boot / SECOND}\n` }
  const { findings } = scanDocument(['--proc', makeTree(proc), '--root', makeTree(rootOf(row))], {
    env: row.timeZone === undefined ? {} : { TZ: row.timeZone },
  })
  return changeText(findings[0]?.files[0]?.package ?? null)
}

/** `procTree` writes one byte for each character. */
function encoded(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function rootOf(row: PackageRow): Tree {
  const { library, isGone, links = {}, log, packages = {}, bases = {}, entries = {} } = row
  const files = Object.values(packages).flatMap(([, , ...own]) => own)
  const there = isGone === true ? files : [...files, library.slice(1)]
  const local = Object.entries(packages).map(([name, [version, at, ...own]]): LocalPackage => {
    const base = bases[name] ?? name
    return { name, version, base, installedAt: new Date(at), files: own }
  })
  return {
    'var/log/pacman.log': log.map((line) => `${line}\n`).join(''),
    'var/lib/pacman/local': { ...localDatabase(local), ...entries },
    ...Object.fromEntries([...new Set(there)].map((path) => [path, ''])),
    ...Object.fromEntries(Object.entries(links).map(([path, link]) => [path, { link }])),
  }
}

function changeText(change: PackageChangeDocument | null): string | null {
  if (change === null) return null
  const { name, from, to, change: word } = change
  return `${word} ${name} (${to === null ? from : `${from} -> ${to}`})`
}
