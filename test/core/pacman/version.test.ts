import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { compareVersions } from '../../../src/core/pacman/version.ts'

/**
 * The rows of vercmp(8) and of pacman's own `vercmptest.sh`: the first is the older one, or as old.
 */
const OLDER: readonly (readonly [string, string])[] = [
  ['1.5.0', '1.5.1'],
  ['1.5', '1.5.1'],
  ['1.5.0-1', '1.5.0-2'],
  ['1.5.0-2', '1.5.1-1'],
  ['1.5-2', '1.5.1-1'],
  ['1.0-1', '1.1'],
  ['1.5b-1', '1.5-1'],
  ['1.5b', '1.5'],
  ['1.5b', '1.5.1'],
  ['1.0a', '1.0alpha'],
  ['1.0alpha', '1.0b'],
  ['1.0b', '1.0beta'],
  ['1.0beta', '1.0p'],
  ['1.0p', '1.0pre'],
  ['1.0pre', '1.0rc'],
  ['1.0rc', '1.0'],
  ['1.0', '1.0.a'],
  ['1.0.a', '1.0.1'],
  ['1.5', '1.5.a'],
  ['1.5.a', '1.5.b'],
  ['1.5.b', '1.5.1'],
  ['1.5-1', '1.5.b'],
  ['2.0a', '2.0.a'],
  ['2_a', '2___a'],
  ['1', '1.0'],
  ['1.2', '2.0'],
  ['2.0', '3.0.0'],
  ['0:1.0', '0:1.1'],
  ['0:1.1', '1:1.0'],
  ['1:1.0', '2:1.1'],
  ['0:1.0-1', '1:1.0'],
  ['1.1', '1:1.0'],
  ['1:3.6-1', '2:1.0-1'],
  ['1.9', '1.10'],
  ['99999999999999999999', '100000000000000000000'],
]
const SAME: readonly (readonly [string, string])[] = [
  ['1.5.0', '1.5.0'],
  ['1.5', '1.5-1'],
  ['1.5.b-1', '1.5.b'],
  ['2.0', '2_0'],
  ['2.0_a', '2_0.a'],
  ['0:1.0', '1.0'],
  [':1.0', '1.0'],
  ['1.01', '1.1'],
]

for (const [a, b] of OLDER)
  test(`compareVersions() takes ${a} for older than ${b}`, () => {
    assert.ok(compareVersions(a, b) < 0)
    assert.ok(compareVersions(b, a) > 0)
  })

for (const [a, b] of SAME)
  test(`compareVersions() takes ${a} and ${b} for the same`, () => {
    assert.equal(compareVersions(a, b), 0)
    assert.equal(compareVersions(b, a), 0)
  })

test('compareVersions() has an answer to any text, and the opposite one the other way round', () => {
  const version = fc.string({ unit: fc.constantFrom(...'0019ab._-:~+ é'), maxLength: 12 })
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.equal(compareVersions(a, a), 0)
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0)
    }),
  )
})
