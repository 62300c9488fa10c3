import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllSeen, isDefaultYes, mayBeMore } from '../../../src/core/act/checked.ts'
import { LIMIT_CODES } from '../../../src/core/limits.ts'
import type { LimitCode } from '../../../src/core/limits.ts'
import { planned } from '../../support/act.ts'

const limits = (...codes: readonly LimitCode[]) => codes.map((code) => ({ code, count: 1 }))

test('what may have been missed is not called seen', () => {
  assert.equal(isAllSeen([]), true)
  assert.equal(isAllSeen(limits('kernel-unknown', 'after-effects-unknown')), true)
  for (const code of LIMIT_CODES)
    if (code !== 'kernel-unknown' && code !== 'after-effects-unknown')
      assert.equal(isAllSeen(limits(code)), false, code)
})

test('a user is not told each time that processes of others are not readable', () => {
  const ofOthers = limits('maps-denied', 'processes-hidden')
  assert.equal(mayBeMore(ofOthers, true), false)
  assert.equal(mayBeMore(ofOthers, false), true)
  assert.equal(mayBeMore(limits('maps-denied', 'maps-stuck'), true), true)
  assert.equal(mayBeMore([], false), false)
})

test('a bare return is a yes only where nothing is lost', () => {
  assert.equal(isDefaultYes({ units: [] }), true)
  assert.equal(isDefaultYes({ units: [planned('a')] }), true)
  assert.equal(isDefaultYes({ units: [planned('a'), planned('b', { isSafe: false })] }), false)
  assert.equal(isDefaultYes({ units: [planned('a', { endsCaller: true })] }), false)
})
