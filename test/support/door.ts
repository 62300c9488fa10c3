import assert from 'node:assert/strict'
import { printableText } from '../../src/core/printable.ts'
import { written } from '../../src/render/door.ts'
import type { Guard, Line } from '../../src/render/door.ts'
import { PLAIN } from '../../src/render/style.ts'

/** The guard of tests: what the door would have to escape is a fault of whoever made the line. */
export const REFUSING: Guard = (text) => {
  const safe = printableText(text)
  assert.equal(text, safe, 'a text that is not printable has reached the door')
  return safe
}

/** Returns lines as they are written without colour, all of them printable. */
export function shown(lines: readonly Line[]): string {
  return written(lines, PLAIN, REFUSING)
}
