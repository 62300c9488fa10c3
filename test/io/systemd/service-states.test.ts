import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openOwnTree } from '../../../src/io/files/own-tree.ts'
import type { Said } from '../../../src/io/program.ts'
import { liveServices } from '../../../src/io/systemd/service-states.ts'
import { askingOf } from '../../support/ask.ts'
import { makeTree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0

const TREE = {
  'run/dbus/system_bus_socket': '',
  'run/systemd/units': {},
  'usr/lib/systemd/system/a.service': '[Service]\nBusName=org.example.A\n',
  'usr/lib/systemd/system/plain.service': '[Service]\n',
}
const LIST = [
  'a.service loaded active running A',
  'bad.service loaded failed failed Bad',
  'dbus.service loaded active running Bus',
  'plain.service loaded active running Plain',
  '',
].join('\n')
const BLOCKS: Readonly<Record<string, string>> = {
  'a.service': 'Id=a.service\nActiveState=active\nBusName=org.example.A\nActiveEnterTimestamp=@5\n',
  'bad.service': 'Id=bad.service\nActiveState=failed\nResult=exit-code\nStateChangeTimestamp=@9\n',
  'dbus.service': 'Id=dbus.service\nActiveState=active\nActiveEnterTimestamp=@1\n',
}
const named = (...names: readonly string[]) => JSON.stringify({ type: 'as', data: [names] })

type Answers = {
  /** What the bus says, one answer a question. */
  readonly bus: readonly (Said | string)[]
  readonly list?: Said | string
  readonly show?: Said | string
}

function servicesOf({ bus, list = LIST, show }: Answers, tree = TREE) {
  const base = makeTree(tree)
  const left = [...bus]
  const { ask, asked } = askingOf(({ path, argv }) => {
    if (path === '/usr/bin/busctl') return left.shift() ?? { error: 'asked too often' }
    if (argv.includes('list-units')) return list
    const units = argv.slice(argv.indexOf('--') + 1)
    return show ?? units.map((unit) => BLOCKS[unit] ?? '').join('\n')
  })
  const tell = openOwnTree(base, () => null, UID)
  const shown = () => asked.flatMap(({ argv }) => (argv[1] === 'show' ? [argv.slice(6)] : []))
  return { services: liveServices(base, ask, tell), asked, shown, base }
}

test('what failed or misses its name is asked about, with the bus, and nothing else', async () => {
  const { services, shown } = servicesOf({ bus: [named(':1.1'), named(':1.1', ':1.2')] })
  const states = await services.states()
  assert.deepEqual(
    states?.units.map(({ unit, isFailed, since }) => [unit, isFailed, since]),
    [
      ['a.service', false, 5],
      ['bad.service', true, 9],
      ['dbus.service', false, 1],
    ],
  )
  assert.deepEqual(shown(), [['a.service', 'bad.service', 'dbus.service']])
  // Both answers of the bus count.
  assert.deepEqual(states.busNames, [':1.1', ':1.1', ':1.2'])
  assert.equal(states.isBusSilent, false)
})

test('a service that has its name is not asked about, and the bus not once more', async () => {
  const list = LIST.replace(/^bad.*\n/m, '')
  const { services, asked, shown } = servicesOf({ bus: [named('org.example.A')], list })
  assert.deepEqual((await services.states())?.units, [])
  assert.deepEqual(shown(), [])
  assert.equal(asked.length, 2)
})

test('a bus that falls silent between two questions leaves no name known', async () => {
  const { services } = servicesOf({ bus: [named(':1.1'), { error: 'ETIMEDOUT' }] })
  const states = await services.states()
  assert.deepEqual([states?.busNames, states?.isBusSilent], [null, true])
})

test('where the bus gives no answer, what failed is told nonetheless', async () => {
  const { services, shown } = servicesOf({ bus: [{ error: 'ETIMEDOUT' }] })
  const states = await services.states()
  assert.deepEqual([states?.busNames, states?.isBusSilent], [null, true])
  assert.deepEqual(shown(), [['bad.service', 'dbus.service']])
})

test('a machine without a bus is not one whose bus is silent', async () => {
  const { 'run/dbus/system_bus_socket': _, ...tree } = TREE
  const { services, asked } = servicesOf({ bus: [] }, tree as typeof TREE)
  const states = await services.states()
  assert.deepEqual([states?.busNames, states?.isBusSilent], [null, false])
  assert.ok(asked.every(({ path }) => path === '/usr/bin/systemctl'))
})

test('a systemd that gives no answer in time tells nothing', async () => {
  const silent = { error: 'ETIMEDOUT' }
  const bus = [named(':1.1'), named(':1.1')]
  assert.equal(await servicesOf({ bus, list: silent }).services.states(), null)
  assert.equal(await servicesOf({ bus, show: silent }).services.states(), null)
})

test('an answer about a unit that was not asked about does not count', async () => {
  const show = `${BLOCKS['a.service']}\nId=evil.service\nActiveState=failed\n`
  const { services } = servicesOf({ bus: [named(), named()], show })
  const units = (await services.states())?.units.map(({ unit }) => unit)
  assert.deepEqual(units, ['a.service'])
})

test('systemd changes a directory with each unit that starts or ends', () => {
  const { services, base } = servicesOf({ bus: [] })
  utimesSync(join(base, 'run/systemd/units'), 100, 100)
  assert.equal(services.haveChangedSince(101), false)
  assert.equal(services.haveChangedSince(100), true)
  const other = liveServices(makeTree({}), askingOf(() => '').ask, null)
  assert.equal(other.haveChangedSince(101), true)
})

test('no more units are asked about than an argument list has room for', async () => {
  const list = Array.from({ length: 5000 }, (_, at) => `u${at}.service loaded failed failed U\n`)
  const { services, shown } = servicesOf({ bus: [named(':1.1')], list: list.join('') })
  await services.states()
  assert.equal(shown().flat().length, 4096)
})
