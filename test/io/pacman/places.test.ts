import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StaleCopy } from '../../../src/core/pacman/former-owner.ts'
import { packagesIn } from '../../../src/io/pacman/packages.ts'
import { localDatabase, logTransaction } from '../../support/pacman-tree.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const BOOT = new Date('2026-11-22T00:00:00Z')
const CHANGED = new Date('2026-11-23T10:00:00Z')
const NOW = new Date('2026-11-24T00:00:00Z')
const INSTALLED = logTransaction(new Date('2026-11-19T10:00:00Z'), [
  'installed ssl (1-1)',
  'installed intel-ucode (1-1)',
])
const LOG = INSTALLED + logTransaction(CHANGED, ['upgraded ssl (1-1 -> 2-1)'])
const LOCAL = localDatabase([
  { name: 'ssl', version: '2-1', installedAt: CHANGED, files: ['usr/lib/libssl.so.3'] },
  { name: 'intel-ucode', version: '1-1', installedAt: CHANGED, files: ['boot/intel-ucode.img'] },
])
const USUAL = { 'var/lib/pacman/local': LOCAL, 'var/log/pacman.log': LOG }
/** What an administrator leaves behind who moves the log or the database. */
const OLD_LOG = { 'var/log/pacman.log': INSTALLED }
const OLD_LOCAL = {
  'var/lib/pacman/local': localDatabase([{ name: 'ssl', version: '1-1', files: ['usr/old'] }]),
}
const conf = (...lines: readonly string[]) => ({
  'etc/pacman.conf': ['[options]', ...lines, ''].join('\n'),
})

/**
 * Everything that is asked of pacman, with its answers, on a tree whose old log is from before
 * boot.
 */
async function answers(tree: Tree, root = '') {
  const directory = makeTree(tree)
  if ('var/log/pacman.log' in tree && tree['var/log/pacman.log'] === INSTALLED)
    utimesSync(join(directory, 'var/log/pacman.log'), 1, 1)
  const packages = packagesIn(directory)
  const path = `${root}/usr/lib/libssl.so.3`
  const copy: StaleCopy = { path, state: 'replaced', startedAt: BOOT }
  const { attributions, limit } = await packages.changes([copy], NOW, null)
  const [found] = attributions
  return {
    mayHaveChanged: await packages.mayHaveChangedSince(BOOT.getTime() / 1000),
    start: await packages.transactionStart(),
    since: (await packages.since(BOOT, NOW)).log.changes.map(({ name }) => name),
    change: found?.kind === 'changed' ? `${found.change.name} ${found.change.to}` : found?.kind,
    limit,
    installed: await packages.installed(['intel-ucode', 'amd-ucode']),
    owners: [...(await packages.ownersOf([path, '/usr/lib/other.so']))],
    ownersAmongOthers: (await packages.ownersOf([path], (name) => name !== 'ssl')).size,
  }
}

const right = (root = '') => ({
  mayHaveChanged: { value: true, limit: null },
  start: CHANGED.getTime() / 1000,
  since: ['ssl'],
  change: 'ssl 2-1',
  limit: null,
  installed: [{ name: 'intel-ucode', installedAt: CHANGED.getTime() / 1000 }],
  owners: [[`${root}/usr/lib/libssl.so.3`, 'ssl']],
  ownersAmongOthers: 0,
})

const PLACES: readonly (readonly [string, Tree, string?])[] = [
  ['nothing is configured', USUAL],
  ['the usual places are named', { ...USUAL, ...conf('LogFile = /var/log/pacman.log') }],
  [
    'LogFile is moved',
    { ...conf('LogFile = /srv/p.log'), 'srv/p.log': LOG, 'var/lib/pacman/local': LOCAL },
  ],
  [
    'LogFile is moved, and the old log left behind',
    { ...conf('LogFile = /p.log'), 'p.log': LOG, 'var/lib/pacman/local': LOCAL, ...OLD_LOG },
  ],
  [
    'DBPath is moved, and the old database left behind',
    {
      ...conf('DBPath = /srv/db/'),
      'srv/db/local': LOCAL,
      'var/log/pacman.log': LOG,
      ...OLD_LOCAL,
    },
  ],
  [
    'both are moved, and the old ones left behind',
    {
      ...conf('DBPath = /d', 'LogFile = /l'),
      'd/local': LOCAL,
      l: LOG,
      ...OLD_LOG,
      ...OLD_LOCAL,
    },
  ],
  [
    'an included file moves both',
    {
      ...conf('Include = /etc/pacman.d/*.conf'),
      'etc/pacman.d/places.conf': 'DBPath = /d\nLogFile = /l\n',
      'd/local': LOCAL,
      l: LOG,
      ...OLD_LOG,
      ...OLD_LOCAL,
    },
  ],
  [
    'RootDir is another',
    {
      ...conf('RootDir = /srv/root'),
      'srv/root/var/lib/pacman/local': LOCAL,
      'srv/root/var/log/pacman.log': LOG,
      ...OLD_LOG,
      ...OLD_LOCAL,
    },
    '/srv/root',
  ],
]

