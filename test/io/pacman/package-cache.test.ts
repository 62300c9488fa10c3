import assert from 'node:assert/strict'
import { chmodSync, realpathSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Mounts } from '../../../src/core/proc/mounts.ts'
import { openOwnTree } from '../../../src/io/files/own-tree.ts'
import { olderFileIn } from '../../../src/io/pacman/package-cache.ts'
import { packagesIn } from '../../../src/io/pacman/packages.ts'
import { openPacman } from '../../../src/io/pacman/pacman.ts'
import { MountTrees } from '../../../src/io/process/mount-trees.ts'
import { localDatabase } from '../../support/pacman-tree.ts'
import type { LocalPackage } from '../../support/pacman-tree.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0
const CACHE = 'var/cache/pacman/pkg'
const OLD = 'nginx-1.28-3-x86_64.pkg.tar.zst'
const NGINX = { name: 'nginx', version: '1.29-1', architecture: 'x86_64', provides: ['httpd'] }
const BACK = { name: 'nginx', version: '1.28-3' }

const machine = (packages: readonly LocalPackage[] = [NGINX]): Tree => ({
  'var/lib/pacman/local': localDatabase(packages),
})
const conf = (text: string): Tree => ({ ...machine(), 'etc/pacman.conf': `[options]\n${text}\n` })

/** Asks a tree that is no running machine, where whoever runs the test is root. */
async function olderIn(tree: Tree, back = BACK, owner = UID) {
  const directory = makeTree(tree)
  const ownTree = openOwnTree(directory, () => null, UID)
  return olderFileIn(await openPacman(directory), ownTree, back, new Set([owner]))
}

const FILE = { [`${CACHE}/${OLD}`]: 'x' }
const other = (some: Partial<LocalPackage>): Tree => ({
  ...machine([NGINX, { name: 'other', version: '1-1', ...some }]),
  ...FILE,
})
const named = (name: string): Tree => ({ ...machine(), [`${CACHE}/${name}`]: 'x' })

const ROWS: readonly (readonly [what: string, path: string | null, tree: Tree])[] = [
  ['the file is there', `/${CACHE}/${OLD}`, { ...machine(), ...FILE }],
  ['no file is there', null, machine()],
  [
    'it has another ending',
    `/${CACHE}/nginx-1.28-3-x86_64.pkg.tar.xz`,
    named(`nginx-1.28-3-x86_64.pkg.tar.xz`),
  ],
  [
    'it is for any machine',
    `/${CACHE}/nginx-1.28-3-any.pkg.tar.zst`,
    named('nginx-1.28-3-any.pkg.tar.zst'),
  ],
  ['it is for another machine', null, named('nginx-1.28-3-aarch64.pkg.tar.zst')],
  ['only a signature is there', null, named(`${OLD}.sig`)],
  ['only a part is there', null, named(`${OLD}.part`)],
  ['another version is there', null, named('nginx-1.28-2-x86_64.pkg.tar.zst')],
  ['another package is there', null, named('nginx-mod-1.28-3-x86_64.pkg.tar.zst')],
  ['the file is empty', null, { ...machine(), [`${CACHE}/${OLD}`]: '' }],
  ['the file is a directory', null, { ...machine(), [`${CACHE}/${OLD}`]: {} }],
  ['the file is a link', null, { ...named('x'), [`${CACHE}/${OLD}`]: { link: 'x' } }],
  ['a package needs it', null, other({ depends: ['nginx>=1.29'] })],
  ['a package needs what it provides', null, other({ depends: ['httpd'] })],
  ['a package can do without it', `/${CACHE}/${OLD}`, other({ optional: ['nginx: to serve'] })],
  [
    'what a package needs is not known',
    null,
    { ...machine(), ...FILE, 'var/lib/pacman/local/z-1-1/desc': '' },
  ],
  ['it is not installed', null, { ...machine([]), ...FILE }],
  [
    'its machine is not known',
    null,
    { ...machine([{ name: 'nginx', version: '1.29-1' }]), ...FILE },
  ],
  [
    'the version is installed again',
    null,
    { ...machine([{ ...NGINX, version: '1.28-3' }]), ...FILE },
  ],
  ['no database is there', null, FILE],
  [
    'the cache is another one',
    `/srv/c/${OLD}`,
    { ...conf('CacheDir = /srv/c/'), [`srv/c/${OLD}`]: 'x' },
  ],
  [
    'it lies in the usual cache, which does not count',
    null,
    { ...conf('CacheDir = /srv/c/'), ...FILE },
  ],
  [
    'the second cache has it',
    `/d/${OLD}`,
    { ...conf('CacheDir = /c /d'), c: {}, [`d/${OLD}`]: 'x' },
  ],
  [
    'an included file names the cache',
    `/d/${OLD}`,
    { ...conf('CacheDir = /c\nInclude = /etc/x'), 'etc/x': 'CacheDir = /d', [`d/${OLD}`]: 'x' },
  ],
  [
    'a section of a repository names the cache',
    null,
    { ...conf('[core]\nCacheDir = /d'), [`d/${OLD}`]: 'x' },
  ],
  [
    'the cache is a link',
    `/d/${OLD}`,
    { ...conf('CacheDir = /c'), c: { link: 'd' }, [`d/${OLD}`]: 'x' },
  ],
  [
    'not all of the configuration can be read',
    null,
    { ...conf('Include = /etc/l'), 'etc/l': { link: 'l' }, ...FILE },
  ],
]
for (const [what, path, tree] of ROWS)
  test(`olderFileIn() is ${path} where ${what}`, async () =>
    assert.equal(await olderIn(tree), path))

