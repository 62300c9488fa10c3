import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { reasonOf, trustedDirectory, whoElseWrites } from '../../../src/io/files/trust.ts'
import { makeTree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0
const OWNERS = new Set([0, UID])

function reasonFor(path: string): string {
  try {
    trustedDirectory(path, OWNERS)
    return ''
  } catch (error) {
    return reasonOf(error)
  }
}

test('a directory for a recording is new and closed to others, or there and nobody else’s', () => {
  const base = realpathSync(makeTree({ 'mine/file': '', 'open/file': '', 'group/file': '' }))
  chmodSync(`${base}/open`, 0o777)
  chmodSync(`${base}/group`, 0o770)
  symlinkSync('mine', `${base}/link`)
  assert.equal(trustedDirectory(`${base}/new/`, OWNERS), `${base}/new`)
  assert.equal(statSync(`${base}/new`).mode & 0o777, 0o700)
  assert.equal(trustedDirectory(`${base}/mine`, OWNERS), `${base}/mine`)
  assert.equal(trustedDirectory(`${base}/link`, OWNERS), `${base}/mine`)
  assert.match(reasonFor(`${base}/open`), /^everybody can write to /)
  assert.match(reasonFor(`${base}/group`), /^its group can write to /)
  assert.match(reasonFor(`${base}/open/new`), /^everybody can write to .*\/open", and could lead/)
  assert.ok(!existsSync(`${base}/open/new`))
  assert.equal(reasonFor(`${base}/none/new`), 'ENOENT')
  assert.equal(reasonFor(`${base}/mine/file`), 'ENOTDIR')
  // Whatever the system says there, it is why none was made.
  assert.notEqual(reasonFor('/sys/new'), 'ENOENT')
  assert.deepEqual(readdirSync(base).toSorted(), ['group', 'link', 'mine', 'new', 'open'])
})

test('a link that leads to itself ends', () => {
  const base = realpathSync(makeTree({ loop: { link: 'loop' } }))
  assert.equal(reasonFor(`${base}/loop`), 'ELOOP')
})

test('in a directory that all share, a link of somebody is not followed', () => {
  const base = realpathSync(makeTree({ 'shared/file': '', 'mine/file': '' }))
  chmodSync(`${base}/shared`, 0o1777)
  symlinkSync(`${base}/mine`, `${base}/shared/link`)
  assert.match(reasonFor(`${base}/shared/link`), /is a link where everybody can put one$/)
  assert.equal(trustedDirectory(`${base}/shared/new`, OWNERS), `${base}/shared/new`)
})

const WRITERS: readonly (readonly [uid: number, mode: number, said: string | null])[] = [
  [0, 0o644, null],
  [7, 0o600, null],
  [8, 0o600, 'it belongs to uid 8'],
  [0, 0o666, 'everybody can write to it'],
  [0, 0o602, 'everybody can write to it'],
  [0, 0o664, 'its group can write to it'],
]
for (const [uid, mode, said] of WRITERS)
  test(`of a file of uid ${uid} with mode ${mode.toString(8)}: ${said}`, () =>
    assert.equal(whoElseWrites({ uid, mode }, new Set([0, 7]), 'it'), said))
