import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerByHand, answerOfHook } from '../../../src/core/answer/answer.ts'
import { blocksOf, REEXEC_OF_ROOT } from '../../../src/core/answer/blocks.ts'
import { countOf } from '../../../src/core/answer/count.ts'
import { placedOf } from '../../../src/core/answer/placed.ts'
import { rebootAdviceOf } from '../../../src/core/answer/reboot-advice.ts'
import type { Finding, FindingFile, RebootReason, Report } from '../../../src/core/report/report.ts'
import { file, finding, reportOf } from '../../support/report.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

const zoe = { uid: 1000, name: 'zoe' }
const blocking = [{ code: 'frozen', blocking: true, detail: null }] as const
const named = (unit: string, some: Plain<Partial<Finding>> = {}) => finding({ unit, ...some })
const later = (unit: string, some: Plain<Partial<Finding>> = {}) =>
  named(unit, { action: 'manual', rule: 'sensitive', cautions: blocking, ...some })
const session = finding({
  kind: 'session',
  name: 'session 3',
  unit: 'session-3.scope',
  user: zoe,
  action: 'relogin',
  rule: 'session',
  processes: [{ pid: 9, comm: 'bash', startedAt: null, main: false, files: [0] }],
})
const own = (unit: string, some: Plain<Partial<Finding>> = {}) =>
  named(unit, { kind: 'user-service', action: 'user-restart', user: zoe, ...some })
const root = { uid: 0, name: 'root' }
const ofRoot = (unit: string, some: Plain<Partial<Finding>> = {}) =>
  own(unit, { user: root, ...some })
const REEXEC = 'own: systemctl --user -M root@ daemon-reexec'
const dbus = named('dbus-broker.service', { action: 'soft-reboot' })

const commands = (findings: readonly Finding[], some: Plain<Partial<Report>> = {}) =>
  blocksOf(placedOf(reportOf({ findings, ...some })), reportOf(some)).map(({ group, command }) => {
    if (command === null) return `${group}: -`
    if (command.by === 'reexec-of-root') return `${group}: ${REEXEC_OF_ROOT.join(' ')}`
    if (command.by === 'systemctl') return `${group}: systemctl ${command.words.join(' ')}`
    return `${group}: restart ${[command.isUser ? '--user' : '', ...command.names].join(' ')}`.trim()
  })

const COMMANDS: readonly (readonly [
  readonly Finding[],
  readonly string[],
  Plain<Partial<Report>>?,
])[] = [
  [[named('a.service')], ['restart: systemctl restart a']],
  [['a', 'b', 'c'].map((one) => named(`${one}.service`)), ['restart: systemctl restart a b c']],
  [['a', 'b', 'c', 'd'].map((one) => named(`${one}.service`)), ['restart: restart']],
  [
    [finding({ kind: 'manager', unit: null, action: 'reexec' })],
    ['restart: systemctl daemon-reexec'],
  ],
  [
    [finding({ kind: 'manager', unit: null, action: 'reexec' }), named('a.service')],
    ['restart: restart'],
  ],
  [
    [named('x.mount.service'), named('a\\x2d.service')],
    ['restart: systemctl restart x.mount.service a\\x2d.service'],
  ],
  [
    [later('vpn.service'), later('gdm.service', { rule: 'display-manager' })],
    ['later: restart  vpn'],
  ],
  [[later('gdm.service', { rule: 'display-manager' })], ['later: -']],
  [[own('mpd.service')], ['own: restart --user']],
  [
    [own('mpd.service'), named('a.service')],
    ['restart: systemctl restart a', 'restart: restart --user'],
    { isRoot: false },
  ],
  [[later('mpd.service', { kind: 'user-service', user: zoe })], ['later: -']],
  [
    [later('mpd.service', { kind: 'user-service', user: zoe })],
    ['later: restart --user mpd'],
    { reader: { uid: 1000, asRoot: 'sudo' } },
  ],
  [[ofRoot('user@0.service', { kind: 'user-manager', action: 'user-reexec' })], [REEXEC]],
  [
    [
      ofRoot('user@0.service', { kind: 'user-manager', action: 'user-reexec' }),
      ofRoot('mpd.service'),
    ],
    [REEXEC],
  ],
  [[ofRoot('mpd.service')], ['own: -']],
  [
    [later('mpd.service', { kind: 'user-service', user: root })],
    ['later: -'],
    { reader: { uid: 0, asRoot: 'sudo' } },
  ],
]
for (const [findings, expected, some] of COMMANDS)
  test(`what is typed is ${expected.join(', ')}`, () => {
    assert.deepEqual(commands(findings, some), expected)
  })

