import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../../../src/core/act/plan.ts'
import { printableText } from '../../../src/core/printable.ts'
import * as questions from '../../../src/render/act/question.ts'
import { cost, MAIL_SERVER, planned, planWith, SCREEN } from '../../support/act.ts'
import { finding } from '../../support/report.ts'

const restartQuestion = (plan: Plan, screen = SCREEN) => questions.restartQuestion(plan, screen)
const progressLine = (some: Parameters<typeof questions.progressLine>[0], width = 80) =>
  questions.progressLine(some, { width })
const asks = (lines: readonly string[], text: string) => assert.equal(lines.join('\n'), text)
const manager = finding({ kind: 'manager', unit: 'init.scope' })
const NETWORK = planned('NetworkManager', {
  isSafe: false,
  cautions: [cost('the network drops for a moment')],
})

test('what costs nothing is a yes', () => {
  const units = MAIL_SERVER.map((name) => planned(name))
  asks(restartQuestion(planWith({ units })), 'Restart 13 services? [Y/n] ')
  asks(restartQuestion(planWith({ units: units.slice(0, 1) })), 'Restart dovecot? [Y/n] ')
  asks(restartQuestion(planWith({ manager })), 'Re-execute systemd? [Y/n] ')
  asks(
    restartQuestion(planWith({ manager, units, isOfUser: true })),
    'Re-execute your manager and restart 13 services? [Y/n] ',
  )
  asks(
    questions.markQuestion(
      units.map(({ unit }) => unit),
      SCREEN,
    ),
    'Mark 13 services? [Y/n] ',
  )
})

test('what costs something is a no, and the cost stands again', () => {
  asks(
    restartQuestion(planWith({ units: [NETWORK] })),
    'Restart NetworkManager? The network drops for a moment. [y/N] ',
  )
  const ends = planned('sshd', { isSafe: false, endsCaller: true })
  asks(
    restartQuestion(planWith({ units: [ends] })),
    'Restart sshd? Your own session or terminal ends with it. [y/N] ',
  )
  asks(
    restartQuestion(planWith({ units: [NETWORK, planned('a')] })),
    'Restart 2 services? A restart of NetworkManager costs something: see above.\n[y/N] ',
  )
  asks(
    restartQuestion(planWith({ manager, units: [NETWORK, ends, planned('a')] })),
    'Re-execute systemd and restart 3 services? A restart of NetworkManager and\nsshd costs something: see above. [y/N] ',
  )
  const many = MAIL_SERVER.slice(0, 4).map((name) => planned(name, { isSafe: false }))
  asks(
    restartQuestion(planWith({ units: [...many, planned('a')] })),
    'Restart 5 services? A restart of 4 of them costs something: see above. [y/N] ',
  )
})

const progress = (done: number, seconds: Readonly<Record<string, number>>) => ({
  done,
  total: 13,
  waiting: Object.entries(seconds).map(([name, some]) => ({
    unit: printableText(`${name}.service`),
    seconds: some,
  })),
})

test('progress is one line, and who takes longest has the seconds', () => {
  const some = progress(9, { postgresql: 3, mariadb: 12, rspamd: 3, valkey: 1 })
  const line = '  9 of 13 done, waiting for mariadb (12 s), postgresql, rspamd, valkey'
  assert.equal(progressLine(some), line)
  assert.equal(progressLine(some, line.length), line)
  assert.equal(
    progressLine(some, line.length - 1),
    '  9 of 13 done, waiting for mariadb (12 s), postgresql, 2 more',
  )
  assert.equal(progressLine(some, 50), '  9 of 13 done, waiting for mariadb (12 s), 3 more')
  assert.equal(progressLine(some, 30), '  9 of 13 done, waiting for...')
  assert.equal(progressLine(progress(13, {})), '  13 of 13 done')
})

test('progress is never wider than its width', () => {
  const names = Array.from({ length: 60 }, (_, at) => [`app@${'x'.repeat(at * 4)}`, at] as const)
  const some = progress(1, Object.fromEntries(names))
  for (let width = 10; width < 200; width += 1)
    assert.ok(progressLine(some, width).length <= width, `${width}`)
})

test('a question leaves room for its answer', () => {
  for (let length = 1; length < 80; length += 1) {
    const units = [planned('x'.repeat(length)), NETWORK]
    const lines = restartQuestion(
      planWith({ units: units.map((one) => ({ ...one, isSafe: false })) }),
    )
    assert.ok(
      lines.every((line) => line.length < 80 || /x{60}/.test(line)),
      lines.join('\n'),
    )
  }
})
