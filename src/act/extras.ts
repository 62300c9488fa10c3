import { messagesAbout } from '../core/act/answers.ts'
import { goBackCandidate } from '../core/act/go-back.ts'
import type { End, Outcome } from '../core/act/outcome.ts'
import type { Plan } from '../core/act/plan.ts'
import { printable } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import { lastLines, settleJournal } from '../io/act/journal.ts'
import type { UnitExtras } from '../render/act/ends.ts'
import type { MachineLook } from './desk.ts'
import type { OpenManager } from './open.ts'

/** What is known of a run of `restart` beside the states of its units. */
type Run = {
  /** Seconds since 1970 at which the restart began. */
  readonly beganAt: number
  /** What systemctl said. */
  readonly messages: readonly Printable[]
  /** The look before the restart. */
  readonly look: MachineLook
  readonly manager: OpenManager
}

/** The bound on the units whose journal is shown. */
const MAX_SHOWN = 20

/** Returns what helps with the units that did not start. */
export async function extrasOf(
  { units }: Plan,
  { ends }: Outcome,
  run: Run,
): Promise<ReadonlyMap<Printable, UnitExtras>> {
  const told = ends.filter(({ code }) => code !== 'restarted')
  const downFirst = told.toSorted((a, b) => Number(isDown(b)) - Number(isDown(a)))
  // Only root may ask for it.
  if (!run.manager.isOfUser && told.some(isDown)) await settleJournal()
  // All at once: each question to the journal has a time limit, and the person waits for the sum.
  const all = downFirst.slice(0, MAX_SHOWN).map(async (end) => {
    const planned = units.find(({ unit }) => unit === end.unit)
    const older = planned && isDown(end) ? goBackCandidate(planned.finding) : null
    const extra = {
      journal: isDown(end) ? await journalOf(end, run) : [],
      goBack: older === null || run.manager.isOfUser ? null : await olderFile(older, run.look),
      messages: messagesAbout(end.unit, run.messages),
    }
    return [end.unit, extra] as const
  })
  return new Map(await Promise.all(all))
}

/** Where `Restart=` starts it again and again, the last start may not have said anything yet. */
function journalOf({ unit, code, state }: End, run: Run): Promise<readonly Printable[]> {
  const invocation = code === 'starting-again' ? '' : (state?.invocation ?? '')
  return lastLines(unit, run.manager.of, { seconds: run.beganAt, invocation })
}

function isDown({ code }: End): boolean {
  return code === 'failed' || code === 'starting-again' || code === 'stopped'
}

async function olderFile(
  { name, version }: { readonly name: string; readonly version: string },
  { world }: MachineLook,
): Promise<Printable | null> {
  const file = await world.packages.olderFileOf(name, version)
  return file === null ? null : printable(file)
}