for (const [what, tree, root] of PLACES)
  test(`pacman's answers do not depend on their places: ${what}`, async () => {
    assert.deepEqual(await answers(tree, root), right(root))
  })

const LOOP = { link: 'loop' }
const WITH_OLD_LOG = { 'var/lib/pacman/local': LOCAL, ...OLD_LOG }

/** What `mayHaveChangedSince` says, although the log at the usual place is from before boot. */
const HIDDEN: readonly (readonly [string, string | null, Tree])[] = [
  ['the log that is named is missing', 'package-log-missing', conf('LogFile = /p.log')],
  [
    'no log is kept',
    'package-log-unreadable',
    { ...conf('LogFile = /n'), n: { link: '/dev/null' } },
  ],
  ['the log is a directory', 'package-log-unreadable', { ...conf('LogFile = /n'), n: {} }],
  [
    'the log cannot be reached',
    'package-log-unreadable',
    { ...conf('LogFile = /loop'), loop: LOOP },
  ],
  ['another root directory has no log', 'package-database-unreadable', conf('RootDir = /r')],
  [
    'the database and the log that are named are missing',
    'package-database-unreadable',
    conf('DBPath = /d', 'LogFile = /l'),
  ],
  ['pacman.conf cannot be read', 'package-log-unreadable', { 'etc/pacman.conf': {} }],
  [
    'an included file cannot be read',
    'package-log-unreadable',
    { ...conf('Include = /loop'), loop: LOOP },
  ],
  [
    "a machine whose packages are not pacman's",
    null,
    {
      ...conf('LogFile = /p.log', 'DBPath = /d'),
      'd/local/ALPM_DB_VERSION': '9',
    },
  ],
]

for (const [what, limit, tree] of HIDDEN)
  test(`pacman may have changed anything, and what hides it is said: ${what}`, async () => {
    const { mayHaveChanged } = await answers({ ...WITH_OLD_LOG, ...tree })
    assert.deepEqual(mayHaveChanged, { value: true, limit })
  })

test('mayHaveChangedSince() is asked of the log that pacman.conf names, and of its time alone', async () => {
  const said = async (tree: Tree, log: string, seconds: number | null) => {
    const directory = makeTree(tree)
    utimesSync(join(directory, log), 1000, 1000)
    return (await packagesIn(directory).mayHaveChangedSince(seconds)).value
  }
  const moved = { ...conf('LogFile = /p.log'), 'p.log': 'x', ...USUAL }
  for (const [tree, log] of [
    [USUAL, 'var/log/pacman.log'],
    [moved, 'p.log'],
  ] as const) {
    assert.equal(await said(tree, log, 999), true)
    assert.equal(await said(tree, log, 1000), true)
    assert.equal(await said(tree, log, 1001), false)
    assert.equal(await said(tree, log, null), true)
  }
  const usual = await packagesIn(makeTree({})).mayHaveChangedSince(1)
  assert.deepEqual(usual, { value: true, limit: null })
})

test('a usual place where nothing lies is missed by nobody who asks for nothing', async () => {
  const packages = packagesIn(makeTree({ 'var/lib/pacman/local': LOCAL }))
  assert.deepEqual(await packages.mayHaveChangedSince(1), { value: true, limit: null })
  const { limit } = await packages.since(BOOT, NOW)
  assert.equal(limit, 'package-log-missing')
})

test("nothing is read of a log where the packages are not pacman's", async () => {
  const none = { 'var/lib/pacman/local/ALPM_DB_VERSION': '9', 'var/log/pacman.log': LOG }
  const { log, limit } = await packagesIn(makeTree(none)).since(BOOT, NOW)
  assert.deepEqual([log.changes, limit], [[], null])
})

test('the name of an installed package is printable', async () => {
  const local = localDatabase([{ name: 'a\u0007b', version: '1-1', installedAt: CHANGED }])
  const found = await packagesIn(makeTree({ 'var/lib/pacman/local': local })).installed([
    'a\u0007b',
  ])
  assert.deepEqual(
    found?.map(({ name }) => name),
    ['a\\x07b'],
  )
})

test('a database that is named and missing is missed by who asks for changes', async () => {
  assert.equal((await answers(conf('DBPath = /d'))).limit, 'package-database-unreadable')
  assert.equal((await answers({})).limit, null)
})

test('nothing is known of a process tree without its files', async () => {
  const packages = packagesIn(null)
  assert.deepEqual(await packages.mayHaveChangedSince(1), { value: true, limit: null })
  assert.equal(await packages.transactionStart(), null)
  assert.equal(await packages.installed(['ssl']), null)
  assert.equal((await packages.ownersOf(['/usr/lib/libssl.so.3'])).size, 0)
  assert.deepEqual((await packages.since(BOOT, NOW)).log.changes, [])
})
