import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { afterEach, test } from 'node:test'
import { dayText, timeText } from '../../src/render/words/days.ts'

const before = process.env['TZ']
afterEach(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

/** Returns the day of a hook, the day by hand, and the time, in a time zone. */
function texts(zone: string, date: string, now: string): readonly string[] {
  process.env['TZ'] = zone
  const [then, at] = [new Date(date), new Date(now)]
  return [
    dayText(then, at, { isByHand: false }),
    dayText(then, at, { isByHand: true }),
    timeText(then, at),
  ]
}

type Row = readonly [
  zone: string,
  date: string,
  now: string,
  hook: string,
  hand: string,
  at: string,
]

const ROWS: readonly Row[] = [
  // The day before is a day, however short ago.
  ['UTC', '2026-11-23T07:18:43Z', '2026-11-26T06:40:00Z', 'Mon 23 Nov', 'Mon 23 Nov', '07:18'],
  ['UTC', '2026-11-25T23:59:59Z', '2026-11-26T00:00:00Z', 'Wed 25 Nov', 'Wed 25 Nov', '23:59'],
  ['UTC', '2026-11-26T00:00:00Z', '2026-11-26T23:59:59Z', 'Thu 26 Nov', 'today', '00:00'],
  ['UTC', '2026-02-01T12:00:00Z', '2026-02-07T12:00:00Z', 'Sun 1 Feb', 'Sun 1 Feb', '12:00'],
  // A clock that was set back: what is tomorrow is not today.
  ['UTC', '2026-11-27T00:00:00Z', '2026-11-26T23:59:59Z', 'Fri 27 Nov', 'Fri 27 Nov', '00:00'],
  // The year, from 300 days on.
  ['UTC', '2026-01-31T00:00:00Z', '2026-11-26T00:00:00Z', 'Sat 31 Jan', 'Sat 31 Jan', '00:00'],
  ['UTC', '2026-01-30T23:00:00Z', '2026-11-26T00:00:00Z', ...both('Fri 30 Jan 2026'), '23:00'],
  ['UTC', '2025-11-23T07:18:00Z', '2026-11-26T00:00:00Z', ...both('Sun 23 Nov 2025'), '07:18'],
  ['UTC', '2025-12-31T12:00:00Z', '2026-01-01T12:00:00Z', ...both('Wed 31 Dec'), '12:00'],
  ['UTC', '2028-02-29T12:00:00Z', '2026-11-26T12:00:00Z', ...both('Tue 29 Feb 2028'), '12:00'],
  ['UTC', '1970-01-01T00:00:00Z', '2026-11-26T12:00:00Z', ...both('Thu 1 Jan 1970'), '00:00'],
  // The zone decides which day it is, on both sides of the date line.
  ['Europe/Berlin', '2026-11-25T23:30:00Z', '2026-11-26T06:00:00Z', 'Thu 26 Nov', 'today', '00:30'],
  [
    'America/New_York',
    '2026-11-26T03:00:00Z',
    '2026-11-26T15:00:00Z',
    ...both('Wed 25 Nov'),
    '22:00',
  ],
  [
    'Pacific/Kiritimati',
    '2026-11-26T09:59:00Z',
    '2026-11-26T10:00:00Z',
    ...both('Thu 26 Nov'),
    '23:59',
  ],
  [
    'Pacific/Pago_Pago',
    '2026-11-26T11:00:00Z',
    '2026-11-27T10:59:00Z',
    'Thu 26 Nov',
    'today',
    '00:00',
  ],
  // Samoa had no 30 December 2011.
  ['Pacific/Apia', '2011-12-30T09:59:00Z', '2011-12-30T10:00:00Z', ...both('Thu 29 Dec'), '23:59'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T09:00:00Z', 'Sat 31 Dec', 'today', '00:00'],
  // Days of 23 and 25 hours, and one that begins at one o'clock.
  ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T21:59:00Z', 'Sun 29 Mar', 'today', '00:00'],
  ['Europe/Berlin', '2026-03-28T22:59:00Z', '2026-03-29T21:59:00Z', ...both('Sat 28 Mar'), '23:59'],
  ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T22:59:00Z', 'Sun 25 Oct', 'today', '00:00'],
  ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', 'Sun 25 Oct', 'today', '02:30'],
  [
    'America/Sao_Paulo',
    '2018-11-04T03:00:00Z',
    '2018-11-05T01:59:00Z',
    'Sun 4 Nov',
    'today',
    '01:00',
  ],
  [
    'America/Sao_Paulo',
    '2018-11-04T02:59:00Z',
    '2018-11-04T03:00:00Z',
    ...both('Sat 3 Nov'),
    '23:59',
  ],
  [
    'Asia/Kathmandu',
    '2026-11-25T18:15:00Z',
    '2026-11-26T18:14:00Z',
    'Thu 26 Nov',
    'today',
    '00:00',
  ],
]

function both(day: string): readonly [string, string] {
  return [day, day]
}

test('a day is that of the calendar in the zone of the process', () => {
  for (const [zone, date, now, hook, hand, clock] of ROWS)
    assert.deepEqual(texts(zone, date, now), [hook, hand, `${hand} ${clock}`], `${zone} ${date}`)
})

test('a day never has the words of a locale', () => {
  const days = new URL('../../src/render/words/days.ts', import.meta.url).href
  const script = `import { dayText } from ${JSON.stringify(days)}
    const date = new Date('2026-12-01T12:00:00Z')
    const [other] = date.toLocaleDateString(undefined, { month: 'long' }).split(' ')
    process.stdout.write(dayText(date, date, { isByHand: false }) + ' ' + other)`
  const argv = ['--import', 'tsx', '--input-type=module', '-e', script]
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'de_DE.UTF-8', LC_TIME: 'de_DE.UTF-8' }
  const { stdout } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' })
  assert.equal(stdout, 'Tue 1 Dec Dezember')
})

test('each day of a year has seven names of days and twelve of months, in their order', () => {
  process.env['TZ'] = 'UTC'
  const now = new Date('2026-07-01T00:00:00Z')
  const days = Array.from({ length: 365 }, (_, at) =>
    dayText(new Date(Date.UTC(2026, 0, 1 + at)), now, { isByHand: false }).split(' '),
  )
  assert.deepEqual(
    [...new Set(days.map(([weekday]) => weekday))],
    ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'],
  )
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
  assert.deepEqual([...new Set(days.map(([, , month]) => month))], months)
})

test('a time that no Date has is said to be unknown', () => {
  const texted = texts('UTC', 'never', '2026-11-26T12:00:00Z')
  assert.deepEqual(texted, ['an unknown day', 'an unknown day', 'an unknown time'])
})
