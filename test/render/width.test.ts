import assert from 'node:assert/strict'
import { test } from 'node:test'
import { widthOf } from '../../src/render/width.ts'

const AT_HAND = { hook: false, output: null }

test('the width is that of COLUMNS, else of the terminal, within bounds', () => {
  const rows: readonly (readonly [string | undefined, number | undefined, number])[] = [
    [undefined, 100, 100],
    [undefined, 80, 80],
    [undefined, 60, 60],
    [undefined, 39, 40],
    [undefined, 1, 40],
    [undefined, 500, 200],
    // A serial console tells no width.
    [undefined, 0, 80],
    [undefined, undefined, 80],
    ['120', 100, 120],
    ['60', 100, 60],
    ['5', 100, 40],
    ['100000', 100, 200],
    ['999999999', 100, 200],
    ['120', 0, 120],
    // A pipe has no columns, whatever the shell in front of it has.
    ['120', undefined, 80],
  ]
  for (const [columns, terminal, width] of rows)
    assert.equal(
      widthOf(AT_HAND, { COLUMNS: columns }, () => terminal),
      width,
      `${columns} ${terminal}`,
    )
})

test('a value of COLUMNS that is no whole number is as if it were not set', () => {
  for (const wrong of ['', '0', '-5', '1e2', '0x50', '60.5', ' 60', '60 ', 'wide', '1'.repeat(400)])
    assert.equal(
      widthOf(AT_HAND, { COLUMNS: wrong }, () => 100),
      100,
      wrong,
    )
})

test('a hook and a file have the usual width, and ask no terminal', () => {
  const never = () => assert.fail()
  for (const some of [
    { ...AT_HAND, hook: true },
    { ...AT_HAND, output: '/srv/file' },
  ])
    assert.equal(widthOf(some, { COLUMNS: '120' }, never), 80)
})
