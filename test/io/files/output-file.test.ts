import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { replaceFile } from '../../../src/io/files/output-file.ts'
import type { WriteStep } from '../../../src/io/files/output-file.ts'
import { makeTree, writeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const BYTES = Buffer.from('new\n')
const WE = process.geteuid?.() ?? 0
/** Who is a stranger to root: a normal user has to do it. */
const STRANGER = WE === 0 ? 1000 : WE
const ROOT: ReadonlySet<number> = new Set([0])
const ROOT_AND_WE: ReadonlySet<number> = new Set([0, WE])

/** Makes a tree and returns its directory, as path_resolution(7) says it. */
function directoryWith(tree: Tree, modes: Readonly<Record<string, number>> = {}): string {
  const directory = realpathSync.native(makeTree(tree))
  for (const [name, mode] of Object.entries(modes)) chmodSync(join(directory, name), mode)
  return directory
}

/** Returns what a refusal says after the name of the file. */
function refusalOf(file: string, owners = ROOT_AND_WE): string {
  let said = ''
  try {
    replaceFile(file, BYTES, owners)
  } catch (error) {
    said = String(error)
  }
  const head = `StaleLibsError: Cannot write "${file}": `
  assert.ok(said.startsWith(head), `nothing was refused: ${said}`)
  return said.slice(head.length)
}

test('replaceFile() leaves the new file and nothing else', () => {
  const directory = directoryWith({ file: 'old\n' })
  replaceFile(join(directory, 'file'), BYTES, ROOT_AND_WE)
  assert.equal(readFileSync(join(directory, 'file'), 'utf8'), 'new\n')
  assert.deepEqual(readdirSync(directory), ['file'])
  assert.equal(statSync(join(directory, 'file')).mode & 0o777, 0o644 & ~process.umask())
})

test('a name that is taken is neither followed nor written to', (context) => {
  const directory = directoryWith({ file: 'old\n', victim: 'kept\n' })
  context.mock.method(Math, 'random', () => 0.5)
  const beside = join(directory, `.stale-libs-${process.pid}-i`)
  for (const plant of [
    () => symlinkSync(join(directory, 'victim'), beside),
    () => symlinkSync(join(directory, 'nothing'), beside),
    () => writeFileSync(beside, 'theirs\n'),
  ]) {
    rmSync(beside, { force: true })
    plant()
    assert.equal(refusalOf(join(directory, 'file')), 'EEXIST')
    assert.deepEqual(readdirSync(directory).toSorted(), [basename(beside), 'file', 'victim'])
    assert.equal(readFileSync(join(directory, 'victim'), 'utf8'), 'kept\n')
    assert.equal(readFileSync(join(directory, 'file'), 'utf8'), 'old\n')
  }
})

test('replaceFile() takes a path as open(2) does', () => {
  const directory = directoryWith({
    a: { b: {} },
    c: {},
    away: { link: 'a/b' },
    around: { link: '../' },
  })
  writeTree(directory, { 'c/back': { link: `${directory}/a` } })
  const before = process.cwd()
  process.chdir(join(directory, 'a'))
  try {
    for (const file of [
      '1',
      './2',
      'b/3',
      'b/../4',
      '../away/../5',
      `${directory}//c/./back/b/../6`,
    ]) {
      const meant = join(
        realpathSync.native(file.slice(0, file.lastIndexOf('/') + 1) || '.'),
        file.at(-1) ?? '',
      )
      replaceFile(file, BYTES, ROOT_AND_WE)
      assert.equal(readFileSync(meant, 'utf8'), 'new\n', file)
    }
  } finally {
    process.chdir(before)
  }
  assert.deepEqual(readdirSync(join(directory, 'a')).toSorted(), ['1', '2', '4', '5', '6', 'b'])
})

for (const [mode, who] of [
  [0o777, 'everybody'],
  [0o775, 'its group'],
] as const) {
  test(`replaceFile() goes through no directory that ${who} can write to, unless it is the last`, () => {
    const directory = directoryWith({ 'open/in': {} }, { open: mode })
    assert.equal(
      refusalOf(`${directory}/open/in/file`),
      `${who} can write to "${directory}/open", and could lead it elsewhere`,
    )
    assert.deepEqual(readdirSync(join(directory, 'open/in')), [])
    replaceFile(`${directory}/open/file`, BYTES, ROOT_AND_WE)
    assert.deepEqual(readdirSync(join(directory, 'open')).toSorted(), ['file', 'in'])
  })
}

test('replaceFile() goes through no directory of somebody else, unless it is the last', () => {
  const directory = directoryWith({ out: {} })
  if (WE === 0) chownSync(directory, STRANGER, STRANGER)
  const says = new RegExp(`^".*" belongs to uid ${STRANGER}, and could lead it elsewhere$`)
  assert.match(refusalOf(`${directory}/out/file`, ROOT), says)
  assert.deepEqual(readdirSync(join(directory, 'out')), [])
  replaceFile(`${directory}/file`, BYTES, WE === 0 ? ROOT : ROOT_AND_WE)
  assert.deepEqual(readdirSync(directory).toSorted(), ['file', 'out'])
})

test('replaceFile() goes through a directory like /tmp, but follows no link there', () => {
  const directory = directoryWith(
    { 'tmp/in': {}, 'tmp/link': { link: 'in' }, 'to-link': { link: 'tmp/link' } },
    { tmp: 0o1777 },
  )
  replaceFile(`${directory}/tmp/in/file`, BYTES, ROOT_AND_WE)
  for (const way of ['tmp/link', 'to-link', 'tmp/link/.'])
    assert.equal(
      refusalOf(`${directory}/${way}/other`),
      `"${directory}/tmp/link" is a link where everybody can put one`,
    )
  assert.deepEqual(readdirSync(join(directory, 'tmp/in')), ['file'])
})

test('replaceFile() looks where links lead, and at the way back from there', () => {
  const directory = directoryWith(
    { 'open/in': {}, in: { link: 'open/in' }, back: { link: 'open/in/../../target' }, target: {} },
    { open: 0o777 },
  )
  for (const way of ['in', 'back', 'open/../target'])
    assert.match(refusalOf(`${directory}/${way}/file`), /^everybody can write to ".*\/open", and/)
  assert.deepEqual(readdirSync(join(directory, 'target')), [])
})

for (const [what, tree, name, reason] of [
  ['the directory is missing', {}, 'none/file', 'ENOENT'],
  ['a file is in the way', { x: '' }, 'x/file', 'ENOTDIR'],
  ['a file is in the middle of the way', { x: '' }, 'x/y/file', 'ENOTDIR'],
  ['a link leads to itself', { x: { link: 'x' } }, 'x/file', 'ELOOP'],
  ['a link leads nowhere', { x: { link: 'none' } }, 'x/file', 'ENOENT'],
  ['the file is a directory', { x: {} }, 'x', 'EISDIR'],
  ['the path names no file', { x: {} }, 'x/', 'EISDIR'],
  ['the path names a directory', { x: {} }, 'x/..', 'EISDIR'],
] as const)
  test(`replaceFile() says it where ${what}, and leaves everything as it is`, () => {
    const directory = directoryWith(tree)
    assert.equal(refusalOf(`${directory}/${name}`), reason)
    assert.deepEqual(readdirSync(directory), Object.keys(tree))
  })

test('replaceFile() replaces nothing in /dev and /proc', () => {
  for (const file of ['/dev/null', '/dev/stdout', '/dev/fd/1', '/proc/self/comm', '/proc/x'])
    assert.equal(refusalOf(file), 'not a file, and not to be replaced by one')
})

test('replaceFile() follows a link only where nobody else can have put it', () => {
  const tree = { file: { link: '/dev/null' } }
  const own = directoryWith(tree)
  assert.equal(refusalOf(`${own}/file`), 'not a file, and not to be replaced by one')
  assert.ok(lstatSync(`${own}/file`).isSymbolicLink())
  const open = directoryWith({ tmp: tree }, { tmp: 0o1777 })
  replaceFile(`${open}/tmp/file`, BYTES, ROOT_AND_WE)
  assert.equal(readFileSync(`${open}/tmp/file`, 'utf8'), 'new\n')
})

/** Does something in the middle of `replaceFile()`. */
function when(awaited: WriteStep, act: () => void): (step: WriteStep) => void {
  return (step) => (step === awaited ? act() : undefined)
}

/**
 * Puts a link to another directory in a directory's place, as whoever owns what is above can at any
 * time.
 */
function swap(directory: string, other: string): void {
  renameSync(directory, `${directory}.away`)
  symlinkSync(other, directory)
}

test('a directory that is swapped for a link before it is opened is refused', () => {
  const directory = directoryWith({ out: {}, other: {} })
  const [out, other] = [join(directory, 'out'), join(directory, 'other')]
  const act = when('resolved', () => swap(out, other))
  const write = () => replaceFile(join(out, 'file'), BYTES, ROOT_AND_WE, act)
  assert.throws(write, { message: `Cannot write "${join(out, 'file')}": ENOTDIR` })
  assert.deepEqual([readdirSync(other), readdirSync(`${out}.away`)], [[], []])
})

test('a directory that is swapped for a link while a file is written leads nowhere else', () => {
  const directory = directoryWith({ out: { file: 'old\n' }, other: { file: 'theirs\n' } })
  const [out, other] = [join(directory, 'out'), join(directory, 'other')]
  replaceFile(
    join(out, 'file'),
    BYTES,
    ROOT_AND_WE,
    when('written', () => swap(out, other)),
  )
  assert.deepEqual(readdirSync(other), ['file'])
  assert.equal(readFileSync(join(other, 'file'), 'utf8'), 'theirs\n')
  assert.deepEqual(readdirSync(`${out}.away`), ['file'])
  assert.equal(readFileSync(`${out}.away/file`, 'utf8'), 'new\n')
})

test('what fails in a directory that is swapped takes away nothing elsewhere', () => {
  const directory = directoryWith({ out: {}, other: {} })
  const [out, other] = [join(directory, 'out'), join(directory, 'other')]
  const fail = () => {
    // All that could be taken away has the same name in both.
    const [beside = ''] = readdirSync(out)
    writeFileSync(join(other, beside), '')
    mkdirSync(join(out, 'file'))
    swap(out, other)
  }
  const write = () => replaceFile(join(out, 'file'), BYTES, ROOT_AND_WE, when('written', fail))
  assert.throws(write, { message: `Cannot write "${join(out, 'file')}": EISDIR` })
  assert.equal(readdirSync(other).length, 1)
  assert.deepEqual(readdirSync(`${out}.away`), ['file'])
})

test('what is put in the place of the new file is not emptied', () => {
  const directory = directoryWith({ out: {}, other: { kept: '' } })
  const [out, other] = [join(directory, 'out'), join(directory, 'other')]
  const fail = () => {
    const [beside = ''] = readdirSync(out)
    renameSync(join(out, beside), join(out, 'stolen'))
    symlinkSync(other, join(out, beside))
    mkdirSync(join(out, 'file'))
  }
  assert.throws(
    () => replaceFile(join(out, 'file'), BYTES, ROOT_AND_WE, when('written', fail)),
    /EISDIR/,
  )
  assert.deepEqual(readdirSync(other), ['kept'])
})
