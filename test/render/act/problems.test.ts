import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedName } from '../../../src/core/act/names.ts'
import { ROOT_PROGRAMS } from '../../../src/core/report/reader.ts'
import { printableText } from '../../../src/core/printable.ts'
import {
  changedLines,
  dryRunText,
  noTerminalText,
  notBootedText,
  onlyRootText,
  otherRunsText,
  saidNoText,
  stillBusyText,
  unknownUnitText,
  userAsRootText,
  wrongNameText,
} from '../../../src/render/act/problems.ts'

const WRONG = [
  ['', 'the name of a unit is empty'],
  ['-sshd', '"-sshd" is no unit: the name of a service begins with no dash'],
  ['php*', '"php*" is a pattern: name each unit'],
  ['app@', '"app@" is a template: name an instance, such as app@NAME'],
  ['app@.service', '"app@.service" is a template: name an instance, such as app@NAME'],
  ['a b', '"a b" cannot be the name of a unit'],
  ['a\u001b[2K"b', String.raw`"a\x1b[2K\x22b" is a pattern: name each unit`],
  ['x'.repeat(300), `"${'x'.repeat(57)}..." cannot be the name of a unit`],
] as const

for (const [typed, text] of WRONG)
  test(`a wrong name: ${JSON.stringify(typed.slice(0, 20))}`, () => {
    const wrong = typedName(typed)
    assert.ok('problem' in wrong)
    assert.equal(wrongNameText(wrong, 'restart'), `${text}. Nothing was restarted.`)
    assert.equal(wrongNameText(wrong, 'mark'), `${text}. No mark was changed.`)
  })

test('an unknown unit: the nearest names stand in the line', () => {
  const near = ['sshd', 'x.mount.service'].map(printableText)
  const said = (typed: string, some = near) =>
    unknownUnitText(printableText(typed), some, 'restart')
  assert.equal(
    said('sshdd', near.slice(0, 1)),
    'no unit is called "sshdd". Did you mean sshd? Nothing was restarted.',
  )
  assert.equal(
    said('sshdd.service', ['sshd.service'].map(printableText)),
    'no unit is called "sshdd.service". Did you mean sshd.service? Nothing was restarted.',
  )
  assert.equal(
    said('sshdd'),
    'no unit is called "sshdd". Did you mean sshd or x.mount.service? Nothing was restarted.',
  )
  assert.equal(said('sshdd', []), 'no unit is called "sshdd". Nothing was restarted.')
})

test('a user gets the whole command behind the program that is there, quoted for a shell', () => {
  for (const asRoot of ROOT_PROGRAMS)
    assert.equal(
      onlyRootText(['mark'], 'mark', { asRoot }),
      `only root marks services of the system: ${asRoot} stale-libs mark`,
    )
  assert.equal(
    onlyRootText(['mark'], 'mark', { asRoot: null }),
    'only root marks services of the system: stale-libs mark',
  )
  assert.equal(
    onlyRootText(['restart', 'nginx'], 'restart', { asRoot: 'sudo' }),
    'only root restarts services of the system: sudo stale-libs restart nginx',
  )
  assert.equal(
    onlyRootText(['mark', '--except', "it's $(id)", '\u001b[2K'], 'mark', { asRoot: 'sudo' }),
    String.raw`only root marks services of the system: sudo stale-libs mark --except 'it'\''s $(id)' '\x1b[2K'`,
  )
})

test('each of the other refusals is one line', () => {
  assert.deepEqual(
    [
      userAsRootText(['restart', '--user', 'pipewire', 'a b']),
      userAsRootText(['mark', '--user']),
      notBootedText('restart'),
      noTerminalText('restart'),
      noTerminalText('mark'),
      otherRunsText(),
      stillBusyText(),
      saidNoText('restart'),
      saidNoText('mark'),
      dryRunText('restart'),
      dryRunText('mark'),
    ],
    [
      "--user is not for root: run it as the user: stale-libs restart --user pipewire 'a b'",
      '--user is not for root: run it as the user: stale-libs mark --user',
      'systemd does not run here. Nothing was restarted.',
      'there is no terminal to ask at: give --yes. Nothing was restarted.',
      'there is no terminal to ask at: give --yes. No mark was changed.',
      'Another stale-libs restart runs: waiting for its end.',
      'another stale-libs restart still runs. Nothing was restarted.',
      'Nothing was restarted.',
      'No mark was changed.',
      'This was a dry run. Nothing was restarted.',
      'This was a dry run. No mark was changed.',
    ],
  )
})

test('what has changed since it was shown stands by name, on lines of the page', () => {
  const units = Array.from({ length: 9 }, (_, at) => printableText(`service-${at}.service`))
  assert.deepEqual(changedLines(units, { width: 80 }), [
    'Left alone, since something has changed meanwhile: service-0, service-1,',
    'service-2, service-3, service-4, service-5, service-6, service-7 and service-8.',
  ])
})
