import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  linesIn,
  messagesAbout,
  tellingLines,
  parseIdentities,
  parseMarkedNames,
  parseMarks,
  parseSurvivors,
} from '../../../src/core/act/answers.ts'
import { printableText } from '../../../src/core/printable.ts'

const blocks = (...texts: readonly string[]) => texts.map((text) => `${text}\n`).join('\n')

test('a name has a unit, or none', () => {
  const text = blocks(
    'Id=real.service\nNames="alias.service" real.service\nLoadState=loaded',
    'Id=nowhere.service\nNames=nowhere.service\nLoadState=not-found\nActiveState=inactive',
    'Id=gone.service\nNames=gone.service\nLoadState=not-found\nActiveState=active',
    'Id=off.service\nNames=off.service\nLoadState=masked\nActiveState=inactive',
  )
  const names = ['alias.service', 'nowhere.service', 'gone.service', 'off.service']
  assert.deepEqual(
    [...(parseIdentities(text, names) ?? [])],
    [
      ['alias.service', 'real.service'],
      ['nowhere.service', null],
      ['gone.service', 'gone.service'],
      ['off.service', 'off.service'],
    ],
  )
})

test('answers about other names, or of another form, are none', () => {
  const text = 'Id=a.service\nNames=a.service\nLoadState=loaded\n'
  assert.equal(parseIdentities(text, ['b.service']), null)
  assert.equal(parseIdentities(text, ['a.service', 'b.service']), null)
  assert.equal(parseIdentities('Id=a.service\nNames=a.service\n', ['a.service']), null)
  assert.equal(parseIdentities('Id=a b\nNames=a.service\nLoadState=loaded\n', ['a.service']), null)
})

test('a soft reboot leaves what no signal and no target stops', () => {
  const spared = 'ActiveState=active\nSurviveFinalKillSignal=yes\nConflicts=reboot.target'
  const text = blocks(
    `Id=stays.service\n${spared}`,
    `Id=ends.service\n${spared} shutdown.target`,
    `Id=off.service\n${spared.replace('active', 'inactive')}`,
    'Id=plain.service\nActiveState=active\nSurviveFinalKillSignal=no\nConflicts=shutdown.target',
    `Id=no unit\n${spared}`,
  )
  assert.deepEqual(parseSurvivors(text), ['stays.service'])
})

test('a systemd that knows no survivors is told from one that has none', () => {
  const text = 'Id=a.service\nActiveState=active\n'
  assert.equal(parseSurvivors(text), null)
  assert.equal(parseSurvivors(''), null)
  assert.deepEqual(parseSurvivors(`${text}SurviveFinalKillSignal=no\n`), [])
})

test('a marked unit is marked by each of its names', () => {
  const text = blocks(
    'Id=a.service\nNames=a.service "b.service"\nMarkers=needs-reload needs-restart',
    'Id=c.service\nNames=c.service\nMarkers=needs-reload',
    'Id=d.service\nNames=d.service\nMarkers=',
  )
  assert.deepEqual([...parseMarkedNames(text)], ['a.service', 'b.service'])
})

test('lines are printable, not empty and cut', () => {
  assert.deepEqual(linesIn('one \r\n\n  two\x1b[31m\n\xc3\xbc \xff\n'), [
    'one',
    '  two\\x1b[31m',
    'ü \\xff',
  ])
  assert.deepEqual(linesIn(''), [])
  // The last byte of this letter is a blank by itself.
  assert.deepEqual(linesIn('d\xc3\xa0\n'), ['dà'])
  assert.deepEqual(linesIn('x'.repeat(10_000)), ['x'.repeat(300)])
  assert.deepEqual(linesIn('\xc3\xbc'.repeat(400)), ['ü'.repeat(300)])
  assert.deepEqual(linesIn('\xf0\x9f\x98\x80'.repeat(400)), ['😀'.repeat(300)])
  // A character that the cut goes through does not become bytes of nobody.
  assert.deepEqual(linesIn(`${'x'.repeat(299)}üy`.replace('ü', '\xc3\xbc')), [
    `${'x'.repeat(299)}ü`,
  ])
})

test('what systemctl said of a unit is not what it said of one whose name ends alike', () => {
  const said = [
    'Failed to restart phone.service: Unit phone.service is masked.',
    'Failed to restart one.service: Unit backend.service not found.',
    'Failed to restart two.service: Operation refused, see systemctl status two.service.',
    'Failed to connect to bus: No buffer space available',
  ].map((line) => printableText(line))
  const about = (unit: string) => messagesAbout(unit, said).map((line) => said.indexOf(line))
  assert.deepEqual(about('phone.service'), [0, 3])
  assert.deepEqual(about('one.service'), [1, 3])
  assert.deepEqual(about('two.service'), [2, 3])
  assert.deepEqual(about('other.service'), [3])
})

test('of the last lines of a program those are told that name what went wrong', () => {
  const told = (...lines: readonly string[]) => tellingLines(lines.map(printableText), 3)
  assert.deepEqual(told(), [])
  assert.deepEqual(told('a', 'b'), ['a', 'b'])
  assert.deepEqual(told('a', 'b', 'c', 'd'), ['b', 'c', 'd'])
  assert.deepEqual(told('a', 'b', 'a', 'b', 'c'), ['a', 'b', 'c'])
  const starts = ['2026-11-26 18:39:58.1', 'Nov 26 18:39:59', '[26-Nov-2026 18:21]', '1795718396:']
  const often = starts.flatMap((at) => [`${at} x[8638:0] [warn] unknown`, `${at} (8531) [err] no`])
  for (const start of starts) {
    const twice = often.filter((line) => line.startsWith(start))
    const other = twice.map((line) => line.replaceAll('9', '8').replace('8638', '777'))
    assert.deepEqual(told(...other, ...twice, 'x'), [...twice, 'x'])
  }
  assert.deepEqual(told('line 1', 'line 2'), ['line 1', 'line 2'])
  const squid = ['WARNING: old', 'ERROR: unknown', 'FATAL: no', 'killed', 'advice', 'pages: 0']
  assert.deepEqual(told(...squid), ['ERROR: unknown', 'FATAL: no', 'pages: 0'])
  const all = ['error 1', 'error 2', '[emerg] 3', 'error 4', 'AH00526: x', 'Invalid command']
  assert.deepEqual(told(...all), ['[emerg] 3', 'error 4', 'Invalid command'])
  assert.deepEqual(told('check for ERRORs', 'a', 'b', 'c'), ['a', 'b', 'c'])
})

test('marks are told by the names of their units', () => {
  const text = blocks(
    'Id=b.service\nMarkers=needs-restart\nCanReload=no',
    'Id=c.service\nMarkers=\nCanReload=no',
    'Id=a.service\nMarkers=needs-restart\nCanReload=no',
  )
  assert.deepEqual(
    parseMarks(text).map(({ unit }) => unit),
    ['a.service', 'b.service'],
  )
})
