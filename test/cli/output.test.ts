import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { BUNDLE, reportDocument, staleLibs } from '../support/bundle.ts'
import type { Outcome } from '../support/bundle.ts'
import { makeTree, procTree } from '../support/tree.ts'

/** A tree whose document is larger than the buffer of a pipe (64 KiB). */
const large = makeTree(
  procTree(
    Object.fromEntries(
      Array.from({ length: 600 }, (_, n) => [
        100 + n,
        {
          maps: [`r-xp /usr/lib/lib-${n}.so (deleted)`],
          cgroup: `/system.slice/service-${n}.service`,
        },
      ]),
    ),
  ),
)
const argv = ['--format', 'json', '--proc', large]

/** Runs the bundle as `"$@"` of a shell script, for redirections that spawn has no words for. */
function inShell(script: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('/bin/sh', ['-c', script, 'sh', process.execPath, BUNDLE, ...argv], {
    encoding: 'utf8',
  })
}

let whole = ''
before(() => {
  whole = staleLibs(argv).stdout
})

test('the whole document reaches a slow reader', () => {
  const { stdout } = inShell('"$@" | { sleep 0.3; cat; }')
  assert.ok(stdout.length > 300_000, `${stdout.length} bytes`)
  assert.equal(reportDocument(stdout).findings.length, reportDocument(whole).findings.length)
})

test('the whole document reaches a reader through a pipe that does not block', () => {
  const unblock =
    'import fcntl, os, sys; fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK); os.execv(sys.argv[1], sys.argv[1:])'
  const python = spawnSync('python3', ['-c', 'import fcntl'])
  assert.equal(python.status, 0, 'python3 is needed to make a pipe that does not block')
  const { stdout } = inShell(`python3 -c '${unblock}' "$@" | { sleep 0.3; cat; }`)
  assert.equal(reportDocument(stdout).findings.length, 600)
})

test('a reader that goes away is no error', () => {
  const { stdout, stderr } = inShell('{ "$@"; echo "status $?" >&2; } | head -c 1')
  assert.equal(stdout, '{')
  assert.equal(stderr, 'status 0\n')
})

test('a closed standard output is quiet', () => {
  const { status, stderr } = inShell('"$@" >&-')
  assert.deepEqual([status, stderr], [0, ''])
})

test('no command needs a working directory that is still there', () => {
  const dropIn = '[ignore]\nunits = ["service-1.service"]\n'
  const root = makeTree({ 'etc/stale-libs/config.d/10-a.toml': dropIn })
  const removed = (script: string) => {
    const gone = makeTree({})
    return inShell(`cd '${gone}' && rmdir '${gone}' && ${script}`)
  }
  const { status, stdout, stderr } = removed(`"$@" --root '${root}'`)
  assert.deepEqual([status, stderr], [0, ''])
  assert.equal(reportDocument(stdout).findings.length, 599)
  const relative = removed('"$@" --output result')
  assert.equal(relative.status, 3)
  assert.equal(relative.stderr, 'stale-libs: Cannot write "result": ENOENT\n')
})

test('a full disk is an error and not a success', () => {
  const { status, stderr } = inShell('"$@" >/dev/full')
  assert.deepEqual(
    [status, stderr],
    [3, 'stale-libs: Cannot write the result to standard output: ENOSPC\n'],
  )
})

test('--output writes the file whole and leaves nothing beside it', () => {
  const directory = makeTree({ 'report.json': 'old' })
  const file = join(directory, 'report.json')
  assert.deepEqual(staleLibs([...argv, '--output', file]), { status: 0, stdout: '', stderr: '' })
  assert.equal(reportDocument(readFileSync(file, 'utf8')).findings.length, 600)
  assert.deepEqual(readdirSync(directory), ['report.json'])
})

test('--output to where nothing can be written says so', () => {
  const { status, stderr } = staleLibs([...argv, '--output', '/nonexistent/report.json'])
  assert.deepEqual(
    [status, stderr],
    [3, 'stale-libs: Cannot write "/nonexistent/report.json": ENOENT\n'],
  )
})

