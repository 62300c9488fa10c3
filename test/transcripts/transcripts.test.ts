/**
 * Whole screens of the program as it ships, on machines made of files. They are what a person
 * reads: whoever changes a sentence sees there where it stands. Written anew by
 * `npm run build && node --import tsx test/transcripts/write.mts`.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { screenOf } from './screen.ts'
import { SITUATIONS } from './situations.ts'

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url))

for (const [name, situation] of Object.entries(SITUATIONS))
  test(`${name}: ${situation.shows}`, async () => {
    const { text, status } = await screenOf(situation)
    const file = at(`${name}.txt`)
    assert.equal(text, existsSync(file) ? readFileSync(file, 'utf8') : '')
    if (situation.deed === undefined) assert.equal(status, situation.status ?? 0)
  })

test('each transcript is of a situation, and there are enough of them', () => {
  const kept = readdirSync(at('.')).filter((file) => file.endsWith('.txt'))
  const named = Object.keys(SITUATIONS).map((name) => `${name}.txt`)
  assert.deepEqual(kept.toSorted(), named.toSorted())
  assert.ok(kept.length >= 30)
  const told = Object.values(SITUATIONS).map(({ shows }) => shows)
  assert.equal(new Set(told).size, told.length)
})
