import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileSearch, openLocalDatabase, packageOf } from '../../../src/io/pacman/local-database.ts'
import type { LocalDatabase } from '../../../src/io/pacman/local-database.ts'
import { localDatabase } from '../../support/pacman-tree.ts'
import type { LocalPackage } from '../../support/pacman-tree.ts'
import { makeTree } from '../../support/tree.ts'

const PACKAGES: readonly LocalPackage[] = [
  { name: 'zlib', version: '1:1.3.1-2', files: ['usr/', 'usr/lib/', 'usr/lib/libz.so.1'] },
  { name: 'caf-e', version: '1-1', base: 'caf', replaces: ['tea'], files: ['usr/bin/caf\xe9'] },
  {
    name: 'big',
    version: '1-1',
    files: Array.from({ length: 100_000 }, (_, at) => `usr/big/${at}.so`),
  },
  { name: 'llvm-libs', version: '2-1', files: ['usr/lib/libLLVM-2.so', 'usr/lib/libLLVM.so.2.0'] },
  { name: 'empty', version: '1-1' },
]

function open(tree: Parameters<typeof makeTree>[0]): LocalDatabase {
  const database = openLocalDatabase(makeTree(tree))
  assert.ok(database !== null)
  return database
}

const database = open(localDatabase(PACKAGES))

test('a local database knows versions and descriptions', () => {
  assert.equal(database.versionOf('zlib'), '1:1.3.1-2')
  assert.equal(database.versionOf('zlib-1:1.3.1'), null)
  assert.deepEqual(database.descriptionOf('caf-e').replaces, ['tea'])
  assert.deepEqual(database.descriptionOf('nothing').base, null)
  assert.deepEqual(database.names.toSorted(), ['big', 'caf-e', 'empty', 'llvm-libs', 'zlib'])
})

test('a search finds owners by the whole path', () => {
  const search = new FileSearch([
    'usr/lib/libz.so.1',
    'usr/bin/caf\xe9',
    'usr/big/99999.so',
    'usr/lib/libz.so',
    'sr/lib/libz.so.1',
    'usr/lib',
    '%FILES%\nusr/',
  ])
  database.search(database.names, search)
  assert.equal(search.ownerOf('usr/lib/libz.so.1'), 'zlib')
  assert.equal(search.ownerOf('usr/bin/caf\xe9'), 'caf-e')
  assert.equal(search.ownerOf('usr/big/99999.so'), 'big')
  for (const path of ['usr/lib/libz.so', 'sr/lib/libz.so.1', 'usr/lib', '%FILES%\nusr/'])
    assert.equal(search.ownerOf(path), null)
  assert.ok(search.isComplete)
})

test('a search looks only into the packages that it is told to', () => {
  const search = new FileSearch(['usr/lib/libz.so.1'])
  database.search(['big', 'llvm-libs', 'not-installed'], search)
  assert.equal(search.ownerOf('usr/lib/libz.so.1'), null)
  assert.ok(search.isComplete)
})

test('a search finds the packages that have a library in another version, the very library first', () => {
  const gone = [
    'usr/lib/libz.so.0',
    'usr/lib/libLLVM-1.so',
    'usr/lib/libLLVM.so.1',
    'usr/lib/no.so',
  ]
  const search = new FileSearch(gone, gone)
  database.search(database.names, search)
  assert.deepEqual(
    gone.map((path) => search.withSameStem(path).map(({ name }) => name)),
    [['zlib'], ['llvm-libs'], ['llvm-libs'], []],
  )
})

test('a search prefers the very library to one with another version in its name', () => {
  const gone = ['usr/lib/liba-1.so.5']
  const search = new FileSearch([], gone)
  const two = open(
    localDatabase([
      { name: 'a1', version: '1-1', files: ['usr/lib/liba-1.so.6'] },
      { name: 'a2', version: '1-1', files: ['usr/lib/liba-2.so.6'] },
    ]),
  )
  two.search(two.names, search)
  const [a1, a2] = [1, 2].map((n) => ({ name: `a${n}`, path: `usr/lib/liba-${n}.so.6` }))
  assert.deepEqual(search.withSameStem('usr/lib/liba-1.so.5'), [a1])
  assert.deepEqual(search.withSameStem('usr/lib/liba-3.so.5'), [a1, a2])
})

test('a search says when a list could not be read', () => {
  const search = new FileSearch(['usr/bin/x'])
  const torn = open({ 'a-1-1': { desc: '' }, 'b-1-1': { files: '%FILES%\nusr/bin/x\n' } })
  torn.search(torn.names, search)
  assert.deepEqual([search.ownerOf('usr/bin/x'), search.isComplete], ['b', false])
})

test('of a package that a crash left twice the newer entry counts', () => {
  const twice = open({
    'a-10-1': { files: '%FILES%\nusr/bin/new\n' },
    'a-9-1': { files: '%FILES%\nusr/bin/old\n' },
    'b-1-1': { files: '%FILES%\nusr/bin/b\n' },
    'b-2-1': { files: '%FILES%\nusr/bin/b\n' },
  })
  const search = new FileSearch(['usr/bin/new', 'usr/bin/old'])
  twice.search(twice.names, search)
  assert.deepEqual([twice.versionOf('a'), twice.versionOf('b')], ['10-1', '2-1'])
  assert.deepEqual([search.ownerOf('usr/bin/new'), search.ownerOf('usr/bin/old')], ['a', null])
})

test('there is no database in a directory that is not there', () => {
  assert.equal(openLocalDatabase(join(makeTree({}), 'local')), null)
})

const cut = (files: string) => open({ 'cut-1-1': { files }, 'whole-1-1': { files: WHOLE } })
const WHOLE = '%FILES%\nusr/lib/libb.so.1\n\n'

test('a list without its last newline has the path in its last line, and may have been longer', () => {
  const rows = [
    ['usr/lib/liba.so.1', 'cut', true],
    // The line may be the beginning of another path.
    ['usr/lib/libb.so.1', 'whole', true],
    ['usr/lib/libc.so.1', null, false],
  ] as const
  for (const [path, owner, isComplete] of rows) {
    const own = path === 'usr/lib/libc.so.1' ? 'usr/lib/lib' : path
    const damaged = cut(`%FILES%\nusr/\n${own}`)
    const search = new FileSearch([path])
    damaged.search(['cut', 'whole'], search)
    assert.equal(packageOf(path, [search]), owner, path)
    assert.equal(search.isComplete, isComplete, path)
  }
})

test('a list without its last newline is no list of all libraries', () => {
  const search = new FileSearch([], ['usr/lib/liba.so.7'])
  cut('%FILES%\nusr/\nusr/lib/liba.so.8').search(['cut'], search)
  assert.deepEqual(search.withSameStem('usr/lib/liba.so.7'), [])
  assert.ok(!search.isComplete)
})

test('an empty list is whole: a package need not have files', () => {
  const search = new FileSearch(['usr/lib/liba.so.1'])
  cut('').search(['cut'], search)
  assert.ok(search.isComplete)
})
