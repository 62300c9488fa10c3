import { isAllSeen, mayBeMore } from '../../core/act/checked.ts'
import type { Around } from '../../core/act/around.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import { enumerated } from '../words/words.ts'
import { namesOfUnits, sentence } from './layout.ts'

/** Returns the sentence where no service of a manager uses old code, as far as it was seen. */
export function nothingOld(isOfUser: boolean, { limits }: Pick<Around, 'limits'>): Printable {
  const none = isOfUser ? say`None of your services` : say`No service`
  return isAllSeen(limits)
    ? say`${none} uses old code.`
    : say`${none} was seen to use old code${limitOf(limits, isOfUser)}.`
}

/** Returns the sentence about named units that use no old code. */
export function currentLines(
  { current, limits }: Pick<Around, 'current' | 'limits'>,
  isOfUser: boolean,
): readonly Line[] {
  if (current.length === 0) return []
  const names = enumerated(namesOfUnits(current))
  const isOne = current.length === 1
  return sentence(
    isAllSeen(limits)
      ? say`${names} ${isOne ? 'uses' : 'use'} no old code.`
      : say`${names} ${isOne ? 'was' : 'were'} not seen to use old code${limitOf(limits, isOfUser)}.`,
  )
}

/** A user never sees the processes of others, and need not be told so about services of the own. */
function limitOf(limits: Around['limits'], isOfUser: boolean): Printable {
  return mayBeMore(limits, isOfUser) ? say`, but not everything was seen` : say``
}
