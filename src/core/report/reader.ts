import { parseUid } from '../machine/passwd.ts'

/** The programs with which a user runs a command as root, in the order of their use here. */
export const ROOT_PROGRAMS = ['sudo', 'doas', 'run0'] as const

/** One program with which a user runs a command as root. */
export type RootProgram = (typeof ROOT_PROGRAMS)[number]

/** Who reads the text, for its wording only. Nothing is decided by it. */
export type Reader = {
  /** The user who became root for the run; `null` where none is named. */
  readonly uid: number | null
  /** What stands in front of a command for root; `null` where nothing does: in a root shell. */
  readonly asRoot: RootProgram | null
}

/** The reader where nothing tells who it is. */
export const UNKNOWN_READER: Reader = { uid: null, asRoot: null }

/** What tells who reads the text. */
export type ReaderFacts = {
  /** Whether root runs the program. */
  readonly isRoot: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Says whether the program has a controlling terminal. */
  readonly hasTerminal: () => boolean
  readonly isInstalled: (program: RootProgram) => boolean
  /** Returns the id of a user by the login name; `null` where there is none. */
  readonly uidOf: (name: string) => number | null
}

/**
 * The variables that name who became root, and which program the reader has. The first one that is
 * set counts: sudo(8), which run0(1) imitates, doas(1), and pkexec(1), which asks for no terminal.
 */
const CALLERS: readonly {
  readonly variable: string
  readonly programs: readonly RootProgram[]
  readonly uid: (text: string, facts: ReaderFacts) => number | null | 'invalid'
}[] = [
  { variable: 'SUDO_UID', programs: ['sudo', 'run0', 'doas'], uid: uidOfDigits },
  { variable: 'DOAS_USER', programs: ['doas', 'sudo', 'run0'], uid: uidOfName },
  { variable: 'PKEXEC_UID', programs: ROOT_PROGRAMS, uid: uidOfDigits },
]

/** Returns who reads the text, and what stands in front of the commands for root in it. */
export function readerOf(facts: ReaderFacts): Reader {
  const first = (programs: readonly RootProgram[]) => programs.find(facts.isInstalled) ?? null
  if (!facts.isRoot) return { uid: null, asRoot: first(ROOT_PROGRAMS) }
  for (const { variable, programs, uid } of CALLERS) {
    const text = facts.environment[variable]
    const caller = text === undefined ? 'invalid' : uid(text, facts)
    if (caller !== 'invalid') return { uid: caller, asRoot: first(programs) }
  }
  // Without a terminal it is a daemon that runs, for a reader who has a shell of a user.
  return { uid: null, asRoot: facts.hasTerminal() ? null : first(ROOT_PROGRAMS) }
}

function uidOfDigits(text: string): number | 'invalid' {
  return parseUid(text) ?? 'invalid'
}

/** The names that useradd(8) allows. */
const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/

function uidOfName(text: string, { uidOf }: ReaderFacts): number | null | 'invalid' {
  return USER_NAME.test(text) ? uidOf(text) : 'invalid'
}
