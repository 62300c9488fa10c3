import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeLines as linesOf } from '../../../src/render/act/outcome.ts'
import {
  around,
  cost,
  end,
  extrasWith,
  left,
  MAIL_SERVER,
  outcomeWith,
  planned,
  planWith,
  SCREEN,
  state,
  SUDO_SCREEN,
} from '../../support/act.ts'
import { shown } from '../../support/door.ts'
import { file, finding } from '../../support/report.ts'

type Given = Parameters<typeof linesOf>
const outcomeLines = (plan: Given[0], outcome: Given[1], extras: Given[2], screen = SCREEN) =>
  linesOf(plan, outcome, extras, screen)
const says = (lines: ReturnType<typeof outcomeLines>, text: string) =>
  assert.equal(shown(lines), text.slice(1))

const MAIL = planWith({
  units: MAIL_SERVER.map((name) => planned(name)),
  left: [left('openvpn-server@office', 'costs', { cautions: [cost('its tunnels drop')] })],
})
const ALL = MAIL_SERVER.map((name) => end(name, 'restarted'))
const EXIT = { kind: 'exited', number: 1 } as const
const FAILED = end('nginx', 'failed', { state: state({ result: 'exit-code', mainExit: EXIT }) })
const WITH_A_FAILURE = outcomeWith({ ends: ALL.with(3, FAILED) })
const NGINX = {
  journal: ['', 'nginx: [emerg] unknown directive "brotli" in /etc/nginx/nginx.conf:41'],
  goBack: '/var/cache/pacman/pkg/nginx-1.28.0-3-x86_64.pkg.tar.zst',
  messages: [],
}

test('a restart with one failure', () => {
  const units = new Map([['nginx.service', NGINX]])
  says(
    outcomeLines(MAIL, WITH_A_FAILURE, extrasWith({ units }), SUDO_SCREEN),
    `
12 restarted and looked at again, 1 failed, 1 left alone.

nginx failed and is NOT running (exit status 1):
    nginx: [emerg] unknown directive "brotli" in /etc/nginx/nginx.conf:41
  Read more  journalctl -eu nginx
  Go back    sudo pacman -U \\
               /var/cache/pacman/pkg/nginx-1.28.0-3-x86_64.pkg.tar.zst
`,
  )
})

test('a long line of a journal is told whole, and a very long one is cut', () => {
  const config = '/etc/dovecot/dovecot.conf'
  const reason = `doveconf: Fatal: Error in configuration file ${config} line 99: Unknown section`
  const journal = [`  ${reason}`, 'x'.repeat(900)]
  const units = new Map([['nginx.service', { ...NGINX, journal, goBack: null }]])
  const text = shown(outcomeLines(MAIL, WITH_A_FAILURE, extrasWith({ units })))
  assert.ok(
    text.includes(`
    doveconf: Fatal: Error in configuration file /etc/dovecot/dovecot.conf
      line 99: Unknown section
    ${'x'.repeat(74)}
      ${'x'.repeat(74)}
      ${'x'.repeat(74)}
      ${'x'.repeat(71)}...
  Read more`),
    text,
  )
})

test('a root shell needs no sudo, and a user is offered nothing of root', () => {
  const units = new Map([['nginx.service', NGINX]])
  assert.match(
    shown(outcomeLines(MAIL, WITH_A_FAILURE, extrasWith({ units }))),
    /back {4}pacman -U/,
  )
  const own = shown(
    outcomeLines({ ...MAIL, isOfUser: true }, WITH_A_FAILURE, extrasWith({ units }), SUDO_SCREEN),
  )
  assert.doesNotMatch(own, /sudo|pacman -U/)
  assert.match(own, /\n {2}Read more {2}journalctl --user -eu nginx\n/)
})

test('without a failure the first line tells everything', () => {
  says(
    outcomeLines(MAIL, outcomeWith({ ends: ALL }), extrasWith()),
    '\n13 restarted, nothing failed. 1 left: openvpn-server@office. No reboot needed.\n',
  )
  const manager = finding({ kind: 'manager', unit: 'init.scope' })
  const isManagerOld = false
  says(
    outcomeLines({ ...MAIL, manager, left: [] }, outcomeWith({ ends: ALL, isManagerOld }), {
      ...extrasWith(),
      looked: around({ limits: [{ code: 'kernel-unknown', count: 0 }] }),
    }),
    '\nsystemd re-executed, 13 restarted, nothing failed. No reason to reboot was seen.\n',
  )
  const five = ['b', 'c', 'd', 'e', 'f'].map((name) => left(name, 'excepted'))
  says(
    outcomeLines(planWith({ units: MAIL.units, left: five }), outcomeWith({ ends: ALL }), {
      ...extrasWith(),
      looked: around({ reboot: { needed: 'soft', reasons: [] } }),
    }),
    '\n13 restarted, nothing failed. 5 left alone. Reboot when it suits.\n',
  )
})

