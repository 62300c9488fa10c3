/**
 * What was seen on machines of others: mappings, control groups, logs and databases, each fed to
 * the program as a whole. The tables say where each was seen, and why an answer is right where
 * another one can be defended.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUPS } from './field/groups.ts'
import { MAPPINGS } from './field/mappings.ts'
import { PACKAGES } from './field/packages.ts'
import { deletedPaths, groupVerdicts, mappingVerdicts, packageVerdict } from '../support/field.ts'

const mappings = mappingVerdicts(MAPPINGS)
for (const [index, row] of MAPPINGS.entries())
  test(`mappings of ${row.comm} are ${row.right}: ${row.id} (${row.source})`, () => {
    const paths = deletedPaths(row)
    assert.notEqual(paths.length, 0)
    const right = Object.fromEntries(paths.map((path) => [path, row.right]))
    assert.deepEqual(mappings[index], right, row.decision ?? row.why)
  })

const groups = groupVerdicts(GROUPS)
for (const [index, row] of GROUPS.entries())
  test(`a control group is that of ${row.right}: ${row.id} (${row.source})`, () => {
    assert.match(groups[index] ?? '', patternOf(row.right), row.decision ?? row.why)
  })

/** Returns a pattern of a text in which each `*` stands for any text. */
function patternOf(right: string): RegExp {
  const parts = right
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.+')}$`)
}

for (const row of PACKAGES)
  test(`the package of ${row.library}: ${row.id} (${row.source})`, () => {
    const right = [row.right].flat()
    const verdict = packageVerdict(row)
    assert.ok(right.includes(verdict), `${verdict} is not ${right.join(' or ')}. ${row.why ?? ''}`)
  })

test('each row has an id of its own and a source', () => {
  for (const table of [MAPPINGS, GROUPS, PACKAGES]) {
    assert.equal(new Set(table.map(({ id }) => id)).size, table.length)
    for (const { id, source } of table) assert.ok(source.length > 3, id)
  }
})
