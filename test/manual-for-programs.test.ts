import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { staleLibs } from './support/bundle.ts'
import { parseExposition } from './support/exposition.ts'
import { itemsIn, plainText, section } from './support/mdoc.ts'
import { makeRecording } from './support/recording.ts'
import { DESKTOP } from './transcripts/machines.ts'
import { machineOf } from './transcripts/told.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const manual = read('share/man/stale-libs.8')
const forPrograms = read('share/doc/for-programs.md')

type Schema = Readonly<Record<string, unknown>>
const schema = JSON.parse(read('share/stale-libs.schema.json')) as Schema

/** Returns the closed lists of the schema by the paths of their members. */
function closedLists(value: Schema, path: string, found: Map<string, readonly unknown[]>) {
  if (Array.isArray(value['enum'])) found.set(path, value['enum'])
  const reference = value['$ref']
  const definitions = schema['$defs'] as Readonly<Record<string, Schema>>
  if (typeof reference === 'string')
    closedLists(definitions[reference.replace('#/$defs/', '')] ?? {}, path, found)
  for (const one of (value['anyOf'] ?? []) as readonly Schema[]) closedLists(one, path, found)
  if (value['items'] !== undefined) closedLists(value['items'] as Schema, `${path}[]`, found)
  for (const [name, one] of Object.entries((value['properties'] ?? {}) as Schema))
    closedLists(one as Schema, path === '' ? name : `${path}.${name}`, found)
  return found
}

/** The members of the schema that have the list of another one. */
const SAME: Readonly<Record<string, string>> = {
  'summary.steps[].action': 'findings[].action',
  'findings[].package.change': 'findings[].files[].package.change',
  'findings[].package.advisories[].severity': 'findings[].files[].package.advisories[].severity',
}

test('the page for programs has the closed lists of the schema, with each value', () => {
  const lists = closedLists(schema, '', new Map())
  for (const [copy, original] of Object.entries(SAME)) {
    assert.deepEqual(lists.get(copy), lists.get(original), copy)
    lists.delete(copy)
  }
  const [, text = ''] = /^### Closed lists\n([^]*?)^## /m.exec(forPrograms) ?? []
  const described = [...text.matchAll(/^- `([^`]+)`(.*)$/gm)].map(([, path = '', rest = '']) => {
    const values = [...rest.matchAll(/`([^`]+)`/g)].map(([, value = '']) => value)
    return [path, [...values, ...(/\bnull\b/.test(rest) ? ['null'] : [])].toSorted()] as const
  })
  const known = [...lists].map(([path, values]) => [path, values.map(String).toSorted()] as const)
  assert.deepEqual(Object.fromEntries(described), Object.fromEntries(known))
  assert.ok(known.length >= 16)
})

test('MONITORING has the metrics that the program writes, with their labels and values', () => {
  const recording = makeRecording(machineOf(DESKTOP))
  const { stdout } = staleLibs(['--format', 'prometheus', '--from', recording])
  const written = [...parseExposition(stdout)].map(([name, { series }]) => {
    const labels = [...series.keys()].flatMap((key) => [...key.matchAll(/(\w+)="/g)])
    return [name, [...new Set(labels.map(([, label]) => label))].toSorted()] as const
  })
  const items = itemsIn(section(manual, 'MONITORING')).filter(({ head }) =>
    /stale_libs_/.test(head),
  )
  const described = items.flatMap(({ head }) =>
    [...head.matchAll(/(stale_libs_\w+)(?: Ns \{(.*?)\})?/g)].map(
      ([, name, labels]) => [name, (labels?.split(',') ?? []).toSorted()] as const,
    ),
  )
  assert.deepEqual(Object.fromEntries(described), Object.fromEntries(written))
  const lists = closedLists(schema, '', new Map())
  const values: Readonly<Record<string, readonly unknown[] | undefined>> = {
    kind: lists.get('findings[].kind'),
    action: lists.get('findings[].action'),
    level: lists.get('reboot.needed'),
    code: lists.get('afterEffects[].code'),
  }
  for (const [use, label = '', value] of `${manual}${forPrograms}`.matchAll(
    /\b(\w+)="([\w-]+)"\}/g,
  ))
    assert.ok(values[label]?.includes(value), use)
  const named = (metric: string) =>
    [
      ...plainText(items.find(({ head }) => head.includes(metric))?.body ?? '').matchAll(
        /\b[a-z-]+\b/g,
      ),
    ].flat()
  for (const level of (values['level'] ?? []).filter((one) => one !== 'none'))
    assert.ok(named('reboot_needed').includes(String(level)), String(level))
  for (const code of values['code'] ?? [])
    assert.ok(named('after_effects').includes(String(code)), String(code))
})
