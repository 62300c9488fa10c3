import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveSystemctl, silentSystemctl } from '../../../src/io/systemd/systemctl.ts'
import { askingOf } from '../../support/ask.ts'
import type { Asked } from '../../support/ask.ts'
import { makeTree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0
const unitsOf = ({ argv }: Asked) => argv.slice(argv.indexOf('--') + 1)
const block = (unit: string) => `Id=${unit}\nNames=${unit}\nLoadState=loaded\nActiveState=active\n`
const blocksFor = (asked: Asked) => unitsOf(asked).map(block).join('\n')
const named = (count: number) => Array.from({ length: count }, (_, at) => `u${at}.service`)

test('many units are asked about in few calls, each once', async () => {
  const { ask, asked } = askingOf(blocksFor)
  const units = named(300)
  const { facts, limit } = await liveSystemctl('', ask, UID).show(units, 'system')
  assert.deepEqual([limit, [...facts.keys()]], [null, units])
  assert.deepEqual(asked.flatMap(unitsOf), units)
  assert.ok(
    asked.every((one) => unitsOf(one).length <= 128),
    'no call keeps systemd busy for long',
  )
  assert.deepEqual(asked[0]?.argv.slice(0, 3), ['--system', 'show', '--no-pager'])
})

test('a systemd that does not answer in time is not asked on', async () => {
  const { ask, asked } = askingOf(() => ({ error: 'ETIMEDOUT' }))
  const answer = await liveSystemctl('', ask, UID).show(named(1000), 'system')
  assert.deepEqual([answer.limit, answer.facts.size], ['systemctl-timeout', 0])
  assert.equal(asked.length, 2)
})

test('why nothing more is asked goes before why one unit has no answer', async () => {
  let calls = 0
  const { ask } = askingOf(() => {
    calls += 1
    return { error: calls === 1 ? 'ETIMEDOUT' : 'status 1' }
  })
  const answer = await liveSystemctl('', ask, UID).show(named(20), 'system')
  assert.deepEqual([answer.limit, calls], ['systemctl-timeout', 2])
})

test('what was answered before stays, and the reason for the rest is said', async () => {
  let calls = 0
  const { ask } = askingOf((asked) => {
    calls += 1
    return calls <= 2 ? blocksFor(asked) : { error: 'ENOENT' }
  })
  const answer = await liveSystemctl('', ask, UID).show(named(600), 'system')
  assert.deepEqual([answer.limit, answer.facts.size], ['systemctl-missing', 256])
})

test('a unit whose answer cannot be told from others costs its own only', async () => {
  const { ask } = askingOf((asked) =>
    unitsOf(asked)
      .map((unit) => (unit === 'u2.service' ? 'Id=other.service\nLoadState=loaded\n' : block(unit)))
      .join('\n'),
  )
  const answer = await liveSystemctl('', ask, UID).show(named(8), 'system')
  assert.equal(answer.limit, 'systemctl-failed')
  assert.deepEqual([...answer.facts.keys()], named(8).toSpliced(2, 1))
})

test('an answer about fewer units than were asked is none', async () => {
  const { ask } = askingOf(() => block('u0.service'))
  const answer = await liveSystemctl('', ask, UID).show(named(3), 'system')
  assert.deepEqual([answer.limit, answer.facts.size], ['systemctl-failed', 0])
})

test('the own manager is asked where it listens', async () => {
  const tree = makeTree({ [`run/user/${UID}`]: {} })
  const { ask, asked } = askingOf(blocksFor)
  const { facts, limit } = await liveSystemctl(tree, ask, UID).show(['a.service'], UID)
  assert.deepEqual([limit, facts.size], [null, 1])
  const [one] = asked
  assert.equal(one?.argv[0], '--user')
  assert.deepEqual(one.question.environment, { XDG_RUNTIME_DIR: `${tree}/run/user/${UID}` })
})

test('the manager of the system is asked without a place of the user', async () => {
  const { ask, asked } = askingOf(blocksFor)
  await liveSystemctl('', ask, UID).show(['a.service'], 'system')
  assert.equal(asked[0]?.question.environment, undefined)
})

test('nobody else’s manager is asked, nor what listens in somebody else’s directory', async () => {
  const other = UID + 1
  const tree = makeTree({ [`run/user/${UID}`]: {}, [`run/user/${other}`]: {} })
  const { ask, asked } = askingOf(blocksFor)
  const rows: readonly (readonly [looks: number, manager: number, tree: string])[] = [
    [UID, other, tree],
    // The directory belongs to whoever runs the test.
    [other, other, tree],
    [UID, UID, makeTree({})],
  ]
  for (const [looks, manager, where] of rows) {
    const answer = await liveSystemctl(where, ask, looks).show(['a.service'], manager)
    assert.deepEqual([answer.limit, answer.facts.size], ['user-manager-missing', 0])
    assert.deepEqual(await liveSystemctl(where, ask, looks).programs('a.service', manager), [])
  }
  assert.deepEqual(asked, [])
})

test('the programs of a unit', async () => {
  const line = 'ExecStart={ path=/usr/bin/a ; argv[]=/usr/bin/a ; ignore_errors=no ; }'
  const { ask, asked } = askingOf(() => `Id=a.service\nNames=a.service\n${line}\n`)
  assert.deepEqual(await liveSystemctl('', ask, UID).programs('a.service', 'system'), [
    '/usr/bin/a',
  ])
  assert.deepEqual(asked[0]?.argv.slice(3), [
    '--property=Id,Names,ExecStart,ExecStartPre',
    '--',
    'a.service',
  ])
  const silent = askingOf(() => ({ error: 'status 1' }))
  assert.deepEqual(await liveSystemctl('', silent.ask, UID).programs('a.service', 'system'), [])
})

test('the version is that of the program which would run the command', async () => {
  const { ask, asked } = askingOf(() => 'systemd 252 (252.39-1~deb12u2)\n+PAM\n')
  assert.equal(await liveSystemctl('', ask, UID).version(), 252)
  assert.deepEqual(
    asked.map(({ path, argv }) => [path, ...argv]),
    [['/usr/bin/systemctl', '--version']],
  )
  const { ask: silent } = askingOf(() => ({ error: 'ETIMEDOUT' }))
  assert.equal(await liveSystemctl('', silent, UID).version(), null)
  assert.equal(await silentSystemctl('not-booted').version(), null)
})
