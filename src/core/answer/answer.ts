import { hookPartOf } from '../hook/part.ts'
import type { Before } from '../hook/part.ts'
import { endsReader } from '../report/ends-reader.ts'
import type { Reader } from '../report/reader.ts'
import type { AfterEffect, Finding, RebootReason, Report } from '../report/report.ts'
import { ownFigures } from '../report/summary.ts'
import { blocksOf } from './blocks.ts'
import type { Block } from './blocks.ts'
import { countOf } from './count.ts'
import type { Count } from './count.ts'
import { isRebootAdvised, placedOf } from './placed.ts'
import type { Placed } from './placed.ts'
import { rebootAdviceOf } from './reboot-advice.ts'
import type { RebootAdvice } from './reboot-advice.ts'
import { staysOf, urgentOf } from './urgent.ts'
import type { Stays, Urgent } from './urgent.ts'

/** What was old before, for one line of a hook. */
export type BeforeLine = {
  /** The lifelines among them: they are named. */
  readonly lifelines: readonly Finding[]
  readonly count: Count | null
  readonly isRebootPending: boolean
}

/** What a person reads of a report, and in which order. */
export type Answer = {
  readonly reader: Reader
  readonly isRoot: boolean
  /** What failed since the transaction began: the first line of all. */
  readonly failed: readonly AfterEffect[]
  readonly urgent: Urgent | null
  /** How many use which old code; in a hook without the urgent. */
  readonly count: Count | null
  /** The share of the machine's programs, where it is nearly all of them. */
  readonly share: {
    readonly old: number
    readonly programs: number
    readonly count: Count | null
  } | null
  /** `null` in a hook that follows a transaction which made nothing old. */
  readonly reboot: RebootAdvice | null
  /** The reasons for it that are no findings, the worst first. */
  readonly reasons: readonly Exclude<RebootReason, { readonly code: 'finding' }>[]
  /** Whether a soft reboot is enough. */
  readonly isSoftEnough: boolean
  readonly blocks: readonly Block[]
  /** What the reboot does too, and no block of a hook lists. */
  readonly covered: Count | null
  /** What a logout does too, and no block of a hook lists. */
  readonly leaving: Count | null
  /** What is safe without the reboot that should be soon, unless nearly everything is old. */
  readonly safe: Block | null
  readonly stays: Stays
  readonly before: BeforeLine | null
  /** Whether the next shutdown does all of it: it is a desktop, and no reboot is advised. */
  readonly isShutdownEnough: boolean
}

/** Returns the answer of a run by hand: all findings, each in its group. */
export function answerByHand(report: Report): Answer {
  const placed = placedOf(report)
  return {
    ...partsOf(report, placed),
    urgent: urgentOf(placed, report),
    count: countOf(placed),
    blocks: blocksOf(placed, report),
    covered: null,
    leaving: null,
    safe: null,
    before: null,
    isShutdownEnough: false,
  }
}

/** Returns the answer of a hook: what its transaction made old, and what may fail. */
export function answerOfHook(report: Report): Answer {
  const { full, before } = hookPartOf(report)
  const placed = placedOf(full).filter(({ group, noun }) => group !== 'nothing' && noun !== null)
  const isNearlyAll = full.summary.simpler !== null
  const urgent = urgentOf(placed, report, isNearlyAll)
  const rest = placed.filter(({ urgency }) => urgency === 'whenever')
  // Where a reason to reboot is said, those from before are reasons of the same reboot.
  const { reasons } = isRebootAdvised(full) ? report.reboot : full.reboot
  const whole = { ...full, limits: report.limits, reboot: { ...full.reboot, reasons } }
  const advice = rebootAdviceOf(whole)
  const listed = rest.filter((one) => isListed(one, advice))
  const hasNews = rest.length > 0 || full.reboot.reasons.length > 0 || isNewIn(report, placed)
  const safe = listed.filter(({ group }) => group === 'restart')
  const blocks = blocksOf(listed, report)
  const isSoon = advice.kind === 'soon'
  return {
    ...partsOf(whole, rest),
    share: shareOf(full, placed),
    failed: report.afterEffects,
    urgent,
    count: countOf(rest),
    reboot: hasNews && !isPendingAlone(full, report) ? advice : null,
    blocks: isSoon
      ? blocks.filter(({ group }) => group === 'reboot')
      : inOrderOfAHook(blocks, report),
    covered: isRebootAdvised(full)
      ? countOf(isSoon ? rest : rest.filter((one) => !isListed(one, advice)))
      : null,
    leaving: countOf(rest.filter(({ covered }) => covered === 'logout')),
    safe: isSoon && !isNearlyAll && safe.length > 0 ? (blocksOf(safe, report)[0] ?? null) : null,
    before: before && lineOf(before, report),
    isShutdownEnough: !isRebootAdvised(full) && placed.some(isOfDesktop),
  }
}

