import { spec } from 'node:test/reporters'

/**
 * A reporter of `node:test` in one line, `4392 passed, 0 failed`, and before it each failure whole,
 * with what its file printed. A run without a test has failed. It is no TypeScript: Node 20 loads
 * reporters before what reads that.
 */
export default async function* tally(events) {
  const counts = new Map()
  const printed = new Map()
  const failures = []
  let skipped = 0
  for await (const event of events) {
    const { type, data } = event
    if (type === 'test:fail') failures.push(event)
    if (type === 'test:pass' && data.skip !== undefined) skipped++
    if (type === 'test:stdout' || type === 'test:stderr')
      printed.set(data.file, `${printed.get(data.file) ?? ''}${data.message}`)
    const [, name, number] = /^(\w+) (\d+)$/.exec(String(data.message)) ?? []
    if (type === 'test:diagnostic' && name !== undefined) counts.set(name, Number(number))
  }
  const passed = counts.get('pass') ?? 0
  const said = ['fail', 'cancelled', 'todo'].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
  const failed = said === 0 && (failures.length > 0 || passed === 0) ? 1 : said
  if (failures.length > 0) {
    for (const file of new Set(failures.map(({ data }) => data.file))) yield printed.get(file) ?? ''
    const whole = new spec()
    for (const failure of failures) whole.write(failure)
    whole.end()
    for await (const part of whole) yield String(part)
  }
  if (failed > 0) process.exitCode = 1
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
}
