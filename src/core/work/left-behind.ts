import { guestKey } from '../owner/guest.ts'
import type { Guest } from '../owner/guest.ts'
import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** A process of a unit, not the main one, that systemd does not end (`KillMode=process`). */
export type LeftBehind = {
  /** Whether the main process started it, directly or through others. */
  readonly isBelowMain: boolean
  /** The addresses on which it listens; `null` where that could not be read. */
  readonly listens: readonly Printable[] | null
  /** Whether it has a connection over TCP. */
  readonly isConnected: boolean
  /** The guest that it runs: a container that one of its children is in, or a machine of KVM. */
  readonly guest: Guest | null
}

/** Stands for what was not asked of a process, because there were too many. */
export const NOT_ASKED: LeftBehind = {
  isBelowMain: false,
  listens: null,
  isConnected: false,
  guest: null,
}

/**
 * What becomes of the processes that systemd leaves alone at a restart. `ends`: they are logins or
 * jobs, and end by themselves. `listens`: they are daemons. `guest`: they last as long as a guest.
 * `alone`: nothing is known to end them. `below-main`: the main process may end them, or not.
 */
export type Stay = (typeof STAYS)[number]

/** All of them, in the order in which they are told. */
const STAYS = ['ends', 'listens', 'guest', 'alone', 'below-main'] as const

/** Processes of one unit that stay in the same way. */
export type Staying = {
  readonly stay: Stay
  readonly listens: readonly Printable[]
  readonly guests: readonly Guest[]
}

/** A unit of which a restart ends some processes only. */
export type EndsSome = {
  /** What the unit is to the machine (`share/lifelines.json`). */
  readonly role: string | undefined
  /** Whether its main process ends what it has started (`share/runners.json`). */
  readonly endsOthers: boolean
  /** Says whether systemd ends a process. */
  readonly isEnded: (pid: number) => boolean
}

/**
 * Returns the processes of a unit in parts, by how they stay. The first part has those that a
 * restart ends, and `null` for how they stay.
 *
 * @param known what was asked of the processes, by their ids
 */
export function stayingParts<Process extends { readonly pid: number }>(
  all: readonly Process[],
  known: ReadonlyMap<number, LeftBehind>,
  { role, endsOthers, isEnded }: EndsSome,
): readonly { readonly processes: readonly Process[]; readonly staying: Staying | null }[] {
  const stays = all.map(({ pid }) => {
    const stay = stayOf(known.get(pid) ?? null, role)
    return isEnded(pid) || (stay === 'below-main' && endsOthers) ? null : stay
  })
  return [null, ...STAYS].flatMap((stay) => {
    const processes = all.filter((_, at) => stays[at] === stay)
    if (processes.length === 0) return []
    return [{ processes, staying: stay && stayingOf(stay, processes, known) }]
  })
}

function stayingOf(
  stay: Stay,
  processes: readonly { readonly pid: number }[],
  known: ReadonlyMap<number, LeftBehind>,
): Staying {
  const some = processes.flatMap(({ pid }) => known.get(pid) ?? [])
  const listens = new Set(some.flatMap((one) => one.listens ?? []))
  const guests = some.flatMap(({ guest }) => guest ?? [])
  return {
    stay,
    listens: [...listens].toSorted(compareText),
    guests: [...new Map(guests.map((guest) => [guestKey(guest), guest])).values()],
  }
}

/**
 * Returns how a process stays.
 *
 * Only of a unit that lets people in, or starts jobs, is it known what its processes are. A login
 * may take connections too, for what it forwards (ssh(1), -R, -X), but has one itself.
 *
 * @param known `null` in recordings of older programs, which did not ask
 * @param role what the unit is to the machine (`share/lifelines.json`)
 */
export function stayOf(known: LeftBehind | null, role: string | undefined): Stay {
  const isWork = role === 'login' || role === 'jobs'
  if (known === null) return isWork ? 'ends' : 'below-main'
  const { isBelowMain, listens, isConnected, guest } = known
  if (guest !== null) return 'guest'
  if (isWork) {
    if (listens === null) return 'alone'
    const isLogin = role === 'login' && isConnected
    return listens.length > 0 && !isLogin ? 'listens' : 'ends'
  }
  if (isBelowMain) return 'below-main'
  return listens !== null && listens.length > 0 ? 'listens' : 'alone'
}
