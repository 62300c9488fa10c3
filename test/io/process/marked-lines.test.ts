import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  endsWithGate,
  MapsLines,
  MAX_FILES_OF_A_PROCESS,
} from '../../../src/io/process/marked-lines.ts'
import { mapsText } from '../../support/tree.ts'

/** The last line of the maps of most processes of x86-64. */
const GATE = `${'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0'.padEnd(73)}[vsyscall]\n`
const LINE = '7f00-7f01 r-xp 00000000 fe:00 7   /usr/lib/liba.so\n'

const ENDS: readonly (readonly [fact: string, lines: string, isEnd: boolean])[] = [
  ['the line behind others', LINE + GATE, true],
  ['the line alone', GATE, true],
  ['the line in front of another', GATE + LINE, false],
  ['a file that is named like the line', LINE.replace('\n', GATE), false],
  ['a file of that name without any line before', `x${GATE}`, false],
  ['the line without its end', LINE + GATE.slice(0, -1), false],
  ['the line of another address', LINE + GATE.replace('ffffffffff60', '7fffffffff60'), false],
  ['less than the line', GATE.slice(1), false],
  ['nothing', '', false],
]
for (const [fact, lines, isEnd] of ENDS)
  test(`the line of vsyscalls is the last of maps: ${fact}`, () =>
    assert.equal(endsWithGate(Buffer.from(lines, 'latin1')), isEnd))

const marked = (from: number, count: number, name: (n: number) => string) =>
  mapsText(Array.from({ length: count }, (_, n) => `r-xp ${name(from + n)} (deleted)`))

test('a thousand pieces of temporary code do not push a library out', () => {
  const lines = new MapsLines(() => {})
  lines.take(marked(0, MAX_FILES_OF_A_PROCESS + 5, (n) => `/memfd:${n}`))
  lines.take(marked(0, 1, () => '/usr/lib/libc.so.6'))
  lines.end()
  const kept = lines.marked?.kept() ?? []
  assert.equal(kept.length, MAX_FILES_OF_A_PROCESS + 1)
  assert.equal(kept[0]?.path, '/usr/lib/libc.so.6')
  assert.equal(lines.marked?.dropped, 5)
})

test('maps that are cut anywhere are the same maps', () => {
  const whole = Buffer.concat([
    mapsText(['r-xp /usr/bin/a', 'r-xp /usr/lib/libz.so.1 (deleted)', 'r--p /usr/lib/a']),
    mapsText(['r-xp /usr/lib/libc.so.6 (deleted)']).subarray(0, -1),
  ])
  for (let at = 0; at <= whole.length; at += 1) {
    const seen: string[] = []
    const lines = new MapsLines((text) => seen.push(text.trimEnd()))
    for (const part of [whole.subarray(0, at), whole.subarray(at)])
      if (part.length > 0) lines.take(part)
    lines.end()
    const paths = lines.marked?.kept().map(({ path }) => path)
    assert.deepEqual(paths, ['/usr/lib/libz.so.1', '/usr/lib/libc.so.6'], `cut at ${at}`)
    assert.equal(seen.length, 2)
  }
})

test('the heap is found in any part of maps, and is not a file that is named like it', () => {
  const heap = (permissions: string, name = '[heap]', inode = 0) =>
    Buffer.from(`${`55d0-55d1 ${permissions} 00000000 00:00 ${inode} `.padEnd(73)}${name}\n`)
  const foundIn = (...parts: readonly Buffer[]) => {
    const lines = new MapsLines(() => {})
    for (const part of parts) lines.take(part)
    lines.end()
    return lines.isHeapExecutable
  }
  const other = mapsText(['r-xp /usr/lib/a.so'])
  const named = heap('rwxp', '/tmp/a [heap]', 7)
  assert.equal(foundIn(other), null)
  assert.equal(foundIn(other, heap('rwxp'), other), true)
  assert.equal(foundIn(Buffer.concat([named, heap('rw-p')]), other), false)
  assert.equal(foundIn(heap('rw-p').subarray(0, 70), heap('rw-p').subarray(70)), false)
  assert.equal(foundIn(named), null)
})
