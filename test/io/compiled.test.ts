import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBundle } from '../../src/io/compiled.ts'
import { BUNDLE } from '../support/bundle.ts'
import { makeTree } from '../support/tree.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const RUN_BUNDLE = fileURLToPath(new URL('../support/run-bundle.ts', import.meta.url))
const FILES = {
  'main.js': `exports.answer = require('./part.js').half() * 2\nexports.name = __filename`,
  'part.js': `exports.half = () => 21\nexports.self = () => require('./main.js')`,
}

/** Runs a program once and keeps what was compiled; returns its directory. */
function compiledProgram(): string {
  const directory = makeTree(FILES)
  const bundle = openBundle(directory, createRequire(import.meta.url))
  bundle.run('main.js')
  mkdirSync(join(directory, 'compiled'))
  for (const { file, bytes } of bundle.compiled()) writeFileSync(file, bytes, { mode: 0o644 })
  return directory
}

/** Runs a program, and says of which of its files compiled code was used. */
function used(directory: string, name = 'main.js'): readonly boolean[] {
  const argv = ['--import', 'tsx', RUN_BUNDLE, directory, name]
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: CHECKOUT })
  assert.equal(stderr, '')
  const { result, used: all } = JSON.parse(stdout) as { result: unknown; used: boolean[] }
  if (name === 'main.js') assert.deepEqual(result, { answer: 42, name: join(directory, name) })
  return all
}

function compiledFiles(directory: string): readonly string[] {
  const compiled = join(directory, 'compiled')
  return readdirSync(compiled).map((name) => join(compiled, name))
}

test('a program runs without compiled code', () => {
  assert.deepEqual(used(makeTree(FILES)), [false, false])
})

test('compiled code of all files is used', () => {
  assert.deepEqual(used(compiledProgram()), [true, true])
})

test('files share what they export', () => {
  const directory = makeTree(FILES)
  const bundle = openBundle(directory, createRequire(import.meta.url))
  const main = bundle.run('main.js')
  const part = bundle.run('part.js') as { self: () => unknown }
  assert.equal(part.self(), main)
})

test('compiled code of an older program is not used', () => {
  const directory = compiledProgram()
  const file = join(directory, 'main.js')
  const { atime, mtime } = statSync(file)
  writeFileSync(file, readFileSync(file, 'utf8').replace('* 2', '+21'))
  utimesSync(file, atime, new Date(mtime.getTime() + 1000))
  assert.deepEqual(used(directory), [false, true])
})

test('compiled code that anybody else could have written is not used', () => {
  for (const mode of [0o664, 0o646]) {
    const directory = compiledProgram()
    for (const file of compiledFiles(directory)) chmodSync(file, mode)
    assert.deepEqual(used(directory), [false, false], mode.toString(8))
  }
})

test('what is no compiled code is not used', () => {
  const directory = compiledProgram()
  for (const file of compiledFiles(directory)) writeFileSync(file, 'no code of V8')
  assert.deepEqual(used(directory), [false, false])
  for (const file of compiledFiles(directory)) writeFileSync(file, '')
  assert.deepEqual(used(directory), [false, false])
})

test('what the build compiled is used, and is for this Node', () => {
  assert.deepEqual(used(dirname(BUNDLE), 'rolldown-runtime.js'), [true])
  const names = compiledFiles(dirname(BUNDLE)).join('\n')
  for (const part of ['program', 'yargs']) assert.match(names, new RegExp(`/${part}\\.js-`))
})
