import { guestKey } from '../owner/guest.ts'
import type { Guest } from '../owner/guest.ts'
import type { Holding, Terminal } from '../owner/holding.ts'
import { compareText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { LeftBehind } from './left-behind.ts'

/** What ends with processes that stayed when their user logged out. */
export type Remains = {
  /** The terminals in use whose other ends they have: tmux(1), screen(1), mosh-server(1). */
  readonly terminals: readonly Terminal[]
  /** The mount points of the file systems that they serve; `null` for one that is not known. */
  readonly mounts: readonly (Printable | null)[]
  /** The guests that they run. */
  readonly guests: readonly Guest[]
  /** The addresses on which those of them listen that have no terminal. */
  readonly listens: readonly Printable[]
  /** Whether it is not known what one of them has open. */
  readonly isUnknown: boolean
}

/** Stands for processes that hold nothing. */
export const NO_REMAINS: Remains = {
  terminals: [],
  mounts: [],
  guests: [],
  listens: [],
  isUnknown: false,
}

/**
 * Returns what ends with processes that a login left.
 *
 * @param holding what the processes in the scope of the login hold, these and others
 * @param known what was asked of the processes, by their ids; of others nothing is known
 */
export function remainsOf(
  processes: readonly { readonly pid: number }[],
  { holders: all, unread, denied }: Holding<Terminal>,
  known: ReadonlyMap<number, LeftBehind>,
): Remains {
  const pids = new Set(processes.map(({ pid }) => pid))
  const holders = all.filter(({ pid }) => pids.has(pid))
  const atTerminals = new Set(
    holders.flatMap(({ pid, terminals }) => (terminals.length > 0 ? [pid] : [])),
  )
  const told = [...pids].flatMap((pid) => {
    const one = known.get(pid)
    return one === undefined ? [] : [{ pid, ...one }]
  })
  const listens = told.flatMap((one) => (atTerminals.has(one.pid) ? [] : (one.listens ?? [])))
  const guests = [
    ...holders.flatMap((one) => one.guests),
    ...told.flatMap((one) => one.guest ?? []),
  ]
  const terminals = holders.flatMap((one) => one.terminals)
  return {
    terminals: distinctBy(terminals, ({ name, user }) => `${name} ${user.uid}`),
    mounts: distinctBy(
      holders.flatMap(({ mounts }) => mounts),
      (mount) => mount ?? '',
    ),
    guests: distinctBy(guests, guestKey),
    listens: [...new Set(listens)].toSorted(compareText),
    isUnknown:
      [...unread, ...denied].some((pid) => pids.has(pid)) ||
      told.some((one) => one.listens === null),
  }
}

function distinctBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()]
}
