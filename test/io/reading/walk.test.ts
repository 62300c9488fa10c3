import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { LOOKING_LIMIT_MS } from '../../../src/core/time-limits.ts'
import type { ShareHolder } from '../../../src/core/owner/share.ts'
import type { BlockingCalls } from '../../../src/io/process/read-context.ts'
import type { MarkedProcess } from '../../../src/io/reading/marked-processes.ts'
import { poolCalls } from '../../../src/io/reading/pool.ts'
import type { ReadingPorts, ReadTree } from '../../../src/io/reading/readers.ts'
import { beginWalk } from '../../../src/io/reading/walk.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { RecordedProcess } from '../../support/tree.ts'

/** The program of a rescue thread as it ships. */
const rescueProgram = () => new URL('../../../dist/rescue-thread.js', import.meta.url)

/** Nothing comes back from Node's pool: all that is read, a thread of ours has taken over. */
const stuckPool: BlockingCalls = { ...poolCalls(false), open() {} }
const WAYS: Readonly<Record<string, Partial<ReadingPorts>>> = {
  pool: { rescueProgram: () => null },
  threads: { rescueProgram, calls: stuckPool },
}

async function readAll(tree: ReadTree, pids: readonly number[], way: Partial<ReadingPorts>) {
  return await beginWalk(tree, pids, way).inspections()
}

const LIBRARY = 'r-xp /usr/lib/libz.so.1 (deleted)'

/** Every third is marked, every fifth empty; the numbers have gaps. */
function many(count: number): Readonly<Record<number, RecordedProcess>> {
  const mapsOf = (n: number) => (n % 5 === 0 ? [] : n % 3 === 0 ? [LIBRARY] : ['r-xp /usr/bin/a'])
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [100 + n * 7, { comm: `p${n}`, maps: mapsOf(n) }]),
  )
}

function pidsOf(directory: string): readonly number[] {
  const names = readdirSync(directory).filter((name) => /^[0-9]+$/.test(name))
  return names.map(Number).toSorted((a, b) => a - b)
}

test('the pool and threads give the same answers, each in its place', async () => {
  const directory = makeTree(procTree(many(400)))
  const pids = [...pidsOf(directory), 99_999]
  const [inPool, inThreads] = await Promise.all(
    Object.values(WAYS).map((way) => readAll({ directory, isKernels: false }, pids, way)),
  )
  assert.deepEqual(inThreads, inPool)
  const kinds = new Set(inPool?.map(({ kind }) => kind))
  assert.deepEqual([...kinds].toSorted(), ['clean', 'empty', 'gone', 'marked'])
  for (const [at, pid] of pids.entries()) {
    const inspection = inPool?.[at]
    if (inspection?.kind === 'marked')
      assert.deepEqual([inspection.facts.pid, inspection.facts.comm], [pid, `p${(pid - 100) / 7}`])
  }
})

for (const [name, way] of Object.entries(WAYS))
  test(`processes that end while they are read by ${name} are no error`, async () => {
    const children = Array.from({ length: 40 }, () => spawn('/bin/sleep', ['600']))
    const ended = children.map(async (child) => await once(child, 'exit'))
    try {
      const pids = children.map(({ pid }) => pid ?? 0).toSorted((a, b) => a - b)
      const reading = readAll({ directory: '/proc', isKernels: true }, pids, way)
      for (const child of children) child.kill('SIGKILL')
      assert.equal((await reading).length, pids.length)
      await Promise.all(ended)
      const found = await readAll({ directory: '/proc', isKernels: true }, pids, way)
      assert.ok(found.every(({ kind }) => kind === 'gone'))
    } finally {
      for (const child of children) child.kill('SIGKILL')
    }
  })

/** Opens real files, but never comes back from those of some processes. */
function waitingFor(
  stuck: ReadonlySet<number>,
  directory: string,
  real: BlockingCalls,
): BlockingCalls {
  const isStuck = (path: string) => [...stuck].some((pid) => path === `${directory}/${pid}/maps`)
  return { ...real, open: (path, tell) => (isStuck(path) ? undefined : real.open(path, tell)) }
}

test('a process that is never read is given up, and all others are read', async () => {
  const directory = makeTree(procTree(many(60)))
  const pids = pidsOf(directory)
  const [first = 0, second = 0] = pids.slice(7)
  const calls = waitingFor(new Set([first, second]), directory, poolCalls(false))
  const tree = { directory, isKernels: false }
  const found = await readAll(tree, pids, { rescueProgram: () => null, calls })
  const stuck = pids.filter((_, at) => found[at]?.kind === 'stuck')
  assert.deepEqual(stuck, [first, second])
  const whole = await readAll(tree, pids, { rescueProgram: () => null })
  const others = (all: typeof found) => all.filter((_, at) => found[at]?.kind !== 'stuck')
  assert.deepEqual(others(found), others(whole))
})

