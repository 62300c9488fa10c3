import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import { MountTrees } from '../../../src/io/process/mount-trees.ts'
import { isSeen, openOwnTree } from '../../../src/io/files/own-tree.ts'
import type { OwnTree } from '../../../src/io/files/own-tree.ts'
import { makeTree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0
/**
 * Nobody who looks: no directory of a test is that user's, so that all of them are a stranger's.
 */
const STRANGER = 4_000_000_000
const { ownMounts } = new MountTrees('/proc')
/** A file system of this machine that is not local would make the tests below say nothing. */
const isUsual = openOwnTree('', () => ownMounts, UID).look('/usr') !== 'unknown'

function kindAt(tree: OwnTree, path: string): string {
  const found = tree.look(path)
  if (found === null || !isSeen(found)) return String(found)
  return found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'file'
}

const files = makeTree({ 'a/b/file': 'x', 'shared/file': 'x' })
chmodSync(`${files}/shared`, 0o777)
symlinkSync('b', `${files}/a/link`)
symlinkSync('/nowhere/at/all', `${files}/a/dangling`)
symlinkSync('dangling', `${files}/a/loop-1`)
symlinkSync('loop-3', `${files}/a/loop-2`)
symlinkSync('loop-2', `${files}/a/loop-3`)
symlinkSync('../a/b', `${files}/shared/link`)

const EXPECTED: readonly (readonly [path: string, kind: string])[] = [
  ['/a', 'directory'],
  ['/a/b/file', 'file'],
  ['/a/b/none', 'null'],
  ['/a/none/none', 'null'],
  ['/a/b/file/none', 'unknown'],
  ['/a/link', 'link'],
  ['/a/link/file', 'unknown'],
  ['/shared/file', 'file'],
  ['/shared/none', 'null'],
  ['/shared/link', 'link'],
  ['/shared/link/file', 'unknown'],
  ['/a/../a/b/file', 'unjudged'],
  ['/a//b/file', 'unjudged'],
  ['a/b/file', 'unjudged'],
  [`/${'d/'.repeat(70)}file`, 'unjudged'],
  [`/a/${'n'.repeat(5000)}`, 'unjudged'],
]

for (const [how, tree, base] of [
  ['of no machine that runs', openOwnTree(files, () => null, UID), ''],
  ['of whoever looks', openOwnTree('', () => ownMounts, UID), realpathSync(files)],
  ['of a stranger', openOwnTree('', () => ownMounts, STRANGER), realpathSync(files)],
] as const)
  for (const [path, kind] of EXPECTED)
    test(`look() says ${kind} to ${path.slice(0, 30)} in a tree ${how}`, { skip: !isUsual }, () =>
      assert.equal(kindAt(tree, path.startsWith('/') ? `${base}${path}` : path), kind),
    )

test('a link is followed only where nobody else could have made it', { skip: !isUsual }, () => {
  const base = realpathSync(files)
  const own = openOwnTree('', () => ownMounts, UID)
  // The directory of the tests may be one that everybody can write to.
  const isKept = own.resolve(`${base}/a/b`) !== null
  const expected = (path: string) => (isKept ? path : null)
  assert.equal(own.resolve(`${base}/a/link/file`), expected(`${base}/a/b/file`))
  assert.equal(own.resolve(`${base}/a/dangling`), expected('/nowhere/at/all'))
  assert.equal(own.resolve(`${base}/a/loop-2`), null)
  assert.equal(own.resolve(`${base}/shared/link/file`), null)
  assert.equal(own.isMissing(`${base}/a/dangling`), isKept)
  assert.equal(own.isMissing(`${base}/a/loop-2`), false)
  assert.equal(own.isMissing(`${base}/shared/none`), true)
  assert.equal(own.isMissing(`${base}/shared/link/none`), false)
  assert.equal(own.isMissing('/usr/lib'), false)
})

test('links that lead to each other end, where nobody else could have made them', () => {
  const tree = openOwnTree(files, () => null, UID)
  assert.equal(tree.resolve('/a/link/file'), '/a/b/file')
  assert.equal(tree.resolve('/a/loop-2'), null)
})

test('nothing is looked at where the mount is not known to be local', () => {
  for (const line of ['1 0 8:1 / / rw - fuse x rw', '1 0 8:1 / / rw - newfs x rw', '']) {
    const tree = openOwnTree('', () => parseMounts(line), UID)
    assert.equal(tree.look('/usr'), 'unknown')
    assert.equal(tree.isMissing('/no-such-thing'), false)
  }
})

test('in the directory of a stranger, a mount that came later is not looked at', () => {
  const base = realpathSync(makeTree({ 'theirs/mounted/file': 'x', 'theirs/plain': 'x' }))
  // All mounts are as they are but for the id of the one that the directory lies on.
  const text = execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'latin1' })
  const other = parseMounts(
    text.replaceAll(/^(\d+) (\d+) /gm, (_, id, parent) => `9${id} 9${parent} `),
  )
  const tree = openOwnTree('', () => other, STRANGER)
  assert.equal(tree.look(`${base}/theirs/plain`), 'unjudged')
  assert.equal(tree.isMissing(`${base}/theirs/none/none`), false)
})

