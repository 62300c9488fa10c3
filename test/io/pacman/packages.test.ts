import assert from 'node:assert/strict'
import fc from 'fast-check'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StaleCopy } from '../../../src/core/pacman/former-owner.ts'
import { packagesIn } from '../../../src/io/pacman/packages.ts'
import { localDatabase, logTransaction, writePacmanMachine } from '../../support/pacman-tree.ts'
import { makeTree } from '../../support/tree.ts'

const at = (time: string) => new Date(`2026-11-${time}Z`)
const NOW = at('24T00:00:00')
const LOG = [
  logTransaction(at('19T10:00:00'), ['installed ssl (1-1)', 'installed old (1-1)']),
  logTransaction(at('21T10:00:00'), ['upgraded ssl (1-1 -> 2-1)', 'upgraded z (1-1 -> 2-1)']),
  logTransaction(at('22T10:00:00'), ['upgraded ssl (2-1 -> 3-1)', 'removed old (1-1)']),
  logTransaction(at('23T10:00:00'), ['installed more (1-1)', 'upgraded z (2-1 -> 3-1)']),
].join('')
const LOCAL = localDatabase([
  {
    name: 'ssl',
    version: '3-1',
    installedAt: at('22T10:00:01'),
    files: ['usr/lib/libssl.so.3'],
  },
  { name: 'z', version: '3-1', installedAt: at('23T10:00:02'), files: ['usr/lib/libz.so.2'] },
  { name: 'quiet', version: '1-1', files: ['usr/lib/libquiet.so'] },
])
const MACHINE = { 'var/lib/pacman/local': LOCAL, 'var/log/pacman.log': LOG }
const COPIES: readonly StaleCopy[] = [
  { path: '/usr/lib/libssl.so.3', state: 'replaced', startedAt: at('20T00:00:00') },
  { path: '/usr/lib/libssl.so.3', state: 'replaced', startedAt: at('22T00:00:00') },
  { path: '/usr/lib/libz.so.1', state: 'removed', startedAt: at('22T00:00:00') },
  { path: '/usr/lib/libquiet.so', state: 'replaced', startedAt: at('20T00:00:00') },
  { path: '/opt/tool/libtool.so', state: 'replaced', startedAt: at('20T00:00:00') },
]

async function told(tree: string, copies = COPIES) {
  const { attributions, limit } = await packagesIn(tree).changes(copies, NOW, null)
  const words = attributions.map((attribution) => {
    if (attribution.kind !== 'changed') return attribution.kind
    const { name, from, to, change, at: when } = attribution.change
    return `${name} ${from} ${to} ${change} ${when.slice(8, 19)}`
  })
  return { words, limit }
}

const RIGHT = [
  'ssl 1-1 3-1 upgraded 22T10:00:01',
  'ssl 2-1 3-1 upgraded 22T10:00:01',
  'z 2-1 3-1 upgraded 23T10:00:02',
  'unchanged',
  'unowned',
]

test('changes() joins the log with the local database', async () => {
  assert.deepEqual(await told(makeTree(MACHINE)), { words: RIGHT, limit: null })
})

test('a log that begins after the boot is no limit for what started later', async () => {
  const tree = makeTree(MACHINE)
  const lost: StaleCopy = {
    path: '/usr/lib/libx.so',
    state: 'removed',
    startedAt: at('22T00:00:00'),
  }
  const packages = packagesIn(tree)
  assert.equal((await packages.since(at('01T00:00:00'), NOW)).limit, 'package-log-short')
  const { attributions, limit } = await packages.changes([lost], NOW, null)
  assert.deepEqual([attributions.map(({ kind }) => kind), limit], [['unknown'], null])
  const early = { ...lost, startedAt: at('10T00:00:00') }
  assert.equal((await packages.changes([early], NOW, null)).limit, 'package-log-short')
})

