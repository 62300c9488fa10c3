import type { Limit } from '../limits.ts'
import { isLibc, isOfOtherUpstream } from '../report/may-fail.ts'
import type { Finding, RebootReason, Report } from '../report/report.ts'
import { isRebootAdvised } from './placed.ts'
import type { Urgency } from './placed.ts'

/**
 * Why a reboot should be soon. `graphics`: new graphics programs fail already. `devices`: new
 * devices may not work. `libc`: what is started or loaded may fail.
 */
export type SoonCode = 'graphics' | 'devices' | 'libc'

/**
 * What is said of a reboot. `none`: all was seen, and none is needed. `not-seen`: no reason for one
 * was seen. `whenever`: only it renews something, and nothing breaks until then.
 */
export type RebootAdvice =
  | { readonly kind: 'none' | 'not-seen' | 'whenever' }
  | { readonly kind: 'soon'; readonly why: readonly SoonCode[] }

type Asked = Pick<
  Report,
  'findings' | 'isRoot' | 'isOneSide' | 'ignored' | 'limits' | 'reboot' | 'summary'
>

/** Returns what is said of a reboot. */
export function rebootAdviceOf(report: Asked): RebootAdvice {
  const { isRoot, isOneSide, ignored, limits } = report
  const why = soonCodes(report)
  if (why.length > 0) return { kind: 'soon', why }
  if (isRebootAdvised(report)) return { kind: 'whenever' }
  const isAll = isRoot && !isOneSide && ignored.length === 0 && limits.every(leavesJudged)
  return { kind: isAll ? 'none' : 'not-seen' }
}

/** Returns how soon a reboot is to be done; `null` where no reason for one was seen. */
export function rebootUrgency(report: Asked): Urgency | null {
  const { kind } = rebootAdviceOf(report)
  return kind === 'soon' || kind === 'whenever' ? kind : null
}

function soonCodes(report: Asked): readonly SoonCode[] {
  const { findings, reboot } = report
  // Users can start any number of programs that are not old, and so change the share of old ones.
  const isLibcOld = isRebootAdvised(report) && findings.some(usesOtherLibc)
  const has = (...codes: readonly RebootReason['code'][]) =>
    reboot.reasons.some(({ code }) => codes.includes(code))
  return [
    ...(has('nvidia-mismatch') ? (['graphics'] as const) : []),
    ...(has('kernel-modules-gone', 'kernel-older-than-installed') ? (['devices'] as const) : []),
    ...(isLibcOld ? (['libc'] as const) : []),
  ]
}

/** Says whether something of the system uses a C library of another version of its authors. */
function usesOtherLibc({ files, kind, user }: Finding): boolean {
  const isOfSystem = kind !== 'container' && user === null
  return isOfSystem && files.some((file) => isLibc(file) && isOfOtherUpstream(file.package))
}

/** Says whether every reason to reboot would have been seen in spite of a limit. */
function leavesJudged({ code }: Limit): boolean {
  return code === 'after-effects-unknown' || code === 'advisories-unreadable'
}
