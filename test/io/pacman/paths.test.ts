import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPacmanPaths } from '../../../src/io/pacman/paths.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const STANDARD = ['', '/var/lib/pacman', '/var/log/pacman.log'] as const

/**
 * Files below `/etc`, and what `pacman-conf` of pacman 6.0.2 says to them (it refuses missing
 * files).
 */
const CONFIGURED: Readonly<Record<string, readonly [Tree, readonly [string, string, string]]>> = {
  'no file': [{}, STANDARD],
  'nothing configured': [{ 'pacman.conf': '[options]\n#DBPath = /x\n[core]\n' }, STANDARD],
  'all configured': [
    { 'pacman.conf': '[options]\nRootDir=/r/\nDBPath = /d//e/ \n\tLogFile\t=\t/l x.log\n' },
    ['/r', '/d/e', '/l x.log'],
  ],
  'another root directory': [
    { 'pacman.conf': '[options]\nRootDir = /mnt/\n' },
    ['/mnt', '/mnt/var/lib/pacman', '/mnt/var/log/pacman.log'],
  ],
  'a key twice: the first counts': [
    { 'pacman.conf': '[options]\nDBPath = /first\nDBPath = /second\n' },
    ['', '/first', '/var/log/pacman.log'],
  ],
  'a key behind a repository': [
    { 'pacman.conf': '[options]\n[core]\nServer = file:///x\n[options]\nDBPath = /d\n' },
    ['', '/d', '/var/log/pacman.log'],
  ],
  'files that are included': [
    {
      'pacman.conf': '[options]\nInclude = /etc/pacman.d/*.conf\nDBPath = /late\n',
      'pacman.d/b.conf': 'DBPath = /b\n',
      'pacman.d/a.conf': 'LogFile = /a.log\n',
      'pacman.d/a.txt': 'RootDir = /no\n',
      'pacman.d/.c.conf': 'RootDir = /no\n',
    },
    ['', '/b', '/a.log'],
  ],
  'an included file that ends in another section': [
    {
      'pacman.conf': '[options]\nInclude = /etc/other\nDBPath = /not-an-option\n',
      other: 'LogFile = /o.log\n[core]\n',
    },
    ['', '/var/lib/pacman', '/o.log'],
  ],
  'a file that is not there': [
    { 'pacman.conf': '[options]\nInclude = /etc/none\nInclude = /etc/none/*\nDBPath = /d\n' },
    ['', '/d', '/var/log/pacman.log'],
  ],
  'bytes that are no text': [
    { 'pacman.conf': Buffer.from('\x00\xff[\n[options]\nDBPath = /caf\xe9\n=\n[\n]\n', 'latin1') },
    ['', '/caf\xe9', '/var/log/pacman.log'],
  ],
}

for (const [what, [etc, expected]] of Object.entries(CONFIGURED))
  test(`readPacmanPaths() reads: ${what}`, async () => {
    const { root, database, log } = await readPacmanPaths(makeTree({ etc }))
    assert.deepEqual([root, database, log], expected)
  })

test('readPacmanPaths() comes to an end where files include each other', async () => {
  const include = 'Include = /etc/pacman.conf\nInclude = /etc/*.conf\n'
  const tree = makeTree({ 'etc/pacman.conf': `[options]\n${include}DBPath = /d\n` })
  assert.equal((await readPacmanPaths(tree)).database, '/d')
})

const LOOP = { link: 'loop' }

/** Files below `/etc`, and whether one is missed that may name other paths. */
const WHOLE: readonly (readonly [string, boolean, Tree])[] = [
  ['no file', true, {}],
  ['an included file that is not there', true, { 'pacman.conf': '[options]\nInclude = /etc/no\n' }],
  ['a file that is a directory', false, { 'pacman.conf': {} }],
  ['a file that is too large', false, { 'pacman.conf': Buffer.alloc(2 * 1024 * 1024, '#') }],
  [
    'an included file that cannot be read',
    false,
    { 'pacman.conf': '[options]\nInclude = /etc/loop\n', loop: LOOP },
  ],
  [
    'a directory of included files that cannot be read',
    false,
    { 'pacman.conf': '[options]\nInclude = /etc/loop/*.conf\n', loop: LOOP },
  ],
  [
    "a repository's mirrors that cannot be read",
    true,
    { 'pacman.conf': '[options]\n[core]\nInclude = /etc/loop\n', loop: LOOP },
  ],
  [
    'files that include each other',
    false,
    { 'pacman.conf': '[options]\nInclude = /etc/pacman.conf\n' },
  ],
]

for (const [what, isWhole, etc] of WHOLE)
  test(`readPacmanPaths() ${isWhole ? 'misses nothing' : 'says that it misses something'}: ${what}`, async () => {
    assert.equal((await readPacmanPaths(makeTree({ etc }))).isWhole, isWhole)
  })
