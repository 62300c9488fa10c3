import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joined, printable, printableText, say, words } from '../../src/core/printable.ts'
import type { Printable } from '../../src/core/printable.ts'
import type { Caution } from '../../src/core/advice/advice.ts'
import type { Finding, Report, TemporaryCode } from '../../src/core/report/report.ts'
import { written } from '../../src/render/door.ts'
import type { Line } from '../../src/render/door.ts'
import { nameLabel } from '../../src/render/words/labels.ts'

/** A text from outside. Its type is that of any text. */
const raw: string = ['\u001b', '[31m'].join('')
const safe = printable(raw)
const kind: 'service' | 'session' = 'service'

test('what is not printable cannot be rendered, or does not compile', () => {
  // @ts-expect-error a text is no printable one
  const text: Printable = raw
  // @ts-expect-error neither is what is made of a printable one
  const part: Printable = safe.slice(1)
  // @ts-expect-error neither is a sentence
  const sentence: Printable = `a ${safe}`
  // @ts-expect-error a line is printable
  const line: Line = raw
  // @ts-expect-error also where it has colour
  const strong: Line = { strong: raw }
  // @ts-expect-error a label is of a printable name
  nameLabel(raw)
  // @ts-expect-error the door takes lines
  written([raw])
  assert.ok([text, part, sentence, line, strong])
})

test('a report has no raw text in it, or does not compile', () => {
  // @ts-expect-error the name of a finding
  const name: Pick<Finding, 'name'> = { name: raw }
  // @ts-expect-error the unit
  const unit: Pick<Finding, 'unit'> = { unit: raw }
  // @ts-expect-error what systemd says of it
  const caution: Caution = { code: 'ends-the-machine', blocking: true, detail: raw }
  // @ts-expect-error a command
  const commands: Pick<Report, 'commands'> = { commands: [['systemctl', raw]] }
  // @ts-expect-error the path of temporary code
  const path: Pick<TemporaryCode, 'path'> = { path: raw }
  // @ts-expect-error the name of the machine
  const host: Pick<Report['host'], 'hostname'> = { hostname: raw }
  assert.ok([name, unit, caution, commands, path, host])
})

test('say() takes what is printable, numbers, and words that a type spells out', () => {
  assert.equal(say`a ${safe} ${1} ${kind} ${'b'}`, 'a \\x1b[31m 1 service b')
  assert.deepEqual(words('a', kind, safe), ['a', 'service', '\\x1b[31m'])
  assert.equal(joined([safe, say`b`], ', '), '\\x1b[31m, b')
  const refused = [
    // @ts-expect-error a text from outside
    say`a ${raw}`,
    // @ts-expect-error a sentence around it
    say`a ${`b ${raw}`}`,
    // @ts-expect-error what may be a text from outside
    say`a ${raw === '' ? safe : raw}`,
    // @ts-expect-error a part of a printable text, which may end in the middle of a character
    say`a ${safe.slice(1)}`,
    // @ts-expect-error nothing
    say`a ${null}`,
    // @ts-expect-error a word from outside
    words('systemctl', raw),
    // @ts-expect-error a text between others from outside
    joined([safe], raw),
    // @ts-expect-error texts from outside
    joined([raw], ', '),
  ]
  assert.ok(refused)
})

test('what is printable stays so, however it is put together', () => {
  assert.equal(printableText(say`${safe}${printableText('\u0301')}`), say`${safe}\\xcc\\x81`)
})
