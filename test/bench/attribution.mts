import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { BUNDLE, reportDocument } from '../support/bundle.ts'
import { writePacmanMachine } from '../support/pacman-tree.ts'
import { procTree, writeTree } from '../support/tree.ts'
import type { RecordedProcess } from '../support/tree.ts'

/**
 * Measures what it adds to a scan to say which package each stale file comes from: `npm run build
 * && node --import tsx test/bench/attribution.mts [--rounds N]`. The machine is large: 1,500
 * packages with 489,000 files, and 20 MB of log. Each case is run on it and on the same tree
 * without pacman's database and log, by turns; what reading them tells of a reboot counts as added,
 * too.
 */
const SIZE = { packages: 1500, files: 489_000, logBytes: 20_000_000, changed: 20 }
const UNITS = 50
const LIBRARIES_EACH = 5
const OF_NO_PACKAGE = '/opt/tool/lib/libtool.so.1'
/** `btime` of recorded trees is in September 2026. */
const BEFORE_BOOT = new Date('2026-09-01T10:00:00Z')

/** bash says what a child took, to the millisecond. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; exec 3>&2; { time "$@" >&4 2>&3; } 2>&1'

type Case = {
  readonly name: string
  readonly proc: string
  readonly root: string
  readonly baseline: string
  /** How many of the stale files a package is told for, and how many are stale. */
  readonly expected: readonly [told: number, stale: number]
}

const { values: given } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Number(given.rounds)
assert.ok(Number.isInteger(rounds) && rounds >= 9, '--rounds: a number from 9 on')

const directory = mkdtempSync(join(tmpdir(), 'stale-libs-bench-'))
try {
  const cases = makeCases()
  for (const each of cases) assertDoneRight(each)
  print(measure(cases))
} finally {
  rmSync(directory, { recursive: true })
}

function makeCases(): readonly Case[] {
  const { root, libraries } = machineIn('changed')
  const quiet = machineIn('quiet').root
  utimesSync(join(quiet, 'var/log/pacman.log'), BEFORE_BOOT, BEFORE_BOOT)
  const bare = join(directory, 'bare')
  for (const library of [...libraries, OF_NO_PACKAGE])
    for (const tree of [root, bare]) place(tree, library)
  // A log without a time tells that something may have changed: that would be asked in the other
  // run only.
  place(bare, '/var/log/pacman.log')
  const quietBare = join(directory, 'quiet-bare')
  place(quietBare, '/var/log/pacman.log')
  utimesSync(join(quietBare, 'var/log/pacman.log'), BEFORE_BOOT, BEFORE_BOOT)
  const stale = UNITS * LIBRARIES_EACH
  return [
    {
      name: 'every file in a changed package',
      proc: processesIn('in-packages', (unit) => mapped(libraries, unit)),
      root,
      baseline: bare,
      expected: [stale, stale],
    },
    {
      name: 'one file in no package: all lists are searched',
      proc: processesIn('one-outside', (unit) => [
        ...mapped(libraries, unit),
        ...(unit === 0 ? [OF_NO_PACKAGE] : []),
      ]),
      root,
      baseline: bare,
      expected: [stale, stale + 1],
    },
    {
      name: 'nothing stale, and a log from before boot',
      proc: processesIn('clean', () => []),
      root: quiet,
      baseline: quietBare,
      expected: [0, 0],
    },
  ]
}

function machineIn(name: string): { readonly root: string; readonly libraries: readonly string[] } {
  const root = join(directory, name)
  const { libraries } = writePacmanMachine(root, SIZE)
  assert.equal(libraries.length, SIZE.changed)
  return { root, libraries }
}

/** Some of the libraries, and each of them in as many units. */
function mapped(libraries: readonly string[], unit: number): readonly string[] {
  return Array.from(
    { length: LIBRARIES_EACH },
    (_, at) => libraries[(unit + at * 3) % libraries.length] ?? '',
  )
}

