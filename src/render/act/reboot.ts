import type { Around } from '../../core/act/around.ts'
import { rebootAdviceOf } from '../../core/answer/reboot-advice.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { rebootSentenceOf, soonSentence } from '../text/sentences.ts'
import { rebootText } from '../words/reasons.ts'
import { item, sentence } from './layout.ts'

type Looked = Pick<Around, 'reboot' | 'isRoot' | 'limits'>

/** What these screens know nothing of: their looks are of the whole machine. */
const NOTHING_ELSE = {
  findings: [],
  ignored: [],
  isOneSide: false,
  summary: { steps: [], simpler: null },
}

/** Returns the one sentence about a reboot, as a scan says it. */
export function rebootSentence(looked: Looked): Printable {
  const advice = rebootAdviceOf({ ...looked, ...NOTHING_ELSE })
  return advice.kind === 'soon' ? soonSentence(advice.why) : rebootSentenceOf(advice)
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