test('changes() opens nothing where nothing is stale', async () => {
  const nowhere = join(makeTree({}), 'nowhere')
  assert.deepEqual(await packagesIn(nowhere).changes([], NOW, null), {
    attributions: [],
    limit: null,
  })
})

test('changes() knows what the hook was given', async () => {
  const gone: StaleCopy[] = [{ path: '/usr/lib/libold.so', state: 'removed', startedAt: NOW }]
  const log = logTransaction(new Date(NOW.getTime() + 60_000), ['removed old (1-1)'])
  const tree = makeTree({ ...MACHINE, 'var/log/pacman.log': LOG + log })
  const later = new Date(NOW.getTime() + 3600_000)
  const kindWith = async (targets: ReadonlySet<string>) =>
    (await packagesIn(tree).changes(gone, later, targets)).attributions[0]?.kind
  assert.equal(await kindWith(new Set(['usr/lib/libold.so'])), 'changed')
  assert.equal(await kindWith(new Set()), 'unknown')
})

for (const [what, tree, limit] of [
  [
    'a database that is none',
    { 'var/log/pacman.log': LOG, 'var/lib/pacman/local': '' },
    'package-database-unreadable',
  ],
  ['no log', { 'var/lib/pacman/local': LOCAL }, 'package-log-missing'],
  [
    'a log without end',
    { ...MACHINE, 'var/log/pacman.log': { link: 'pacman.log' } },
    'package-log-unreadable',
  ],
] as const)
  test(`changes() does without ${what}, and says so once`, async () => {
    const { words, limit: said } = await told(makeTree(tree))
    assert.equal(said, limit)
    for (const word of words) assert.match(word, /^(?:unknown|unowned)$/)
  })

test("changes() says nothing of a machine whose packages are not pacman's", async () => {
  const empty = { 'var/log/pacman.log': LOG, 'var/lib/pacman/local/ALPM_DB_VERSION': '9' }
  for (const tree of [{ 'etc/passwd': '' }, empty]) {
    const { words, limit } = await told(makeTree(tree))
    assert.equal(limit, null)
    for (const word of words) assert.equal(word, 'unknown')
  }
})

test('changes() does not say that a file is of no package where lists are missing', async () => {
  const torn = makeTree({ ...MACHINE, 'var/lib/pacman/local/torn-1-1/desc': '' })
  const { words, limit } = await told(torn)
  assert.deepEqual(words, [...RIGHT.slice(0, 4), 'unknown'])
  assert.equal(limit, 'package-database-unreadable')
})

test('the log is read once more where an earlier time is asked about', async () => {
  const packages = packagesIn(makeTree(MACHINE))
  const changesSince = async (time: string) =>
    (await packages.since(at(time), NOW)).log.changes.length
  assert.equal(await changesSince('22T12:00:00'), 2)
  assert.equal(await changesSince('21T12:00:00'), 4)
})

test('no list is read for a file that lies where packages put nothing', async () => {
  const torn = makeTree({ ...MACHINE, 'var/lib/pacman/local/torn-1-1/desc': '' })
  const startedAt = at('20T00:00:00')
  const paths = ['/usr/local/lib/liba.so', '/home/zoe/liba.so', '/srv/liba.so', '/root/liba.so']
  const copies = paths.map((path) => ({ path, state: 'replaced' as const, startedAt }))
  const { words, limit } = await told(torn, copies)
  assert.deepEqual([new Set(words), limit], [new Set(['unowned']), null])
})

test('a log that cannot be read is no limit where no attribution needed it', async () => {
  const tree = makeTree({ ...MACHINE, 'var/log/pacman.log': {} })
  const startedAt = at('20T00:00:00')
  const path = '/usr/local/lib/liba.so'
  const { words, limit } = await told(tree, [{ path, state: 'replaced', startedAt }])
  assert.deepEqual([words, limit], [['unowned'], null])
  const needed = await told(tree, [{ path: '/usr/lib/libz.so.2', state: 'replaced', startedAt }])
  assert.deepEqual([needed.words, needed.limit], [['unknown'], 'package-log-unreadable'])
})

