import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { firstValue, parsePropertyBlocks } from '../../../src/core/systemd/property-blocks.ts'

type Block = Readonly<Record<string, readonly string[]>>

const TEXTS: readonly (readonly [fact: string, text: string, blocks: readonly Block[]])[] = [
  ['nothing is no block', '', []],
  ['blank lines are no block', '\n\n\n', []],
  ['a value may be empty or have "="', 'A=\nB=c=d\n', [{ A: [''], B: ['c=d'] }]],
  ['a blank line ends a block', 'A=1\n\nA=2\n', [{ A: ['1'] }, { A: ['2'] }]],
  ['more blank lines are one', '\nA=1\n\n\n\nA=2', [{ A: ['1'] }, { A: ['2'] }]],
  ['a name keeps all of its lines', 'A=1\nB=x\nA=2\n', [{ A: ['1', '2'], B: ['x'] }]],
  ['a value keeps its blanks', 'A= 1 \xa0\n', [{ A: [' 1 \xa0'] }]],
  ['a line without "=" has no property', 'A1\nB=2\n', [{ B: ['2'] }]],
  ['such a line makes a block nonetheless', 'A1\n\nB=2\n', [{}, { B: ['2'] }]],
  ['a name of every object is a name', '__proto__=1\n', [{ ['__proto__']: ['1'] }]],
]
for (const [fact, text, blocks] of TEXTS)
  test(`the answer of "show": ${fact}`, () =>
    assert.deepEqual(parsePropertyBlocks(text).map(Object.fromEntries), blocks))

test('the first line of a property counts, and there may be none', () => {
  const [block] = parsePropertyBlocks('A=1\nA=2\n')
  assert.ok(block !== undefined)
  assert.deepEqual([firstValue(block, 'A'), firstValue(block, 'B')], ['1', ''])
})

test('any text is an answer, and what was printed is what is read', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parsePropertyBlocks(text)))
  const value = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''))
  const names = fc.stringMatching(/^[A-Z][A-Za-z]{0,8}$/)
  const blocks = fc.array(fc.dictionary(names, value, { minKeys: 1 }))
  fc.assert(
    fc.property(blocks, (printed) => {
      const text = printed
        .map((block) => Object.entries(block).map(([name, some]) => `${name}=${some}\n`))
        .map((lines) => lines.join(''))
        .join('\n')
      const read = parsePropertyBlocks(text).map((block) =>
        Object.fromEntries([...block].map(([name, [some]]) => [name, some])),
      )
      assert.deepEqual(
        read,
        printed.map((block) => ({ ...block })),
      )
    }),
  )
})