/** A file for a path that processes have mapped: another one has its place now. */
function place(tree: string, path: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  appendFileSync(join(tree, path), '')
}

function processesIn(name: string, staleOf: (unit: number) => readonly string[]): string {
  const processes = Array.from({ length: UNITS }, (_, unit): [number, RecordedProcess] => [
    100 + unit,
    {
      comm: `daemon${unit}`,
      cgroup: `/system.slice/daemon${unit}.service`,
      maps: ['r-xp /usr/lib/libc.so.6', ...staleOf(unit).map((path) => `r-xp ${path} (deleted)`)],
    },
  ])
  const proc = join(directory, `proc-${name}`)
  writeTree(proc, procTree(Object.fromEntries(processes)))
  return proc
}

/** A run that did not do its work would be fast. */
function assertDoneRight({ name, proc, root, baseline, expected }: Case): void {
  const filesOf = (tree: string) =>
    reportDocument(run(proc, tree).stdout).findings.flatMap(({ files }) => files)
  const files = filesOf(root)
  const told = files.filter((file) => file.package?.change === 'upgraded')
  assert.deepEqual([told.length, files.length], expected, name)
  const without = filesOf(baseline)
  assert.equal(without.length, files.length, name)
  assert.ok(without.every((file) => file.package === null))
}

type Cost = { readonly wall: number; readonly cpu: number }

/** Runs the program, and returns what it printed and the milliseconds that it took. */
function run(proc: string, root: string): { readonly stdout: string; readonly cost: Cost } {
  const argv = [process.execPath, BUNDLE, '--format', 'json', '--proc', proc, '--root', root]
  const timed = spawnSync('/bin/bash', ['-c', TIMED, 'timed', ...argv], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  assert.equal(timed.status, 0, timed.stderr)
  const [wall = NaN, user = NaN, system = NaN] = timed.stdout.trim().split(' ').map(Number)
  const cost = { wall: wall * 1000, cpu: (user + system) * 1000 }
  return { stdout: timed.output[4] ?? '', cost }
}

type Measured = { readonly name: string; readonly without: Cost[]; readonly whole: Cost[] }

/** Every round runs everything once, so that what else the machine does meets all alike. */
function measure(cases: readonly Case[]): readonly Measured[] {
  const measured = cases.map(({ name }): Measured => ({ name, without: [], whole: [] }))
  for (let round = 0; round < rounds; round += 1)
    for (const [at, { proc, root, baseline }] of cases.entries()) {
      // Neither is always the first.
      const trees = round % 2 === 0 ? [baseline, root] : [root, baseline]
      for (const tree of trees) {
        const times = tree === root ? measured[at]?.whole : measured[at]?.without
        times?.push(run(proc, tree).cost)
      }
    }
  return measured
}

function print(measured: readonly Measured[]): void {
  const heads = ['wall ms', 'with', 'added', 'ratio', 'CPU ms', 'with', 'added', 'ratio']
  const rows = measured.map(({ name, without, whole }) => [
    name,
    ...figures(without, whole, 'wall'),
    ...figures(without, whole, 'cpu'),
  ])
  const table = [['', ...heads], ...rows]
  const width = Math.max(...table.map(([name = '']) => name.length))
  const lines = table.map(([name = '', ...cells]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(7))].join('  '),
  )
  const title = `${UNITS} stale units, ${SIZE.changed} changed packages; medians of ${rounds} rounds`
  console.log([title, ...lines].join('\n'))
}

/** The difference and the ratio are taken in each round, and then their medians. */
function figures(
  without: readonly Cost[],
  whole: readonly Cost[],
  kind: keyof Cost,
): readonly string[] {
  const before = without.map((cost) => cost[kind])
  const after = whole.map((cost) => cost[kind])
  const added = after.map((time, at) => time - (before[at] ?? NaN))
  const ratios = after.map((time, at) => time / (before[at] ?? NaN))
  return [
    ...[before, after, added].map((times) => median(times).toFixed(0)),
    median(ratios).toFixed(2),
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}
