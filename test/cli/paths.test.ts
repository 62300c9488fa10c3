import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { reportDocument, staleLibs } from '../support/bundle.ts'
import { localDatabase, logTransaction } from '../support/pacman-tree.ts'
import { makeTree, procTree } from '../support/tree.ts'

/** Returns a text as the bytes of it in UTF-8, one character a byte. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')

const GROUP = '/system.slice/a.service'
const CHANGED_AT = new Date('2026-11-20T10:00:00Z')
/** How it is printed, and what it is. */
const [UMLAUTS, STRAY] = ['/opt/Übung/größe.so.1', '/opt/old/gr\\xf6\\x9bfe.so.1'] as const
const PATHS = [bytes(UMLAUTS), '/opt/old/gr\xf6\x9bfe.so.1', '/mnt/disk/opt/vendor/libv.so.1']

const ROOT = makeTree({
  opt: { link: 'mnt/disk/opt' },
  'mnt/disk/opt/vendor/libv.so.1': '',
  'etc/stale-libs/config.toml': '',
  'var/lib/pacman/local': localDatabase([
    {
      name: 'names',
      version: '2-1',
      installedAt: CHANGED_AT,
      files: PATHS.slice(0, 2).map((path) => path.slice(1)),
    },
    { name: 'vendor', version: '2-1', installedAt: CHANGED_AT, files: ['opt/vendor/libv.so.1'] },
  ]),
  'var/log/pacman.log': [
    logTransaction(new Date('2026-01-01T10:00:00Z'), ['installed names (1-1)']),
    logTransaction(CHANGED_AT, ['upgraded names (1-1 -> 2-1)', 'upgraded vendor (1-1 -> 2-1)']),
  ].join(''),
})

const procOf = (paths: readonly string[], some = {}) =>
  makeTree(
    procTree({
      4: { maps: paths.map((path) => `r-xp ${path} (deleted)`), cgroup: GROUP, ...some },
    }),
  )
const PROC = procOf(PATHS)
const TREE = ['--proc', PROC, '--root', ROOT]

/** Returns the name of the package of each file. */
const packagesIn = (argv: readonly string[]) => {
  const { findings } = reportDocument(staleLibs(['--format', 'json', ...argv]).stdout)
  return Object.fromEntries(
    findings.flatMap(({ files }) => files.map((file) => [file.path, file.package?.name ?? null])),
  )
}

const RIGHT = {
  [PATHS[2] ?? '']: 'vendor',
  [UMLAUTS]: 'names',
  [STRAY]: 'names',
}

test('a file has its package, whatever bytes are in its path, and through a link', () => {
  assert.deepEqual(packagesIn(TREE), RIGHT)
})

test('explain says the package beside the path as it is printed', () => {
  const { stdout } = staleLibs(['explain', '4', '--facts', ...TREE])
  for (const path of [UMLAUTS, STRAY]) assert.ok(stdout.includes(`maps ${path}: library`), stdout)
  assert.equal(stdout.match(/names 1-1 -> 2-1/g)?.length, 2, stdout)
})

test('a file of another tree has no package, though the link of ours leads to its path', () => {
  const apart = { apart: { root: '2', mnt: '2' } }
  const proc = procOf(PATHS.slice(2), apart)
  assert.deepEqual(packagesIn(['--proc', proc, '--root', ROOT]), { [PATHS[2] ?? '']: null })
})

test('rules for paths and packages know it by the text, and by the name of its package', () => {
  const hidden = (...argv: readonly string[]) => Object.keys(packagesIn([...TREE, ...argv]))
  assert.deepEqual(hidden('--ignore-path', '/opt/Übung/gr??e.so.1'), [PATHS[2], STRAY])
  assert.deepEqual(hidden('--ignore-path', '/opt/vendor/*'), [STRAY, UMLAUTS])
  const config = join(makeTree({ 'a.toml': '[ignore]\npackages = ["names"]\n' }), 'a.toml')
  assert.deepEqual(hidden('--config', config), [PATHS[2]])
})

test('a hook is told of it by the bytes that pacman writes', () => {
  const told = PATHS.map((path) => `${path.slice(1)}\n`).join('')
  const targets = join(makeTree({ targets: Buffer.from(told, 'latin1') }), 'targets')
  const { stdout } = staleLibs(['--hook', '--targets', targets, ...TREE])
  assert.match(stdout.replaceAll(/\n +/g, ' '), / names \(1-1 -> 2-1\)/)
})

test('a recording replays the package of such a file, and so does one without names', () => {
  for (const flags of [[], ['--anonymize']]) {
    const directory = join(makeTree({}), 'recording')
    assert.equal(staleLibs(['record', directory, ...flags, ...TREE]).status, 0)
    const names = Object.values(packagesIn(['--from', directory]))
    assert.deepEqual(names.toSorted(), ['names', 'names', 'vendor'], flags.join())
  }
})

test('the diagnostic log has the text of a path, and not its bytes', () => {
  const { stderr } = staleLibs([...TREE, '--log-level', 'debug'])
  assert.ok(stderr.includes(JSON.stringify(STRAY)), stderr)
  assert.doesNotMatch(stderr, /[^\n\P{Cc}]/u)
})
