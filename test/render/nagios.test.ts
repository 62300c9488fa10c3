import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { summaryOf } from '../../src/core/report/summary.ts'
import type { Finding, Report } from '../../src/core/report/report.ts'
import { renderUnknown } from '../../src/render/index.ts'
import * as nagios from '../../src/render/nagios.ts'
import { shown } from '../support/door.ts'
import type { Plain } from '../support/printed.ts'
import { file, finding, reportOf } from '../support/report.ts'

const renderNagios = (...given: Parameters<typeof nagios.renderNagios>) =>
  shown(nagios.renderNagios(...given))

const QUIET = { all: false }
const OPENSSL = file('libcrypto.so.3', 'openssl 3.5.0-1 3.5.1-1')

function reportWith(findings: readonly Finding[], some: Plain<Partial<Report>> = {}): Report {
  return reportOf({ findings, summary: summaryOf(findings, 212, true), ...some })
}

/** Status line without the figures, and what stands below it. */
function linesOf(text: string): readonly string[] {
  const [status = '', ...rest] = text.split('\n')
  return [status.split(' | ')[0] ?? '', ...rest.slice(0, -1)]
}

test('the status line has the state, the steps and the figures, then a line for each finding', () => {
  const report = reportWith([
    finding({ unit: 'cronie.service', files: [file('libc.so.6', 'glibc 2.42-1 2.42-2')] }),
    finding({ unit: 'sshd.service', lifeline: 'people log in through it', files: [OPENSSL] }),
    finding({
      kind: 'session',
      name: 'session 3',
      unit: 'session-3.scope',
      user: { uid: 1000, name: 'zoe' },
      action: 'relogin',
    }),
  ])
  assert.equal(
    renderNagios(report, QUIET),
    'CRITICAL - 1 important service uses old code; 3 findings: restart 2 services, log out and in again | ' +
      'findings=3;0;;0 lifelines=1;;0;0 restart=2;;;0 reboot=0;0;1;0;2 after_effects=0;0;;0 ' +
      'ignored=0;;;0 processes=212;;;0 stale_processes=1;;;0 unreadable=0;;;0 time=0.014s;;;0\n' +
      'sshd.service: restart (openssl 3.5.0-1 -> 3.5.1-1) (important)\n' +
      'cronie.service: restart (glibc 2.42-1 -> 2.42-2)\n' +
      'session 3 (zoe): relogin (libc.so.6)\n',
  )
})

const ANSWERS: readonly (readonly [fact: string, report: Report, lines: readonly string[]])[] = [
  ['nothing stale', reportOf(), ['OK - nothing uses old code in 212 processes']],
  [
    'a look that saw little',
    reportOf({
      isRoot: false,
      read: 12,
      unreadable: 200,
      limits: [{ code: 'maps-denied', count: 200 }],
    }),
    [
      'UNKNOWN - nothing uses old code in 12 processes that could be read (1 note)',
      'Note: 200 processes could not be read: run as root to see all',
    ],
  ],
  [
    'a replaced kernel',
    reportOf({
      reboot: {
        needed: 'full',
        reasons: [
          { code: 'kernel-modules-gone', level: 'full', release: '6.18.1', successor: null },
        ],
      },
    }),
    [
      'CRITICAL - a reboot is needed',
      'reboot: the modules of the running kernel 6.18.1 are gone: what is not loaded yet cannot be loaded',
    ],
  ],
  [
    'a service that failed',
    reportOf({ afterEffects: [{ code: 'failed', unit: 'a.service', result: 'exit-code' }] }),
    ['WARNING - 1 service to look at', 'a.service failed since the upgrade began (exit-code)'],
  ],
  [
    'files of many packages and of none',
    reportWith([
      finding({
        files: ['a 1 2', 'b 1 2', 'c 1 2', 'c 1 2', 'd 1 2', null].map((change, n) =>
          file(`${n}.so`, change),
        ),
      }),
    ]),
    [
      'WARNING - 1 finding: restart 1 service',
      'a.service: restart (a 1 -> 2, b 1 -> 2, c 1 -> 2, d 1 -> 2, 1 more)',
    ],
  ],
]
for (const [fact, report, lines] of ANSWERS)
  test(`the answer to ${fact}`, () => assert.deepEqual(linesOf(renderNagios(report, QUIET)), lines))

test('what is ignored is counted, and shown with --all', () => {
  const report = reportOf({
    ignored: [{ rule: 'unit:b*', reason: null, findings: 1, names: ['b|c.service'] }],
  })
  assert.match(
    renderNagios(report, QUIET),
    /^OK - [^]* ignored=1;[^]*\nIgnore rules leave out 1 that uses old code: stale-libs --all\n$/,
  )
  assert.match(renderNagios(report, { all: true }), /\nIgnored by unit:b\*: b\\x7cc\.service\n$/)
})

test('no name ends a line, begins the figures or makes a line long', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 300, maxLength: 5000 }),
    fc.constantFrom('a|b=1', 'a\nOK - fine', '\u001b[31m', '|', '\ud800'),
  )
  fc.assert(
    fc.property(name, name, name, (unit, comm, path) => {
      const change = { name: path, from: comm, to: unit, change: 'upgraded', at: '' } as const
      const files = [
        { ...OPENSSL, path },
        { ...OPENSSL, package: change },
      ] as const
      const findings = [
        finding({ unit, files, lifeline: comm }),
        finding({ kind: 'process', name: comm, unit: null, action: 'manual', files }),
      ]
      const text = renderNagios(
        reportWith(findings, {
          afterEffects: [{ code: 'bus-name-lost', unit, busName: comm }],
          temporaryCode: [{ pid: 1, comm, unit, path }],
        }),
        { all: true },
      )
      const [status = '', ...lines] = text.split('\n').slice(0, -1)
      assert.match(status, /^CRITICAL - [^|]+ \| [^|]+$/)
      for (const line of lines) assert.match(line, /^[^|\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{1,200}$/u)
    }),
  )
})

test('the figures are figures, whatever was found', () => {
  const [, figures = ''] =
    renderNagios(reportWith([finding()]), QUIET)
      .split('\n')[0]
      ?.split(' | ') ?? []
  for (const figure of figures.split(' '))
    assert.match(figure, /^[a-z_]+=\d+(?:\.\d+)?s?;\d*;\d*;0?(?:;\d+)?$/)
})

test('a run that could not look is UNKNOWN in one line', () => {
  assert.equal(
    renderUnknown('Cannot read "/proc": ENOENT'),
    'UNKNOWN - Cannot read "/proc": ENOENT\n',
  )
  assert.equal(renderUnknown('a\n|b'), 'UNKNOWN - a\\x0a\\x7cb\n')
})

test('a reboot for a finding is told by the finding alone', () => {
  const bus = finding({ unit: 'dbus.service', action: 'soft-reboot' })
  const reasons = [{ code: 'finding', level: 'soft', finding: bus }] as const
  const text = renderNagios(reportWith([bus], { reboot: { needed: 'soft', reasons } }), QUIET)
  assert.deepEqual(
    linesOf(text).filter((line) => line.includes('dbus.service') || line.startsWith('reboot')),
    ['dbus.service: soft-reboot (libc.so.6)'],
  )
})
