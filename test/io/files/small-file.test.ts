import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NOT_A_FILE } from '../../../src/io/files/proc-file.ts'
import {
  readEnd,
  readStart,
  readTrusted,
  readWhole,
  readWholeText,
  TOO_LARGE,
} from '../../../src/io/files/small-file.ts'
import { isRefusal, reasonOf } from '../../../src/io/files/trust.ts'
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

const SMALL_FILE = fileURLToPath(new URL('../../../src/io/files/small-file.ts', import.meta.url))

/**
 * Reads the standard input in a process of its own, and prints how much came, or why nothing did.
 */
const READS_INPUT = `
  import { readOpened } from '${SMALL_FILE}'
  try { console.log(readOpened(0, Number(process.argv[1])).length) }
  catch (error) { console.log(error.code) }`

test('what comes through a pipe is read to its end, or refused where it is too much', () => {
  const read = (bytes: number, maxBytes: number) =>
    spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', READS_INPUT, String(maxBytes)],
      { input: Buffer.alloc(bytes, 'x'), encoding: 'utf8' },
    ).stdout.trim()
  assert.equal(read(300_000, 300_000), '300000')
  assert.equal(read(300_000, 299_999), TOO_LARGE)
  assert.equal(read(0, 10), '0')
})

const UID = process.getuid?.() ?? 0
const OWN: ReadonlySet<number> = new Set([UID])
const OTHERS: ReadonlySet<number> = new Set([UID + 1])

/** Returns why a file is not trusted, and whether that is our own word. */
function refusalOf(file: string, owners: ReadonlySet<number> | null): readonly [string, boolean] {
  try {
    readTrusted(file, 100, owners)
    return ['', false]
  } catch (error) {
    return [reasonOf(error), isRefusal(error)]
  }
}

test('a file is trusted where nobody else can change it, or put another in its place', () => {
  const base = realpathSync(
    makeTree({
      'kept/file': 'own',
      'kept/open': '',
      'kept/group': '',
      'open/file': '',
      'elsewhere/x': '',
      'kept/large': 'x'.repeat(101),
    }),
  )
  chmodSync(`${base}/kept`, 0o755)
  chmodSync(`${base}/kept/open`, 0o646)
  chmodSync(`${base}/kept/group`, 0o664)
  chmodSync(`${base}/open`, 0o777)
  symlinkSync('../open/file', `${base}/kept/link`)
  symlinkSync('../kept/file', `${base}/open/link`)
  assert.equal(readTrusted(`${base}/kept/file`, 100, OWN).toString(), 'own')
  // It is the file behind the link that counts, and where that lies.
  assert.equal(readTrusted(`${base}/open/link`, 100, OWN).toString(), 'own')
  const rows: readonly (readonly [file: string, reason: string])[] = [
    ['kept/open', 'everybody can write to it'],
    ['kept/group', 'its group can write to it'],
    ['open/file', `everybody can write to its directory "${base}/open"`],
    ['kept/link', `everybody can write to its directory "${base}/open"`],
  ]
  for (const [file, reason] of rows) {
    assert.deepEqual(refusalOf(`${base}/${file}`, OWN), [reason, true])
    assert.deepEqual(refusalOf(`${base}/${file}`, null), ['', false])
  }
  assert.deepEqual(refusalOf(`${base}/kept/file`, OTHERS), [
    `its directory "${base}/kept" belongs to uid ${UID}`,
    true,
  ])
  assert.deepEqual(refusalOf(`${base}/kept/none`, OWN), ['ENOENT', false])
  assert.deepEqual(refusalOf(`${base}/kept`, OWN), ['EISDIR', false])
  assert.deepEqual(refusalOf(`${base}/kept/large`, null), [TOO_LARGE, false])
})
