import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Which processes there are; see workload.c. */
export type Workload = {
  readonly processes: number
  /** Whether libraries of some are replaced. */
  readonly replace?: boolean
  /** Whether some have thousands of mappings. */
  readonly desk?: boolean
  /** How many mappings the first process has beside its libraries. */
  readonly mappings?: number
  /** Whether these are of a file that is replaced. */
  readonly marked?: boolean
}

/** What a command cost, with all processes that it waited for (getrusage(2)). */
export type Cost = {
  readonly wallMs: number
  /** User and system time. */
  readonly cpuMs: number
  readonly peakMiB: number
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A place where the only processes are those of a workload, its PID 1, and what is run there. */
export type Stage = {
  /** The pids of the workload, ascending, like those below. */
  readonly processes: readonly number[]
  /** Those that hold replaced libraries. */
  readonly stale: readonly number[]
  /** Those that hold what the kernel marks as deleted though nothing was replaced. */
  readonly noisy: readonly number[]
  /** How many mappings the first process has beside its libraries. */
  readonly mappings: number
  readonly run: (argv: readonly string[]) => Promise<Cost>
  /** Ends all its processes. */
  readonly close: () => Promise<void>
}

/** What was compiled and copied for the stages; it lies in a directory of its own. */
export type Workshop = {
  readonly directory: string
  /** The yardstick, as an argument vector. */
  readonly readMaps: readonly string[]
  readonly open: (workload: Workload) => Promise<Stage>
  readonly remove: () => void
}

const SOURCES = fileURLToPath(new URL('.', import.meta.url))
/** What every command gets: NODE_EXTRA_CA_CERTS costs Node 20 its start twice over. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/root' }
/** Small enough to be copied for each stage, many enough to be different. */
const LIBRARIES = 230
const MAX_LIBRARY_BYTES = 2 * 1024 * 1024

/**
 * The directory is under /srv, because the tools that are compared take a library under /tmp for
 * temporary code. A tmpfs hides what the machine keeps there; another hides /run, so that no
 * systemd is asked.
 */
const SCRIPT =
  'mount -t tmpfs -o mode=755 bench /srv && mount -t tmpfs -o mode=755 bench /run && ' +
  'mkdir -p /srv/usr/lib && xargs -0 cp -t /srv/usr/lib <"$1" || exit; shift; exec "$@"'
const STAGE_LIBRARIES = '/srv/usr/lib'

/** Returns why no stage can be opened on this machine, or `null`. */
export function whyNoStage(): string | null {
  if (process.getuid?.() !== 0) return 'not root'
  const namespaces = ['--pid', '--mount', '--fork', '--mount-proc', 'true']
  const { error, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' })
  if (error !== undefined || stderr !== '') return `no namespaces: ${error?.message ?? stderr}`
  return spawnSync('cc', ['--version']).error === undefined ? null : 'no C compiler (cc)'
}

/** Compiles what is in C. */
export function openWorkshop(): Workshop {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-bench-'))
  for (const program of ['read-maps', 'runner', 'workload']) compile(program, directory)
  const libraries = join(directory, 'libraries')
  writeFileSync(libraries, someLibraries().join('\0'))
  mkdirSync(join(directory, 'output'))
  return {
    directory,
    readMaps: [join(directory, 'read-maps')],
    open: (workload) => openStage(directory, libraries, workload),
    remove: onceAtLatestAtExit(() => rmSync(directory, { recursive: true })),
  }
}

function compile(program: string, directory: string): void {
  const argv = ['-O2', '-Wall', '-Werror', '-o', join(directory, program)]
  const { status, stderr, error } = spawnSync('cc', [...argv, join(SOURCES, `${program}.c`)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Cannot compile ${program}.c: ${error?.message ?? stderr}`)
}

/** The first libraries of this machine by name, each once. */
function someLibraries(): readonly string[] {
  const directories = ['/usr/lib', ...triplets().map((triplet) => `/usr/lib/${triplet}`)]
  const names = directories.flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /\.so(?:\.[0-9.]+)?$/.test(name))
      .map((name) => join(directory, name)),
  )
  const files = new Set(names.toSorted().flatMap(fileOrNothing))
  const small = [...files].filter((file) => statSync(file).size <= MAX_LIBRARY_BYTES)
  return small.slice(0, LIBRARIES)
}

function triplets(): readonly string[] {
  return readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'))
}

function fileOrNothing(path: string): readonly string[] {
  try {
    const file = realpathSync(path)
    return statSync(file).isFile() ? [file] : []
  } catch {
    return [] // a link to a package that is not installed
  }
}

async function openStage(directory: string, libraries: string, workload: Workload): Promise<Stage> {
  const { mappings, restore } = allowMappings(workload.mappings ?? 0)
  const child = spawn('setpriv', argvOf(directory, libraries, { ...workload, mappings }), {
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const nextLine = async (): Promise<readonly string[]> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('The stage has ended before its time')
    return value.split(' ')
  }
  const close = async (): Promise<void> => {
    child.stdin.end()
    await ended
    restore()
  }
  try {
    const nextPids = async () => (await nextLine()).slice(1).map(Number)
    const processes = await nextPids()
    const stale = await nextPids()
    const noisy = await nextPids()
    const output = join(directory, 'output', 'last')
    const run = async (argv: readonly string[]): Promise<Cost> => {
      child.stdin.write(`${[output, ...argv].join('\t')}\n`)
      return costOf(await nextLine(), output)
    }
    return { processes, stale, noisy, mappings, run, close }
  } catch (error) {
    await close()
    throw error
  }
}

function argvOf(directory: string, libraries: string, workload: Workload): readonly string[] {
  const { processes, replace, desk, mappings, marked } = workload
  const options = [
    `--processes=${processes}`,
    ...(replace ? ['--replace'] : []),
    ...(desk ? ['--desk'] : []),
    ...(mappings === undefined ? [] : [`--mappings=${mappings}`]),
    ...(marked ? ['--marked'] : []),
  ]
  // The kernel ends the whole stage with this process, however this process ends.
  const lifetime = ['--pdeathsig', 'KILL', 'unshare', '--fork', '--kill-child']
  const namespaces = ['--pid', '--mount', '--propagation', 'private', '--mount-proc']
  const makers = [join(directory, 'workload'), ...options, STAGE_LIBRARIES]
  const shell = ['sh', '-c', SCRIPT, 'stage', libraries, ...makers, join(directory, 'runner')]
  return [...lifetime, ...namespaces, ...shell]
}

function costOf(fields: readonly string[], output: string): Cost {
  const [wall = 0, user = 0, system = 0, peak = 0, status = 0] = fields.map(Number)
  return {
    wallMs: wall / 1000,
    cpuMs: (user + system) / 1000,
    peakMiB: peak / 1024,
    status,
    stdout: readFileSync(output, 'utf8'),
    stderr: readFileSync(`${output}.err`, 'utf8'),
  }
}

const MAX_MAP_COUNT = '/proc/sys/vm/max_map_count'

/** What a process has beside the mappings that are asked for. */
const OTHER_MAPPINGS = 10_000

/**
 * Lets a process have so many mappings, or as many as the machine allows; `restore` puts its limit
 * back.
 */
function allowMappings(wanted: number): {
  readonly mappings: number
  readonly restore: () => void
} {
  const before = readFileSync(MAX_MAP_COUNT, 'utf8')
  const allowed = Number(before) - OTHER_MAPPINGS
  if (wanted <= allowed) return { mappings: wanted, restore: () => {} }
  try {
    writeFileSync(MAX_MAP_COUNT, String(wanted + OTHER_MAPPINGS))
    const restore = onceAtLatestAtExit(() => writeFileSync(MAX_MAP_COUNT, before))
    return { mappings: wanted, restore }
  } catch {
    return { mappings: allowed, restore: () => {} }
  }
}

const pending = new Set<() => void>()
let isWatching = false

/**
 * Returns `undo`, to be called once; where this process ends before, by a signal too, it is done
 * then.
 */
function onceAtLatestAtExit(undo: () => void): () => void {
  if (!isWatching) {
    process.once('exit', undoAll)
    SIGNALS.forEach((signal) => process.once(signal, endBy))
    isWatching = true
  }
  pending.add(undo)
  return () => {
    if (pending.delete(undo)) undo()
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function undoAll(): void {
  pending.forEach((undo) => undo())
  pending.clear()
}

function endBy(signal: NodeJS.Signals): void {
  undoAll()
  process.kill(process.pid, signal)
}
