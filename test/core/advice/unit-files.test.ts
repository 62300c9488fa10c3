import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  lifelineRule,
  sensitiveUnitRule,
  SHIPPED_TABLES,
} from '../../../src/core/advice/sensitive-units.ts'
import type { UnitTables } from '../../../src/core/advice/sensitive-units.ts'
import { say } from '../../../src/core/printable.ts'

type Manager = 'system' | 'user'

/** A unit file of a package, and what the rows say of it: `unit-files.txt` explains the marks. */
type UnitFile = {
  readonly manager: Manager
  readonly from: string
  readonly unit: string
  readonly mark: '' | '-' | '~'
}

function unitFilesIn(text: string): readonly UnitFile[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.flatMap((line) => {
    const [, of, from = '', names = ''] = /^(system|user|both) (\S+): (.+)$/.exec(line) ?? []
    assert.ok(of !== undefined, `${line} is no line of unit files`)
    const managers: readonly Manager[] = of === 'both' ? ['system', 'user'] : [managerOf(of)]
    return names.split(' ').flatMap((marked) => {
      const [, mark, name = ''] = /^([-~]?)(.*)$/.exec(marked) ?? []
      const unit = name.endsWith('.socket') ? name : `${name}.service`
      return managers.map((manager) => ({ manager, from, unit, mark: markOf(mark) }))
    })
  })
}

function managerOf(text: string): Manager {
  return text === 'user' ? 'user' : 'system'
}

function markOf(text: string | undefined): UnitFile['mark'] {
  return text === '-' || text === '~' ? text : ''
}

/** Returns the globs of the row that has a unit, or of none. */
function globsOf({ manager, unit }: UnitFile, tables: UnitTables = SHIPPED_TABLES) {
  const kind = manager === 'system' ? 'service' : 'user-service'
  return [sensitiveUnitRule(tables, unit, kind), lifelineRule(tables, unit, kind)].flatMap(
    (row) => row?.units ?? [],
  )
}

/** Says whether a row with one glob alone has a unit. */
function isNamed(file: UnitFile, glob: string, of: 'system' | 'user' | 'both'): boolean {
  const row = {
    units: [glob],
    of,
    action: 'manual',
    reason: say`a test`,
    source: 'a test',
  } as const
  return globsOf(file, { sensitive: [row], lifelines: [] }).length > 0
}

const FILES = unitFilesIn(readFileSync(new URL('unit-files.txt', import.meta.url), 'utf8'))

test('each glob of a row names a unit file that some package has', () => {
  const rows = [
    ...SHIPPED_TABLES.sensitive,
    ...SHIPPED_TABLES.lifelines.map(({ units }) => ({ units, of: 'system' as const })),
  ]
  const without = rows.flatMap(({ units, of }) =>
    units.filter((glob) => !FILES.some((file) => file.mark !== '-' && isNamed(file, glob, of))),
  )
  assert.ok(FILES.length > 500 && rows.length > 40)
  assert.deepEqual(without, [])
})

test('each unit file of a package has a row, or a mark that says that none may have it', () => {
  const wrong = FILES.filter(
    (file) => file.mark !== '~' && (file.mark === '') !== globsOf(file).length > 0,
  )
  assert.deepEqual(
    wrong.map(({ manager, from, unit, mark }) => `${manager} ${from}: ${mark}${unit}`),
    [],
  )
})

test('a row that has a template has its instances too', () => {
  const templates = FILES.filter(({ unit, mark }) => mark === '' && unit.includes('@.'))
  assert.ok(templates.length > 40)
  for (const template of templates) {
    const instance = { ...template, unit: template.unit.replace('@.', '@wlan0.') }
    assert.deepEqual(globsOf(instance), globsOf(template), template.unit)
  }
})

test('what the network depends on is a lifeline', () => {
  const named = (rows: readonly { readonly units: readonly string[]; readonly role?: string }[]) =>
    rows.flatMap(({ units, role }) => (role === 'network' ? units : [])).toSorted()
  assert.deepEqual(
    named(SHIPPED_TABLES.lifelines).filter((unit) => unit !== 'systemd-resolved.service'),
    named(SHIPPED_TABLES.sensitive),
  )
})

const STEPS: readonly (readonly [manager: Manager, unit: string, step: string | undefined])[] = [
  ['user', 'emacs.service', 'close'],
  ['user', 'foot-server.service', 'close'],
  ['user', 'gnome-remote-desktop.service', 'close'],
  ['system', 'gnome-remote-desktop.service', 'manual'],
  ['user', 'ssh-agent.service', 'manual'],
  ['user', 'gnome-keyring-daemon.service', 'manual'],
  ['user', 'gpg-agent.service', 'manual'],
  ['system', 'gpg-agent@srv-keys.service', 'manual'],
  ['system', 'gpg-agent@etc-pacman.d-gnupg.service', undefined],
  ['user', 'wayland-session-bindpid@812.service', 'relogin'],
  ['user', 'swayidle.service', undefined],
  ['system', 'tinysshd@4-10.0.0.1:22-10.0.0.9:5120.service', 'wait'],
  ['system', 'dm-event.service', 'manual'],
  ['system', 'vault.service', 'manual'],
  ['system', 'bacula-fd.service', undefined],
  ['system', 'restic-rest-server.service', undefined],
  ['system', 'mdadm-grow-continue@md0.service', 'wait'],
  ['system', 'packagekit.service', 'wait'],
]
for (const [manager, unit, step] of STEPS)
  test(`the step of the row for ${unit} of the ${manager} is ${step}`, () => {
    const kind = manager === 'system' ? 'service' : 'user-service'
    assert.equal(sensitiveUnitRule(SHIPPED_TABLES, unit, kind)?.action, step)
  })
