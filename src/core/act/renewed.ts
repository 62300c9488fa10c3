import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { CLOCK_ERROR_MS } from '../pacman/history.ts'
import type { Finding, FindingFile } from '../report/report.ts'
import { isUnitName } from '../systemd/unit-name.ts'
import type { UnitProgress } from './progress.ts'

/** A start of a unit that a restart made, and that used old code all the same. */
export type NotCleared = {
  readonly unit: Printable
  /** `InvocationID=` of the start. */
  readonly invocation: Printable
  /** The old files that it used. */
  readonly paths: readonly Printable[]
}

/** A finding and the unit that it is about, as far as the question is about restarts. */
type Old = Pick<Finding, 'unit' | 'processes' | 'files'>

/**
 * Says whether a restart did not clear a unit, so that another one would not either: a restart is
 * remembered, or the main process began when its old code was gone from its path already. Where a
 * package changed since, there is old code that a restart clears.
 *
 * @param remembered the restarts that cleared nothing
 */
export function isRenewed(
  old: Old,
  state: UnitProgress | undefined,
  remembered: readonly NotCleared[],
): boolean {
  if (state === undefined || old.files.some((file) => file.package !== null)) return false
  return isRemembered(old, state, remembered) || isYounger(old, state)
}

function isRemembered(
  { unit, files }: Old,
  { invocation }: UnitProgress,
  remembered: readonly NotCleared[],
): boolean {
  const known = remembered.find((one) => one.unit === unit)
  if (known === undefined || known.invocation === '' || known.invocation !== invocation)
    return false
  return files.every(({ path }) => known.paths.includes(path))
}

function isYounger({ processes, files }: Old, { activeSince }: UnitProgress): boolean {
  const main = processes.find((process) => process.main)
  if (main?.startedAt == null || main.files.length === 0 || activeSince === null) return false
  const startedAt = Date.parse(main.startedAt)
  // A main process that began long after its unit did is a child of an older one.
  if (startedAt > activeSince + CLOCK_ERROR_MS) return false
  return main.files.every((at) => {
    const file = files[at]
    return file !== undefined && wasGone(file, startedAt - CLOCK_ERROR_MS)
  })
}

/**
 * Says whether the old code was gone from its path at a time. On an overlay a file keeps its times
 * when it is replaced (overlayfs.rst of the kernel), so the time of the new file counts, too.
 */
function wasGone({ goneAt, replacedAt, isUnchanged }: FindingFile, time: number): boolean {
  const isReplacedLater = replacedAt !== null && replacedAt.getTime() >= time
  return !isReplacedLater && (goneAt === null ? isUnchanged : goneAt.getTime() < time)
}

/** The bound on remembered restarts. */
const MOST = 1000

/** Reads what `memoryText` wrote. What has another form is left out. */
export function parseMemory(text: string): readonly NotCleared[] {
  const lines = text.split('\n').slice(0, MOST)
  return lines.flatMap((line) => {
    const [unit = '', invocation = '', ...paths] = line.split('\t')
    const isWhole = isUnitName(unit) && /^[0-9a-f]{32}$/.test(invocation) && paths.length > 0
    if (!isWhole) return []
    return [{ unit, invocation: printableText(invocation), paths: paths.map(printableText) }]
  })
}

/** The bound on what is remembered of one unit, and of all, in characters of at most 4 bytes. */
const MOST_OF_A_UNIT = 16 * 1024
const MOST_CHARACTERS = 256 * 1024

/**
 * Returns restarts as a text: unit, start and old files of each on a line, with tabs between. A
 * unit with very many old files is left out, so that it takes the room of no other one. So are the
 * oldest where there are too many.
 */
export function memoryText(all: readonly NotCleared[]): string {
  const lines = all
    .slice(-MOST)
    .map(({ unit, invocation, paths }) => `${[unit, invocation, ...paths].join('\t')}\n`)
    .filter((line) => line.length <= MOST_OF_A_UNIT)
  let left = MOST_CHARACTERS
  const begin = lines.findLastIndex((line) => (left -= line.length) < 0)
  return lines.slice(begin + 1).join('')
}
