import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE, scanDocument, staleLibs } from '../support/bundle.ts'
import { loadedBy } from '../support/loaded.ts'
import { LIBRARY, directory, skip, staleFiles, withLibrary } from '../support/preload.ts'
import { makeTree } from '../support/tree.ts'

test('a library that was removed', { skip }, async () => {
  const { pid, path } = await withLibrary('libremoved.so.1')
  assert.deepEqual(staleFiles(pid), [])
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'removed']])
})

test('a library that was removed and written again, as pacman does', { skip }, async () => {
  const { pid, path } = await withLibrary('librewritten.so.1')
  rmSync(path)
  copyFileSync(LIBRARY, path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'replaced']])
})

test('a library that another was renamed over', { skip }, async () => {
  const { pid, path } = await withLibrary('librenamed.so.1')
  copyFileSync(LIBRARY, `${path}.new`)
  renameSync(`${path}.new`, path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'replaced']])
})

test('a library of which another hard link remains', { skip }, async () => {
  const { pid, path } = await withLibrary('liblinked.so.1')
  linkSync(path, `${path}.other`)
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'removed']])
})

test('a live library that is really named like a deleted one', { skip }, async () => {
  const { pid } = await withLibrary('liblive.so (deleted)')
  assert.deepEqual(staleFiles(pid), [])
})

test('a deleted library beside a live file that is named like it', { skip }, async () => {
  const { pid, path } = await withLibrary('libboth.so')
  rmSync(path)
  writeFileSync(`${path} (deleted)`, 'another file')
  const isRoot = process.getuid?.() === 0
  assert.deepEqual(staleFiles(pid), [[path, 'library', isRoot ? 'removed' : 'unknown']])
})

test('a library that was renamed aside is still the file that it was', { skip }, async () => {
  const { pid, path } = await withLibrary('libaside.so.1')
  renameSync(path, `${path}.old`)
  assert.deepEqual(staleFiles(pid), [])
})

test('spaces and control characters in a path', { skip }, async () => {
  const { pid, path } = await withLibrary('My App\u001b[31m\tx.so')
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [
    [join(directory, 'My App\\x1b[31m\\x09x.so'), 'library', 'removed'],
  ])
})

test('a newline in a path', { skip }, async () => {
  const { pid, path } = await withLibrary('lib\nnewline.so')
  rmSync(path)
  const shown = `${directory}/lib\\012newline.so`
  assert.deepEqual(staleFiles(pid), [[shown, 'library', 'unknown']])
})

test('a path that is not UTF-8', { skip }, async () => {
  const name = Buffer.from('libbytes\xff\xfe.so', 'latin1')
  const { pid } = await withLibrary(name)
  rmSync(Buffer.concat([Buffer.from(`${directory}/`), name]))
  const shown = `${directory}/libbytes\\xff\\xfe.so`
  assert.deepEqual(staleFiles(pid), [[shown, 'library', 'removed']])
})

test('a library that was overwritten in place is not seen', { skip }, async () => {
  const { pid, path } = await withLibrary('libinplace.so.1')
  const content = readFileSync(path)
  const file = openSync(path, 'r+')
  writeSync(file, content)
  closeSync(file)
  assert.deepEqual(staleFiles(pid), [])
  const manual = readFileSync(new URL('../../share/man/stale-libs.8', import.meta.url), 'utf8')
  assert.match(manual, /A file that was overwritten in place is not seen/)
})

test('a process with many threads is one process', { skip }, async () => {
  const { pid, path } = await withLibrary('libthreads.so.1')
  rmSync(path)
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Threads:\t([2-9]|\d\d)/m)
  const pids = scanDocument([]).findings.flatMap(({ processes }) => processes.map((one) => one.pid))
  assert.equal(pids.filter((one) => one === pid).length, 1)
})

test('an executable that was replaced', { skip }, async () => {
  const executable = join(directory, 'program')
  copyFileSync(process.execPath, executable)
  const { pid } = await withLibrary('libexecutable.so.1', executable)
  rmSync(executable)
  assert.deepEqual(staleFiles(pid), [[executable, 'executable', 'removed']])
})

test('the scan names neither itself nor, as a normal user, claims to have seen all', () => {
  const document = scanDocument([])
  assert.equal(
    document.findings.some(({ processes }) =>
      processes.some(({ comm }) => comm.includes('stale-libs')),
    ),
    false,
  )
  if (userInfo().uid !== 0) {
    assert.equal(document.scan.complete, false)
    assert.match(staleLibs([]).stdout, /need root: /)
  }
})

test('processes that come and go are no error', async () => {
  const churn = spawn(
    '/bin/sh',
    ['-c', 'for n in 1 2 3; do while :; do /bin/true & /bin/true; done & done; wait'],
    {
      stdio: 'ignore',
      detached: true,
    },
  )
  try {
    for (let round = 0; round < 10; round += 1)
      assert.equal(staleLibs(['--format', 'json']).status, 0)
  } finally {
    process.kill(-(churn.pid ?? 0), 'SIGKILL')
  }
})

test('a program below a path that is too long for the kernel to name does not stop the scan', async () => {
  const script = `
    const { copyFileSync, mkdirSync } = require('node:fs')
    for (let depth = 0; depth < 22; depth += 1) {
      mkdirSync('d'.repeat(240))
      process.chdir('d'.repeat(240))
    }
    copyFileSync('/bin/sleep', 'slp')
    const child = require('node:child_process').spawn('./slp', ['60'], { stdio: 'ignore' })
    child.once('spawn', () => {
      require('node:child_process').execFileSync('/bin/rm', ['slp'])
      console.log(child.pid)
    })`
  const base = makeTree({})
  const child = spawn(process.execPath, ['-e', script], {
    cwd: base,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    const pid = await new Promise((resolve) => child.stdout.once('data', resolve))
    assert.throws(() => readlinkSync(`/proc/${String(pid).trim()}/exe`), { code: 'ENAMETOOLONG' })
    for (const form of [[], ['--hook'], ['--format', 'json']]) {
      const { status, stderr } = staleLibs(form)
      assert.equal(status, 0, stderr)
    }
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    spawnSync('rm', ['-rf', '--', join(base, 'd'.repeat(240))])
  }
})

test('a recording of the running machine replays its report', () => {
  const recording = join(makeTree({}), 'recording')
  const { status, stderr } = staleLibs(['record', recording])
  assert.equal(status, 0, stderr)
  const [first, second] = [1, 2].map(() => staleLibs(['--from', recording, '--format', 'json']))
  assert.deepEqual(first, second)
  const { at, unreadable } = JSON.parse(first?.stdout ?? '').scan
  const answers = JSON.parse(readFileSync(join(recording, 'recording.json'), 'utf8'))
  assert.deepEqual([at, unreadable], [answers.at, answers.tally.denied])
})

test('what pacman and people run every day loads neither the parser of options nor the log', () => {
  for (const argv of [['--hook'], []]) {
    const runs = [1, 2, 3].map(() => loadedBy(argv))
    // A busy machine may need rescue threads once; what is loaded by the run itself always is.
    const isAlways = (name: string) => runs.every(({ all }) => all.includes(name))
    assert.ok(isAlways(basename(BUNDLE)))
    for (const part of ['parse.js', 'yargs.js', 'pino.js', 'recording.js', 'explain.js'])
      assert.ok(!isAlways(part), `${argv.join(' ')} loads ${part}`)
    for (const part of ['perf_hooks', 'readline', 'assert', 'worker_threads'])
      assert.ok(!isAlways(`NativeModule ${part}`), `${argv.join(' ')} loads node:${part}`)
  }
})
