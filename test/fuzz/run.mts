import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { checkHostileReports } from '../support/hostile-reports.ts'
import { PARSERS } from './parsers.ts'
import { faultAt, faultOf } from './property.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    reports: { type: 'string', default: '200000' },
    seed: { type: 'string' },
    parser: { type: 'string' },
    path: { type: 'string' },
  },
})
const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fffffff))
const chosen = PARSERS.filter(({ name }) => name === (values.parser ?? name))
assert.ok(Number.isSafeInteger(inputs) && Number.isSafeInteger(seed), 'numbers')
assert.ok(chosen.length > 0, `no parser "${values.parser}"`)
const share = Math.ceil(inputs / chosen.length)

/** Returns a text on one line that a terminal takes for nothing else. */
function escaped(text: string): string {
  const ascii = JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return ascii.length <= 1000 ? ascii : `${ascii.slice(0, 500)} ... ${ascii.slice(-400)}`
}

for (const parser of chosen)
  test(`${parser.name}: ${share} hostile texts of seed ${seed}`, async () => {
    await setImmediate() // Lets the reporter say what has passed.
    const { path } = values
    const fault = path === undefined ? faultOf(parser, share, seed) : faultAt(parser, seed, path)
    if (fault === null) return
    const { text } = fault
    assert.fail(
      [
        String(fault.error),
        `the shortest text, ${text.length} characters: ${escaped(text)}`,
        `again: npm run fuzz -- --parser '${parser.name}' --seed ${seed} --path ${fault.path}`,
      ].join('\n'),
    )
  })

const reports = Number(values.reports)
if (values.parser === undefined && reports > 0)
  test(`${reports} random reports with hostile names`, () => checkHostileReports(reports))
