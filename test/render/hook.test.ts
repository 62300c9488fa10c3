import assert from 'node:assert/strict'
import test from 'node:test'
import type { Finding, Report } from '../../src/core/report/report.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { renderText } from '../../src/render/text/text.ts'
import { shown } from '../support/door.ts'
import type { Plain } from '../support/printed.ts'
import { GLIBC, hookReport, LOGIN, old, OPENSSH, OPENSSL, rebootFor } from '../support/screens.ts'

const HOOK = { hook: true, all: false }
const ben = { uid: 1000, name: 'ben' }
const zoe = { uid: 1001, name: 'zoe' }

function hookText(findings: readonly Finding[], some: Plain<Partial<Report>> = {}): string {
  return shown(renderText(hookReport(findings, some), HOOK, columnsOf))
}

const SSHD = old('sshd', OPENSSH, { ...LOGIN, mayFail: 'logins' })
const MANY = 20_000

/** The kinds of findings that there can be thousands of: any user can start them. */
const KINDS: Readonly<Record<string, (at: number) => Finding>> = {
  safe: (at) => old(`a${at * 7919}x`, OPENSSL),
  later: (at) =>
    old(`envoy@x${at * 7919}y`, OPENSSL, {
      kind: 'user-service',
      user: zoe,
      action: 'manual',
      rule: 'sensitive',
      cautions: [
        { code: 'sensitive', blocking: true, detail: { reason: 'keys are lost', guests: [] } },
      ],
    }),
  costs: (at) =>
    old(`b${at * 7919}y`, OPENSSL, {
      cautions: [
        { code: 'ends-tasks', blocking: false, detail: [{ name: `job${at}`, user: zoe }] },
      ],
    }),
  mine: (at) =>
    old(`m${at * 7919}x`, OPENSSL, { kind: 'user-service', action: 'user-restart', user: ben }),
  apps: (at) =>
    old(`app${at * 7919}x`, OPENSSL, { kind: 'app', action: 'close', rule: 'app', user: zoe }),
}

for (const [name, make] of Object.entries(KINDS))
  test(`the columns of no more names are counted than fit: ${name}`, () => {
    const report = hookReport([SSHD, ...Array.from({ length: MANY }, (_, at) => make(at))])
    let calls = 0
    const columns = (text: string) => {
      calls += 1
      return columnsOf(text)
    }
    assert.ok(shown(renderText(report, HOOK, columns)).split('\n').length <= 21)
    assert.ok(calls < MANY, `${calls} calls`)
  })

test('what is left out of names is counted as findings, each with its noun', () => {
  const instances = (name: string) =>
    Array.from({ length: 37 }, (_, at) => old(`${name}@${at}`, OPENSSL))
  const others = Array.from('abcdefghijklmnopqrst', (one) =>
    old(`b-service-of-a-long-name-${one}`, OPENSSL),
  )
  const text = hookText([...instances('a'), ...others, ...instances('zed')])
  assert.match(text, /Restart {6}a@0 to a@36, b-service-of-a-long-name-a,\n/)
  const names = new Set(text.match(/b-service-of-a-long-name-[a-t]/g))
  assert.match(text, new RegExp(`and ${20 - names.size + 37} more services\\n`))
})

const tasks = {
  code: 'ends-tasks',
  blocking: false,
  detail: [{ name: 'rsync', user: ben }],
} as const
const clients = { code: 'cuts-clients', blocking: false, detail: null } as const