test('every end has its own block, what is down first, and what is not known is said', () => {
  const old = finding({ files: [file('libssl.so.3', 'openssl 1-1 2-1'), file('libq.so')] })
  const ends = [
    end('a', 'restarted'),
    end('b', 'waiting'),
    end('c', 'unseen', { state: state() }),
    end('d', 'still-old', { isMainNew: true, old }),
    end('e', 'untouched'),
    end('f', 'starting-again', { state: state({ result: 'timeout' }) }),
    end('g', 'stopped'),
    end('h', 'waiting'),
  ]
  const units = new Map([
    ['e.service', { journal: [], goBack: null, messages: ['Unit e.service not found.'] }],
  ])
  const plan = planWith({ units: ends.map(({ unit }) => planned(unit)) })
  const outcome = outcomeWith({
    ends,
    watched: 'time-limit',
    alsoFailed: ['y.service', 'z.service'],
  })
  says(
    outcomeLines(plan, outcome, extrasWith({ units })),
    `
1 restarted and looked at again, 1 restarted but not checked, 1 failed and
starting again, 1 stopped, 1 not restarted, 2 not done yet, 1 still using old
code.

g stopped and is NOT running, and did not fail.
  Read more  journalctl -eu g

f failed (timeout), and systemd starts it again by itself.
  Read more  journalctl -eu f

e was not restarted and uses old code as before:
    Unit e.service not found.

A restart did not renew d: it still uses old code of openssl.
  Old files: /usr/lib/libssl.so.3, /usr/lib/libq.so
  Its main process is a new one.

b and h were not done when the time to wait was over.
systemd goes on with them, and nothing was cancelled. To see the jobs:
  systemctl list-jobs
Look again later with stale-libs.

Whether c still uses old code is not known.

y and z failed meanwhile, and were not on the list. To see failed units:
  systemctl --failed
`,
  )
})

test('what was not looked at again is never called so', () => {
  const manager = finding({ kind: 'manager', unit: 'init.scope' })
  const outcome = outcomeWith({
    ends: [end('a', 'unseen')],
    isLookedAgain: false,
    watched: 'silent',
  })
  const plan = planWith({ manager, units: [planned('a')] })
  says(
    outcomeLines(plan, outcome, { ...extrasWith(), looked: null }),
    `
systemd re-executed, 1 with an unknown end.
systemd gave no answer any more: what became of the restarts is not known.
The machine could not be looked at again. To look: stale-libs
Whether systemd itself still uses old code is not known.
`,
  )
  assert.match(
    shown(outcomeLines(plan, { ...outcome, watched: 'interrupted' }, extrasWith())),
    /\nNothing was looked at again\. To look: stale-libs\n/,
  )
  assert.match(
    shown(outcomeLines(plan, { ...outcome, isManagerOld: true }, extrasWith())),
    /\nsystemd itself still uses old code after its re-execution\.\n/,
  )
  const good = outcomeWith({ ends: [end('a', 'restarted')], isLookedAgain: false })
  assert.doesNotMatch(shown(outcomeLines(planWith(), good, extrasWith())), /nothing failed/)
})

test('after an interrupt the next look is named once', () => {
  const ends = [end('a', 'unseen', { state: state() }), end('slow', 'waiting')]
  const plan = planWith({ isOfUser: false, units: [planned('a'), planned('slow')] })
  const outcome = outcomeWith({ ends, isLookedAgain: false, watched: 'interrupted' })
  says(
    outcomeLines(plan, outcome, { ...extrasWith(), looked: null }, SUDO_SCREEN),
    `
1 restarted but not checked, 1 not done yet.

slow was not done when the watching was interrupted.
systemd goes on with it, and nothing was cancelled. To see the jobs:
  systemctl list-jobs
Look again later with sudo stale-libs.
`,
  )
})

