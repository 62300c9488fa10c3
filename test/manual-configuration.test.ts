import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'smol-toml'
import { ROLES, ROW_ACTIONS, ROW_OWNERS } from '../src/core/config/allowed.ts'
import { readConfig } from '../src/core/config/config.ts'
import type { Config } from '../src/core/config/config.ts'
import { whoElseWrites } from '../src/io/files/trust.ts'
import { itemsIn, plainText, section, subsection } from './support/mdoc.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const page = read('share/man/stale-libs.toml.5')
const shipped = read('share/config.toml')

type Tables = Readonly<Record<string, unknown>>

/** Returns the keys that the parser says it knows, where it meets one that it does not. */
function keysAt(wrap: (unknown: Tables) => Tables): readonly string[] {
  const problem = readConfig(wrap({ '?': 1 }), 'a.toml')
  assert.ok('key' in problem)
  return (/; known are (.+)$/.exec(problem.message)?.[1] ?? '').split(', ')
}

const TABLES = keysAt((unknown) => unknown)
const isRow = (name: string) => ['sensitive', 'lifeline'].includes(name)
const heading = (name: string) => (isRow(name) ? `[[${name}]]\\&` : `[${name}]\\&`)
const keysOf = (name: string) =>
  keysAt((unknown) => ({ [name]: isRow(name) ? [unknown] : unknown }))
const RULE_KEYS = keysAt((unknown) => ({ ignore: { units: [unknown] } }))

const itemOf = (table: string, key: string) =>
  itemsIn(subsection(page, heading(table))).find(({ head }) => head === `Cm ${key}`)?.body ?? ''

function configOf(tables: Tables): Config {
  const config = readConfig(tables, 'a.toml')
  assert.ok(!('key' in config), JSON.stringify(config))
  return config
}

test('the page has each table of the configuration with its keys, and no other', () => {
  const headings = [...section(page, 'TABLES').matchAll(/^\.Ss \[+(.+?)\]+\\&$/gm)]
  assert.deepEqual(
    headings.map(([, name]) => name),
    TABLES,
  )
  for (const name of TABLES) {
    const items = itemsIn(subsection(page, heading(name)))
    assert.deepEqual(
      items.map(({ head }) => head.replace(/^Cm /, '')),
      keysOf(name),
      name,
    )
  }
  const rule = plainText(subsection(page, heading('ignore')))
  const [, named = ''] = /a table with (.*?) that may be left out/.exec(rule) ?? []
  assert.deepEqual(
    RULE_KEYS.map((key) => named.includes(key)),
    [true, true],
  )
})

test('the page and the installed file have the allowed values, and no other', () => {
  const valuesIn = (table: string, key: string) =>
    itemsIn(itemOf(table, key)).map(({ head }) => head.replace(/^Cm /, ''))
  assert.deepEqual(valuesIn('sensitive', 'action'), ROW_ACTIONS)
  assert.deepEqual(valuesIn('lifeline', 'role'), ROLES)
  const inLine = (table: string, key: string) =>
    (/one of (.+?) ;/.exec(plainText(itemOf(table, key)))?.[1] ?? '').split(' , ')
  assert.deepEqual(inLine('sensitive', 'of'), ROW_OWNERS)
  assert.deepEqual(inLine('lifeline', 'role'), ROLES)
  const commented = (key: string) =>
    (new RegExp(`^# ${key}: (.+)$`, 'm').exec(shipped)?.[1] ?? '')
      .split(' | ')
      .map((value) => value.replace(/ \(.*/, ''))
  assert.deepEqual(commented('action'), ROW_ACTIONS)
  assert.deepEqual(commented('of'), ROW_OWNERS)
  assert.deepEqual(commented('role'), ROLES)
})

const ROWS: Readonly<Record<string, Tables>> = {
  sensitive: { units: ['a'], of: 'both', action: 'manual', reason: 'r' },
  lifeline: { units: ['a'], role: 'jobs', reason: 'r' },
}

test('what the page calls required is required, and its defaults are those of the parser', () => {
  for (const [table, row] of Object.entries(ROWS)) {
    assert.deepEqual(Object.keys(row).toSorted(), [...keysOf(table)].toSorted())
    for (const key of Object.keys(row)) {
      const { [key]: _, ...rest } = row
      const isRequired = 'key' in readConfig({ [table]: [rest] }, 'a.toml')
      assert.equal(/\brequired\b/.test(itemOf(table, key)), isRequired, `${table}.${key}`)
    }
  }
  const { of: _, ...sensitive } = ROWS['sensitive'] ?? {}
  const { role: __, ...lifeline } = ROWS['lifeline'] ?? {}
  const config = configOf({ sensitive: [sensitive], lifeline: [lifeline] })
  const defaultIn = (table: string, key: string) =>
    /; (\w+) by default/.exec(plainText(itemOf(table, key)))?.[1]
  assert.equal(defaultIn('sensitive', 'of'), config.sensitive[0]?.of)
  assert.equal(defaultIn('lifeline', 'role'), config.lifelines[0]?.role)
})

/** Returns the keys of each table of an example; those of a rule stand below `rule`. */
function keysIn(tables: Tables): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, Set<string>> = {}
  const note = (name: string, value: Tables) => {
    for (const key of Object.keys(value)) (found[name] ??= new Set()).add(key)
  }
  for (const [name, value] of Object.entries(tables))
    for (const row of [value].flat()) note(name, row as Tables)
  for (const entry of Object.values((tables['ignore'] ?? {}) as Tables).flat())
    if (typeof entry === 'object') note('rule', entry as Tables)
  return Object.fromEntries(
    Object.entries(found).map(([name, keys]) => [name, [...keys].toSorted()]),
  )
}

const ALL_KEYS = Object.fromEntries(
  [...TABLES.map((name) => [name, keysOf(name)] as const), ['rule', RULE_KEYS] as const].map(
    ([name, keys]) => [name, [...keys].toSorted()],
  ),
)

test('the example of the page is right, and has each key', () => {
  const [, example = ''] = /^\.Bd -literal\n([^]*?)^\.Ed$/m.exec(section(page, 'EXAMPLES')) ?? []
  const tables = parse(example)
  assert.ok(configOf(tables).sensitive.length >= 2)
  assert.deepEqual(keysIn(tables), ALL_KEYS)
})

test('the installed file has only comments, points to the page, and shows each key', () => {
  assert.doesNotMatch(shipped, /^[^#\n]/m)
  assert.match(shipped, /^# .*\bstale-libs\.toml\(5\)/)
  const tables = parse(shipped.replaceAll(/^#(?=\S)/gm, ''))
  configOf(tables)
  assert.deepEqual(keysIn(tables), ALL_KEYS)
})

test('the messages of the page are those of the program', () => {
  const messages = itemsIn(section(page, 'DIAGNOSTICS')).map(({ head }) =>
    head.replaceAll(String.raw`\(dq`, '"'),
  )
  const problem = readConfig({ ignore: { units: 'a' } }, 'FILE')
  assert.ok('key' in problem)
  assert.deepEqual(messages, [
    `Cannot use "FILE", line 2: ${problem.key}: ${problem.message}`,
    `Cannot use "FILE": ${whoElseWrites({ uid: 0, mode: 0o646 }, new Set([0]), 'it')}`,
  ])
})
