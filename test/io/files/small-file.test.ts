import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { NOT_A_FILE } from '../../../src/io/files/proc-file.ts'
import {
  readEnd,
  readStart,
  readWhole,
  readWholeText,
  TOO_LARGE,
} from '../../../src/io/files/small-file.ts'
import { makeTree } from '../../support/tree.ts'

const TEXT = 'first\ncaf\xe9\nlast\n'
const directory = makeTree({
  file: Buffer.from(TEXT, 'latin1'),
  empty: '',
  directory: {},
  device: { link: '/dev/zero' },
  terminal: { link: '/dev/ptmx' },
  loop: { link: 'loop' },
})
const path = (name: string) => join(directory, name)
assert.equal(spawnSync('mkfifo', [path('pipe')]).status, 0)

test('a file is read whole, or not at all', () => {
  assert.equal(readWhole(path('file'), TEXT.length).toString('latin1'), TEXT)
  assert.equal(readWholeText(path('file'), 1000), TEXT)
  assert.equal(readWhole(path('empty'), 1000).length, 0)
  assert.throws(() => readWhole(path('file'), TEXT.length - 1), { code: TOO_LARGE })
  assert.equal(readWholeText(path('file'), TEXT.length - 1), null)
})

test('the start and the end of a file are as long as they are asked for', () => {
  assert.equal(readStart(path('file'), 7), TEXT.slice(0, 7))
  assert.equal(readEnd(path('file'), 7), TEXT.slice(-7))
  for (const read of [readStart, readEnd]) {
    assert.equal(read(path('file'), 1000), TEXT)
    assert.equal(read(path('empty'), 1000), '')
  }
})

test('files of the kernel are read, which say that they have no bytes', () => {
  assert.match(readWholeText('/proc/self/status', 100_000) ?? '', /^Name:[^]*\n$/)
  assert.match(readStart('/proc/self/status', 5) ?? '', /^Name:$/)
  assert.throws(() => readWhole('/proc/self/status', 5), { code: TOO_LARGE })
})

for (const [name, code] of [
  ['pipe', NOT_A_FILE],
  ['device', NOT_A_FILE],
  ['terminal', NOT_A_FILE],
  ['directory', 'EISDIR'],
  ['loop', 'ELOOP'],
  ['none', 'ENOENT'],
  ['file/x', 'ENOTDIR'],
] as const)
  test(`what is no file is refused at once, and is nothing to read: ${name}`, () => {
    assert.throws(() => readWhole(path(name), 1000), { code })
    for (const read of [readWholeText, readStart, readEnd])
      assert.equal(read(path(name), 1000), null)
  })
