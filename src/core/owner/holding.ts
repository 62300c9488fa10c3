import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { ConsoleLogin } from '../systemd/sessions.ts'
import { isMainOrControl } from '../systemd/unit-facts.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import type { Served } from './clients.ts'
import type { Guest } from './guest.ts'
import type { User } from './kinds.ts'

/** A terminal in use, by its name below `/dev`, and the user id of a process there. */
export type TerminalUse = { readonly name: Printable; readonly uid: number }

/** A terminal in use, by its name below `/dev`, and the user who works at it. */
export type Terminal = { readonly name: Printable; readonly user: User }

/** A virtual console (`tty3`) with a login; `null` where logind could not be asked whose it is. */
export type ConsoleUse = { readonly name: Printable; readonly user: User | null }

/** What one process of a control group holds for others, and lets go of when it ends. */
export type Holder<Use = TerminalUse> = {
  readonly pid: number
  /**
   * The mount points of the file systems that it serves; `null` for one whose mount is not known.
   */
  readonly mounts: readonly (Printable | null)[]
  /** The terminals in use whose masters it has. */
  readonly terminals: readonly Use[]
  /**
   * The virtual consoles (`tty2`) of the scopes that children of it lie in. A greeter has one too.
   */
  readonly consoles: readonly Printable[]
  /** The guests that it runs, whatever control groups these have. */
  readonly guests: readonly Guest[]
  /** The network interfaces (`tun0`) that it made; left out where there is none. */
  readonly interfaces?: readonly Printable[]
  /** The displays (`:0`, `wayland-1`) that it serves; left out where none has a client. */
  readonly displays?: readonly Printable[]
  /** The numbers of the inhibitor locks of logind that it holds; left out where there is none. */
  readonly locks?: readonly number[]
  /** The logins whose connections go through it, by their sessions; left out where none does. */
  readonly logins?: readonly Use[] | undefined
}

/** What the processes of a control group hold for others. */
export type Holding<Use = TerminalUse> = {
  readonly holders: readonly Holder<Use>[]
  /** The processes with more open files than are looked at. */
  readonly unread: readonly number[]
  /**
   * The processes of which it is not known what they hold: their open files may not be read, the
   * share of their user is spent, or they have more children than are looked at.
   */
  readonly denied: readonly number[]
  /**
   * The sockets of the processes that serve clients. It is left out where none does, and where not
   * all of them could be read.
   */
  readonly served?: readonly Served[] | undefined
}

/** The holding of a control group whose processes hold nothing, or were not looked at. */
export const NOTHING_HELD: Holding<never> = { holders: [], unread: [], denied: [] }

/** Returns the same holding with the names of the users. */
function withUsers(
  { holders, ...rest }: Holding,
  names: ReadonlyMap<number, Printable>,
): Holding<Terminal> {
  const named = ({ name, uid }: TerminalUse): Terminal => ({
    name,
    user: { uid, name: names.get(uid) ?? null },
  })
  return {
    ...rest,
    holders: holders.map(({ logins, ...holder }) => ({
      ...holder,
      terminals: holder.terminals.map(named),
      ...(logins === undefined ? {} : { logins: logins.map(named) }),
    })),
  }
}

type Ending = Pick<UnitFacts, 'KillMode' | 'MainPID' | 'ControlPID'>

/** Returns what says whether a restart of the unit ends a process of it. */
export function endedBy(facts: Ending | null): (pid: number) => boolean {
  const isAll = facts === null || !['process', 'none'].includes(facts.KillMode)
  return (pid) => isAll || (facts.KillMode === 'process' && isMainOrControl(pid, facts))
}

/**
 * Returns what a restart of the unit takes from others: what the processes hold that it ends. With
 * `KillMode=process` these are the main and the control process (systemd.kill(5)), and what another
 * process holds stays.
 */
export function lostWith<Use>(
  { holders, unread, denied }: Holding<Use>,
  facts: Ending | null,
): Holding<Use> {
  const isEnded = endedBy(facts)
  return {
    holders: holders.filter(({ pid }) => isEnded(pid)),
    unread: unread.filter(isEnded),
    denied: denied.filter(isEnded),
  }
}

/**
 * Returns the virtual console that a restart of the unit hangs up, by its name below `/dev`, or
 * `null` where there is none.
 *
 * systemd hangs it up with `TTYVHangup=`, and takes it from others where it is the standard input
 * (systemd.exec(5); exec_context_revert_tty of systemd's src/core/execute.c).
 */
export function consoleOf({
  TTYPath,
  TTYVHangup,
  StandardInput,
}: Pick<UnitFacts, 'TTYPath' | 'TTYVHangup' | 'StandardInput'>): string | null {
  const [, name = null] = /^\/dev\/(tty[1-9]\d?)$/.exec(TTYPath) ?? []
  return TTYVHangup === 'yes' || StandardInput.startsWith('tty') ? name : null
}

/**
 * Returns what the control group of a unit holds, and the logins at virtual consoles that a restart
 * of the unit hangs up: those at its own console, and at those of the sessions that an ended
 * process began.
 *
 * @param logins those at all consoles; `null` where logind could not be asked
 */
export function heldBy(
  held: Holding = NOTHING_HELD,
  facts: UnitFacts | null,
  logins: readonly ConsoleLogin[] | null,
  names: ReadonlyMap<number, Printable>,
): { readonly holding: Holding<Terminal>; readonly consoles: readonly ConsoleUse[] } {
  const holding = withUsers(held, names)
  const own = facts === null ? null : consoleOf(facts)
  const begun = lostWith(held, facts).holders.flatMap(({ consoles }) => consoles)
  const hungUp = new Set([...(own === null ? [] : [printable(own)]), ...begun])
  const consoles = [...hungUp].flatMap((name): readonly ConsoleUse[] => {
    if (logins === null) return [{ name, user: null }]
    const uids = logins.flatMap((login) => (login.terminal === name ? [login.uid] : []))
    return [...new Set(uids)].map((uid) => ({ name, user: { uid, name: names.get(uid) ?? null } }))
  })
  return { holding, consoles }
}
