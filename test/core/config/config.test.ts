import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ignoreGlob, mergeConfigs, NO_CONFIG, readConfig } from '../../../src/core/config/config.ts'
import { configTables } from '../../../src/core/config/tables.ts'
import type { Config } from '../../../src/core/config/config.ts'
import { lineOfKey } from '../../../src/core/config/line-of-key.ts'

type Tables = Readonly<Record<string, unknown>>

const REASON = { reason: 'r' }

function read(tables: Tables): Config {
  const config = readConfig(tables, 'a.toml')
  assert.ok(!('key' in config), JSON.stringify(config))
  return config
}

const WHOLE: Tables = {
  ignore: {
    units: ['a.service', { glob: 'b*', reason: 'kiosk' }],
    paths: ['/opt/*'],
    packages: ['glibc'],
    users: ['zoe'],
  },
  causes: { 'package-upgraded': false },
  security: { advisories: '/var/lib/issues.json' },
  sensitive: [{ units: ['c.service'], of: 'both', action: 'manual', reason: 'careful' }],
  lifeline: [{ units: ['d.service'], role: 'login', reason: 'the way home' }],
}

test('readConfig() reads every table', () => {
  const { ignore, sensitive, lifelines, packageUpgraded, advisories } = read(WHOLE)
  const globs = Object.values(ignore).map((rules) => rules.map(({ glob }) => glob.source))
  assert.deepEqual(globs, [['a.service', 'b*'], ['/opt/*'], ['glibc'], ['zoe']])
  assert.deepEqual(
    ignore.unit.map(({ reason }) => reason),
    [null, 'kiosk'],
  )
  const source = 'a.toml'
  assert.deepEqual(sensitive, [
    { units: ['c.service'], of: 'both', action: 'manual', reason: 'careful', source },
  ])
  assert.deepEqual(lifelines, [
    { units: ['d.service'], role: 'login', reason: 'the way home', source },
  ])
  assert.deepEqual([packageUpgraded, advisories], [false, '/var/lib/issues.json'])
})

test('configTables() gives what readConfig() reads back', () => {
  const tables = configTables(read(WHOLE))
  assert.deepEqual(configTables(read(tables)), tables)
  assert.deepEqual(Object.keys(configTables(NO_CONFIG)), ['ignore', 'sensitive', 'lifeline'])
})

test('readConfig() of nothing is no configuration, and rows have defaults', () => {
  assert.deepEqual(read({}), NO_CONFIG)
  const { sensitive, lifelines } = read({
    sensitive: [{ units: ['a'], action: 'none', ...REASON }],
    lifeline: [{ units: ['a'], ...REASON }],
  })
  assert.deepEqual([sensitive[0]?.of, lifelines[0]?.role], ['system', 'network'])
})

const WRONG: readonly (readonly [tables: Tables, key: string, says: RegExp])[] = [
  [{ colour: 1 }, 'colour', /^unknown key; known are ignore, /],
  [{ ignore: { unit: [] } }, 'ignore.unit', /^unknown key; known are units, /],
  [{ ignore: [] }, 'ignore', /^it must be a table, not a list$/],
  [{ ignore: { units: 'a' } }, 'ignore.units', /^it must be a list, not "a"$/],
  [{ ignore: { units: [3] } }, 'ignore.units[1]', /^it must be a table, not a number$/],
  [{ ignore: { units: [{}] } }, 'ignore.units[1].glob', /^it must be a text, not missing$/],
  [{ ignore: { units: ['a/b'] } }, 'ignore.units[1]', /the name of a unit has no "\/"$/],
  [{ ignore: { paths: ['a'] } }, 'ignore.paths[1]', /it must begin with/],
  [{ causes: { 'package-upgraded': 1 } }, 'causes.package-upgraded', /true or false/],
  [{ security: { advisories: 'a' } }, 'security.advisories', /^"a" is not an absolute path$/],
  [{ sensitive: [{ units: [] }] }, 'sensitive[1].action', /^it must be one of .*, not missing$/],
  [{ sensitive: [{ action: 'reexec' }] }, 'sensitive[1].action', /^it must be .*, not "reexec"$/],
  [{ sensitive: [{ action: 'none', units: [], ...REASON }] }, 'sensitive[1].units', /no unit$/],
  [{ lifeline: [{ units: ['[a'], ...REASON }] }, 'lifeline[1].units[1]', /the glob "\[a" is wrong/],
  [{ lifeline: [{ role: 'x' }] }, 'lifeline[1].role', /^it must be one of login, network, jobs/],
]
for (const [tables, key, says] of WRONG)
  test(`readConfig() says what is wrong with ${JSON.stringify(tables)}`, () => {
    const problem = readConfig(tables, 'a.toml')
    assert.ok('key' in problem)
    assert.equal(problem.key, key)
    assert.match(problem.message, says)
  })

