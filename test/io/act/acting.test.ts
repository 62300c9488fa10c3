import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openActing } from '../../../src/io/act/acting.ts'
import type { Called } from '../../support/ask.ts'
import { runningOf } from '../../support/ask.ts'
import { makeTree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0

const actingOf = (answer: Parameters<typeof runningOf>[0]) => {
  const { run, called } = runningOf(answer)
  return { acting: openActing('system', run), called }
}
const unitsOf = ({ argv }: Called) => argv.slice(argv.indexOf('--') + 1)
const names = (count: number) => Array.from({ length: count }, (_, at) => `u${at}.service`)
const block = (unit: string, ...lines: readonly string[]) =>
  [`Id=${unit}`, `Names=${unit}`, 'LoadState=loaded', ...lines, ''].join('\n')
const running = (unit: string) => block(unit, 'ActiveState=active', 'SubState=running')

test('all units are restarted by one call that waits for nothing and asks for no password', async () => {
  const { acting, called } = actingOf(() => '')
  const units = names(4096)
  assert.deepEqual(await acting.restart(units), [])
  const fixed = ['--system', '--no-pager', '--no-ask-password', '--no-block', 'try-restart', '--']
  assert.deepEqual(
    called.map(({ path, argv }) => [path, ...argv]),
    [['/usr/bin/systemctl', ...fixed, ...units]],
  )
  assert.deepEqual(await acting.restart([]), [])
  assert.equal(called.length, 1, 'without units nothing is called')
})

test('what is refused is said, without the hint where to read more', async () => {
  const { acting, called } = actingOf(() => ({
    stderr:
      'Failed to try-restart a.service: Operation refused, \x1b[1mno.\n' +
      "See system logs and 'systemctl status a.service' for details.\n" +
      'Failed to try-restart b.service: Unit b.service not found.\n',
    error: 'status 5',
  }))
  assert.deepEqual(await acting.restart(['a.service', 'b.service', 'c.service']), [
    'Failed to try-restart a.service: Operation refused, \\x1b[1mno.',
    'Failed to try-restart b.service: Unit b.service not found.',
  ])
  assert.equal(called.length, 1, 'systemctl went on by itself')
})

test('a call that fails without a word says how', async () => {
  const { acting } = actingOf(() => ({ error: 'ENOENT' }))
  assert.deepEqual(await acting.restart(['a.service', 'b.service']), ['ENOENT'])
  assert.equal(await acting.reload(), 'ENOENT')
})

test('a warning of a call that went well is said, too', async () => {
  const { acting } = actingOf(() => ({ stderr: 'Warning: changed on disk.\n' }))
  assert.deepEqual(await acting.restart(['a.service']), ['Warning: changed on disk.'])
})

/** systemctl from 262 on: one unit that is refused refuses all. */
function refusing(...bad: readonly string[]) {
  const made: string[] = []
  const { acting, called } = actingOf((one) => {
    const refused = unitsOf(one).find((unit) => bad.includes(unit))
    if (refused === undefined) made.push(...unitsOf(one))
    else
      return {
        stderr: `Failed to enqueue jobs: Unit ${refused} not found.\n`,
        error: 'status 5',
      }
    return ''
  })
  return { acting, called, made }
}

test('where one unit refuses all, the others are restarted, each once and in their order', async () => {
  const units = names(100)
  const { acting, called, made } = refusing('u40.service', 'u77.service')
  assert.deepEqual(await acting.restart(units), [
    'Failed to enqueue jobs: Unit u40.service not found.',
    'Failed to enqueue jobs: Unit u77.service not found.',
  ])
  const wanted = units.filter((unit) => unit !== 'u40.service' && unit !== 'u77.service')
  assert.deepEqual(made, wanted)
  assert.ok(called.length < 30, `${called.length} calls`)
})

test('the calls that look for what is refused are bounded', async () => {
  const units = names(500)
  const { acting, called, made } = refusing(...units)
  const lines = await acting.restart(units)
  assert.ok(called.length < 130, `${called.length} calls`)
  assert.ok(lines.length > 0)
  assert.deepEqual(made, [])
})

test('progress is asked in one call, with no property that can hold any text', async () => {
  const { acting, called } = actingOf((one) => unitsOf(one).map(running).join('\n'))
  const states = await acting.progress(['a.service', 'b.service'])
  assert.deepEqual(
    [...(states ?? [])].map(([unit, { activeState }]) => [unit, activeState]),
    [
      ['a.service', 'active'],
      ['b.service', 'active'],
    ],
  )
  assert.deepEqual(called[0]?.argv.slice(0, 5), [
    '--system',
    '--no-pager',
    '--no-ask-password',
    'show',
    '--timestamp=us+utc',
  ])
  assert.equal(called.length, 1)
})

test('without a name systemctl would show the manager, so it is not called', async () => {
  const { acting, called } = actingOf(() => '')
  assert.deepEqual(await acting.progress([]), new Map())
  assert.deepEqual(await acting.identify([]), new Map())
  assert.deepEqual(await acting.mark([], true), [])
  assert.deepEqual(called, [])
})

test('a unit whose answer is none hides only itself', async () => {
  const { acting } = actingOf((one) => {
    const units = unitsOf(one)
    return units.includes('bad.service') ? { error: 'status 1' } : units.map(running).join('\n')
  })
  const units = ['a.service', 'bad.service', 'b.service', 'c.service']
  assert.deepEqual(
    [...((await acting.progress(units)) ?? [])].map(([unit]) => unit),
    ['a.service', 'b.service', 'c.service'],
  )
  assert.equal(await acting.progress(['bad.service']), null)
})

test('a systemd that does not answer is asked once', async () => {
  const { acting, called } = actingOf(() => ({ error: 'ETIMEDOUT' }))
  assert.equal(await acting.progress(names(20)), null)
  assert.equal(called.length, 1)
  assert.equal(await acting.failed(), null)
  assert.equal(await acting.survivors(), null)
  assert.equal(await acting.identify(['a.service']), null)
})

test('a name that can be no unit is not asked about', async () => {
  const { acting, called } = actingOf((one) =>
    unitsOf(one)
      .map((unit) => block(unit, 'ActiveState=inactive'))
      .map((text) => (text.includes('b.service') ? text.replace('loaded', 'not-found') : text))
      .join('\n'),
  )
  const known = await acting.identify(['a.service', 'a*.service', 'getty@.service', 'b.service'])
  assert.deepEqual(
    known,
    new Map([
      ['a.service', 'a.service'],
      ['a*.service', null],
      ['getty@.service', null],
      ['b.service', null],
    ]),
  )
  assert.deepEqual(called.map(unitsOf), [['a.service', 'b.service']])
})

test('failed units are told by their names', async () => {
  const { acting } = actingOf(
    () => 'a.service loaded failed failed A\nb@.service loaded failed failed B\n',
  )
  assert.deepEqual(await acting.failed(), ['a.service'])
})

/** systemd that forgets markers of some units. */
function marking(forgotten: readonly string[], refused: readonly string[] = []) {
  const marked = new Set<string>()
  const { acting, called } = actingOf(({ argv }) => {
    if (!argv.includes('set-property'))
      return unitsOf({ path: '', argv, how: { limitMs: 0 } })
        .map((unit) => block(unit, `Markers=${marked.has(unit) ? 'needs-restart' : ''}`))
        .join('\n')
    const [unit = '', marker = ''] = argv.slice(-2)
    if (refused.includes(unit)) return { stderr: 'Failed to set: no.\n', error: 'status 1' }
    if (marker === 'Markers=+needs-restart' && !forgotten.includes(unit)) marked.add(unit)
    if (marker === 'Markers=-needs-restart' && !forgotten.includes(unit)) marked.delete(unit)
    return ''
  })
  return { acting, called, marked }
}

test('a marker is set until the next boot, one unit a call, and taken back', async () => {
  const { acting, called, marked } = marking([])
  assert.deepEqual(await acting.mark(['a.service', 'b.service'], true), [])
  assert.deepEqual([...marked], ['a.service', 'b.service'])
  assert.deepEqual(called[0]?.argv.slice(3), [
    'set-property',
    '--runtime',
    '--',
    'a.service',
    'Markers=+needs-restart',
  ])
  assert.deepEqual(await acting.mark(['a.service'], false), [])
  assert.deepEqual([...marked], ['b.service'])
})

test('a marker that systemd refuses or forgets is told', async () => {
  const { acting } = marking(['gone.service'], ['bad.service'])
  assert.deepEqual(await acting.mark(['a.service', 'bad.service', 'gone.service'], true), [
    { unit: 'bad.service', why: 'Failed to set: no.' },
    { unit: 'gone.service', why: null },
  ])
})

test('a marker that cannot be seen afterwards counts as not set', async () => {
  const { acting } = actingOf(({ argv }) => (argv.includes('show') ? { error: 'ETIMEDOUT' } : ''))
  const refusal = [{ unit: 'a.service', why: 'ETIMEDOUT' }]
  assert.deepEqual(await acting.mark(['a.service'], true), refusal)
  assert.deepEqual(await acting.mark(['a.service'], false), refusal)
})

test('a manager that is executed anew is waited for', async () => {
  let silent = 3
  const { acting, called } = actingOf(({ argv }) => {
    if (argv.includes('daemon-reexec')) return ''
    silent -= 1
    return silent > 0 ? { error: 'status 1', stderr: 'Failed to connect to bus\n' } : 'Version=1\n'
  })
  assert.equal(await acting.reexecute(), null)
  assert.equal(called.length, 4)
})

test('a manager that refuses to be executed anew is asked nothing more', async () => {
  const stderr = 'Failed to reexecute daemon: Access denied\n'
  const { acting, called } = actingOf(() => ({ error: 'status 1', stderr }))
  assert.equal(await acting.reexecute(), 'Failed to reexecute daemon: Access denied')
  assert.equal(called.length, 1)
})

test("a user's manager is reached through the directory of that user", async () => {
  const tree = makeTree({ [`run/user/${UID}`]: {} })
  const { run, called } = runningOf(() => '')
  assert.deepEqual(await openActing(UID, run, tree).restart(['a.service']), [])
  assert.equal(called[0]?.argv[0], '--user')
  assert.deepEqual(called[0]?.how.environment, { XDG_RUNTIME_DIR: `${tree}/run/user/${UID}` })
})

test("a user's manager that is not there is not called", async () => {
  const other = UID + 1
  const tree = makeTree({ [`run/user/${other}`]: {} })
  const { run, called } = runningOf(() => '')
  for (const uid of [other, UID]) {
    const acting = openActing(uid, run, tree)
    assert.deepEqual(await acting.restart(['a.service']), ['ENOENT'])
    assert.equal(await acting.progress(['a.service']), null)
  }
  assert.deepEqual(called, [])
})
