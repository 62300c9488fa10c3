import { isRebootRuledOut } from '../../core/act/checked.ts'
import type { Around } from '../../core/act/around.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { rebootText } from '../words/reasons.ts'
import { item, sentence } from './layout.ts'

type Looked = Pick<Around, 'reboot' | 'isRoot' | 'limits'>

/** Returns the one sentence about a reboot. Nothing is called clear that was not looked at. */
export function rebootSentence(looked: Looked): Printable {
  if (looked.reboot.needed === 'full') return say`A reboot is needed.`
  if (looked.reboot.needed === 'soft') return say`A soft reboot is needed.`
  return isRebootRuledOut(looked) ? say`No reboot needed.` : say`No reason to reboot was seen.`
}

/** Returns the sentence about a reboot in place of the restarts. */
export function simplerLines(
  { isRebootSimpler }: Pick<Around, 'isRebootSimpler'>,
  page: PageSize,
): readonly Line[] {
  if (!isRebootSimpler) return []
  return sentence(
    say`Nearly everything uses old code: a reboot is simpler than these restarts.`,
    page,
  )
}

/** Returns the reasons to reboot that are no services: the kernel, microcode, a module. */
export function rebootReasonLines(
  { reboot: { reasons } }: Looked,
  page: PageSize,
): readonly Line[] {
  const own = reasons.filter(({ code }) => code !== 'finding')
  if (own.length === 0) return []
  return [
    { strong: say`Reasons to reboot:` },
    ...own.flatMap((reason) => item(rebootText(reason), page)),
  ]
}
