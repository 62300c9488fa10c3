import { linesIn, tellingLines } from '../../core/act/answers.ts'
import type { Printable } from '../../core/printable.ts'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { isUnitName } from '../../core/systemd/unit-name.ts'
import { runProgram } from '../program.ts'
import type { Run } from '../program.ts'

const PROGRAM = '/usr/bin/journalctl'
const LIMIT_MS = 5000
const MOST_LINES = 5
/** The entries to choose from: a program may say a lot behind its reason. */
const MOST_ENTRIES = 50

/**
 * Waits until the journal has what programs wrote until now (journalctl(1), --sync). systemd sees
 * the end of a program before the journal has read its last line. Where that cannot be done, the
 * lines are those that there are.
 */
export async function settleJournal(run: Run = runProgram): Promise<void> {
  await run(PROGRAM, ['--quiet', '--sync'], { limitMs: LIMIT_MS })
}

/**
 * Returns lines of a unit's start, at most 5, in their order: of the last ones those that tell most
 * (`tellingLines`). They are those that its own programs wrote, or else those of systemd about it
 * (journalctl(1), systemd.journal-fields(7)). Returns none where there is no journal, or it gave no
 * answer.
 *
 * @param manager a number is the uid of this process
 * @param since when the restart began, in seconds since 1970, and the start that failed: what it
 *   said comes before what was said of the stop
 */
export async function lastLines(
  unit: string,
  manager: Manager,
  since: { readonly seconds: number; readonly invocation: string },
  run: Run = runProgram,
): Promise<readonly Printable[]> {
  if (!isUnitName(unit)) return []
  const isOfSystem = manager === 'system'
  const own = isOfSystem
    ? [`_SYSTEMD_UNIT=${unit}`]
    : [`_SYSTEMD_USER_UNIT=${unit}`, `_UID=${manager}`]
  const about = [isOfSystem ? `--unit=${unit}` : `--user-unit=${unit}`]
  const start = [...own, `_SYSTEMD_INVOCATION_ID=${since.invocation}`]
  for (const which of since.invocation === '' ? [own, about] : [start, own, about]) {
    // With a time, journalctl of systemd 252 takes --lines for the first lines.
    const argv = ['--quiet', '--no-pager', '--output=cat']
    const from = `--since=@${Math.floor(since.seconds)}`
    const { stdout, error } = await run(PROGRAM, [...argv, from, ...which], { limitMs: LIMIT_MS })
    const lines =
      error === null ? tellingLines(linesIn(stdout).slice(-MOST_ENTRIES), MOST_LINES) : []
    if (lines.length > 0) return lines
  }
  return []
}
