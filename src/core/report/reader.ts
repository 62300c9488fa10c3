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
