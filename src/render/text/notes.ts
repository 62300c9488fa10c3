import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { hidesProcesses } from '../../core/limits.ts'
import type { LimitCode } from '../../core/limits.ts'
import type { Before } from '../../core/hook/part.ts'
import { UNSEEN } from '../../core/pacman/hook/traces.ts'
import type { Reboot, Report } from '../../core/report/report.ts'
import type { Line } from '../door.ts'
import { findingLabel, nameLabel, pathLabel } from '../words/labels.ts'
import { limitText } from '../words/limits.ts'
import { afterEffectText, rebootText } from '../words/reasons.ts'
import { counted, enumerated } from '../words/words.ts'
import { hanging, HANGING, HOOK_WIDTH, indented, shortened, wrapped } from './layout.ts'
import type { Columns, Page } from './layout.ts'

const MAX_NOTES_OF_A_HOOK = 1

/** Returns the lines about a reboot. The findings give their reasons themselves. */
export function rebootLines({ needed, reasons }: Reboot, page: Page): readonly Line[] {
  const own = reasons.filter(({ code }) => code !== 'finding')
  if (own.length === 0) return []
  return [
    { strong: needed === 'full' ? say`A reboot is needed:` : say`A soft reboot is needed:` },
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
): readonly Line[] {
  if (afterEffects.length === 0) return []
  const more = afterEffects.length - most
  const isShort = page.isHook && afterEffects.length > 1
  return [
    { strong: say`Look at these services:` },
    ...afterEffects
      .slice(0, most)
      .flatMap((effect) =>
        effectLines(say`${effect.unit} ${afterEffectText(effect)}`, page, isShort),
      ),
    ...(more > 0 ? [say`(${more} more: run stale-libs)`] : []),
  ]
}

function effectLines(text: Printable, page: Page, isShort: boolean): readonly Printable[] {
  return isShort ? [shortened(say`  ${text}`, page.width, page.columns)] : indented(text, page)
}

const MAX_LINES_BEFORE = 2

/**
 * Returns the lines of a hook about what was stale before: the lifelines by name, as many as two
 * lines have room for, and the number of the others.
 *
 * @param isBeside whether findings stand above
 */
export function beforeLines(
  { lifelines, others, isRebootPending }: Before,
  isBeside: boolean,
  { width, columns }: Page,
): readonly Printable[] {
  const names = lifelines.map(findingLabel)
  const reboot = say`a reboot was needed before this upgrade`
  for (let named = names.length; ; named -= 1) {
    const rest = names.length - named + others
    const isMore = isBeside || named > 0
    const count = rest === 0 ? [] : [say`${rest}${isMore ? ' more' : ''}`]
    const who = enumerated([...names.slice(0, named), ...count])
    const verb = named + rest === 1 ? say`was` : say`were`
    const stale = say`${who} ${verb} stale before this upgrade`
    const also = isRebootPending ? say`${stale}, and a reboot was needed` : stale
    const text = say`(${named + rest === 0 ? reboot : also}: run stale-libs)`
    const lines = hanging(say``, HANGING, wrapped(text, width - HANGING, columns))
    if (named === 0 || lines.length <= MAX_LINES_BEFORE) return lines
  }
}

/**
 * Returns the line of a hook that found nothing, where it did not see all processes of the system.
 */
export function unseenLines({ unseenOfSystem }: Report): readonly Printable[] {
  if (unseenOfSystem === 0) return []
  const what = counted(unseenOfSystem, 'process', 'processes')
  return [say`${UNSEEN}not read to the end: ${what} of the system (run stale-libs)`]
}

/** Returns the limits that a hook shows, and the number of the others. */
export function notesOfAHook({ limits, isRoot }: Report, { columns }: Page): readonly Printable[] {
  const said = limits.filter(({ code }) => !NOISE_IN_A_HOOK.has(code))
  const more = said.length - MAX_NOTES_OF_A_HOOK
  return [
    ...said
      .slice(0, MAX_NOTES_OF_A_HOOK)
      .map((limit) => shortened(say`Note: ${limitText(limit, isRoot)}`, HOOK_WIDTH, columns)),
    ...(more > 0 ? [say`(${counted(more, 'more note', 'more notes')}: run stale-libs)`] : []),
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
export function nothingStale({ limits, read }: Report): Printable {
  if (!limits.some(hidesProcesses)) return say`Nothing that runs uses replaced files.`
  const seen = counted(read, 'process', 'processes')
  return say`Nothing that uses replaced files was found in the ${seen} that could be read.`
}

/** Returns the lines that `--all` adds: temporary code and ignored findings, one by one. */
export function addedLines(
  { temporaryCode, ignored }: Report,
  width: number,
  columns: Columns,
): readonly Printable[] {
  return [
    ...temporaryCode.flatMap(({ pid, comm, path }) => {
      const text = say`Temporary code: ${nameLabel(comm)} (PID ${pid}) ${pathLabel(path)}`
      return hanging(say``, HANGING, wrapped(text, width - HANGING, columns))
    }),
    ...ignored.flatMap(({ rule, names }) =>
      names.map((name) => say`Ignored by ${rule}: ${nameLabel(name)}`),
    ),
  ]
}

/** Returns the lines that count what only `--all` shows. */
export function hiddenLines({ temporaryCode, ignored }: Report): readonly Printable[] {
  const hiddenFindings = ignored.reduce((sum, { findings }) => sum + findings, 0)
  const processes = new Set(temporaryCode.map(({ pid }) => pid)).size
  return [
    ...(processes === 0
      ? []
      : [
          say`${counted(processes, 'process runs', 'processes run')} temporary code of its own: --all`,
        ]),
    ...(hiddenFindings === 0
      ? []
      : [say`${counted(hiddenFindings, 'finding is', 'findings are')} ignored by rules: --all`]),
  ]
}
