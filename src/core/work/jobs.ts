import { isPersonal } from '../owner/share.ts'
import { isInterpreter } from '../pacman/own-package.ts'
import type { Printable } from '../printable.ts'
import { withoutMark } from '../proc/deleted-mark.ts'

/** A process of a unit, not its main one, that executed a program (execve(2)). */
export type Worker = {
  readonly pid: number
  readonly comm: Printable
  readonly uid: number
  /** Start of the process in clock ticks after boot (field 22 of proc_pid_stat(5)). */
  readonly startTicks: number
  /** Whether it leads a session (setsid(2)). */
  readonly leadsSession: boolean
  /** Target of `/proc/PID/exe`, one character a byte; `null` where the kernel gives none. */
  readonly exe: string | null
  /**
   * Whether its standard input is a pipe that the main process has open too. It is left out where
   * that is not known, and in recordings of older programs.
   */
  readonly isCommanded?: boolean | undefined
}

/** What is known of the service that the processes belong to. */
export type Employer = {
  /** Its main process. */
  readonly main: Pick<Worker, 'startTicks' | 'exe'>
  /** The user id that it works as; `null` where nobody can tell. */
  readonly user: number | null
  /** Whether all that it starts are jobs: a scheduler (`jobs`), a runner (`runs`), or not. */
  readonly starts: 'jobs' | 'runs' | 'anything'
  /** The names of programs that a runner starts with itself. */
  readonly helpers?: readonly string[] | undefined
  /** Set for a service of a user's manager, which opens for its user whatever the user clicks. */
  readonly isOfUser?: true
}

/** Clock ticks a second (USER_HZ of the kernel). A service starts its own helpers with itself. */
const TICKS = 100
const STARTING_SECONDS = 5

/**
 * Returns the processes that are work in progress, and no part of the service.
 *
 * A worker that a service forked runs the program of the service (php-fpm, nginx, PostgreSQL). Work
 * runs another program, or an interpreter, and began after the start of the service: what starts
 * with a service is its own, as behind sudo(8), and so is a program of its user that takes commands
 * from it over a pipe (the ports of Erlang). It has a session of its own, or a user who is a
 * person and not that of the service. What a service of a user opens (a launcher, a panel, a
 * notification) has neither, and is work too. A scheduler starts nothing but jobs. A runner starts
 * nothing but its helpers and jobs, and may find jobs as it starts.
 */
export function mayBeJobs(workers: readonly Worker[], employer: Employer): readonly Worker[] {
  const { main, user, starts, isOfUser = false } = employer
  const own = programOf(main)
  return workers.filter((worker) => {
    const program = programOf(worker)
    if (starts === 'runs') return !isHelper(worker, employer)
    if (program === null || worker.startTicks < main.startTicks) return false
    if (program === own && !isInterpreter(program)) return false
    const isOfPerson = isPersonal(worker.uid) && worker.uid !== user
    const isOpened = isOfUser && program !== own
    const isApart = isOfPerson || ((worker.leadsSession || isOpened) && !worker.isCommanded)
    return starts === 'jobs' || (isLater(worker, main) && isApart)
  })
}

/**
 * Returns the processes that run another program than the service, began later, and are no jobs as
 * far as is known: they have neither a session nor a user of their own. A queue runs its tasks so,
 * and a daemon its helpers.
 */
export function mayBeTasks(workers: readonly Worker[], employer: Employer): readonly Worker[] {
  if (employer.starts !== 'anything') return []
  const [own, jobs] = [programOf(employer.main), new Set(mayBeJobs(workers, employer))]
  return workers.filter((worker) => {
    const program = programOf(worker)
    const isOther = program !== null && program !== own && !worker.isCommanded
    return isOther && isLater(worker, employer.main) && !jobs.has(worker)
  })
}

function isLater(worker: Worker, main: Employer['main']): boolean {
  return worker.startTicks - main.startTicks >= STARTING_SECONDS * TICKS
}

function isHelper(worker: Worker, { main, helpers = [] }: Employer): boolean {
  const program = programOf(worker) ?? ''
  return helpers.includes(program.slice(directoryOf(program).length)) && !isLater(worker, main)
}

/**
 * Returns those that do not run a program of the service's own package: an imap of Dovecot, a
 * shell that a web server's package brings. Programs of no package belong together in a directory
 * of their own, or in one that has the name of the service's program. What a runner runs is work,
 * whatever package it is of.
 *
 * @param owners the packages of programs
 */
export function ofOtherPackages(
  workers: readonly Worker[],
  { main, starts }: Pick<Employer, 'main' | 'starts'>,
  owners: ReadonlyMap<string, string>,
): readonly Worker[] {
  if (starts === 'runs') return workers
  const own = programOf(main) ?? ''
  return workers.filter((worker) => {
    const program = programOf(worker) ?? ''
    if (isInterpreter(program)) return true
    const [ownOwner, owner] = [owners.get(own), owners.get(program)]
    if (ownOwner !== undefined || owner !== undefined) return ownOwner !== owner
    const directory = directoryOf(program)
    if (directory.includes(`/${own.slice(directoryOf(own).length)}/`)) return false
    return SHARED.has(directory) || directory !== directoryOf(own)
  })
}

/** The directories of programs that have nothing to do with each other (hier(7)). */
const SHARED: ReadonlySet<string> = new Set(
  ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin'].map(
    (directory) => `${directory}/`,
  ),
)

function directoryOf(program: string): string {
  return program.slice(0, program.lastIndexOf('/') + 1)
}

/** Returns the path of the program, which an upgrade may have replaced meanwhile. */
export function programOf({ exe }: Pick<Worker, 'exe'>): string | null {
  return exe === null ? null : (withoutMark(exe) ?? exe)
}
