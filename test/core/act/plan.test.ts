import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDefaultYes } from '../../../src/core/act/checked.ts'
import { allOldUnits, isNothing, oldUnits, planOf } from '../../../src/core/act/plan.ts'
import { planAgain } from '../../../src/core/act/plan-again.ts'
import { memoryText, parseMemory } from '../../../src/core/act/renewed.ts'
import { printableText } from '../../../src/core/printable.ts'
import type { Plan } from '../../../src/core/act/plan.ts'
import type { UnitProgress } from '../../../src/core/act/progress.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { progress } from '../../support/progress.ts'
import { file, finding } from '../../support/report.ts'
import type { Plain } from '../../support/printed.ts'

const AT_START = 1_790_000_000

function safe(name: string, some: Plain<Partial<Finding>> = {}): Finding {
  const unit = `${name}.service`
  return finding({ unit, name: unit, command: ['systemctl', 'restart', '--', unit], ...some })
}

function costly(name: string, code: 'frozen' | 'own-job' | 'users-work' | 'main-unknown'): Finding {
  const some = { action: 'manual', command: null, rule: code } as const
  return safe(name, { ...some, cautions: [{ code, blocking: true, detail: null }] })
}

const REBOOT = safe('dbus', { action: 'soft-reboot', rule: 'sensitive' })
const INIT = finding({
  kind: 'manager',
  unit: 'init.scope',
  action: 'reexec',
  rule: 'manager',
  command: ['systemctl', 'daemon-reexec'],
})
const SESSION = finding({ kind: 'session', unit: 'session-3.scope', action: 'relogin' })

type Question = {
  readonly named?: readonly string[]
  readonly except?: readonly string[]
  readonly isOfUser?: boolean
  readonly states?: readonly UnitProgress[]
}

function plan(findings: readonly Finding[], question: Question = {}): Plan {
  const { named, except = [], isOfUser = false, states = [] } = question
  const wanted = {
    named: named === undefined ? null : new Set(named.map((name) => `${name}.service`)),
    except: new Set(except.map((name) => `${name}.service`)),
    isOfUser,
  }
  return planOf({ findings }, wanted, 1000, new Map(states.map((one) => [one.unit, one])))
}

const names = ({ units }: Plan) => units.map(({ unit }) => unit.replace('.service', ''))
const left = (one: Plan) =>
  one.left.map(({ unit, code }) => `${unit.replace('.service', '')} ${code}`)

test('without names a plan has what is safe, sorted, and leaves the rest alone', () => {
  const all = [safe('b'), safe('a'), costly('c', 'users-work'), REBOOT, INIT, SESSION]
  const made = plan(all)
  assert.deepEqual(names(made), ['a', 'b'])
  assert.deepEqual(made.keeping, [])
  assert.deepEqual(left(made), ['c costs', 'dbus reboot'])
  assert.equal(made.manager?.unit, 'init.scope')
  assert.deepEqual([made.services, made.others, made.isNamed], [4, 1, false])
  assert.equal(isDefaultYes(made), true)
})

test('a unit that costs something is in a plan only where it is named', () => {
  const all = [safe('a'), costly('c', 'users-work')]
  const made = plan(all, { named: ['c'] })
  assert.deepEqual(names(made), ['c'])
  assert.deepEqual(left(made), [])
  assert.equal(isDefaultYes(made), false)
})

test('what a restart does not help is in no plan', () => {
  const all = [costly('c', 'frozen'), REBOOT]
  const made = plan(all, { named: ['c', 'dbus'] })
  assert.deepEqual(names(made), [])
  assert.deepEqual(left(made), ['c impossible', 'dbus reboot'])
  assert.equal(isNothing(made), true)
})

test('a named unit that is no service is old too, and a restart does not help', () => {
  const alice = { uid: 1001, name: null }
  const all = [
    { ...SESSION, user: alice },
    finding({ kind: 'user-manager', unit: 'user@1001.service', user: alice }),
    finding({ kind: 'container', unit: 'docker-1.scope' }),
    finding({ kind: 'user-service', unit: 'x.service', user: alice }),
    finding({ kind: 'app', unit: 'app-1.scope', user: alice }),
  ]
  const named = new Set(all.map(({ unit }) => unit ?? ''))
  const of = (isOfUser: boolean, uid: number) =>
    left(planOf({ findings: all }, { named, except: new Set(), isOfUser }, uid, new Map()))
  const ofSystem = ['docker-1.scope', 'session-3.scope', 'user@1001']
  assert.deepEqual(
    of(false, 0),
    ofSystem.map((unit) => `${unit} impossible`),
  )
  assert.deepEqual(of(true, 1001), ['app-1.scope impossible', 'x impossible'])
  assert.deepEqual(of(true, 1002), [])
  assert.deepEqual(
    allOldUnits({ findings: all }, false)
      .map((unit) => unit.replace('.service', ''))
      .toSorted(),
    ofSystem,
  )
  const ofUser = ['user@1001.service', 'x.service', 'app-1.scope']
  assert.deepEqual(allOldUnits({ findings: all }, true), ofUser)
  assert.deepEqual(plan(all).left, [])
})

