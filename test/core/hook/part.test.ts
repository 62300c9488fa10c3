import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hookPartOf } from '../../../src/core/hook/part.ts'
import type { HookMemory } from '../../../src/core/pacman/history.ts'
import type {
  AfterEffect,
  Finding,
  HookFacts,
  RebootReason,
  Report,
} from '../../../src/core/report/report.ts'
import { summaryOf } from '../../../src/core/report/summary.ts'
import { file, finding, reportOf } from '../../support/report.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

function aged(
  unit: string,
  isNew: readonly (boolean | null)[],
  some: Plain<Partial<Finding>> = {},
) {
  const files = isNew.map((one, at) => ({ ...file(`lib${at}.so`, `toy 1-1 2-1`), isNew: one }))
  return finding({ unit, command: ['systemctl', 'restart', '--', unit], files, ...some })
}

const CODE: HookFacts = { isTold: true, hasCode: true, memory: null }
const DATA: HookFacts = { ...CODE, hasCode: false }
const NO_MEMORY: HookMemory = { changed: [], lately: [], said: [] }
const CHANGE = { name: 'a', from: '1-1', to: '2-1', change: 'upgraded', at: '' } as const

const OLD = aged('old.service', [false])
const NEW = aged('new.service', [true])
const LIFELINE = aged('NetworkManager.service', [false], { lifeline: 'the way' })
const MAY_FAIL = aged('sshd.service', [false], {
  lifeline: 'people log in',
  mayFail: 'logins',
})
const LIBC = { ...file('libc.so.6'), isNew: false }
const OF_GLIBC = finding({
  unit: 'cronie.service',
  lifeline: 'jobs',
  mayFail: 'jobs',
  files: [LIBC],
})

const KERNEL = printed<RebootReason>({
  code: 'kernel-modules-gone',
  level: 'full',
  release: '6.17',
  successor: { package: 'linux', release: '6.18' },
})

const reboot = (...reasons: RebootReason[]): Report['reboot'] => ({ needed: 'full', reasons })
const FAILED = printed<AfterEffect>({ code: 'failed', unit: 'a.service', result: '' })

/** What is said in full, and what the line is about: names of units, numbers, `reboot`. */
function part(findings: readonly Finding[], hook: HookFacts | null, some: Partial<Report> = {}) {
  const { full, before } = hookPartOf({ ...reportOf(), findings, hook, ...some })
  return {
    full: [
      ...full.findings.map(({ unit }) => unit),
      ...full.reboot.reasons.map(({ code }) => code),
    ].join(' '),
    line:
      before === null
        ? null
        : [
            ...before.lifelines.map(({ unit }) => unit),
            before.others.length,
            ...(before.isRebootPending ? ['reboot'] : []),
          ].join(' '),
  }
}

test('evidence makes a finding new: a file, or the own package', () => {
  const findings = [
    OLD,
    NEW,
    aged('mixed.service', [false, true]),
    aged('unknown.service', [null]),
    aged('own.service', [], { ownPackage: { change: CHANGE, isNew: true } }),
    aged('own-old.service', [false], { ownPackage: { change: CHANGE, isNew: false } }),
    aged('own-unknown.service', [false], { ownPackage: { change: CHANGE, isNew: null } }),
  ]
  assert.deepEqual(part(findings, CODE), {
    full: 'new.service mixed.service own.service',
    line: '4',
  })
})

test('what was not read of a process of the system may be of a transaction that changed code', () => {
  const cut = { isPartial: true } as const
  const zoe = { uid: 1000, name: 'zoe' }
  const findings = [
    NEW,
    aged('cut.service', [false], cut),
    aged('user.service', [null], { ...cut, user: zoe }),
    aged('box.scope', [null], { ...cut, container: { runtime: 'docker', name: 'web' } }),
  ]
  assert.deepEqual(part(findings, CODE), { full: 'new.service cut.service', line: '2' })
  assert.deepEqual(part(findings, DATA), { full: 'new.service', line: '3' })
})

test('where pacman did not tell what it changed, what is not known counts as new', () => {
  const container = { runtime: 'docker', name: 'web' } as const
  const findings = [
    aged('unknown.service', [null]),
    aged('old.service', [false]),
    aged('box.scope', [null], { container }),
  ]
  for (const facts of [null, { ...CODE, isTold: false }])
    assert.deepEqual(part(findings, facts), { full: 'unknown.service', line: '2' })
})

const KNOWN: HookFacts = { ...CODE, memory: NO_MEMORY }
const PENDING = { reboot: reboot(KERNEL) }
const RULES: Readonly<
  Record<string, readonly [readonly Finding[], HookFacts, Partial<Report>, string, string | null]>