test('where the whole pool is stuck, threads read the others, and what waits behind the stuck', async () => {
  const directory = makeTree(procTree(many(60)))
  const pids = pidsOf(directory)
  const calls = waitingFor(new Set(pids.slice(0, 40)), directory, poolCalls(false))
  const tree = { directory, isKernels: false }
  // To the threads nothing is stuck: it only waited in the pool.
  const found = await readAll(tree, pids, { rescueProgram, calls })
  assert.deepEqual(found, await readAll(tree, pids, { rescueProgram: () => null }))
})

for (const [slow, isHelped] of [
  [1, false],
  [2, true],
] as const)
  test(
    `${slow} that take long in the pool are ${isHelped ? 'taken over' : 'not read twice'}`,
    { timeout: 30_000 },
    async () => {
      const directory = makeTree({
        ...procTree(many(20)),
        'thread.cjs': "require('node:fs').writeFileSync(`${__dirname}/started`, '')",
      })
      const pids = pidsOf(directory)
      const real = poolCalls(false)
      const isSlow = (path: string) =>
        pids.slice(0, slow).some((pid) => path.includes(`/${pid}/maps`))
      const calls: BlockingCalls = {
        ...real,
        open: (path, tell) => setTimeout(() => real.open(path, tell), isSlow(path) ? 1000 : 0),
      }
      const thread = pathToFileURL(join(directory, 'thread.cjs'))
      const tree = { directory, isKernels: false }
      const found = await readAll(tree, pids, { rescueProgram: () => thread, calls })
      assert.ok(found.every(({ kind }) => kind !== 'stuck'))
      const isStarted = () => existsSync(join(directory, 'started'))
      // Nobody waits for the thread, whose work others may have done before it begins.
      if (isHelped) while (!isStarted()) await pause(10)
      assert.equal(isStarted(), isHelped)
    },
  )

test('no thread reads where somebody sees what is read: it could not be shown', async () => {
  const directory = makeTree(procTree(many(60)))
  const pids = pidsOf(directory)
  const stuck = pids.slice(0, 3)
  const calls = waitingFor(new Set(stuck), directory, poolCalls(false))
  const tree = { directory, isKernels: false, observe() {} }
  const found = await readAll(tree, pids, { rescueProgram, calls })
  assert.deepEqual(
    pids.filter((_, at) => found[at]?.kind === 'stuck'),
    stuck,
  )
})

test('where no thread can be started, only the stuck are given up', async () => {
  const directory = makeTree(procTree(many(60)))
  const pids = pidsOf(directory)
  const stuck = pids.slice(0, 3)
  const calls = waitingFor(new Set(stuck), directory, poolCalls(false))
  const missing = new URL('../no-such-file.js', import.meta.url)
  const tree = { directory, isKernels: false }
  const found = await readAll(tree, pids, { rescueProgram: () => missing, calls })
  assert.deepEqual(
    pids.filter((_, at) => found[at]?.kind === 'stuck'),
    stuck,
  )
})

for (const [name, way] of Object.entries(WAYS)) {
  test(`what is marked is shown once when it is read by ${name}`, async () => {
    const directory = makeTree(procTree(many(90)))
    const shown: MarkedProcess[] = []
    const onMarked = (process: MarkedProcess) => shown.push(process)
    const tree = { directory, isKernels: false }
    const found = await beginWalk(tree, pidsOf(directory), way).inspections(onMarked)
    const marked = found.filter(({ kind }) => kind === 'marked')
    assert.ok(marked.length > 10)
    assert.deepEqual(new Set(shown), new Set(marked))
    assert.equal(shown.length, marked.length)
  })

  test(`an error of whoever is shown what is read by ${name} is thrown`, async () => {
    const directory = makeTree(procTree(many(90)))
    const onMarked = () => {
      throw new TypeError('broken')
    }
    const tree = { directory, isKernels: false }
    const walk = beginWalk(tree, pidsOf(directory), way)
    await assert.rejects(walk.inspections(onMarked), TypeError)
  })
}

test('an error that is none of the system is thrown', async () => {
  const directory = makeTree(procTree(many(5)))
  const calls: BlockingCalls = {
    ...stuckPool,
    open: (_, tell) => tell(new TypeError('broken'), -1),
  }
  const reading = readAll({ directory, isKernels: false }, pidsOf(directory), { calls })
  await assert.rejects(reading, TypeError)
})