test('--output goes through no directory that others can write to, unless it is the last', () => {
  const directory = realpathSync(makeTree({ 'open/reports': {} }))
  const open = join(directory, 'open')
  chmodSync(open, 0o777)
  const file = join(open, 'reports/report.json')
  const says = `everybody can write to "${open}", and could lead it elsewhere`
  assert.deepEqual(staleLibs([...argv, '--output', file]), {
    status: 3,
    stdout: '',
    stderr: `stale-libs: Cannot write "${file}": ${says}\n`,
  })
  assert.deepEqual(readdirSync(join(open, 'reports')), [])
  assert.equal(staleLibs([...argv, '--output', 'report.json'], { cwd: open }).status, 0)
  assert.deepEqual(readdirSync(open).toSorted(), ['report.json', 'reports'])
})

test('--output replaces no device and no pipe', () => {
  const directory = makeTree({})
  const pipe = join(directory, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  symlinkSync('/dev/null', join(directory, 'null'))
  for (const file of [join(directory, 'pipe'), join(directory, 'null'), '/dev/stale-libs']) {
    const { status, stderr } = staleLibs([...argv, '--output', file])
    const says = 'not a file, and not to be replaced by one'
    assert.deepEqual([status, stderr], [3, `stale-libs: Cannot write "${file}": ${says}\n`])
  }
  assert.deepEqual(readdirSync(directory).toSorted(), ['null', 'pipe'])
  assert.ok(lstatSync(pipe).isFIFO() && lstatSync(join(directory, 'null')).isSymbolicLink())
})

test('--output never leaves half a file', () => {
  const directory = makeTree({ 'report.json': { x: '' } })
  const { status, stderr } = staleLibs([...argv, '--output', join(directory, 'report.json')])
  assert.equal(status, 3)
  assert.match(stderr, /Cannot write ".*report\.json": EISDIR/)
  assert.deepEqual(readdirSync(directory), ['report.json'])
})

test('the bundle works alone, from any folder', () => {
  const directory = makeTree({})
  const bundle = join(directory, 'copied', basename(BUNDLE))
  cpSync(dirname(BUNDLE), dirname(bundle), { recursive: true })
  assert.equal(staleLibs(['--version'], { bundle, cwd: directory }).status, 0)
  assert.equal(staleLibs(['--proc', large, '--log-level', 'info'], { bundle, cwd: '/' }).status, 0)
})

/** Copies what every run loads, and nothing else, and returns how a run ends there. */
function runWithout(options: readonly string[]): Outcome {
  const directory = makeTree({})
  const names = ['package.json', 'rolldown-runtime.js', basename(BUNDLE)]
  for (const name of names) cpSync(join(dirname(BUNDLE), name), join(directory, name))
  return staleLibs(options, { bundle: join(directory, basename(BUNDLE)) })
}

/** The first line that is said of a part that is missing. */
const missing = (part: string) => `Cannot load "./${part}": this part of the program is missing`

test('a program of which a part is missing says so in a line', () => {
  for (const [options, part] of [
    [['--system'], 'parse.js'],
    [['--help'], 'parse.js'],
  ] as const) {
    const said = { status: 3, stdout: '', stderr: `stale-libs: ${missing(part)}\n` }
    assert.deepEqual(runWithout(options), said, options.join(' '))
  }
})

test('a hook of which a part is missing says so in a line, and fails nobody', () => {
  const said = { status: 0, stdout: '', stderr: `  stale-libs: ${missing('parse.js')}\n` }
  assert.deepEqual(runWithout(['--hook', '--all']), said)
})

test('a monitoring plugin of which a part is missing answers UNKNOWN', () => {
  const said = { status: 3, stdout: `UNKNOWN - ${missing('parse.js')}\n`, stderr: '' }
  assert.deepEqual(runWithout(['--format', 'nagios', '--all']), said)
})

test('the licences of what is bundled lie beside the bundle', () => {
  const text = readFileSync(new URL('../../dist/THIRD-PARTY.txt', import.meta.url), 'utf8')
  const named = ['yargs', 'fast-glob', 'leven', 'pino', 'micromatch', 'string-width', 'rolldown']
  for (const name of named) assert.match(text, new RegExp(`^== ${name}\n\n.*\\w`, 'm'))
  const entries = text.split(/^== /m).slice(1)
  for (const entry of entries)
    assert.match(entry, /MIT|ISC|BSD|Apache|Permission is hereby granted|permission to use/i)
})