test('what a restart that is safe ends stands below the names, above the command', () => {
  const foo = old('foo', OPENSSL, {
    cautions: [tasks, { code: 'restarts-too', blocking: false, detail: ['bar'] }],
  })
  const ends = 'foo: a restart ends what it has started: rsync (ben); restarts bar too'
  const flat = (text: string) => text.replaceAll(/\n +/g, ' ')
  assert.match(
    flat(hookText([foo])),
    new RegExp(`needed\\. ${ends.replaceAll(/[()]/g, '\\$&')} sudo `),
  )
  const both = flat(hookText([foo, old('cups', OPENSSL)]))
  assert.match(both, new RegExp(`Restart {6}foo, cups ${ends.replaceAll(/[()]/g, '\\$&')} sudo `))
  const reboot = rebootFor(KERNEL)
  const safe = flat(hookText([foo, old('maria', OPENSSL, { cautions: [clients] })], { reboot }))
  assert.match(safe, /safe part \(2 services\):/)
  assert.ok(safe.includes(ends), safe)
  assert.match(safe, /Clients of maria are cut off and must reconnect\./)
})

const KERNEL = {
  code: 'kernel-modules-gone',
  level: 'full',
  release: '6.17.9-arch1-1',
  successor: { package: 'linux', release: '6.18.1-arch1-2' },
} as const

test('a container that runs files of the machine has its sentence among what is chosen', () => {
  const web = old('web', OPENSSL, {
    kind: 'container',
    name: 'web',
    container: { runtime: 'nspawn', name: 'web' },
    action: 'container',
    rule: 'container-of-machine',
  })
  assert.match(
    hookText([web, old('cups', OPENSSL)]),
    /Choose when {2}web \(nspawn\): it runs files of this machine: restart the\n +container\n/,
  )
})

test('services whose clients are cut off are one sentence', () => {
  const costly = { code: 'jobs-inside', blocking: true, detail: [] } as const
  const names = ['mariadb', 'postgresql']
  const text = hookText(
    names.map((one) => old(one, GLIBC, { action: 'manual', cautions: [costly, clients] })),
  )
  assert.match(text, /clients of mariadb and postgresql are cut off and must reconnect\n/)
  assert.doesNotMatch(text, /its clients/)
})

const network = { reason: 'the network may drop while it restarts', guests: [] }
const sensitive = { code: 'sensitive', blocking: true, detail: network } as const

test('what may fail and is not safe has its cost above its command, or why it has none', () => {
  const some = { action: 'manual', rule: 'sensitive', mayFail: 'parts' } as const
  const net = old('NetworkManager', GLIBC, { ...some, cautions: [sensitive] })
  const cost = 'NetworkManager: the network may drop while it restarts'
  const text = hookText([net, old('cups', OPENSSL)])
  assert.match(text, new RegExp(`needed\\.\n {2}${cost}\n {4}sudo stale-libs restart NetworkM`))
  const yours = { code: 'ends-your-connection', blocking: true, detail: null } as const
  const sshd = { ...some, mayFail: 'logins', rule: 'ends-your-connection' } as const
  assert.match(
    hookText([old('sshd', OPENSSH, { ...sshd, cautions: [yours] }), old('cups', OPENSSL)]),
    /\n {2}sshd: your own session came through it and ends with it\n {2}1 more/,
  )
  const safe = old('foo', OPENSSL, { mayFail: 'jobs', cautions: [tasks] })
  assert.match(hookText([safe]), /\n {2}foo: a restart ends what it has started: rsync \(ben\)\n/)
})

test('a sentence begins with a capital, but the name of a unit keeps its letters', () => {
  const byHand = (findings: readonly Finding[]) =>
    shown(renderText(hookReport(findings), { hook: false, all: false }, columnsOf))
  const session = old('session 3', OPENSSL, {
    kind: 'session',
    action: 'relogin',
    name: 'session 3',
    unit: null,
    isYours: true,
  })
  const ofZoe = old('session 3', OPENSSL, { ...session, isYours: false, user: zoe })
  for (const text of [hookText, byHand]) {
    assert.match(text([session]), /^ *Your session (?:still )?uses /)
    assert.match(text([ofZoe]), /^ *Session 3 of zoe /)
    // A unit can have the name of any word.
    for (const name of ['new', 'the', 'what', 'your', 'clients'])
      assert.match(text([old(name, OPENSSL)]), new RegExp(`^ *${name} (?:still )?uses `))
  }
})