test('olderFileIn() takes the newest of several files', async () => {
  const [xz, zst] = ['nginx-1.28-3-x86_64.pkg.tar.xz', 'nginx-1.28-3-any.pkg.tar.zst']
  const directory = makeTree({ ...machine(), [`${CACHE}/${xz}`]: 'x', [`${CACHE}/${zst}`]: 'x' })
  const pacman = await openPacman(directory)
  for (const [newest, oldest] of [
    [xz, zst],
    [zst, xz],
  ] as const) {
    utimesSync(join(directory, CACHE, newest), 2000, 2000)
    utimesSync(join(directory, CACHE, oldest), 1000, 1000)
    const ownTree = openOwnTree(directory, () => null, UID)
    assert.equal(olderFileIn(pacman, ownTree, BACK, new Set([UID])), `/${CACHE}/${newest}`)
  }
})

test('olderFileIn() takes no file that another user can change', async () => {
  const directory = makeTree({ ...machine(), ...FILE })
  const pacman = await openPacman(directory)
  const found = (owner: number) =>
    olderFileIn(
      pacman,
      openOwnTree(directory, () => null, UID),
      BACK,
      new Set([owner]),
    )
  assert.equal(found(UID + 1), null)
  chmodSync(join(directory, CACHE, OLD), 0o646)
  assert.equal(found(UID), null)
  chmodSync(join(directory, CACHE, OLD), 0o644)
  assert.equal(found(UID), `/${CACHE}/${OLD}`)
})

test('olderFileIn() takes no file in a directory where another user can put one', async () => {
  const directory = realpathSync(makeTree({ cache: { [OLD]: 'x' } }))
  chmodSync(join(directory, 'cache'), 0o777)
  const pacman = await openPacman(makeTree(conf(`CacheDir = ${directory}/cache`)))
  const { ownMounts } = new MountTrees('/proc')
  const found = (mounts: Mounts | null) =>
    olderFileIn(
      pacman,
      openOwnTree('', () => mounts, UID),
      BACK,
      new Set([UID]),
    )
  assert.equal(found(ownMounts), null)
  assert.equal(found(null), `${directory}/cache/${OLD}`)
})

test('a machine is asked for files of root, and a tree without files for none', async () => {
  const directory = makeTree({ ...machine(), ...FILE })
  const ownTree = openOwnTree(directory, () => null, UID)
  const found = await packagesIn(directory, ownTree).olderFileOf('nginx', '1.28-3')
  assert.equal(found, UID === 0 ? `/${CACHE}/${OLD}` : null)
  assert.equal(await packagesIn(directory).olderFileOf('nginx', '1.28-3'), null)
  assert.equal(await packagesIn(null, ownTree).olderFileOf('nginx', '1.28-3'), null)
})
