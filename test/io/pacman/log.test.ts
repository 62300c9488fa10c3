import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { changesSince } from '../../../src/core/pacman/history.ts'
import { readLastTransactionStart, readPackageLog } from '../../../src/io/pacman/log.ts'
import { logTime, logTransaction } from '../../support/pacman-tree.ts'
import { makeTree } from '../../support/tree.ts'

const NOW = new Date('2026-11-23T12:00:00Z')
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3600_000)

/** A transaction every hour, with what a scriptlet says. */
function logOf(hours: number, said = '\x1b[1mupdating\x1b[0m \xff\xfe caf\xe9'): string {
  const ages = Array.from({ length: hours }, (_, at) => hours - at)
  return ages
    .map((age) => {
      const scriptlet = `[${logTime(hoursAgo(age))}] [ALPM-SCRIPTLET] ${said}\n`
      return scriptlet + logTransaction(hoursAgo(age), [`upgraded a (${age + 1}-1 -> ${age}-1)`])
    })
    .join('')
}

function fileOf(text: string): string {
  return join(makeTree({ 'pacman.log': Buffer.from(text, 'latin1') }), 'pacman.log')
}

test('readPackageLog() reads the same, wherever the borders of its blocks fall', () => {
  const text = logOf(1500)
  assert.ok(text.length > 4 * 64 * 1024)
  for (const padding of [0, 1, 2, 17, 100, 65_536 - (text.length % 65_536)]) {
    const padded = `${'x'.repeat(Math.max(0, padding - 1))}${padding === 0 ? '' : '\n'}${text}`
    const { log, limit } = readPackageLog(fileOf(padded), hoursAgo(1400), NOW)
    assert.equal(limit, null)
    assert.equal(log.changes.length, 1400)
    assert.deepEqual(log, changesSince(text.split('\n').toReversed(), hoursAgo(1400), NOW))
  }
})

test('readPackageLog() keeps lines apart that are longer than its blocks', () => {
  for (const length of [65_535, 65_536, 200_000]) {
    const text = logOf(3, 'x'.repeat(length)) + logOf(1)
    assert.equal(readPackageLog(fileOf(text), hoursAgo(2.5), NOW).log.changes.length, 3)
  }
})

test('readPackageLog() reads no further back than it needs', () => {
  const path = fileOf('')
  const file = openSync(path, 'r+')
  const text = logOf(600)
  // Read, the hole would be damage.
  ftruncateSync(file, 2 ** 33)
  writeSync(file, `\n${text}`, 2 ** 33)
  closeSync(file)
  const { log, limit } = readPackageLog(path, hoursAgo(100), NOW)
  assert.deepEqual([log.changes.length, log.gap, limit], [100, null, null])
})

test('readPackageLog() stops where a log is too long for it', () => {
  const text = logOf(1100, 'x'.repeat(40_000))
  const { log, limit } = readPackageLog(fileOf(text), hoursAgo(1090), NOW)
  assert.equal(limit, 'package-log-too-long')
  assert.ok(log.changes.length > 500 && log.changes.length < 1000, `${log.changes.length}`)
})

test('readPackageLog() takes no part of a line for a line where it stops', () => {
  const forged = `[${logTime(hoursAgo(1090))}] [ALPM] upgraded evil (1-1 -> 2-1)\n`
  const text = logOf(1080, 'x'.repeat(40_000))
  const tail = forged + text.slice(forged.length - 32 * 1024 * 1024)
  const { log, limit } = readPackageLog(fileOf(`[x] [ALPM-SCRIPTLET] ${tail}`), hoursAgo(1095), NOW)
  assert.equal(limit, 'package-log-too-long')
  assert.ok(log.changes.every(({ name }) => name === 'a'))
})

test('readPackageLog() goes on in what was rotated away', () => {
  const lines = logOf(30).split('\n')
  const parts = [lines.slice(0, 50), lines.slice(50, 90), lines.slice(90)]
  const [oldest = '', older = '', newest = ''] = parts.map((part, at) =>
    at === 2 ? part.join('\n') : `${part.join('\n')}\n`,
  )
  const directory = makeTree({ log: newest, 'log.1': older, 'log.2': oldest })
  const { log, limit } = readPackageLog(join(directory, 'log'), hoursAgo(28), NOW)
  assert.deepEqual([log.changes.length, limit], [28, null])
})

test('readPackageLog() says that what was rotated away is compressed', () => {
  const directory = makeTree({ log: logOf(3), 'log.1.gz': Buffer.from([0x1f, 0x8b]) })
  const { log, limit } = readPackageLog(join(directory, 'log'), hoursAgo(9), NOW)
  assert.deepEqual([log.changes.length, limit], [3, 'package-log-short'])
})

test('readPackageLog() keeps what it knows where what was rotated away cannot be read', () => {
  for (const rotated of [{}, { link: '/dev/zero' }, { link: 'log.1' }]) {
    const directory = makeTree({ log: logOf(3), 'log.1': rotated, 'log.2': logOf(20) })
    const { log, limit } = readPackageLog(join(directory, 'log'), hoursAgo(9), NOW)
    assert.deepEqual([log.changes.length, limit], [3, 'package-log-unreadable'])
    const recent = readPackageLog(join(directory, 'log'), hoursAgo(2.5), NOW)
    assert.deepEqual([recent.log.changes.length, recent.limit], [2, null])
  }
})

for (const [what, tree, limit] of [
  ['is missing', {}, 'package-log-missing'],
  ['is empty', { log: '' }, 'package-log-short'],
  ['is a directory', { log: {} }, 'package-log-unreadable'],
  ['is a device', { log: { link: '/dev/zero' } }, 'package-log-unreadable'],
  ['is a link to itself', { log: { link: 'log' } }, 'package-log-unreadable'],
  ['is below a file', { log: { link: 'file/x' }, file: '' }, 'package-log-unreadable'],
  ['is of zeros', { log: Buffer.alloc(100_000) }, 'package-log-damaged'],
  ['is of noise', { log: Buffer.alloc(70_000, '\x1b[31m\xff\n', 'latin1') }, 'package-log-short'],
  [
    'was written by a clock ahead',
    { log: logOf(1).replaceAll('2026', '2027') },
    'package-log-clock-stepped',
  ],
] as const)
  test(`readPackageLog() knows nothing from a log that ${what}, and says so`, () => {
    const reading = readPackageLog(join(makeTree(tree), 'log'), hoursAgo(2), NOW)
    assert.deepEqual([reading.limit, reading.log.changes], [limit, []])
    assert.equal(reading.log.knownSince, null)
  })

test('readLastTransactionStart() looks behind what scriptlets print, and for no end of it', () => {
  const print = `[${logTime(hoursAgo(1))}] [ALPM-SCRIPTLET] ${'x'.repeat(1000)}\n`
  const start = (text: string) => readLastTransactionStart(fileOf(text))
  const seconds = (hours: number) => hoursAgo(hours).getTime() / 1000
  const transaction = logTransaction(hoursAgo(2), ['installed a (1-1)'])
  assert.equal(start(logOf(3)), seconds(1))
  assert.equal(start(transaction + print.repeat(200)), seconds(2))
  assert.equal(start(transaction + print.repeat(3000)), null)
  assert.equal(start(''), null)
})

test('readLastTransactionStart() knows nothing from what is no log', () => {
  for (const tree of [{}, { log: {} }, { log: { link: '/dev/zero' } }])
    assert.equal(readLastTransactionStart(join(makeTree(tree), 'log')), null)
})