test('for a file that is gone, no list of a package that did not change is read', async () => {
  const torn = makeTree({ ...MACHINE, 'var/lib/pacman/local/torn-1-1/desc': '' })
  const startedAt = at('20T00:00:00')
  const path = '/usr/lib/libgone.so'
  assert.equal((await told(torn, [{ path, state: 'removed', startedAt }])).limit, null)
  const { limit } = await told(torn, [{ path, state: 'replaced', startedAt }])
  assert.equal(limit, 'package-database-unreadable')
})

/** Ways in which a log gets damaged by a crash, a full disk or a hand, each at some place. */
const DAMAGE = {
  'cut at the end': (log: Buffer, place: number) => log.subarray(0, place),
  'cut at the beginning': (log: Buffer, place: number) => log.subarray(place),
  'cut and written on': (log: Buffer, place: number) =>
    Buffer.concat([log.subarray(0, place), Buffer.from(logTransaction(at('23T20:00:00'), []))]),
  'zeros in it': (log: Buffer, place: number) =>
    Buffer.from(log).fill(0, place, Math.min(place + 60, log.length)),
  'zeros at the end': (log: Buffer, place: number) => Buffer.from(log).fill(0, place),
} as const

for (const [what, damage] of Object.entries(DAMAGE))
  test(`changes() is right or says nothing about a log with this damage: ${what}`, async () => {
    const tree = makeTree(MACHINE)
    const log = Buffer.from(LOG)
    await fc.assert(
      fc.asyncProperty(fc.nat(log.length - 1), async (place) => {
        writeFileSync(join(tree, 'var/log/pacman.log'), damage(log, place))
        const { words, limit } = await told(tree)
        for (const [index, word] of words.entries())
          assert.ok(word === RIGHT[index] || word === 'unknown', `${words.join(', ')} (${limit})`)
        if (what === 'zeros in it' && words.includes('unknown'))
          assert.equal(limit, 'package-log-damaged')
      }),
      { numRuns: 300 },
    )
  })

test('changes() finds twenty changed packages among hundreds', async () => {
  const tree = makeTree({})
  const size = { packages: 300, files: 20_000, logBytes: 300_000, changed: 20 }
  const { libraries, changedAt } = writePacmanMachine(tree, size)
  const startedAt = new Date(changedAt.getTime() - 3600_000)
  const copies = libraries.map((path): StaleCopy => ({ path, state: 'replaced', startedAt }))
  const { words, limit } = await told(tree, copies)
  assert.equal(limit, null)
  assert.equal(words.length, 20)
  for (const word of words) assert.match(word, /^package\d+ 1\.0-1 2\.0-1 upgraded 23T07:1[89]:/)
})

test('a list counts as missing too where only the next path of a file was looked for in it', async () => {
  const changes = ['upgraded tool (5.1-1 -> 6.0-1)', 'upgraded app (5.1-1 -> 6.0-1)']
  const log = LOG + logTransaction(at('23T12:00:00'), changes)
  const path = '/usr/lib/tool/5.1/tool'
  const tool = { name: 'tool', version: '6.0-1', installedAt: NOW, files: [path.slice(1)] }
  const app = { name: 'app', version: '6.0-1', installedAt: NOW, files: [path.slice(1)] }
  const startedAt = at('22T00:00:00')
  const limitOf = async (torn: Record<string, string>) => {
    const local = { ...localDatabase([tool, app]), ...torn }
    const tree = makeTree({ 'var/lib/pacman/local': local, 'var/log/pacman.log': log })
    return (await told(tree, [{ path, state: 'removed', startedAt }])).limit
  }
  assert.equal(await limitOf({}), null)
  for (const name of ['tool', 'app'])
    assert.equal(await limitOf({ [`${name}-6.0-1`]: '' }), 'package-database-unreadable')
})
