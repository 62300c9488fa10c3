import { carriesUs, keepsProcesses } from './case.ts'
import type { Case, Terminal } from './case.ts'
import type { Guest } from '../owner/guest.ts'

/** What should be known before a step, and does not stand against it. */
type Note<Code extends string, Detail> = {
  /** The caution; `null` where there is nothing to be known. */
  readonly about: (subject: Case) => {
    readonly code: Code
    readonly blocking: false
    readonly detail: Detail
  } | null
}

/** @param detailOf what the sentence needs; `undefined`: there is nothing to be said */
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

/** A sentence that needs nothing but its code. */
function noteIf<const Code extends string>(
  code: Code,
  applies: (subject: Case) => boolean,
): Note<Code, null> {
  return note(code, (subject) => (applies(subject) ? null : undefined))
}

function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** What should be known before a restart that is otherwise safe. */
const RESTART_NOTES = [
  noteIf('unit-not-asked', ({ facts }) => facts === null),
  noteIf('needs-daemon-reload', ({ facts }) => facts?.NeedDaemonReload === 'yes'),
  noteIf('not-killed', ({ facts }) => facts?.SendSIGKILL === 'no'),
  noteIf('runs-again', ({ facts }) => facts?.Transient === 'yes'),
  note('restarts-too', ({ dependents }) => some(dependents.map(({ unit }) => unit))),
  noteIf('carries-your-connection', carriesUs),
  note('ends-guests', (subject): readonly Guest[] | undefined =>
    keepsProcesses(subject) ? undefined : some(subject.guests),
  ),
  note('ends-terminals', (subject): readonly Terminal[] | undefined =>
    keepsProcesses(subject) ? undefined : some(subject.terminals),
  ),
  noteIf(
    'logins-may-fail',
    ({ lifeline, processes }) =>
      lifeline?.role === 'login' &&
      processes.some(({ files }) => files.some(({ kind }) => kind === 'executable')),
  ),
] as const

/** Said of whatever a remote login depends on, however it is restarted. */
const NETWORK_NOTE = note('carries-remote-logins', ({ owner, setting }) =>
  owner.kind === 'service'
    ? some(
        setting.paths
          .filter(({ units }) => units.includes(owner.unit ?? ''))
          .map((path) => path.interface),
      )
    : undefined,
)

/** Said of what keeps the session of a user open. */
export const ENDS_AT_LOGOUT = { code: 'ends-at-logout', blocking: false, detail: null } as const

/** A caution that does not stand against the step. */
export type NoteCaution =
  | NonNullable<ReturnType<((typeof RESTART_NOTES)[number] | typeof NETWORK_NOTE)['about']>>
  | typeof ENDS_AT_LOGOUT

/** Returns what should be known before a step. */
export function notesOn(subject: Case, isRestart: boolean): readonly NoteCaution[] {
  const rows = isRestart ? [...RESTART_NOTES, NETWORK_NOTE] : [NETWORK_NOTE]
  return rows.flatMap(({ about }) => about(subject) ?? [])
}
