import { guestKey } from '../owner/guest.ts'
import type { Guest } from '../owner/guest.ts'
import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** A process of a unit, not the main one, that systemd does not end (`KillMode=process`). */
export type LeftBehind = {
  /** Whether the main process started it, directly or through others. */
  readonly isBelowMain: boolean
  /**
   * Whether it began before the main process, so that the unit was restarted since. It is left out
   * in recordings of older programs, and where the main process is gone.
   */
  readonly isOlder?: boolean | undefined
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
 * What becomes of the processes that systemd leaves alone at a restart. `left-over`: they are
 * logins or jobs that an earlier restart left, and end by themselves. `goes-on`: they are logins or
 * jobs of the main process that runs. `listens`: they are daemons. `guest`: they last as long as a
 * guest. `alone`: nothing is known to end them. `below-main`: the main process may end them, or
 * not.
 */
export type Stay = (typeof STAYS)[number]

/** All of them, in the order in which they are told. */
const STAYS = ['left-over', 'goes-on', 'listens', 'guest', 'alone', 'below-main'] as const

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
  const isMainStale = all.some(({ pid }) => isEnded(pid))
  const stays = all.map(({ pid }) => {
    const stay = stayOf(known.get(pid) ?? null, role, isMainStale)
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
 * may take connections too, for what it forwards (ssh(1), -R, -X), but has one itself. What began
 * after the main process and is not below it any more put itself into the background (daemon(3)).
 *
 * @param known `null` in recordings of older programs, which did not ask
 * @param role what the unit is to the machine (`share/lifelines.json`)
 * @param isMainStale whether the main process is stale too: then no restart left the others over
 */
export function stayOf(
  known: LeftBehind | null,
  role: string | undefined,
  isMainStale: boolean,
): Stay {
  const isWork = role === 'login' || role === 'jobs'
  const { isBelowMain, listens, isConnected, guest, isOlder } = known ?? NOTHING_KNOWN
  if (guest !== null) return 'guest'
  if (!isWork && isBelowMain) return 'below-main'
  if (listens === null) return 'alone'
  const isLogin = role === 'login' && isConnected
  if (listens.length > 0 && !isLogin) return 'listens'
  if (!isWork) return 'alone'
  if (isOlder ?? !isMainStale) return 'left-over'
  return isBelowMain || isOlder === undefined ? 'goes-on' : 'alone'
}

const NOTHING_KNOWN: LeftBehind = {
  isBelowMain: true,
  listens: [],
  isConnected: false,
  guest: null,
}