> = {
  'changed what runs': [
    [OLD, NEW, LIFELINE, MAY_FAIL, OF_GLIBC],
    KNOWN,
    PENDING,
    'new.service sshd.service cronie.service',
    'NetworkManager.service 1 reboot',
  ],
  'changed what runs, and nothing is from before': [[NEW], KNOWN, {}, 'new.service', null],
  'changed data that runs': [[OLD, NEW], { ...DATA, memory: NO_MEMORY }, {}, 'new.service', '1'],
  'broke a unit': [[OLD], KNOWN, { ...PENDING, afterEffects: [FAILED] }, '', '1 reboot'],
  'changed code': [
    [OLD, LIFELINE, MAY_FAIL],
    KNOWN,
    PENDING,
    'sshd.service',
    'NetworkManager.service 1 reboot',
  ],
  'changed code, and no lifeline is old': [[OLD], KNOWN, PENDING, '', null],
  'changed code, and one may fail': [[OLD, MAY_FAIL], KNOWN, PENDING, 'sshd.service', null],
  'changed data': [
    [OLD, LIFELINE, MAY_FAIL, OF_GLIBC],
    { ...DATA, memory: NO_MEMORY },
    PENDING,
    'sshd.service cronie.service',
    null,
  ],
  'changed data, and no lifeline is old': [
    [finding({ files: [LIBC] })],
    { ...DATA, memory: NO_MEMORY },
    {},
    '',
    null,
  ],
  'replaced the kernel': [
    [OLD],
    { ...CODE, memory: { ...NO_MEMORY, changed: ['linux'] } },
    PENDING,
    'kernel-modules-gone',
    '1',
  ],
  'changed who knows what': [[OLD], CODE, PENDING, 'kernel-modules-gone', '1'],
}
for (const [name, [findings, facts, some, full, line]] of Object.entries(RULES))
  test(`a hook whose transaction ${name} says so much`, () => {
    assert.deepEqual(part(findings, facts, some), { full, line })
  })

test('commands and steps are those of what is said in full', () => {
  const findings = [NEW, OLD, aged('two.service', [true])]
  const { full } = hookPartOf(reportOf({ findings, hook: CODE }))
  assert.deepEqual(full.commands, [['systemctl', 'restart', '--', 'new.service', 'two.service']])
  assert.deepEqual(full.summary.steps, [{ action: 'restart', findings: 2 }])
})

const of = (unit: string, isNew: boolean, pid: number, some: Plain<Partial<Finding>> = {}) =>
  aged(unit, [isNew], {
    processes: [{ pid, comm: 'a', startedAt: null, main: true, files: [0] }],
    ...some,
  })
/** PID 1, the bus and 40 services, all stale. */
const machine = (isNew: boolean) => [
  of('init.scope', isNew, 1, { kind: 'manager', action: 'reexec' }),
  of('dbus.service', isNew, 2, { action: 'soft-reboot' }),
  ...Array.from({ length: 40 }, (_, at) => of(`old${at}.service`, isNew, 10 + at)),
]
const whole = (findings: readonly Finding[], facts: HookFacts = CODE) => {
  const reasons = findings
    .filter(({ action }) => action === 'soft-reboot')
    .map((one) => ({ code: 'finding', level: 'soft', finding: one }) as const)
  const report = reportOf({ findings, processes: 43, hook: facts, reboot: reboot(...reasons) })
  const { full, before } = hookPartOf({
    ...report,
    summary: summaryOf(findings, 43, true),
  })
  return { named: full.findings.length, simpler: full.summary.simpler, before }
}

test('a reboot is simpler than what a transaction made stale, and not than what was before', () => {
  assert.deepEqual(whole(machine(true)), { named: 42, simpler: 'soft-reboot', before: null })
  const { named, simpler, before } = whole([...machine(false), of('new.service', true, 9)])
  assert.deepEqual([named, simpler], [1, null])
  assert.deepEqual([before?.lifelines, before?.others.length], [[], 42])
  assert.equal(before?.isRebootPending, true)
})

test('a reboot for what was stale before is said once within the hour', () => {
  const findings = [...machine(false), of('new.service', true, 9)]
  const memory = { ...NO_MEMORY, lately: ['toy'] }
  assert.equal(whole(findings, { ...CODE, memory }).before, null)
})