test('what was excepted is in no plan, named or not', () => {
  const all = [safe('a'), safe('b')]
  assert.deepEqual(names(plan(all, { except: ['a'] })), ['b'])
  assert.deepEqual(left(plan(all, { except: ['a'] })), ['a excepted'])
  assert.deepEqual(names(plan(all, { named: ['a', 'b'], except: ['a'] })), ['b'])
})

test('a plan by names leaves systemd itself alone, unless it is named', () => {
  assert.equal(plan([INIT, safe('a')], { named: ['a'] }).manager, null)
  const wanted = { named: new Set(['init.scope']), except: new Set<string>(), isOfUser: false }
  const made = planOf({ findings: [INIT, safe('a')] }, wanted, 0, new Map())
  assert.equal(made.manager?.unit, 'init.scope')
  assert.deepEqual(names(made), [])
})

test('of several findings of a unit the one counts that a restart ends', () => {
  const stays = safe('cron', { action: 'wait', command: null, rule: 'left-over' })
  for (const both of [
    [stays, safe('cron')],
    [safe('cron'), stays],
  ]) {
    const made = plan(both)
    assert.deepEqual(names(made), ['cron'])
    assert.equal(made.services, 1)
    assert.deepEqual(made.keeping, ['cron.service'])
    assert.deepEqual(plan(both, { except: ['cron'] }).keeping, [])
  }
})

test('units that end the caller are marked', () => {
  const made = plan([costly('atd', 'own-job'), costly('b', 'users-work')], { named: ['atd', 'b'] })
  assert.deepEqual(
    made.units.map(({ endsCaller }) => endsCaller),
    [true, false],
  )
})

test('a user restarts the own services only', () => {
  const of = (uid: number) => ({
    kind: 'user-service' as const,
    user: { uid, name: null },
    action: 'user-restart' as const,
  })
  const all = [safe('a', of(1000)), safe('b', of(1001)), safe('c')]
  const made = plan(all, { isOfUser: true })
  assert.deepEqual(names(made), ['a'])
  assert.deepEqual(oldUnits({ findings: all }, true), ['a.service', 'b.service'])
  assert.deepEqual(names(plan(all)), ['c'])
})

test('systemd reads unit files again where one of the plan changed', () => {
  const changed = progress({ unit: 'a.service', needsReload: true })
  assert.equal(plan([safe('a')], { states: [changed] }).isReloaded, true)
  assert.equal(plan([safe('b')], { states: [changed] }).isReloaded, false)
})

/** Seconds behind the start of the machine: of the main process, of the file, of the unit. */
function renewedAfter(mainAt: number, goneAt: number | null, activeAt: number, some = {}): Plan {
  const of = (seconds: number) => new Date((AT_START + seconds) * 1000)
  const old = {
    ...file('liba.so.1'),
    goneAt: goneAt === null ? null : of(goneAt),
    ...some,
  }
  const startedAt = of(mainAt).toISOString()
  const processes = [{ pid: 10, comm: 'a', startedAt, main: true, files: [0] }]
  const states = [progress({ activeSince: (AT_START + activeAt) * 1000 })]
  return plan([safe('a', { files: [old], processes })], { states })
}

const RENEWED: readonly (readonly [what: string, plan: Plan, isLeft: boolean])[] = [
  ['an upgrade after the start', renewedAfter(10, 500, 11), false],
  ['a start after the upgrade', renewedAfter(500, 10, 500), true],
  ['a start that itself removes the file', renewedAfter(10, 12, 20), false],
  ['a child of an older main process', renewedAfter(500, 10, 20), false],
  ['a file of a package that changed', renewedAfter(500, 10, 500, file('a', 'a 1 2')), false],
  [
    'a file that was replaced later, and kept its times',
    renewedAfter(500, 10, 500, { replacedAt: new Date((AT_START + 600) * 1000) }),
    false,
  ],
  ['a file without a time', renewedAfter(500, null, 500), false],
  ['a file of a package that did not', renewedAfter(500, null, 500, { isUnchanged: true }), true],
]

test('what a restart did not clear is not restarted again', () => {
  for (const [what, made, isLeft] of RENEWED)
    assert.deepEqual(left(made), isLeft ? ['a renewed'] : [], what)
})

