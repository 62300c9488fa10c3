import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Action } from '../../src/core/advice/action.ts'
import type { Job } from '../../src/core/advice/case.ts'
import type { Lock } from '../../src/core/owner/locks.ts'
import type { AfterEffect, Finding, RebootReason } from '../../src/core/report/report.ts'
import {
  findingLabel,
  jobLabel,
  lockLabel,
  nameLabel,
  pathLabel,
} from '../../src/render/words/labels.ts'
import * as packages from '../../src/render/words/packages.ts'
import type { PackageChange } from '../../src/core/pacman/package-change.ts'
import { listName } from '../../src/render/words/names.ts'
import { afterEffectText, rebootText } from '../../src/render/words/reasons.ts'
import { stepWords } from '../../src/render/words/steps.ts'
import { finding } from '../support/report.ts'
import { printableText } from '../../src/core/printable.ts'
import { printed } from '../support/printed.ts'
import type { Plain } from '../support/printed.ts'

const ZOE = { uid: 1000, name: 'zoe' }
const processesOf = (...pids: readonly number[]) =>
  pids.map((pid) => ({ pid, comm: 'a', startedAt: null, main: false, files: [] }))

const LABELS: readonly (readonly [some: Plain<Partial<Finding>>, label: string])[] = [
  [{}, 'a.service'],
  [{ kind: 'user-service', user: { uid: 7, name: null } }, 'a.service (uid 7)'],
  [{ kind: 'session', name: 'session 3', user: ZOE }, 'session 3 (zoe)'],
  [{ kind: 'session', name: 'session 3', user: ZOE, isYours: true }, 'session 3 (zoe, yours)'],
  [{ kind: 'app', name: 'org.x.Y', unit: 'app-org.x.Y-7.scope', user: ZOE }, 'org.x.Y (zoe)'],
  [
    { kind: 'app', name: 'tmux', unit: 'tmux-spawn-1f2e.scope', user: ZOE },
    'a program in tmux (zoe)',
  ],
  [
    { kind: 'app', name: 'terminal', unit: 'vte-spawn-1f2e.scope', user: ZOE },
    'a program in a terminal (zoe)',
  ],
  [
    { kind: 'app', name: 'a (b)', unit: 'vte-spawn-1f2e.scope', user: ZOE },
    'a program in "a (b)" (zoe)',
  ],
  [{ kind: 'manager', rule: 'manager' }, 'systemd itself'],
  [{ kind: 'user-manager', user: ZOE }, 'user manager (zoe)'],
  [{ name: 'x', rule: 'started-by-bus', processes: processesOf(4) }, 'x (PID 4)'],
  [
    { kind: 'user-service', name: 'org.x.Y', rule: 'started-by-user-bus', user: ZOE },
    'org.x.Y (zoe)',
  ],
  [
    { kind: 'container', name: 'web', container: { runtime: 'docker', name: 'web' } },
    'container web (docker)',
  ],
  [
    { kind: 'container', name: 'web', container: { runtime: 'podman', name: 'web' }, user: ZOE },
    'container web (podman) (zoe)',
  ],
  [{ kind: 'vm', name: 'win' }, 'virtual machine win'],
  [{ kind: 'vm', name: 'win', user: ZOE }, 'virtual machine win (zoe)'],
  [{ kind: 'process', name: 'x', processes: processesOf(1, 2, 3, 4) }, 'x (PID 1, 2, 3, 4)'],
  [
    { kind: 'process', name: 'x', processes: processesOf(1, 2, 3, 4, 5) },
    'x (PID 1, 2, 3, 4, ...)',
  ],
]
for (const [some, label] of LABELS)
  test(`findingLabel() says ${label}`, () => assert.equal(findingLabel(finding(some)), label))