const SAID: Readonly<Record<string, readonly [Partial<HookMemory>, string, string | null]>> = {
  nothing: [{}, 'new.service sshd.service', 'NetworkManager.service 1 reboot'],
  'the line': [
    {
      said: [
        '  2 more services use old code since Sun 22 Nov, NetworkManager among them. To',
        '  see them: sudo stale-libs',
      ],
    },
    'new.service sshd.service',
    null,
  ],
  'a line about other things': [
    {
      said: [
        '    sudo stale-libs restart    (shows the list and asks first)',
        '  Not all was seen (2 unreadable): sudo stale-libs',
      ],
    },
    'new.service sshd.service',
    'NetworkManager.service 1 reboot',
  ],
  'the line of a root shell': [
    { said: ['  cups uses old code. A reboot was due before this upgrade. To see it: stale-libs'] },
    'new.service sshd.service',
    null,
  ],
  'one in full': [
    { said: ['  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1).'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'one at the end of a sentence': [
    { said: ['  Nothing else renews sshd.'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'one in a list': [
    { said: ['  Restart      dovecot, sshd, b'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'the last one of a list, above what a restart costs': [
    {
      said: [
        '  Restart      dovecot, nginx, sshd',
        '               nginx: a restart runs its command again (a transient',
        '               unit)',
        '                 stale-libs restart    (shows the list and asks first)',
      ],
    },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'a name that is longer, or stands elsewhere': [
    {
      said: ['  sshds, my-sshd, sshd.socket, sshd@1, sshd.service and sshd-unix'],
    },
    'new.service sshd.service',
    'NetworkManager.service 1 reboot',
  ],
  'one in the second line of a list': [
    { said: ['  Restart      dovecot, nginx,', '               sshd and 3 more services'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'one in a command': [
    { said: ['    sudo systemctl restart nginx \\', '      sshd'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
  'what packages did': [{ lately: ['toy', 'linux'] }, 'new.service', null],
  'what other packages did': [
    { lately: ['linux', 'other'] },
    'new.service sshd.service',
    'NetworkManager.service 1 reboot',
  ],
  'all but the reboot': [
    { lately: ['toy'] },
    'new.service',
    'NetworkManager.service sshd.service 1 reboot',
  ],
}
for (const [name, [memory, full, line]] of Object.entries(SAID))
  test(`a hook that said ${name} within the last hour says the rest`, () => {
    const facts = { ...CODE, memory: { ...NO_MEMORY, ...memory } }
    assert.deepEqual(part([OLD, NEW, LIFELINE, MAY_FAIL], facts, PENDING), { full, line })
  })

const OF_STRANGERS: readonly string[] = [
  '  Reopen       sshd',
  '  Reopen       sshd (PID 4711), sshd of mallory',
  '  Log out      a, sshd, b',
  '  Choose when  sshd (virtual machine): a virtual machine: shut it down and start',
  '  Choose when  sshd: it asked not to be interrupted: sshd',
  '  sshd of mallory still uses the old openssl (1-1 -> 2-1).',
  '  sshd still uses the old openssl (1-1 -> 2-1).',
  '  a still uses the old sshd.',
  '  Restart      yours: sshd',
  '  Restart      yours: a, sshd, b',
  '    stale-libs restart --user sshd',
  '    sudo stale-libs restart    (shows sshd)',
  '  Reopen       "New logins may fail: sshd still uses the old openssh" of mallory',
  '  Reopen       "x Nothing else renews sshd." of mallory',
  '  Reopen       ...To see it: stale-libs',
  '  Reopen       "a uses old code. To see it: stale-libs" of mallory',
  '  Reopen       "a uses old code. To see it: stale-libs',
  '  "To see it: stale-libs"',
  '  ...To see it: stale-libs',
  '  a of mallory, To see it: stale-libs',
]
for (const line of OF_STRANGERS)
  test(`what a stranger may have chosen hides nothing: ${line.trim()}`, () => {
    const facts = { ...CODE, memory: { ...NO_MEMORY, said: ['  x.', line] } }
    const full = 'new.service sshd.service'
    const before = 'NetworkManager.service 1 reboot'
    assert.deepEqual(part([OLD, NEW, LIFELINE, MAY_FAIL], facts, PENDING), { full, line: before })
  })

test('a name that a user chose hides no unit of the system', () => {
  const said = ['  sshd still uses the old openssh (1-1 -> 2-1).']
  const zoe = { ...MAY_FAIL, kind: 'user-service' } as const
  assert.equal(part([zoe], { ...CODE, memory: { ...NO_MEMORY, said } }).full, 'sshd.service')
})

const reason = (some: Plain<RebootReason>) => printed<RebootReason>(some)
const REASONS: readonly (readonly [RebootReason, changed: string, isNew: boolean])[] = [
  [KERNEL, 'linux', true],
  [KERNEL, 'linux-lts', false],
  [{ ...KERNEL, successor: null } as RebootReason, 'linux-zen', true],
  [{ ...KERNEL, successor: null } as RebootReason, 'zlib', false],
  [
    reason({ code: 'microcode-newer', level: 'full', package: 'amd-ucode', reason: 'x' }),
    'amd-ucode',
    true,
  ],
  [
    reason({ code: 'microcode-newer', level: 'full', package: 'amd-ucode', reason: 'x' }),
    'intel-ucode',
    false,
  ],
  [
    reason({ code: 'nvidia-mismatch', level: 'full', loaded: '1', installed: '2' }),
    'nvidia-utils',
    true,
  ],
  [reason({ code: 'nvidia-mismatch', level: 'full', loaded: '1', installed: '2' }), 'linux', false],
]
for (const [one, changed, isNew] of REASONS)
  test(`${changed} ${isNew ? 'gives' : 'does not give'} the reason ${one.code}`, () => {
    const facts = { ...CODE, memory: { ...NO_MEMORY, changed: [changed] } }
    assert.equal(part([], facts, { reboot: reboot(one) }).full, isNew ? one.code : '')
  })

test('a finding that only a reboot clears is a reason as long as it is said in full', () => {
  const one = { code: 'finding', level: 'soft', finding: NEW } as const
  const facts = { ...CODE, memory: NO_MEMORY }
  assert.deepEqual(part([NEW], facts, { reboot: reboot(one) }), {
    full: 'new.service finding',
    line: null,
  })
})
