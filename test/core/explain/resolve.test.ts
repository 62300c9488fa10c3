import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../../src/core/advice/case.ts'
import { casesOf } from '../../../src/core/advice/cases.ts'
import { groupByOwner } from '../../../src/core/advice/groups.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { explanationsOf } from '../../../src/core/explain/resolve.ts'
import { findingOf } from '../../../src/core/report/finding.ts'
import type { UnitFacts } from '../../../src/core/systemd/unit-facts.ts'
import { facts, knowledge, staleProcess } from '../../support/knowledge.ts'
import { knownOf } from '../../support/known.ts'
import { file, finding, reportOf } from '../../support/report.ts'
import { say } from '../../../src/core/printable.ts'
import type { Known } from '../../../src/core/explain/known.ts'
import type { Scan } from '../../../src/core/report/report.ts'

const USER = '/user.slice/user-1000.slice/user@1000.service'

/** A scan that found one stale process, PID 10, beside a clean one, PID 11. */
function scanOf(path: string, some: Partial<UnitFacts> | null = {}) {
  const owner = ownerOf(path)
  const process = staleProcess(path)
  const known = new Map(some === null ? [] : [[owner.unit ?? '', facts(some)] as const])
  const around = knowledge({ facts: known })
  const cases: readonly Case[] = groupByOwner([process]).flatMap((group) => casesOf(group, around))
  const findings = cases.map((one) => findingOf(one, null, new Map(), null))
  const temporaryCode = [11, 12].map((pid) => ({
    pid,
    comm: 'java',
    unit: null,
    path: '/memfd:jit',
  }))
  return { report: reportOf({ findings, temporaryCode }), cases }
}

const KNOWN = knownOf(
  new Map([
    [10, ownerOf('/system.slice/a.service')],
    [11, ownerOf('/system.slice/b.service')],
  ]),
)

/** Explains one subject, which is an owner. */
function ownerAbout(subject: string, scanned: Scan, known: Known = KNOWN) {
  const explained = explanationsOf([subject], scanned, known)
  assert.ok(!('nearest' in explained))
  const about = explained[0]?.about
  return about?.kind === 'owner' ? about : assert.fail('it is no owner')
}

function whyOf(...given: Parameters<typeof scanOf>) {
  const { found } = ownerAbout('10', scanOf(...given))
  return found[0]?.why ?? assert.fail('nothing was found')
}

function answersOf(...given: Parameters<typeof scanOf>): readonly string[] {
  const why = whyOf(...given)
  assert.ok(typeof why !== 'string')
  return why.filter(({ answer }) => answer !== 'no').map(({ code, answer }) => `${code} ${answer}`)
}

test('an owner that has one step is explained by its rule', () => {
  assert.equal(whyOf('/'), 'no-unit')
  assert.equal(whyOf(`${USER}/app.slice/app-firefox-7.scope`), 'app')
  assert.equal(whyOf(`${USER}/app.slice/a.service`), 'of-a-user')
})

test('a service is explained by the answers of all rules, of which the first decides', () => {
  assert.deepEqual(answersOf('/system.slice/a.service'), [])
  assert.deepEqual(
    answersOf('/system.slice/a.service', {
      FreezerState: 'frozen',
      RefuseManualStop: 'yes',
    }),
    ['frozen decides', 'systemd-refuses objects'],
  )
  const why = whyOf('/system.slice/a.service', { FreezerState: 'frozen' })
  assert.ok(typeof why !== 'string')
  assert.match(why.find(({ answer }) => answer === 'decides')?.source ?? '', /^systemctl\(1\)/)
})

test('a service of another user is explained by the rules that it was asked, and by no other', () => {
  const why = whyOf(`${USER}/app.slice/dbus-broker.service`, { FreezerState: 'frozen' })
  assert.ok(typeof why !== 'string')
  assert.deepEqual(
    why.filter(({ answer }) => answer !== 'no').map(({ code, answer }) => [code, answer]),
    [['sensitive', 'decides']],
  )
  assert.ok(why.every(({ code }) => code !== 'frozen'))
})

test('a rule that allows a restart leaves the others their answers', () => {
  const scanned = scanOf('/system.slice/sddm.service', { Transient: 'yes', Refs: ':1.7' })
  const cases = scanned.cases.map((one) => ({
    ...one,
    setting: { ...one.setting, graphicalSessions: 0 },
  }))
  const why = ownerAbout('10', { ...scanned, cases }).found[0]?.why ?? []
  assert.ok(typeof why !== 'string')
  assert.deepEqual(
    why.filter(({ answer }) => answer !== 'no').map(({ code, answer }) => [code, answer]),
    [
      ['display-manager', 'allows'],
      ['somebodys-command', 'decides'],
    ],
  )
})

test('temporary code of the subject is explained by the reason of its rule', () => {
  const { found, members, temporary } = ownerAbout('b', scanOf('/system.slice/a.service'))
  assert.deepEqual([found, members], [[], [11]])
  assert.deepEqual(
    temporary.map(({ pid }) => pid),
    [11],
  )
  assert.match(temporary[0]?.reason ?? '', /memfd_create/)
})

/** Returns what is said of the first of the subjects that there is not. */
function unknownOf(subjects: readonly string[], known: Known) {
  const found = explanationsOf(subjects, scanOf('/system.slice/a.service'), known)
  return 'nearest' in found ? [found.typed, found.as, found.nearest] : assert.fail('it is known')
}

const ofOwners = (...paths: readonly string[]) =>
  knownOf(new Map(paths.map((path, at) => [at + 1, ownerOf(path)])))

