import { carriesUs, keepsProcesses } from './case.ts'
import type { Case } from './case.ts'
import type { Guest } from '../owner/guest.ts'
import { endedBy } from '../owner/holding.ts'
import type { Terminal } from '../owner/holding.ts'
import type { Printable } from '../printable.ts'
import { cutsClients } from '../owner/clients.ts'

/** A caution that a person should know before a step, and that does not block it. */
type Note<Code extends string, Detail> = {
  /** Returns the caution, or `null` where it does not apply. */
  readonly about: (subject: Case) => {
    readonly code: Code
    readonly blocking: false
    readonly detail: Detail
  } | null
}

/**
 * @param detailOf returns the detail for the sentence, or `undefined` where the caution does not
 *   apply
 */
function note<const Code extends string, Detail>(
  code: Code,
  detailOf: (subject: Case) => Detail | undefined,
): Note<Code, Detail> {
  return {
    about: (subject) => {
      const detail = detailOf(subject)
      return detail === undefined ? null : { code, blocking: false, detail }
    },
  }
}

/** Returns the note whose sentence needs only its code. */
function noteIf<const Code extends string>(
  code: Code,
  applies: (subject: Case) => boolean,
): Note<Code, null> {
  return note(code, (subject) => (applies(subject) ? null : undefined))
}

function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** The notes on a restart that no rule blocks. */
const RESTART_NOTES = [
  noteIf('unit-not-asked', ({ facts }) => facts === null),
  noteIf('needs-daemon-reload', ({ facts }) => facts?.NeedDaemonReload === 'yes'),
  noteIf('not-killed', ({ facts }) => facts?.SendSIGKILL === 'no'),
  noteIf('stops-without-limit', ({ facts }) => facts?.TimeoutStopUSec === 'infinity'),
  note('ends-tasks', (subject) => (keepsProcesses(subject) ? undefined : some(subject.tasks))),
  noteIf('runs-again', ({ facts }) => facts?.Transient === 'yes'),
  note('restarts-too', ({ dependents }) => some(dependents.map(({ unit }) => unit))),
  noteIf('cuts-clients', ({ holding, facts }) =>
    cutsClients(holding.served ?? [], facts, endedBy(facts)),
  ),
  noteIf('carries-your-connection', carriesUs),
  note('ends-guests', (subject): readonly Guest[] | undefined =>
    keepsProcesses(subject) ? undefined : some(subject.guests),
  ),
  note('guests-go-on', (subject): readonly Guest[] | undefined =>
    keepsProcesses(subject) ? some(subject.guests) : undefined,
  ),
  note('ends-terminals', (subject): readonly Terminal[] | undefined =>
    keepsProcesses(subject) ? undefined : some(subject.terminals),
  ),
  noteIf('logins-may-fail', hasOldLoginProgram),
] as const

/**
 * Says whether people log in through a unit whose own program was replaced. A login without PAM is
 * in the unit too, with all that its user runs; only where the main process is not known, it may be
 * any of them.
 */
export function hasOldLoginProgram({
  lifeline,
  facts,
  processes,
}: Pick<Case, 'lifeline' | 'facts' | 'processes'>): boolean {
  if (lifeline?.role !== 'login') return false
  const main = Number(facts?.MainPID ?? 0)
  return processes.some(
    ({ pid, files }) =>
      (main === 0 || pid === main) && files.some(({ kind }) => kind === 'executable'),
  )
}

/** The note on units that a remote login depends on, for every kind of restart. */
const NETWORK_NOTE = note('carries-remote-logins', ({ owner, setting }) =>
  owner.kind === 'service'
    ? some(
        setting.paths
          .filter(({ units }) => units.includes(owner.unit ?? ''))
          .map((path) => path.interface),
      )
    : undefined,
)

/** The note on what starts containers, whose helpers on disk are newer than itself. */
const RUNTIME_NOTE = noteIf(
  'containers-may-not-start',
  ({ sensitive, facts, processes }) =>
    sensitive?.role === 'starts-containers' &&
    processes.some(
      ({ pid, files }) =>
        facts?.MainPID === String(pid) && files.some(({ kind }) => kind === 'executable'),
    ),
)

/** The caution for owners that keep the session of a user open. */
export const ENDS_AT_LOGOUT = { code: 'ends-at-logout', blocking: false, detail: null } as const

/**
 * Returns the caution for what ends at no logout because processes of older sessions keep the
 * user's manager running (user_may_gc of systemd's src/login/logind-user.c).
 *
 * @param sessions those sessions; no caution where there is none
 */
export function keptBy(sessions: readonly Printable[]) {
  if (sessions.length === 0) return []
  return [{ code: 'kept-by-sessions', blocking: false, detail: sessions } as const]
}

/**
 * Returns the caution for what a re-execution of a user's manager leaves as it is.
 *
 * @param unit that of the manager, where only its end ends this; `null` where a logout does
 */
export function holderStays(unit: Printable | null) {
  return { code: 'holder-stays', blocking: false, detail: unit } as const
}

/** The caution for programs of users that their bus started. */
export const STARTED_BY_BUS = { code: 'started-by-bus', blocking: false, detail: null } as const

/** A caution that does not block the step. */
export type NoteCaution =
  | NonNullable<
      ReturnType<
        ((typeof RESTART_NOTES)[number] | typeof RUNTIME_NOTE | typeof NETWORK_NOTE)['about']
      >
    >
  | typeof ENDS_AT_LOGOUT
  | ReturnType<typeof holderStays>
  | ReturnType<typeof keptBy>[number]
  | typeof STARTED_BY_BUS

/** Returns the cautions that a person should know before a step. */
export function notesOn(subject: Case, isRestart: boolean): readonly NoteCaution[] {
  const always = [RUNTIME_NOTE, NETWORK_NOTE]
  const rows = isRestart ? [...RESTART_NOTES, ...always] : always
  return rows.flatMap(({ about }) => about(subject) ?? [])
}
