import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ').map(printableText)

/** Returns a day as `Mon 23 Nov`, or `today`. */
export function dayOf(date: Date, now: Date): Printable {
  if (date.toDateString() === now.toDateString()) return say`today`
  const month = MONTHS[date.getMonth()] ?? say``
  return say`${DAYS[date.getDay()] ?? 'Sun'} ${date.getDate()} ${month}`
}

/** Returns a time as `Mon 23 Nov 07:18`, or `today 06:40`. */
export function timeOf(date: Date, now: Date): Printable {
  const [hours, minutes] = [date.getHours(), date.getMinutes()].map((number) =>
    printableText(String(number).padStart(2, '0')),
  )
  return joined([dayOf(date, now), say`${hours ?? say``}:${minutes ?? say``}`], ' ')
}