const KERNEL = { level: 'full', release: '6.18.1', successor: null } as const
const NEXT = { package: 'linux', release: '6.18.2' }
const REASONS: readonly (readonly [reason: Plain<RebootReason>, text: RegExp])[] = [
  [{ code: 'finding', level: 'full', finding: finding({ name: 'x' }) }, /^x$/],
  [
    {
      code: 'finding',
      level: 'soft',
      finding: finding({ cautions: [{ code: 'frozen', blocking: true, detail: null }] }),
    },
    /^a\.service: it is frozen/,
  ],
  [{ code: 'kernel-modules-gone', ...KERNEL }, /kernel 6\.18\.1 are gone: what is not loaded/],
  [
    { code: 'kernel-modules-gone', ...KERNEL, successor: NEXT },
    /are gone \(linux brought 6\.18\.2\): what/,
  ],
  [{ code: 'kernel-modules-kept', ...KERNEL }, /no longer installed; a copy of its modules/],
  [{ code: 'kernel-older-than-installed', ...KERNEL }, /was booted although .*boot loader/],
  [
    { code: 'microcode-newer', level: 'full', package: 'amd-ucode', reason: 'it is early' },
    /^amd-ucode was installed after boot: it is early$/,
  ],
  [
    { code: 'nvidia-mismatch', level: 'full', loaded: '1', installed: '2' },
    /module that is loaded is 1, its libraries are 2/,
  ],
]
for (const [reason, text] of REASONS)
  test(`rebootText() of ${reason.code}: ${text}`, () =>
    assert.match(rebootText(printed<RebootReason>(reason)), text))

const EFFECTS: readonly (readonly [effect: Plain<AfterEffect>, text: string])[] = [
  [{ code: 'failed', unit: 'a', result: '' }, 'failed since the upgrade began'],
  [{ code: 'failed', unit: 'a', result: 'signal' }, 'failed since the upgrade began (signal)'],
  [{ code: 'bus-name-lost', unit: 'a', busName: 'b.c' }, 'is not on the bus as b.c'],
]
for (const [effect, text] of EFFECTS)
  test(`afterEffectText() says that it ${text}`, () =>
    assert.equal(afterEffectText(printed<AfterEffect>(effect)), text))

const STEPS: Readonly<Record<Action, string>> = {
  reexec: 're-execute systemd',
  restart: 'restart 2 services',
  'user-restart': 'restart 2 user services',
  'user-reexec': 're-execute 2 user managers',
  relogin: 'log out and in again',
  close: 'close 2 applications and open again',
  container: 'update or restart 2 containers',
  manual: 'look at 2 by hand',
  'soft-reboot': 'soft-reboot',
  reboot: 'reboot',
  wait: 'wait for 2 to end',
  none: 'leave 2 alone',
}
test('each action has its words', () => {
  for (const [action, words] of Object.entries(STEPS))
    assert.equal(stepWords(action as Action, 2), words)
  assert.equal(stepWords('restart', 1), 'restart 1 service')
})

const changeText = (change: Plain<PackageChange>) =>
  packages.changeText(printed<PackageChange>(change))
const changeWithFixes = (change: Plain<PackageChange>, most: number) =>
  packages.changeWithFixes(printed<PackageChange>(change), most)

const UPGRADE = { name: 'openssl', from: '3.5.0-1', to: '3.5.1-1', change: 'upgraded' } as const
const AT = { at: '2026-11-23T07:18:40.000Z' }
const advisory = (...issues: readonly string[]) =>
  ({ name: 'AVG-1', severity: 'High', issues }) as const
test('a change of a package says what it fixed, and how many more', () => {
  const upgrade = { ...UPGRADE, ...AT }
  assert.equal(changeText(upgrade), 'openssl 3.5.0-1 -> 3.5.1-1')
  assert.equal(changeText({ ...upgrade, to: null, change: 'removed' }), 'openssl 3.5.0-1 removed')
  const same = { ...upgrade, to: upgrade.from, change: 'reinstalled' } as const
  assert.equal(changeText(same), 'openssl 3.5.0-1 reinstalled')
  assert.equal(changeWithFixes(upgrade, 4), changeText(upgrade))
  const fixed = { ...upgrade, advisories: [advisory('CVE-1', 'CVE-2'), advisory('CVE-2', 'CVE-3')] }
  const fixes = (most: number) => changeWithFixes(fixed, most).slice(changeText(upgrade).length)
  assert.equal(fixes(4), ', fixes CVE-1, CVE-2, CVE-3 (High)')
  assert.equal(fixes(1), ', fixes CVE-1 and 2 more (High)')
  const nameless = { ...upgrade, advisories: [advisory()] }
  assert.match(changeWithFixes(nameless, 4), /, fixes AVG-1 \(High\)$/)
})