test('the manager of a user begins a sentence', () => {
  const manager = finding({ kind: 'user-manager', unit: 'init.scope' })
  const plan = planWith({ isOfUser: true, manager })
  says(
    outcomeLines(plan, outcomeWith({ isManagerOld: false }), extrasWith()),
    '\nYour manager re-executed, nothing failed. No reboot needed.\n',
  )
  says(
    outcomeLines(plan, outcomeWith({ isManagerOld: true }), extrasWith()),
    `
Your manager re-executed.
Your manager (systemd --user) still uses old code after its re-execution.
`,
  )
})

const ENDED = [
  [{ kind: 'exited', number: 203 }, 'exit-code', ' (exit status 203)'],
  [{ kind: 'killed', number: 9 }, 'signal', ' (killed by signal 9)'],
  [{ kind: 'dumped', number: 11 }, 'core-dump', ' (killed by signal 11, core dumped)'],
  [{ kind: null, number: 0 }, 'exit-code', ' (a command of its start failed)'],
  [{ kind: 'exited', number: 0 }, 'protocol', ' (protocol)'],
  [{ kind: 'killed', number: 15 }, 'timeout', ' (timeout)'],
  [{ kind: null, number: 0 }, 'success', ''],
  [{ kind: null, number: 0 }, '', ''],
] as const

for (const [mainExit, result, text] of ENDED)
  test(`${result}, ${mainExit.kind} ${mainExit.number} is said as "${text}"`, () => {
    const ends = [end('a', 'failed', { state: state({ mainExit, result }) })]
    const said = shown(outcomeLines(planWith(), outcomeWith({ ends }), extrasWith()))
    assert.ok(said.includes(`a failed and is NOT running${text}.\n`), said)
  })

test('nothing is called good beside something that is not', () => {
  const ends = [end('a', 'restarted')]
  const manager = finding({ kind: 'manager', unit: 'init.scope' })
  const plan = planWith({ units: [planned('a')] })
  const reasons = [
    { code: 'nvidia-mismatch', level: 'full', loaded: '580.95', installed: '580.105' },
  ] as const
  const looked = around({ reboot: { needed: 'full', reasons } })
  const firsts = [
    '1 restarted and looked at again.',
    'systemd re-executed, 1 restarted and looked at again.',
    'systemd re-executed, 1 restarted and looked at again.',
  ]
  const said = [
    outcomeLines(plan, outcomeWith({ ends, alsoFailed: ['z.service'] }), extrasWith({ looked })),
    outcomeLines({ ...plan, manager }, outcomeWith({ ends, isManagerOld: true }), extrasWith()),
    outcomeLines({ ...plan, manager }, outcomeWith({ ends }), extrasWith()),
  ].map(shown)
  assert.deepEqual(
    said.map((text) => text.split('\n')[0]),
    firsts,
  )
  assert.match(
    said[0] ?? '',
    /\nz failed meanwhile, and was not on the list\. To see failed units:\n/,
  )
  assert.doesNotMatch(said[0] ?? '', /nvidia/)
  says(
    outcomeLines(plan, outcomeWith({ ends }), extrasWith({ looked })),
    `
1 restarted, nothing failed. Reboot soon: new graphics programs fail already.
Reasons to reboot:
  the nvidia module that is loaded is 580.95, its libraries are 580.105:
      they refuse to work together
`,
  )
})

test('old code is told by packages, each once, and by the first of its files', () => {
  const files = ['a', 'b', 'c', 'd'].map((name) => file(`lib${name}.so`, 'openssl 1-1 2-1'))
  const old = finding({ files })
  const ends = [end('a', 'still-old', { isMainNew: false, old })]
  says(
    outcomeLines(planWith(), outcomeWith({ ends }), extrasWith()),
    `
1 still using old code.

A restart did not renew a: it still uses old code of openssl.
  Old files: /usr/lib/liba.so, /usr/lib/libb.so, /usr/lib/libc.so, 1 more
  Its main process is as before.
`,
  )
})

test('a path that a shell would break stands in quotes', () => {
  const units = new Map([['nginx.service', { ...NGINX, goBack: '/var/cache/a b.pkg' }]])
  const text = shown(outcomeLines(MAIL, WITH_A_FAILURE, extrasWith({ units })))
  assert.match(text, /\n {15}'\/var\/cache\/a b\.pkg'\n/)
})