test('the order is by deed, then the urgent, lifelines and those with something to say', () => {
  const costs = [{ code: 'cuts-clients', blocking: false, detail: null }] as const
  const findings = [
    session,
    named('z.service'),
    named('m.service', { cautions: costs }),
    named('net.service', { lifeline: 'the way' }),
    named('sshd.service', { lifeline: 'the way', mayFail: 'logins' }),
    dbus,
  ]
  const blocks = blocksOf(placedOf(reportOf({ findings })), reportOf())
  assert.deepEqual(
    blocks.map(
      ({ group, items }) => `${group} ${items.map(({ finding: { name } }) => name).join(' ')}`,
    ),
    [
      'reboot dbus-broker.service',
      'restart sshd.service net.service m.service z.service',
      'logout session 3',
    ],
  )
})

test('the count is the sum of what is listed', () => {
  const container = finding({ kind: 'container', action: 'container', rule: 'container' })
  const app = finding({ kind: 'app', action: 'close', rule: 'app', user: zoe })
  const findings = [named('a.service'), own('b.service'), session, app, app, container]
  const count = countOf(placedOf(reportOf({ findings })))
  assert.deepEqual(
    count?.nouns.map(({ noun, number }) => `${number} ${noun}`),
    ['2 service', '1 session', '2 app'],
  )
  assert.equal(count?.total, 5)
  assert.equal(countOf(placedOf(reportOf({ findings: [container] }))), null)
})

const packagesOf = (...files: readonly FindingFile[]) => {
  const findings = files.map((one) => finding({ files: [one] }))
  const count = countOf(placedOf(reportOf({ findings })))
  return [
    ...(count?.packages ?? []).map(({ name, from, to }) => `${name} ${from} ${to}`),
    count?.others,
  ]
}

test('packages are named once, those that most use first, with one pair of versions', () => {
  const ssl = file('libssl.so.3', 'openssl 3.5-1 3.6-1')
  const older = file('libssl.so.3', 'openssl 3.4-1 3.6-1')
  const curl = file('libcurl.so.4', 'curl 8.1-1 8.2-1')
  assert.deepEqual(packagesOf(curl, ssl, ssl), ['openssl 3.5-1 3.6-1', 'curl 8.1-1 8.2-1', null])
  assert.deepEqual(packagesOf(ssl, older), ['openssl null 3.6-1', null])
  assert.deepEqual(packagesOf({ ...curl, package: null, isUnowned: true }), ['unowned'])
  assert.deepEqual(packagesOf(ssl, { ...curl, package: null }), ['openssl 3.5-1 3.6-1', 'unknown'])
})

test('a bigger step covers a smaller one', () => {
  const app = finding({ kind: 'app', action: 'close', rule: 'app', user: zoe })
  const lingering = own('b.service', { outlivesLogout: true })
  const covered = (findings: readonly Finding[], some: Plain<Partial<Report>> = {}) =>
    placedOf(reportOf({ findings, ...some })).map((one) => one.covered)
  assert.deepEqual(covered([session, app, own('a.service'), lingering, named('x.service')]), [
    null,
    'logout',
    'logout',
    null,
    null,
  ])
  const reboot = { needed: 'soft', reasons: [] } as const
  assert.deepEqual(covered([dbus, session, app], { reboot }), [null, 'reboot', 'reboot'])
})

test('a finding is old since the first of its files, and again where that changed once more', () => {
  const goneAt = new Date('2026-11-20T00:00:00Z')
  const one = { ...file('libssl.so.3', 'openssl 3.5-1 3.6-1'), goneAt }
  const [placed, fresh] = placedOf(
    reportOf({
      findings: [
        finding({ files: [file('liba.so', 'a 1 2'), one] }),
        finding({ files: [{ ...one, goneAt: new Date('2026-11-23T07:18:40Z') }] }),
      ],
    }),
  )
  assert.deepEqual([placed?.since, placed?.isAgain], [goneAt, true])
  assert.equal(fresh?.isAgain, false)
  assert.equal(placedOf(reportOf({ findings: [finding()] }))[0]?.since, null)
})

const reason = (code: string): RebootReason =>
  printed<RebootReason>({
    code,
    level: 'full',
    release: '6.17',
    successor: null,
    package: 'amd-ucode',
    reason: 'x',
    loaded: '1',
    installed: '2',
  } as never)
