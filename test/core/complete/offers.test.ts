import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  MOST_OFFERS,
  offersToClear,
  offersToExplain,
  offersToMark,
  offersToRestart,
} from '../../../src/core/complete/offers.ts'
import type { Offer } from '../../../src/core/complete/offers.ts'
import { printableText } from '../../../src/core/printable.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { renderOffers } from '../../../src/render/offers.ts'
import { planned, planWith } from '../../support/act.ts'
import type { Plain } from '../../support/printed.ts'
import { file, finding } from '../../support/report.ts'

const SSL = file('libssl.so.3', 'openssl 3.6.0-1 3.6.1-1')
const ZOE = { uid: 1000, name: 'zoe' }

function old(unit: string, some: Plain<Partial<Finding>> = {}): Finding {
  return finding({ unit, name: unit, files: [SSL], ...some })
}

function explained(...findings: readonly Finding[]): readonly string[] {
  return renderOffers(offersToExplain({ findings }))
}

const names = (offers: readonly Offer[]) => offers.map(({ name }) => name)

test('a name is offered with the packages of its old code, and each of these packages', () => {
  const own = { name: 'nginx', from: '1.27-1', to: '1.28-1', change: 'upgraded', at: '' } as const
  const nginx = old('nginx.service', {
    files: [SSL, SSL, file('libz.so.1', 'zlib 1.3-1 1.3-1'), file('libx.so')],
    ownPackage: { change: own, isNew: null },
  })
  assert.deepEqual(explained(nginx, old('cups.service')), [
    'nginx nginx, openssl, zlib',
    'cups openssl',
    'openssl package 3.6.0-1 -> 3.6.1-1',
    'zlib package 1.3-1 upgraded',
  ])
})

test('a name of several findings is offered once, with the packages of all', () => {
  const other = old('a.service', { files: [file('libz.so.1', 'zlib 1-1 2-1')] })
  assert.equal(explained(old('a.service'), other)[0], 'a openssl, zlib')
})

test('many packages of one name are counted', () => {
  const files = Array.from({ length: 6 }, (_, at) => file(`${at}.so`, `p${at} 1-1 2-1`))
  assert.equal(explained(old('a.service', { files }))[0], 'a p0, p1, p2, p3, 2 more')
})

test('explain is offered each finding by a name that it finds again', () => {
  const bare = { files: [], causes: [] as const }
  const said = explained(
    old('getty@tty1.service', bare),
    old(String.raw`dev-disk-by\x2duuid.service`, bare),
    old('session-3.scope', { ...bare, kind: 'session', name: 'session 3', user: ZOE }),
    old('app-gimp-1.scope', { ...bare, kind: 'app', name: 'gimp', user: ZOE }),
    // A number is a process, and these letters in front of a colon choose a meaning.
    old('123.service', bare),
    old('pkg:x.service', bare),
  )
  assert.deepEqual(said, [
    'getty@tty1',
    String.raw`dev-disk-by\x2duuid.service`,
    '123.service',
    'unit:pkg:x.service',
    'session-3.scope',
    'gimp',
  ])
})

/** Names that users chose. */
const HOSTILE = [
  '-rf',
  '--yes',
  '$(reboot)',
  '`reboot`',
  'a b',
  'a\tb',
  'a;b',
  "a'b",
  'a"b',
  '*',
  '~root',
  '@',
  '/etc/passwd',
  'd\u00e9mon',
  '',
]

test('no name is offered that a shell could read as anything but the name', () => {
  const apps = HOSTILE.map((name) =>
    old('app-1.scope', { kind: 'app', name, user: ZOE, files: [] }),
  )
  assert.deepEqual(explained(...apps), [])
  // The name of a unit may be escaped: `\\x09` is four characters of it.
  const raw = HOSTILE.filter((name) => !name.includes('\t'))
  const units = raw.map((name) => old(`${name}.service`, { name, files: [] }))
  assert.deepEqual(explained(...units), [])
  const plan = planWith({ units: raw.map((name) => planned(name)) })
  assert.deepEqual(offersToRestart(plan, []), [])
})

test('no package is told of whose name is none of pacman', () => {
  const files = ['-rf', '.hidden', 'a/b'].map((name) => file('a.so', `${name} 1-1 2-1`))
  assert.deepEqual(explained(old('a.service', { files })), ['a'])
})

test('what is in a container is of no package of this machine', () => {
  const box = old('docker-1.scope', { kind: 'container', name: 'web' })
  assert.deepEqual(explained(box), ['web'])
})

test('the list has a bound, and names of users take no place of the system', () => {
  const mine = Array.from({ length: MOST_OFFERS + 5 }, (_, at) =>
    old(`u${at}.service`, { kind: 'user-service', user: ZOE }),
  )
  const offers = explained(...mine, old('nginx.service'))
  assert.equal(offers.length, MOST_OFFERS)
  assert.deepEqual(offers.slice(0, 2), ['nginx openssl', 'openssl package 3.6.0-1 -> 3.6.1-1'])
})

test('restart is offered what its plan takes, mark what is safe of it', () => {
  const manager = finding({ kind: 'manager', unit: 'init.scope' })
  const units = [planned('a'), planned('b', { isSafe: false }), planned('c.mount')]
  const plan = planWith({ units, manager })
  const findings = [old('a.service'), old('z.service')]
  assert.deepEqual(renderOffers(offersToRestart(plan, findings)), [
    'a openssl',
    'b',
    'c.mount.service',
    'init.scope',
  ])
  assert.deepEqual(names(offersToMark(plan, findings)), ['a', 'c.mount.service'])
})

test('mark --clear is offered what is marked for a restart', () => {
  const mark = (name: string, markers: Parameters<typeof offersToClear>[0][number]['markers']) => ({
    unit: printableText(`${name}.service`),
    markers,
    job: 'restart' as const,
  })
  const marks = [mark('a', ['needs-restart']), mark('b', ['needs-reload'])]
  assert.deepEqual(renderOffers(offersToClear(marks, [old('a.service')])), ['a openssl'])
})
