import { hidesProcesses } from '../../core/limits.ts'
import type { LimitCode } from '../../core/limits.ts'
import type { Reboot, Report } from '../../core/report/report.ts'
import { limitText } from '../words/limits.ts'
import { afterEffectText, rebootText } from '../words/reasons.ts'
import { counted } from '../words/words.ts'
import { HOOK_WIDTH, indented, shortened, WIDTH, wrapped } from './layout.ts'
import type { Page } from './layout.ts'

const MAX_NOTES_OF_A_HOOK = 1

/** Returns the lines about a reboot. The findings give their reasons themselves. */
export function rebootLines({ needed, reasons }: Reboot, page: Page): readonly string[] {
  const own = reasons.filter(({ code }) => code !== 'finding')
  if (own.length === 0) return []
  return [
    page.style.strong(needed === 'full' ? 'A reboot is needed:' : 'A soft reboot is needed:'),
    ...own.flatMap((reason) => indented(rebootText(reason), page)),
  ]
}

/**
 * Returns the lines about services that broke since the upgrade.
 *
 * @param most the number of services that are named
 */
export function afterEffectLines(
  { afterEffects }: Report,
  page: Page,
  most: number,
): readonly string[] {
  if (afterEffects.length === 0) return []
  const more = afterEffects.length - most
  const isShort = page.isHook && afterEffects.length > 1
  return [
    page.style.strong('Look at these services:'),
    ...afterEffects
      .slice(0, most)
      .flatMap((effect) => effectLines(`${effect.unit} ${afterEffectText(effect)}`, page, isShort)),
    ...(more > 0 ? [`(${more} more: run stale-libs)`] : []),
  ]
}

function effectLines(text: string, page: Page, isShort: boolean): readonly string[] {
  return isShort ? [shortened(`  ${text}`, page.width)] : indented(text, page)
}

/**
 * Returns the line of a hook with the number of findings that were stale before the transaction.
 */
export function olderLines(older: number, isBeside: boolean): readonly string[] {
  if (older === 0) return []
  const what = `${older}${isBeside ? ' more' : ''} ${older === 1 ? 'was' : 'were'}`
  return [`(${what} stale before this upgrade: run stale-libs)`]
}

/**
 * Returns the line of a hook that found nothing, where it did not see all processes of the system.
 */
export function unseenLines({ unseenOfSystem }: Report): readonly string[] {
  if (unseenOfSystem === 0) return []
  const what = counted(unseenOfSystem, 'process', 'processes')
  return [`Nothing was found, but ${what} of the system could not be read: run stale-libs`]
}

/** Returns the limits that a hook shows, and the number of the others. */
export function notesOfAHook({ limits, isRoot }: Report): readonly string[] {
  const said = limits.filter(({ code }) => !NOISE_IN_A_HOOK.has(code))
  const more = said.length - MAX_NOTES_OF_A_HOOK
  return [
    ...said
      .slice(0, MAX_NOTES_OF_A_HOOK)
      .map((limit) => shortened(`Note: ${limitText(limit, isRoot)}`, HOOK_WIDTH)),
    ...(more > 0 ? [`(${counted(more, 'more note', 'more notes')}: run stale-libs)`] : []),
  ]
}

/**
 * The limits that a hook leaves out. A kernel of no package would be reported after each upgrade.
 * The lines of the units say already why systemd did not answer. What users did to their own
 * processes is for them, and for a look by hand.
 */
const NOISE_IN_A_HOOK: ReadonlySet<LimitCode> = new Set([
  'kernel-unknown',
  'after-effects-unknown',
  'user-processes-cut',
  'user-share-spent',
])

/** Returns the line that says that nothing was found, with the number of processes. */
export function nothingStale({ limits, read }: Report): string {
  if (!limits.some(hidesProcesses)) return 'Nothing that runs uses replaced files.'
  const seen = counted(read, 'process', 'processes')
  return `Nothing that uses replaced files was found in the ${seen} that could be read.`
}

/** Returns the line that counts what only `--all` shows: temporary code and ignored findings. */
export function hiddenLines({ temporaryCode, ignored }: Report, isAll: boolean): readonly string[] {
  const hiddenFindings = ignored.reduce((sum, { findings }) => sum + findings, 0)
  if (isAll)
    return [
      ...temporaryCode.flatMap(({ pid, comm, path }) =>
        wrapped(`Temporary code: ${comm} (PID ${pid}) ${path}`, WIDTH),
      ),
      ...ignored.flatMap(({ rule, names }) => names.map((name) => `Ignored by ${rule}: ${name}`)),
    ]
  const processes = new Set(temporaryCode.map(({ pid }) => pid)).size
  return [
    ...(processes === 0
      ? []
      : [
          `${counted(processes, 'process runs', 'processes run')} temporary code of its own: --all`,
        ]),
    ...(hiddenFindings === 0
      ? []
      : [`${counted(hiddenFindings, 'finding is', 'findings are')} ignored by rules: --all`]),
  ]
}