const NAMES: readonly (readonly [name: string, label: string])[] = [
  ['firefox', 'firefox'],
  ['a b', '"a b"'],
  ['  systemctl poweroff', '"  systemctl poweroff"'],
  ['Note:', '"Note:"'],
  ['0', '"0"'],
  ['12', '"12"'],
  ['0ad', '0ad'],
  ['(lifeline)', '"(lifeline)"'],
  ['a" (lifeline) "b', String.raw`"a\x22 (lifeline) \x22b"`],
  ['a\u2800b', String.raw`"a\xe2\xa0\x80b"`],
  [String.raw`systemctl\x20poweroff`, String.raw`"systemctl\x20poweroff"`],
  ['x'.repeat(61), `${'x'.repeat(57)}...`],
  ['x '.repeat(40), `"${'x '.repeat(21)}x..."`],
  ['漢'.repeat(40), `${'漢'.repeat(28)}...`],
  [`${'漢'.repeat(32)} sudo reboot  `, `"${'漢'.repeat(21)}..."`],
  [`${'é'.repeat(40)} b`, `"${'é'.repeat(40)} b"`],
]
for (const [name, label] of NAMES)
  test(`nameLabel() writes ${JSON.stringify(name)} as ${label}`, () =>
    assert.equal(nameLabel(printableText(name)), label))

test('a name in a note fits in the narrow column of notes', () => {
  const long = printableText(`${'a'.repeat(25)} sudo reboot`)
  const short = `"${'a'.repeat(19)}..."`
  assert.equal(jobLabel(printed<Job>({ name: long, user: ZOE })), `${short} (zoe)`)
  const lock = { who: printableText('rsync'), why: long, isBlocking: true }
  assert.equal(lockLabel(printed<Lock>(lock)), `rsync (${short})`)
})

test('a path is whole, in quotes where it has blanks', () => {
  const path = `/usr/lib/${'x'.repeat(300)}: a`
  assert.equal(pathLabel(printableText(path)), `"${path}"`)
  assert.equal(pathLabel(printableText('/usr/lib/a:b.so')), '/usr/lib/a:b.so')
})

test('what strangers name is in quotes in every label, and what people copy is not', () => {
  const name = 'a (lifeline)'
  const labelOf = (some: Plain<Partial<Finding>>) => findingLabel(finding({ name, ...some }))
  assert.equal(labelOf({ kind: 'app', unit: 'app-a-1.scope', user: ZOE }), `"${name}" (zoe)`)
  assert.equal(labelOf({ kind: 'container' }), `container "${name}" (other)`)
  assert.equal(labelOf({ kind: 'vm' }), `virtual machine "${name}"`)
  assert.equal(labelOf({ kind: 'process', processes: processesOf(4) }), `"${name}" (PID 4)`)
  const unit = String.raw`systemd-cryptsetup@a\x2db.service`
  assert.equal(labelOf({ name: unit, unit }), unit)
  const scope = String.raw`systemctl\x20poweroff.scope`
  assert.equal(labelOf({ kind: 'app', name: scope, unit: scope, user: ZOE }), `"${scope}" (zoe)`)
})

const GUESTS: readonly (readonly [
  some: Plain<Partial<Finding>>,
  isReaders: boolean,
  name: string,
])[] = [
  [{ kind: 'vm', name: 'win' }, false, 'win (virtual machine)'],
  [{ kind: 'vm', name: 'win', user: ZOE }, false, 'win (virtual machine) of zoe'],
  [{ kind: 'vm', name: 'win', user: ZOE }, true, 'win (virtual machine)'],
  [
    { kind: 'container', name: 'web', container: { runtime: 'podman', name: 'web' }, user: ZOE },
    false,
    'web (podman) of zoe',
  ],
]
for (const [some, isReaders, name] of GUESTS)
  test(`a list says whose a guest is: ${name}`, () =>
    assert.equal(listName(finding(some), isReaders), name))
