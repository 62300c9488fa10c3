import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedName, typedNames } from '../../../src/core/act/names.ts'

const ROWS: readonly (readonly [typed: string, unit: string])[] = [
  ['sshd', 'sshd.service'],
  ['sshd.service', 'sshd.service'],
  ['app@8.3', 'app@8.3.service'],
  ['app@8.service', 'app@8.service'],
  ['cups.socket', 'cups.socket'],
  ['as.y', 'as.y.service'],
  ['x.mount.service', 'x.mount.service'],
  [String.raw`systemd-cryptsetup@luks\x2da`, String.raw`systemd-cryptsetup@luks\x2da.service`],
  ['-.mount', '-.mount'],
  ['init.scope', 'init.scope'],
]

test('a name is completed as systemctl does it', () => {
  for (const [typed, unit] of ROWS) assert.deepEqual(typedName(typed), { typed, unit })
})

const WRONG: readonly (readonly [typed: string, problem: string])[] = [
  ['', 'empty'],
  ['-x', 'option'],
  ['--yes', 'option'],
  ['app@', 'template'],
  ['app@.service', 'template'],
  ['*', 'pattern'],
  ['app@*', 'pattern'],
  ['a?', 'pattern'],
  ['a[bc]', 'pattern'],
  ['a b', 'no-name'],
  ['/dev/sda', 'no-name'],
  ['../x', 'no-name'],
  ['a\nb', 'no-name'],
  ['@x', 'no-name'],
  ['a'.repeat(300), 'no-name'],
  ['.service', 'no-name'],
  ['é', 'no-name'],
]

test('what can be no name of a unit is told with the reason', () => {
  for (const [typed, problem] of WRONG) {
    const name = typedName(typed)
    assert.equal('problem' in name ? name.problem : name.unit, problem, JSON.stringify(typed))
  }
})

test('a name that acts on a terminal comes back printable', () => {
  assert.equal(typedName('a\u001b[31m').typed, String.raw`a\x1b[31m`)
})

test('one wrong name makes the whole list wrong', () => {
  assert.deepEqual(typedNames(['a', 'b@', '-c']), { typed: 'b@', problem: 'template' })
  const names = typedNames(['a', 'b'])
  assert.ok(!('problem' in names))
  assert.deepEqual(
    names.map(({ unit }) => unit),
    ['a.service', 'b.service'],
  )
})
