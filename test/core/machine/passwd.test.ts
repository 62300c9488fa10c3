import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePasswd, parseUid } from '../../../src/core/machine/passwd.ts'

const NAMES: readonly (readonly [text: string, names: readonly (readonly [number, string])[]])[] = [
  ['', []],
  [
    'root:x:0:0::/root:/bin/sh\nzoe:x:1000:1000::/:/bin/sh\n',
    [
      [0, 'root'],
      [1000, 'zoe'],
    ],
  ],
  ['toor:x:0:0\nroot:x:0:0\n', [[0, 'toor']]],
  [':x:1:1\nbin\nbin:x\nbin:x:\nbin:x:-1\nbin:x:1a\n', []],
  ['a\u001b[31m:x:7:7', [[7, 'a\\x1b[31m']]],
]
for (const [text, names] of NAMES)
  test(`parsePasswd() of ${JSON.stringify(text)}`, () =>
    assert.deepEqual([...parsePasswd(text)], names))

const UIDS: readonly (readonly [text: string | undefined, uid: number | null])[] = [
  ['0', 0],
  ['1000', 1000],
  ['4294967294', 4294967294],
  [undefined, null],
  ['', null],
  ['-1', null],
  ['1e3', null],
  ['10000000000', null],
]
for (const [text, uid] of UIDS)
  test(`parseUid() of ${JSON.stringify(text)}`, () => assert.equal(parseUid(text), uid))