/** Says whether a reboot is due, and nothing that a hook says in full is a reason for it. */
function isPendingAlone(full: Report, { reboot }: Report): boolean {
  return reboot.reasons.length > full.reboot.reasons.length && !isRebootAdvised(full)
}

/** Returns the blocks of a hook: what the reader restarts too stands behind what root restarts. */
function inOrderOfAHook(blocks: readonly Block[], { reader }: Report): readonly Block[] {
  const isReaders = ({ user }: Block) => user !== null && user.uid === reader.uid
  const rank = (block: Block) =>
    block.group === 'reboot' ? 0 : block.group === 'restart' ? 1 : isReaders(block) ? 2 : 3
  const ofOthers = blocks.filter((block) => block.group === 'own' && !isReaders(block))
  const [first] = ofOthers
  const items = ofOthers.flatMap((block) => block.items)
  const rest = blocks.filter((block) => !ofOthers.includes(block))
  const all = first === undefined ? rest : [...rest, { ...first, items, command: null }]
  return all.toSorted((a, b) => rank(a) - rank(b))
}

/** Says whether a hook lists a finding: what the reboot does too is work of a person. */
function isListed({ group, covered, finding }: Placed, { kind }: RebootAdvice): boolean {
  if (kind !== 'soon' && kind !== 'whenever') return covered === null
  return group === 'reboot' || group === 'restart' || (group === 'later' && !endsReader(finding))
}

/** Says whether one of the findings is of the transaction that the hook follows. */
function isNewIn({ hook }: Report, placed: readonly Placed[]): boolean {
  const isNew = ({ finding: { files, ownPackage } }: Placed) =>
    ownPackage?.isNew === true || files.some((file) => file.isNew !== false)
  return hook === null || placed.some(isNew)
}

/** Says whether a finding is part of a graphical session. */
function isOfDesktop({ finding: { kind, rule } }: Placed): boolean {
  return kind === 'app' || rule === 'display-manager'
}

function shareOf(report: Report, placed: readonly Placed[]): Answer['share'] {
  if (report.summary.simpler === null) return null
  const { stale, processes } = ownFigures(report)
  return { old: stale, programs: processes, count: countOf(placed) }
}

function partsOf(report: Report, placed: readonly Placed[]) {
  const { reader, isRoot, afterEffects, reboot, canSoftReboot } = report
  return {
    reader,
    isRoot,
    failed: afterEffects,
    share: shareOf(report, placed),
    reboot: rebootAdviceOf(report),
    reasons: reboot.reasons.filter((reason) => reason.code !== 'finding').toSorted(byWeight),
    isSoftEnough: canSoftReboot && reboot.needed === 'soft',
    stays: staysOf(placed),
  }
}

/** The reasons to reboot, the worst first. */
const WEIGHTS = [
  'nvidia-mismatch',
  'kernel-modules-gone',
  'kernel-older-than-installed',
  'kernel-modules-kept',
  'microcode-newer',
] as const satisfies readonly Exclude<RebootReason['code'], 'finding'>[]

function byWeight(a: Answer['reasons'][number], b: Answer['reasons'][number]): number {
  return WEIGHTS.indexOf(a.code) - WEIGHTS.indexOf(b.code)
}

function lineOf({ lifelines, others, isRebootPending }: Before, report: Report): BeforeLine | null {
  const placed = placedOf({ ...report, findings: [...lifelines, ...others] })
  const counted = placed.filter(({ group, noun }) => group !== 'nothing' && noun !== null)
  const count = countOf(counted)
  if (count === null && !isRebootPending) return null
  const named = counted.map(({ finding }) => finding)
  return { lifelines: lifelines.filter((one) => named.includes(one)), count, isRebootPending }
}