const LIBC = finding({ files: [file('libc.so.6', 'glibc 2.42-1 2.43-1')] })
const REBUILT = finding({ files: [file('libc.so.6', 'glibc 2.42-1 2.42-2')] })
const simpler = { steps: [], simpler: 'reboot' } as const
const full = (...codes: readonly string[]) => ({
  reboot: { needed: 'full', reasons: codes.map(reason) } as const,
})
const ADVICE: readonly (readonly [fact: string, Plain<Partial<Report>>, string])[] = [
  ['a whole look of root', {}, 'none'],
  ['a look of a user', { isRoot: false }, 'not-seen'],
  ['a limit', { limits: [{ code: 'maps-denied', count: 1 }] }, 'not-seen'],
  [
    'a limit about something else',
    { limits: [{ code: 'after-effects-unknown', count: 1 }] },
    'none',
  ],
  ['microcode alone', full('microcode-newer'), 'whenever'],
  ['modules that are kept', full('kernel-modules-kept'), 'whenever'],
  ['modules that are gone', full('kernel-modules-gone'), 'soon devices'],
  ['an older kernel', full('kernel-older-than-installed'), 'soon devices'],
  [
    'the driver and the kernel',
    full('kernel-modules-gone', 'nvidia-mismatch'),
    'soon graphics,devices',
  ],
  ['a C library of another version', { findings: [LIBC], summary: simpler }, 'soon libc'],
  ['another build of the C library', { findings: [REBUILT], summary: simpler }, 'whenever'],
  ['a C library in few programs', { findings: [LIBC] }, 'none'],
]
for (const [fact, some, expected] of ADVICE)
  test(`a reboot after ${fact} is ${expected}`, () => {
    const advice = rebootAdviceOf(reportOf(some))
    assert.equal(advice.kind === 'soon' ? `soon ${advice.why.join(',')}` : advice.kind, expected)
  })

const isNew = (some: boolean) => ({
  files: [{ ...file('libssl.so.3', 'openssl 1-1 2-1'), isNew: some }],
})
const HOOK = printed<NonNullable<Report['hook']>>({
  isTold: true,
  hasCode: true,
  memory: { changed: [], lately: [], said: [] },
})

test('a hook says nothing of a reboot that was due before, but in the line about it', () => {
  const reboot = { needed: 'full', reasons: [reason('kernel-modules-gone')] } as const
  const findings = [named('a.service', isNew(true))]
  const answer = answerOfHook(reportOf({ findings, reboot, hook: HOOK }))
  assert.equal(answer.reboot, null)
  assert.equal(answer.before?.isRebootPending, true)
  assert.equal(answerByHand(reportOf({ findings, reboot })).reboot?.kind, 'soon')
})

test('a hook does not list what a session carries, and counts it not', () => {
  const process = { pid: 9, comm: 'sshd-session', startedAt: null, main: false, files: [0] }
  const carrier = { ...session, ...isNew(true), processes: [process] } as unknown as Finding
  const answer = answerOfHook(reportOf({ findings: [carrier], hook: HOOK }))
  assert.deepEqual([answer.count, answer.blocks, answer.before], [null, [], null])
  assert.equal(answerByHand(reportOf({ findings: [carrier] })).blocks[0]?.group, 'nothing')
})

test('what may fail stands apart from what is merely old, with its own command', () => {
  const sshd = named('sshd.service', { ...isNew(false), lifeline: 'the way', mayFail: 'logins' })
  const net = named('net.service', { ...isNew(false), lifeline: 'the way' })
  const { urgent, count, before } = answerOfHook(
    reportOf({ findings: [sshd, net, named('a.service', isNew(true))], hook: HOOK }),
  )
  assert.deepEqual(urgent?.commands, [{ by: 'systemctl', words: ['restart', 'sshd'] }])
  assert.equal(count?.total, 1)
  assert.deepEqual(
    before?.lifelines.map(({ unit }) => unit),
    ['net.service'],
  )
})

test('where nearly all is old, the sentence is about what nearly all use', () => {
  const sshd = named('sshd.service', {
    ...isNew(true),
    mayFail: 'logins',
    lifeline: 'the way',
  })
  const rest = ['a', 'b', 'c'].map((one, at) =>
    named(`${one}.service`, {
      files: [{ ...file('libc.so.6', 'glibc 2.42-1 2.43-1'), isNew: true }],
      processes: [{ pid: 20 + at, comm: 'x', startedAt: null, main: true, files: [0] }],
      ...(at === 0
        ? { action: 'soft-reboot' }
        : at === 1
          ? { kind: 'manager', action: 'reexec' }
          : {}),
    }),
  )
  const report = reportOf({ findings: [sshd, ...rest], processes: 4, hook: HOOK })
  const { share } = answerOfHook(report)
  assert.deepEqual([share?.old, share?.programs], [4, 4])
  assert.equal(share?.count?.packages[0]?.name, 'glibc')
})
