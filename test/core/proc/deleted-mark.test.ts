import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMarked, withMark, withoutMark } from '../../../src/core/proc/deleted-mark.ts'

const NAMES: readonly (readonly [fact: string, name: string, bare: string | null])[] = [
  ['a file that is gone', '/usr/lib/libz.so.1 (deleted)', '/usr/lib/libz.so.1'],
  ['a file that is there', '/usr/lib/libz.so.1', null],
  ['the mark of OpenVZ', '(deleted)/usr/lib/libz.so.1', '/usr/lib/libz.so.1'],
  ['a file that was named so, gone', '/a (deleted) (deleted)', '/a (deleted)'],
  ['a directory that is named so', '/srv/(deleted)/x.so', null],
  ['the mark without a blank', '/a(deleted)', null],
  ['the mark in front without a path', '(deleted)', null],
  ['the mark that mountinfo has', '/a//deleted', null],
  ['memory', '/memfd:x (deleted)', '/memfd:x'],
  ['nothing', '', null],
]
for (const [fact, name, bare] of NAMES)
  test(`the mark is told, and taken off once: ${fact}`, () => {
    assert.equal(isMarked(name), bare !== null)
    assert.equal(withoutMark(name), bare)
  })

test('withMark() gives a name the mark that withoutMark() takes off', () => {
  for (const name of ['/a', '/a (deleted)', '']) {
    assert.ok(isMarked(withMark(name)))
    assert.equal(withoutMark(withMark(name)), name)
  }
})
