import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isMarkingHook,
  jobOf,
  markedCommand,
  parseMarked,
  parseMarkers,
  parseSystemdVersion,
} from '../../../src/core/systemd/markers.ts'

const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  '': [],
  'needs-restart': ['needs-restart'],
  'needs-restart needs-reload': ['needs-reload', 'needs-restart'],
  'needs-stop': ['needs-stop'],
  'needs-start': ['needs-start'],
  'needs-restarts NEEDS-RESTART +needs-restart "needs-restart"': [],
}
for (const [value, markers] of Object.entries(PROPERTIES))
  test(`the markers in "${value}" are "${markers.join(' ')}"`, () =>
    assert.deepEqual(parseMarkers(value), markers))

const JOBS: readonly (readonly [markers: string, canReload: boolean, job: string | null])[] = [
  ['', true, null],
  ['needs-restart', true, 'restart'],
  ['needs-reload', true, 'reload'],
  ['needs-reload', false, 'restart'],
  ['needs-reload needs-restart', true, 'restart'],
  ['needs-stop', false, 'stop'],
  ['needs-start', false, 'start'],
]
for (const [markers, canReload, job] of JOBS)
  test(`"${markers}" of a unit that can ${canReload ? '' : 'not '}be reloaded: ${job}`, () =>
    assert.equal(jobOf(parseMarkers(markers), canReload), job))

const COMMANDS: readonly (readonly [number | null, isOfUser: boolean, string | undefined])[] = [
  [262, false, 'systemctl enqueue-marked'],
  [260, true, 'systemctl --user enqueue-marked'],
  [259, false, 'systemctl reload-or-restart --marked'],
  [252, true, 'systemctl --user reload-or-restart --marked'],
  [248, false, 'systemctl reload-or-restart --marked'],
  [247, false, undefined],
  [null, false, undefined],
]
for (const [version, isOfUser, command] of COMMANDS)
  test(`systemctl ${version} runs what is marked with: ${command}`, () =>
    assert.equal(markedCommand(version, isOfUser)?.join(' '), command))

test('the version of systemctl is the number behind its name', () => {
  assert.equal(parseSystemdVersion('systemd 262 (262.1-1)\n+PAM +AUDIT\n'), 262)
  assert.equal(parseSystemdVersion('systemd 252\n'), 252)
  for (const text of ['', 'systemd', 'systemd v262', ' systemd 262', 'systemd 999999999', '262'])
    assert.equal(parseSystemdVersion(text), null, text)
})

test('the hook of pacman has a name of its own, whatever its number', () => {
  for (const name of ['30-systemd-restart-marked.hook', '35-systemd-enqueue-marked.hook'])
    assert.equal(isMarkingHook(name), true, name)
  for (const name of [
    '35-systemd-restart-marked.hook.pacnew',
    '10-openssh-mark-sshd-for-restart.hook',
    'systemd-restart-marked.hook',
    '35-systemd-update.hook',
  ])
    assert.equal(isMarkingHook(name), false, name)
})

test('the marked units are those with a marker, whatever it is', () => {
  const text =
    'Id=a.service\nMarkers=needs-restart\n\nId=b.service\nMarkers=\n\nId=c.mount\nMarkers=x\n'
  assert.deepEqual(parseMarked(text), ['a.service', 'c.mount'])
  assert.deepEqual(parseMarked(''), [])
})