test('lines that the end of a part cuts are whole', async () => {
  const names = Array.from({ length: 900 }, (_, n) => `${'n'.repeat(100 + (n % 150))}${n}.so`)
  const maps = names.map((name) => `r-xp /usr/lib/${name} (deleted)`)
  const directory = makeTree(procTree({ 7: { maps } }))
  const [found] = await readAll({ directory, isKernels: false }, [7], { rescueProgram: () => null })
  assert.ok(found?.kind === 'marked')
  assert.deepEqual(
    found.mappings.map(({ path }) => path),
    names.map((name) => `/usr/lib/${name}`),
  )
  assert.equal(found.dropped, 0)
})

test('who looks on late is shown what was marked before', async () => {
  const directory = makeTree(procTree(many(90)))
  const walk = beginWalk({ directory, isKernels: false }, pidsOf(directory), WAYS['pool'])
  const found = await walk.inspections()
  const shown = new Set<MarkedProcess>()
  await walk.inspections((process) => shown.add(process))
  assert.deepEqual(shown, new Set(found.filter(({ kind }) => kind === 'marked')))
  assert.ok(shown.size > 10)
})

/** A tick of progress.ts, and how many of them without a move end reading. */
const [TICK_MS, STILL_TICKS] = [100, 20]
/** Those of the system are tried once more: they may only have waited behind stuck ones. */
const TICKS_OF_ANOTHER_TRY = 10

/** The clock of a machine that is never late. */
const now = () => 0

/** Runs with a clock that only `ticks` moves. Between two ticks, everything that can go on does. */
async function withClock(use: (ticks: (count: number) => Promise<void>) => Promise<void>) {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    await use(async (count) => {
      for (let n = 0; n < count; n += 1) {
        for (let turn = 0; turn < 50; turn += 1)
          await new Promise((resolve) => setImmediate(resolve))
        mock.timers.tick(TICK_MS)
      }
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    })
  } finally {
    mock.timers.reset()
  }
}

/** A busy machine is slow, and no condition of these tests takes as long as this. */
const PATIENCE_MS = 60_000