test('mergeConfigs() tries the rows of the later one first, and keeps what it does not say', () => {
  const [earlier, later] = ['a', 'b'].map((name) =>
    read({
      ignore: { units: [name] },
      sensitive: [{ units: [name], action: 'none', ...REASON }],
      lifeline: [{ units: [name], ...REASON }],
      ...(name === 'a' ? { causes: { 'package-upgraded': true } } : {}),
      security: { advisories: `/${name}` },
    }),
  )
  assert.ok(earlier !== undefined && later !== undefined)
  const merged = mergeConfigs(earlier, later)
  assert.deepEqual(
    merged.ignore.unit.map(({ glob }) => glob.source),
    ['a', 'b'],
  )
  assert.deepEqual(
    [merged.sensitive, merged.lifelines].map((rows) => rows.flatMap(({ units }) => units)),
    [
      ['b.service', 'a.service'],
      ['b.service', 'a.service'],
    ],
  )
  assert.deepEqual([merged.packageUpgraded, merged.advisories], [true, '/b'])
})

test('ignoreGlob() takes a glob of its subject', () => {
  assert.equal(typeof ignoreGlob('a/b', 'unit'), 'string')
  assert.equal(typeof ignoreGlob('a/b', 'package'), 'object')
  for (const [glob, type] of [
    ['/a', 'object'],
    ['*a', 'object'],
    ['a', 'string'],
  ] as const)
    assert.equal(typeof ignoreGlob(glob, 'path'), type)
})

const SOURCE = `# a comment
colour = 1
[ignore]
units = []
[[sensitive]]
action = "none"
[[sensitive]]
reason = ""
 [ security ]
advisories = "a"
`
const LINES: readonly (readonly [key: string, line: number | null])[] = [
  ['colour', 2],
  ['ignore', 3],
  ['ignore.units', 4],
  ['ignore.units[1].glob', 4],
  ['ignore.paths', 3],
  ['sensitive[1].action', 6],
  ['sensitive[2].action', 7],
  ['sensitive[2].reason', 8],
  ['security.advisories', 10],
  ['lifeline[1].units', null],
  ['', null],
]
for (const [key, line] of LINES)
  test(`lineOfKey() finds ${JSON.stringify(key)} in line ${line}`, () =>
    assert.equal(lineOfKey(SOURCE, key), line))

test('a reason of a configuration is printable', () => {
  const reason = 'a\u001b[31m\u3164'
  const row = { units: ['a.service'], action: 'manual', reason }
  const config = readConfig(
    {
      ignore: { units: [{ glob: 'a*', reason }] },
      sensitive: [row],
      lifeline: [{ units: ['a.service'], reason }],
    },
    'a test',
  )
  assert.ok(!('key' in config))
  const safe = String.raw`a\x1b[31m\xe3\x85\xa4`
  for (const one of [config.ignore.unit[0], config.sensitive[0], config.lifelines[0]])
    assert.equal(one?.reason, safe)
})