test('the first subject that there is not is told, with the nearest name as it was typed', () => {
  const known = ofOwners('/system.slice/cronie.service')
  const unknown = (...subjects: readonly string[]) => unknownOf(subjects, known)
  assert.deepEqual(unknown('a.service', 'cronei.service', '99'), [
    'cronei.service',
    'name',
    'cronie.service',
  ])
  assert.deepEqual(unknown('cronei'), ['cronei', 'name', 'cronie'])
  assert.deepEqual(unknown('unit:cronei'), ['unit:cronei', 'unit', 'unit:cronie'])
  assert.deepEqual(unknown('unit:'), ['unit:', 'unit', null])
  assert.deepEqual(unknown('99'), ['99', 'pid', null])
  assert.deepEqual(unknown('/usr/lib/x'), ['/usr/lib/x', 'file', null])
  assert.deepEqual(unknown('lib/x'), ['lib/x', 'relative', null])
})

const APPS = `${USER}/app.slice`
const NEAREST: readonly (readonly [
  typed: string,
  owners: readonly string[],
  nearest: string | null,
])[] = [
  ['mysql', [String.raw`${APPS}/mysql\x3f\x20No.\x20Run\x3a\x20reboot.service`], null],
  ['mysql', [String.raw`${APPS}/app-gnome-mysql\x3f\x20No.\x20Run-7.scope`], null],
  ['mysql', [`${APPS}/mysql (is gone).service`], null],
  ['mysq', [`${APPS}/mysqlx.service`, '/system.slice/mysqld.service'], 'mysqld'],
  ['sshdd', [`${APPS}/sshddd.service`, '/system.slice/sshd.service'], 'sshd'],
  ['sshd.servic', ['/system.slice/sshd.service'], 'sshd'],
  ['docker.sokcet', ['/system.slice/docker.socket'], 'docker.socket'],
  ['unit:sshd.srvice', ['/system.slice/sshd.service'], 'unit:sshd'],
  ['pipewir', [`${APPS}/pipewire.service`, '/system.slice/sshd.service'], 'pipewire'],
  ['reboot', ['/system.slice/sshd.service'], null],
  ['roo', ['/system.slice/sshd.service'], 'root'],
  ['user:ro', ['/system.slice/sshd.service'], 'user:root'],
]
for (const [typed, owners, nearest] of NEAREST)
  test(`${typed} among ${owners.join(', ')} is nearest to ${String(nearest)}`, () => {
    const known = { ...ofOwners(...owners), userNames: new Map([[0, say`root`]]) }
    assert.equal(unknownOf([typed], known)[2], nearest)
  })

const MEANT: readonly (readonly [
  subject: string,
  kind: string,
  name: string,
  also: readonly string[],
])[] = [
  ['10', 'owner', '10', []],
  ['11', 'owner', '11', ['user:11']],
  ['1000', 'user', 'zoe', []],
  ['a', 'owner', 'a', ['pkg:a', 'user:a']],
  ['a.service', 'owner', 'a.service', []],
  ['unit:a', 'owner', 'a', []],
  ['pkg:a', 'package', 'a', []],
  ['user:a', 'user', 'a', []],
  ['user:1000', 'user', 'zoe', []],
  ['zoe', 'user', 'zoe', []],
  ['zlib', 'package', 'zlib', []],
  ['/usr/lib/libz.so', 'file', '/usr/lib/libz.so', []],
  ['file:/usr/lib/libz.so', 'file', '/usr/lib/libz.so', []],
  ['/etc/of-nobody', 'file', '/etc/of-nobody', []],
]
for (const [subject, kind, name, also] of MEANT) {
  test(`"${subject}" means the ${kind} ${name}`, () => {
    const known = {
      ...KNOWN,
      owners: new Map([
        ...KNOWN.owners,
        [12, ownerOf('/user.slice/user-11.slice/session-4.scope')],
      ]),
      userNames: new Map([
        [10, say`a`],
        [11, say`ben`],
        [1000, say`zoe`],
      ]),
      installed: new Map([
        ['a', '1-1'],
        ['zlib', '2-1'],
      ]),
      fileOwners: new Map([['/usr/lib/libz.so', 'zlib']]),
      onDisk: new Set(['/etc/of-nobody']),
    }
    const explained = explanationsOf([subject], scanOf('/system.slice/a.service'), known)
    assert.ok(!('nearest' in explained))
    const [{ about, also: others } = assert.fail()] = explained
    const named =
      about.kind === 'user' ? about.user.name : about.kind === 'file' ? about.path : about.name
    assert.deepEqual([about.kind, named], [kind, name])
    assert.deepEqual(
      others.map((one) => one.name),
      also,
    )
  })
}

test('all was seen only where nothing hides a finding', () => {
  const seen = (subject: string, some: Parameters<typeof reportOf>[0]) => {
    const { cases } = scanOf('/system.slice/a.service')
    const known = { ...KNOWN, installed: new Map([['zlib', '2-1']]) }
    const explained = explanationsOf([subject], { report: reportOf(some), cases }, known)
    return 'nearest' in explained ? assert.fail('it is unknown') : explained[0]?.seen.isWhole
  }
  const untold = finding({ files: [file('libc.so.6')] })
  assert.equal(seen('b', {}), true)
  assert.equal(seen('b', { unreadable: 1 }), false)
  assert.equal(seen('b', { limits: [{ code: 'maps-failed', count: 1 }] }), false)
  assert.equal(seen('b', { limits: [{ code: 'kernel-unknown', count: 1 }] }), true)
  const ignored = { rule: 'unit:b*', reason: null, findings: 1, names: ['b.service'] }
  assert.equal(seen('b', { ignored: [ignored] }), false)
  assert.equal(seen('b', { findings: [untold] }), true)
  assert.equal(seen('zlib', { findings: [untold] }), false)
  assert.equal(seen('zlib', { findings: [{ ...untold, kind: 'container' }] }), true)
})