/** Waits for what real threads do. A condition that never holds fails its test. */
async function until(condition: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - begun < PATIENCE_MS, `never: ${String(condition)}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * Opens real files at once, so that no thread decides when. Their maps have no end, and each read
 * of them waits until it is let go.
 */
function endless() {
  const part = Buffer.from('7f00-7f01 r-xp 00000000 00:01 7   /usr/lib/liba.so (deleted)\n')
  const waiting: (() => void)[] = []
  const calls: BlockingCalls = {
    ...poolCalls(false),
    open: (path, tell) => void setImmediate(() => tell(null, openSync(path, 'r'))),
    hasBeginning: async () => await Promise.resolve(true),
    read(_, buffer, tell) {
      part.copy(buffer.bytes)
      waiting.push(() => tell(null, part.length))
    },
  }
  return { calls, waiting, letGo: () => waiting.splice(0).forEach((tell) => tell()) }
}

/** A walk that tells whether it has ended. */
function watched(directory: string, calls: BlockingCalls) {
  const tree = { directory, isKernels: false }
  const walk = beginWalk(tree, pidsOf(directory), { rescueProgram: () => null, calls, now })
  const state = { hasEnded: false }
  const inspections = walk.inspections().finally(() => {
    state.hasEnded = true
  })
  return { walk, inspections, state }
}

test('reading ends where nothing moves for two seconds, and once more for one', async () => {
  const directory = makeTree(procTree(many(5)))
  await withClock(async (ticks) => {
    const { walk, inspections, state } = watched(directory, stuckPool)
    await ticks(STILL_TICKS + TICKS_OF_ANOTHER_TRY - 1)
    assert.equal(state.hasEnded, false)
    await ticks(1)
    assert.equal(state.hasEnded, true)
    assert.ok((await inspections).every(({ kind }) => kind === 'stuck'))
    assert.equal(await walk.stop(), true, 'all are stuck for good')
  })
})

for (const [how, every] of [
  ['all the time', 1],
  ['now and again', STILL_TICKS - 1],
] as const)
  test(`reading ends in time where something moves ${how}`, async () => {
    const directory = makeTree(procTree(many(5)))
    await withClock(async (ticks) => {
      const { calls, waiting, letGo } = endless()
      const { inspections, state } = watched(directory, calls)
      for (let tick = 1; tick < LOOKING_LIMIT_MS / TICK_MS; tick += 1) {
        await ticks(1)
        if (tick % every !== 0) continue
        // The files are opened by real threads, which may be late.
        await until(() => waiting.length > 0)
        letGo()
      }
      assert.equal(state.hasEnded, false)
      await ticks(1)
      assert.equal(state.hasEnded, true)
      assert.ok((await inspections).every(({ kind }) => kind === 'stuck'))
    })
  })

test('what is read when reading ends is not read on, and counts as not read', async () => {
  const directory = makeTree(procTree(many(5)))
  const openFiles = () => readdirSync('/proc/self/fd').length
  const before = openFiles()
  const { calls, waiting, letGo } = endless()
  const pids = pidsOf(directory)
  const walk = beginWalk({ directory, isKernels: false }, pids, { calls, now })
  await until(() => waiting.length === pids.length)
  const stopped = walk.stop()
  letGo()
  assert.equal(await stopped, false, 'nothing is stuck')
  assert.equal(waiting.length, 0)
  assert.ok((await walk.inspections()).every(({ kind }) => kind === 'stuck'))
  assert.equal(openFiles(), before)
})

test('what a thread has overtaken is waited for at the end, and is not stuck', async () => {
  const directory = makeTree(procTree(many(20)))
  const real = poolCalls(false)
  const waiting: (() => void)[] = []
  const calls: BlockingCalls = {
    ...real,
    open: (path, tell) => void waiting.push(() => real.open(path, tell)),
  }
  const tree = { directory, isKernels: false }
  const walk = beginWalk(tree, pidsOf(directory), { rescueProgram, calls })
  const found = await walk.inspections()
  assert.ok(found.every(({ kind }) => kind !== 'stuck'))
  let hasStopped = false
  const stopped = walk.stop().finally(() => {
    hasStopped = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(hasStopped, false, 'the pool still reads')
  waiting.forEach((open) => open())
  assert.equal(await stopped, false)
})

/** Two mebibytes of maps, and a deleted library in the last line. */
const LONG = [...Array.from({ length: 50_000 }, () => 'r-xp /usr/bin/program'), LIBRARY]

/** A tree in which the first digit of a pid says whose the process is. */
function shared(pids: readonly number[], maps: (pid: number) => readonly string[]) {
  const directory = makeTree(
    procTree(Object.fromEntries(pids.map((pid) => [pid, { maps: maps(pid) }]))),
  )
  const asked: number[] = []
  const holderOf = (pid: number) => (pid < 200 ? 'system' : pid - (pid % 100) + 1000)
  const holders = {
    of: () => 'system' as const,
    ofDirectory(process: string) {
      const pid = Number(process.slice(directory.length + 1))
      asked.push(pid)
      return holderOf(pid) as ShareHolder
    },
  }
  return { tree: { directory, isKernels: false, holders }, asked }
}

/** Calls that take down the order in which the maps of processes are opened. */
function opened(): { readonly calls: BlockingCalls; readonly order: number[] } {
  const order: number[] = []
  const real = poolCalls(false)
  const calls: BlockingCalls = {
    ...real,
    open(path, tell) {
      order.push(Number(path.split('/').at(-2)))
      real.open(path, tell)
    },
  }
  return { calls, order }
}

test('long maps are read after all others: those of the system, then of users in turn', async () => {
  const pids = [101, 102, 201, 202, 203, 301, 401]
  const isLong = (pid: number) => ![102, 401].includes(pid)
  const { tree, asked } = shared(pids, (pid) => (isLong(pid) ? LONG : [LIBRARY]))
  const { calls, order } = opened()
  const found = await readAll(tree, pids, { calls, rescueProgram: () => null })
  assert.ok(found.every((one) => one.kind === 'marked' && one.mappings.length === 1))
  assert.deepEqual(order, [...pids, 101, 201, 301, 202, 203])
  assert.deepEqual(asked.toSorted(), [101, 201, 202, 203, 301], 'about others nothing is asked')
})

test('the lines of a process that is read twice are given once', async () => {
  const { tree } = shared([101, 201], () => [...LONG.slice(0, 100), LIBRARY, ...LONG])
  const lines = new Map<number, string[]>()
  const observe = (pid: number, text: string | null) =>
    void lines.set(pid, text === null ? [] : [...(lines.get(pid) ?? []), text])
  await readAll({ ...tree, observe }, [101, 201], { rescueProgram: () => null })
  const counts = [...lines.values()].map((texts) => texts.join('').match(/libz/g)?.length)
  assert.deepEqual(counts, [2, 2])
})

test('users whose maps are very long have the time that they are given, and no more', async () => {
  const pids = [101, 201, 202, 301]
  const { tree } = shared(pids, () => LONG)
  const kindsAfter = async (usersMs: number) => {
    const walk = beginWalk(tree, pids, { rescueProgram: () => null }, usersMs)
    return (await walk.inspections()).map(({ kind }) => kind)
  }
  assert.deepEqual(await kindsAfter(0), ['marked', 'long', 'long', 'long'])
  assert.deepEqual(await kindsAfter(Infinity), ['marked', 'marked', 'marked', 'marked'])
})

test('what users keep from being read in time does not keep the system from being read', async () => {
  const ofUser = Array.from({ length: 40 }, (_, at) => 201 + at)
  const pids = [...ofUser, 101]
  const { tree } = shared(pids, () => [LIBRARY])
  await withClock(async (ticks) => {
    const real = poolCalls(false)
    const waiting: (() => void)[] = []
    const calls: BlockingCalls = {
      ...real,
      open(path, tell) {
        const open = () => real.open(path, tell)
        if (ofUser.includes(Number(path.split('/').at(-2)))) waiting.push(open)
        else open()
      },
    }
    const walk = beginWalk(tree, pids, { calls, rescueProgram: () => null, now })
    const read = new Set<number>()
    const inspections = walk.inspections(({ facts }) => void read.add(facts.pid))
    for (let second = 0; second < 3; second += 1) {
      await ticks(9)
      waiting.shift()?.()
      await until(() => read.size > second)
      await ticks(1)
    }
    await until(() => read.has(101))
    assert.ok(!read.has(240), 'most of the user are not read yet')
    const state = { isRead: false }
    void inspections.finally(() => {
      state.isRead = true
    })
    while (!state.isRead) {
      waiting.splice(0).forEach((open) => open())
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok((await inspections).every(({ kind }) => kind === 'marked'))
    assert.equal(await walk.stop(), false)
  })
})

test('ticks that come late count for more than one, but a machine that slept is not late', async () => {
  for (const [lateMs, ticksToEnd] of [
    [TICK_MS, 80],
    [2.4 * TICK_MS, 40],
    [3_600_000, 16],
  ] as const) {
    const directory = makeTree(procTree(many(5)))
    await withClock(async (ticks) => {
      let at = 0
      const { calls, letGo } = endless()
      const tree = { directory, isKernels: false }
      const ports = { rescueProgram: () => null, calls, now: () => at }
      let hasEnded = false
      const inspections = beginWalk(tree, pidsOf(directory), ports).inspections()
      void inspections.finally(() => {
        hasEnded = true
      })
      for (let tick = 1; tick <= ticksToEnd; tick += 1) {
        assert.equal(hasEnded, false)
        at += lateMs
        await ticks(1)
        letGo()
      }
      assert.equal(hasEnded, true)
    })
  }
})

test('what waits in the pool behind stuck processes of a user is read where it is the system’s', async () => {
  const ofUser = [201, 202, 203, 204]
  const pids = [...ofUser, 101, 205, 102]
  const { tree } = shared(pids, () => [LIBRARY])
  await withClock(async (ticks) => {
    const real = poolCalls(false)
    let areAllHeld = true
    const calls: BlockingCalls = {
      ...real,
      open(path, tell) {
        if (!areAllHeld) real.open(path, tell)
      },
    }
    const walk = beginWalk(tree, pids, { calls, rescueProgram: () => null, now })
    const inspections = walk.inspections()
    await ticks(STILL_TICKS - 1)
    areAllHeld = false
    await ticks(1)
    const kinds = (await inspections).map(({ kind }) => kind)
    const stuck = ofUser.map(() => 'stuck')
    assert.deepEqual(kinds, [...stuck, 'marked', 'stuck', 'marked'])
  })
})

test('users have their time together, whatever kept their processes from being read', async () => {
  const ofUser = Array.from({ length: 40 }, (_, at) => 201 + at)
  const { tree } = shared(ofUser, () => [LIBRARY])
  await withClock(async (ticks) => {
    const waiting: (() => void)[] = []
    const calls: BlockingCalls = {
      ...poolCalls(false),
      open: (_, tell) =>
        void waiting.push(() => tell(Object.assign(new Error('gone'), { code: 'ESRCH' }), -1)),
    }
    const walk = beginWalk(tree, ofUser, { calls, rescueProgram: () => null, now }, 1000)
    const state = { hasEnded: false }
    void walk.inspections().finally(() => {
      state.hasEnded = true
    })
    // The first pass ends after three seconds.
    for (let tick = 0; tick < 39; tick += 1) {
      await ticks(1)
      if (tick % 10 === 5) waiting.shift()?.()
    }
    assert.equal(state.hasEnded, false)
    await ticks(1)
    assert.equal(state.hasEnded, true)
  })
})