test('a pipe and a device are looked at without being opened', { skip: !isUsual }, () => {
  const base = realpathSync(makeTree({ 'd/x': '' }))
  execFileSync('mkfifo', [`${base}/d/pipe`])
  mkdirSync(`${base}/d/e`)
  writeFileSync(`${base}/d/e/f`, '')
  const tree = openOwnTree('', () => ownMounts, STRANGER)
  const found = tree.look(`${base}/d/pipe`)
  assert.ok(found !== null && isSeen(found) && found.isFIFO())
})

test('a path that nobody can name at once is not looked at', () => {
  const tree = openOwnTree(files, () => null, UID)
  const path = (bytes: number) => `/nowhere${'/'.padEnd(200, 'a').repeat(20)}`.padEnd(bytes, 'b')
  assert.equal(tree.look(path(4096)), null)
  assert.equal(tree.look(path(4097)), 'unjudged')
})

test('a tree that is no directory has nothing in it', () => {
  assert.equal(openOwnTree(`${files}/a/b/file`, () => null, UID).look('/usr'), null)
})

test('after some seconds of looks nothing more is told', () => {
  const tree = openOwnTree(files, () => null, UID)
  assert.equal(tree.look('/nowhere/at'), null)
  // The root, /nowhere and this one were looked at.
  for (let at = 3; at < 100_000; at += 1) tree.look(`/nowhere/${at}`)
  assert.equal(tree.look('/nowhere/else'), 'unjudged')
  assert.equal(tree.look('/nowhere/at'), null)
})

test('so many directories of strangers are held open, and no more', { skip: !isUsual }, () => {
  const names = Array.from({ length: 140 }, (_, at) => `d${at}`)
  const base = realpathSync(makeTree(Object.fromEntries(names.map((name) => [`${name}/x`, '']))))
  for (const name of names) chmodSync(`${base}/${name}`, 0o777)
  const tree = openOwnTree('', () => ownMounts, UID)
  const held = names.filter((name) => tree.look(`${base}/${name}/x`) !== 'unjudged').length
  // The directory of the tests may be one that everybody can write to.
  assert.ok(held > 120 && held <= 128, `${held}`)
})

test('a user who spends the own share of looks leaves those of others alone', () => {
  const [mallory, zoe] = [1000, 1001]
  const tree = openOwnTree(files, () => null, UID)
  for (let at = 0; at < 20_000; at += 1) tree.look(`/nowhere/${at}`, mallory)
  assert.equal(tree.look('/a/b/file', mallory), 'unjudged')
  assert.ok(isSeen(tree.look('/a/b/file', zoe)), 'what was spent is not remembered as an answer')
  assert.ok(isSeen(tree.look('/a/b/file', mallory)), 'what is known costs nothing')
  assert.ok(isSeen(tree.look('/shared/file')))
})

test('a user who holds directories open leaves those of others alone', { skip: !isUsual }, () => {
  const [mallory, zoe] = [1000, 1001]
  const names = Array.from({ length: 40 }, (_, at) => `d${at}`)
  const base = realpathSync(makeTree(Object.fromEntries(names.map((name) => [`${name}/x`, '']))))
  for (const name of names) chmodSync(`${base}/${name}`, 0o777)
  const tree = openOwnTree('', () => ownMounts, STRANGER)
  const held = names.filter((name) => isSeen(tree.look(`${base}/${name}/x`, mallory)))
  assert.ok(held.length <= 32, `${held.length}`)
  const [first] = names.filter((name) => !held.includes(name))
  assert.ok(isSeen(tree.look(`${base}/${first}/x`, zoe)))
})
