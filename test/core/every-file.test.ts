import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hasCode, parseSource } from '../support/source.ts'

for (const room of ['core', 'render'])
  test(`each file of ${room} loads by itself, so that the coverage leaves none out`, async () => {
    const base = new URL(`../../src/${room}/`, import.meta.url)
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => new URL(file, base))
      .filter((file) => hasCode(parseSource(readFileSync(file, 'utf8'))))
    assert.ok(files.length > 15)
    for (const file of files) assert.notEqual(Object.keys(await import(file.href)).length, 0)
  })
