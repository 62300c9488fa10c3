import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { BUNDLE } from '../support/bundle.ts'
import { openWorkshop, whyNoStage } from './stage.ts'
import type { Stage, Workshop } from './stage.ts'
import { fileCalls, parseTrace, trace } from './system-calls.ts'
import type { FileCall } from './system-calls.ts'

const PROCESSES = 100
/**
 * How many calls about files the program may make for one of the yardstick, Node's own not counted.
 */
const MAX_RATIO = 0.6
/** What one call may read of maps: the yardstick's reads give a page (fs/seq_file.c). */
const BYTES_AT_ONCE = 60_000
/**
 * What one stale process may cost beyond its maps: its facts with its user, and the file it holds.
 * That is opened twice without a request to its file system, each time with a look at the mount
 * that it lies on.
 */
const MAX_CALLS_OF_A_STALE_PROCESS = 39
/**
 * What is asked once where anything is stale: who we are, through whom we came, whether a service
 * has accepted a connection (a table, a count and a link of /proc/self), and which of the
 * directories of packages are links.
 */
const MAX_CALLS_ONCE = 132
/** The kernel gives at most a page of maps at once (fs/seq_file.c). */
const PAGE = 4096

/**
 * Whether maps end with the page for vsyscalls: on x86-64, unless the kernel was told otherwise.
 */
const HAS_GATE = readFileSync('/proc/self/maps', 'latin1').endsWith(' [vsyscall]\n')

const skip = whySkipped()

/** In CI it must run. */
function whySkipped(): string | false {
  const noStrace = spawnSync('strace', ['--version']).error === undefined ? null : 'no strace'
  const noBundle = existsSync(BUNDLE) ? null : 'not built (npm run build)'
  const reason = whyNoStage() ?? noStrace ?? noBundle
  if (reason === null) return false
  if (process.env['CI']) throw new Error(`Cannot count system calls: ${reason}`)
  console.error(`SKIPPED, cannot count system calls: ${reason}`)
  return reason
}

/** The calls about files of everything that runs on one workload. */
type Traced = {
  readonly stage: Pick<Stage, 'processes' | 'stale' | 'noisy'>
  readonly node: readonly FileCall[]
  readonly yardstick: readonly FileCall[]
  readonly program: readonly FileCall[]
}

async function traceAll(workshop: Workshop, replace: boolean): Promise<Traced> {
  const stage = await workshop.open({ processes: PROCESSES, replace })
  const calls = async (...argv: readonly string[]) =>
    fileCalls(await trace(stage, argv, workshop.directory))
  try {
    return {
      stage,
      node: await calls(process.execPath, '-e', '0'),
      yardstick: await calls(...workshop.readMaps),
      program: await calls(process.execPath, BUNDLE, '--hook'),
    }
  } finally {
    await stage.close()
  }
}

function callsOf(calls: readonly FileCall[], pid: number): readonly FileCall[] {
  return calls.filter(({ path }) => path === `/proc/${pid}` || path.startsWith(`/proc/${pid}/`))
}

function kindsOf(calls: readonly FileCall[]): string {
  return calls.map(({ kind }) => kind).join(' ')
}

/** Returns how many bytes of the maps of a process were read. */
function bytesOf(calls: readonly FileCall[], pid: number): number {
  const reads = callsOf(calls, pid).filter(
    ({ kind, path, result }) => kind === 'read' && path.endsWith('/maps') && result > 0,
  )
  return reads.reduce((sum, { result }) => sum + result, 0)
}

describe('what a look costs', { skip }, () => {
  let calm: Traced
  let stale: Traced

  before(async () => {
    const workshop = openWorkshop()
    try {
      calm = await traceAll(workshop, false)
      stale = await traceAll(workshop, true)
    } finally {
      workshop.remove()
    }
  })

  test('of most processes, maps are opened, read to the end and closed', () => {
    for (const { stage, program } of [calm, stale]) {
      const clean = stage.processes.filter(
        (pid) => !stage.stale.includes(pid) && !stage.noisy.includes(pid),
      )
      assert.ok(clean.length > PROCESSES / 2, `${clean.length} processes`)
      for (const pid of clean)
        assert.match(kindsOf(callsOf(program, pid)), /^open (?:read )+close$/, `process ${pid}`)
    }
  })

  test('a memfd costs one look at the executable', () => {
    assert.ok(calm.stage.noisy.length > 0)
    for (const pid of calm.stage.noisy)
      assert.match(kindsOf(callsOf(calm.program, pid)), /^open (?:read )+readlink close$/)
  })

  test('maps are read once, and most of them in one call', () => {
    for (const { stage, program, yardstick } of [calm, stale])
      for (const pid of stage.processes.filter((each) => !stage.stale.includes(each))) {
        const bytes = bytesOf(program, pid)
        assert.equal(bytes, bytesOf(yardstick, pid), `process ${pid}`)
        const reads = callsOf(program, pid).filter(({ kind }) => kind === 'read').length
        // The end is not read where the last line says that it is the last.
        const limit = Math.ceil(bytes / BYTES_AT_ONCE) + Number(!HAS_GATE)
        assert.ok(reads <= limit, `process ${pid}: ${reads} reads, ${limit} are allowed`)
      }
  })

  test('of a stale process, no more than another page of maps is read', () => {
    const { stage, program, yardstick } = stale
    assert.ok(stage.stale.length > 0)
    for (const pid of stage.stale) {
      const more = bytesOf(program, pid) - bytesOf(yardstick, pid)
      assert.ok(more >= 0 && more <= PAGE, `process ${pid}: ${more} bytes`)
    }
  })

  test('where nothing is stale, calls about files are few', () => {
    const { node, yardstick, program } = calm
    const limit = node.length + MAX_RATIO * yardstick.length
    assert.ok(yardstick.length > 3 * PROCESSES, 'the yardstick was traced')
    assert.ok(program.length <= limit, `${program.length} calls, at most ${limit} are allowed`)
  })

  test('a stale process costs few calls more', () => {
    const count = stale.stage.stale.length
    const reads = stale.yardstick.length - calm.yardstick.length
    const more = stale.program.length - calm.program.length - reads
    const limit = MAX_CALLS_ONCE + count * MAX_CALLS_OF_A_STALE_PROCESS
    assert.ok(more <= limit, `${more} calls more, at most ${limit} are allowed`)
  })

  test('where nothing is stale, no mapped file is looked at', () => {
    const looks = calm.program.filter(({ path }) => path.startsWith('/srv/'))
    assert.deepEqual(looks, [])
  })

  test('no other program is run', () => {
    for (const { program } of [calm, stale])
      assert.equal(program.filter(({ kind }) => kind === 'execute').length, 1)
  })

  test('no file is opened that is not known here', () => {
    for (const { node, program, stage } of [calm, stale]) {
      const ownOfNode = new Set(node.map(({ path }) => path))
      const opened = program.filter(({ kind }) => kind === 'open').map(({ path }) => path)
      const others = new Set(
        opened.filter(
          (path) =>
            !ownOfNode.has(path) &&
            !PLACES.test(path) &&
            !stage.processes.some((pid) => isOf(path, pid)),
        ),
      )
      assert.ok(others.size > 0)
      assert.deepEqual(
        [...others].filter((path) => !KNOWN.some(({ file }) => file.test(path))),
        [],
      )
      assert.ok(others.size <= MAX_OPENED, `${others.size} files: ${[...others].join(', ')}`)
    }
  })
})

