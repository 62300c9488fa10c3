import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'

/** Where a day is said: a hook's text is also read later, in pacman.log. */
export type DayPlace = { readonly isByHand: boolean }

/** The days of the week as `Date.getDay()` counts them. No text depends on a locale. */
const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** From so many days on, a day has its year. */
const WITH_YEAR_DAYS = 300
const DAY_MS = 24 * 3600_000

/**
 * Returns a day as `Mon 23 Nov`, in the zone of the process; with its year where it is 300 days or
 * more away.
 *
 * @param now when the text is written
 */
export function dayText(date: Date, now: Date, { isByHand }: DayPlace): Printable {
  if (!isKnown(date)) return say`an unknown day`
  const days = daysBetween(date, now)
  if (isByHand && days === 0) return say`today`
  const weekday = printableText(WEEKDAYS[date.getDay()] ?? '')
  const month = printableText(MONTHS[date.getMonth()] ?? '')
  const day = say`${weekday} ${date.getDate()} ${month}`
  return Math.abs(days) < WITH_YEAR_DAYS ? day : say`${day} ${date.getFullYear()}`
}

/** Returns a time as `Mon 23 Nov 07:18`, or `today 07:18`: see `dayText`. */
export function timeText(date: Date, now: Date): Printable {
  if (!isKnown(date)) return say`an unknown time`
  return say`${dayText(date, now, { isByHand: true })} ${clockText(date)}`
}

/** Returns the time of a day as `07:18`, in the zone of the process. */
function clockText(date: Date): Printable {
  const [hours, minutes] = [date.getHours(), date.getMinutes()].map((number) =>
    String(number).padStart(2, '0'),
  )
  return printableText(`${hours}:${minutes}`)
}

/** Returns the days of the calendar between two times. The clock of a zone may jump in between. */
function daysBetween(date: Date, now: Date): number {
  return Math.round((startOf(now) - startOf(date)) / DAY_MS)
}

/** Returns the start of the day of the calendar, as if no zone ever jumped. */
function startOf(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
}

/** A time of a log can be outside of what a Date has. */
function isKnown(date: Date): boolean {
  return !Number.isNaN(date.getTime())
}