test('a restart that cleared nothing is remembered, as long as nothing else is old', () => {
  const old = safe('a')
  const remembered = { unit: printableText('a.service'), paths: old.files.map(({ path }) => path) }
  const leftAfter = (invocation: string, paths = remembered.paths, finding_ = old) => {
    const wanted = { named: null, except: new Set<string>(), isOfUser: false }
    const states = new Map([['a.service', progress()]])
    const all = [{ ...remembered, invocation: printableText(invocation), paths }]
    return left(planOf({ findings: [finding_] }, wanted, 0, states, all))
  }
  const now = progress().invocation
  assert.deepEqual(leftAfter(now), ['a renewed'])
  assert.deepEqual(leftAfter('1'.repeat(32)), [])
  assert.deepEqual(leftAfter(now, [printableText('/usr/lib/other.so')]), [])
  const upgraded = safe('a', { files: [file('libc.so.6', 'glibc 1 2')] })
  assert.deepEqual(leftAfter(now, remembered.paths, upgraded), [])
})

test('what is remembered comes back from its text, and other texts are nothing', () => {
  const all = [
    {
      unit: printableText('a@b.service'),
      invocation: printableText('0123456789abcdef'.repeat(2)),
      paths: ['/usr/lib/a b.so', '/usr/lib/c.so'].map(printableText),
    },
  ]
  assert.deepEqual(parseMemory(memoryText(all)), all)
  for (const text of ['', 'a.service', 'a.service\tx\t/a', 'x\n\t\t', '\u001b\t1\t2'])
    assert.deepEqual(parseMemory(text), [], text)
})

test('a unit with very many old files takes the memory of no other one', () => {
  const one = (at: number, files: number) => ({
    unit: printableText(`u${at}.service`),
    invocation: printableText(String(at).padStart(32, '0')),
    paths: Array.from({ length: files }, (_, number) => printableText(`/srv/${number}.so`)),
  })
  assert.deepEqual(parseMemory(memoryText([one(1, 2), one(2, 2000)])), [one(1, 2)])
  const many = Array.from({ length: 1000 }, (_, at) => one(at, 100))
  const kept = parseMemory(memoryText(many))
  assert.ok(memoryText(many).length <= 256 * 1024)
  assert.ok(kept.length > 100)
  assert.deepEqual(kept, many.slice(-kept.length))
})

test('of a plan that was shown only what is still right is done', () => {
  const shown = plan([safe('a'), safe('b'), safe('c')])
  const now = plan([safe('a'), costly('c', 'users-work')])
  const again = planAgain(shown, now)
  assert.deepEqual(names(again.plan), ['a'])
  assert.deepEqual(again.changed, ['b.service', 'c.service'])
})

test('no unit file is read again where that was not shown', () => {
  const changed = { states: [progress({ unit: 'a.service', needsReload: true })] }
  const [plain, reloading] = [plan([safe('a')]), plan([safe('a')], changed)]
  assert.equal(planAgain(plain, reloading).plan.isReloaded, false)
  assert.equal(planAgain(reloading, reloading).plan.isReloaded, true)
  assert.equal(planAgain(reloading, plain).plan.isReloaded, false)
})

test('what costs the same as it was shown to is done', () => {
  const question = { named: ['a', 'b'] }
  const shown = plan([costly('a', 'users-work'), costly('b', 'users-work')], question)
  const now = plan([costly('a', 'users-work'), costly('b', 'main-unknown')], question)
  const again = planAgain(shown, now)
  assert.deepEqual(names(again.plan), ['a'])
  assert.deepEqual(left(again.plan), ['b costs'])
})

test('what can no longer be done, and is old all the same, is left alone', () => {
  const question = { named: ['a', 'b'] }
  const shown = plan([safe('a'), safe('b')], question)
  const frozen = planAgain(shown, plan([safe('a'), costly('b', 'frozen')], question))
  assert.deepEqual([names(frozen.plan), left(frozen.plan)], [['a'], ['b impossible']])
  const ended = planAgain(shown, plan([safe('a')], question))
  assert.deepEqual([ended.changed, left(ended.plan)], [['b.service'], []])
})

test('what costs more than it was shown to is left alone', () => {
  const question = { named: ['a'] }
  const withGuests = (...guests: readonly string[]) => {
    const detail = guests.map((name) => ({ runtime: 'nspawn', name }) as const)
    const caution = { code: 'ends-guests', blocking: true, detail } as const
    const some = { action: 'manual', command: null, rule: 'ends-guests' } as const
    return plan([safe('a', { ...some, cautions: [caution] })], question)
  }
  const shown = withGuests('web')
  assert.deepEqual(names(planAgain(shown, withGuests('web')).plan), ['a'])
  assert.deepEqual(planAgain(shown, withGuests('web', 'mail')).changed, ['a.service'])
})

test('of the findings of a unit the safe one counts, in any order', () => {
  const both = [costly('a', 'users-work'), safe('a')]
  for (const all of [both, both.toReversed()]) assert.deepEqual(names(plan(all)), ['a'])
})