function isOf(path: string, pid: number): boolean {
  return path.startsWith(`/proc/${pid}/`)
}

/**
 * How many files beside those of the staged processes are opened at most, whatever their number:
 * the first reading of each counts.
 */
const MAX_OPENED = 40

/** The places of mapped files, and the mounts that they lie on (proc_pid_fdinfo(5)). */
const PLACES = /^\/(?:srv(?:\/|$)|$)|^\/proc\/self\/fdinfo\/\d+$/

/** What may be opened beside the maps and facts of processes, and what for. */
const KNOWN: readonly { readonly file: RegExp; readonly why: string }[] = [
  { file: /\/dist\/(?:stale-libs|rolldown-runtime)\.js$/, why: 'the program' },
  { file: /\/package\.json$/, why: 'Node: whether the program is a module' },
  { file: /^\/proc$/, why: 'the list of processes' },
  { file: /^\/proc\/(?:1|self|\d+)\/[a-z_/]+$/, why: 'PID 1, strace, the runner and itself' },
  { file: /^\/proc\/stat$/, why: 'when the machine was booted' },
  { file: /^\/sys\/devices\/system\/cpu\//, why: 'Node 24 and later: the processors' },
  {
    file: /^\/proc\/sys\/kernel\/(?:hostname|osrelease)$/,
    why: 'the name and kernel of the machine',
  },
  { file: /^\/etc\/(?:passwd|pacman\.conf)$/, why: 'names of users; where pacman has its log' },
  { file: /^\/etc\/stale-libs(?:\/|$)/, why: 'the configuration' },
  { file: /^\/var\/lib\/pacman\/local(?:\/|$)/, why: 'which packages are installed' },
  { file: /^\/var\/log\/pacman\.log$/, why: 'which packages were changed' },
  { file: /^\/(?:(?:usr|opt)(?:\/[^/]+)?|[^/]+)$/, why: 'links to the directories of packages' },
  { file: /^\/usr\/bin\/(?:sudo|doas|run0)$/, why: 'what a user becomes root with' },
  { file: /^\/etc\/localtime$|^\/usr\/share\/zoneinfo\//, why: 'the time zone, for dates' },
]

describe('a trace', () => {
  test('is read call by call', () => {
    const text = [
      '7     openat(AT_FDCWD</>, "/proc/9/maps", O_RDONLY|O_CLOEXEC) = 3</proc/9/maps>',
      '7     read(3</proc/9/maps>, "5565-5566 r--p (x) = 1\\n"..., 65536) = 4083',
      '7     readlink("/proc/9/exe", 0x7ffc, 4096) = -1 ENOENT (No such file or directory)',
      '7     +++ exited with 0 +++',
      '',
    ]
    assert.deepEqual(fileCalls(parseTrace(text.join('\n'))), [
      { kind: 'open', path: '/proc/9/maps', result: 3 },
      { kind: 'read', path: '/proc/9/maps', result: 4083 },
      { kind: 'readlink', path: '/proc/9/exe', result: -1 },
    ])
  })

  test('has a call that another thread interrupted as one', () => {
    const text = [
      '7     read(3</proc/9/maps>,  <unfinished ...>',
      '8     close(4</proc/8/maps>)    = 0',
      '7     <... read resumed>"5565"..., 65536) = 12',
      '8     read(5<pipe:[77]>, "x", 1) = 1',
    ]
    assert.deepEqual(fileCalls(parseTrace(text.join('\n'))), [
      { kind: 'close', path: '/proc/8/maps', result: 0 },
      { kind: 'read', path: '/proc/9/maps', result: 12 },
    ])
  })
})
