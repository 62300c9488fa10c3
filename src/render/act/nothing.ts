import { isAllSeen, mayBeMore } from '../../core/act/checked.ts'
import type { Around } from '../../core/act/around.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { enumerated } from '../words/words.ts'
import { systemctlCommand } from './commands.ts'
import { commandRows, namesOfUnits, sentence } from './layout.ts'

/** What may keep old code from being seen. */
export type Unseen = Pick<Around, 'limits' | 'hidden'>

/** Returns the sentence where no service of a manager uses old code, as far as it was seen. */
export function nothingOld(isOfUser: boolean, { limits, hidden }: Unseen): Printable {
  const none = isOfUser ? say`None of your services` : say`No service`
  return isAllSeen(limits) && hidden === 0
    ? say`${none} uses old code.`
    : say`${none} was seen to use old code${limitOf({ limits, hidden }, isOfUser)}.`
}

/** Returns the sentence about named units that use no old code. */
export function currentLines(
  { current, limits, hidden }: Pick<Around, 'current'> & Unseen,
  isOfUser: boolean,
  page: PageSize,
): readonly Line[] {
  if (current.length === 0) return []
  const names = enumerated(namesOfUnits(current))
  const isOne = current.length === 1
  return sentence(
    isAllSeen(limits) && hidden === 0
      ? say`${names} ${isOne ? 'uses' : 'use'} no old code.`
      : say`${names} ${isOne ? 'was' : 'were'} not seen to use old code${limitOf({ limits, hidden }, isOfUser)}.`,
    page,
  )
}

/** What does not run uses no old code, but that is not what the reader has to know of it. */
export function notRunningLines(
  { notRunning }: Pick<Around, 'notRunning'>,
  isOfUser: boolean,
  page: PageSize,
): readonly Line[] {
  if (notRunning.length === 0) return []
  const isOne = notRunning.length === 1
  const does = isOne ? say`does not run. To see its state:` : say`do not run. To see their states:`
  return [
    ...sentence(say`${enumerated(namesOfUnits(notRunning))} ${does}`, page),
    ...commandRows(systemctlCommand(isOfUser, 'status', notRunning), page),
  ]
}

/** A user never sees the processes of others, and need not be told so about services of the own. */
function limitOf({ limits, hidden }: Unseen, isOfUser: boolean): Printable {
  const but = [
    ...(mayBeMore(limits, isOfUser) ? [say`not everything was seen`] : []),
    ...(hidden === 0
      ? []
      : [say`the configuration hides ${hidden} that ${hidden === 1 ? 'uses' : 'use'} it`]),
  ]
  return but.length === 0 ? say`` : say`, but ${joined(but, ', and ')}`
}
