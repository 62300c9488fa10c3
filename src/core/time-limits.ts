/**
 * The time in which processes are read and programs are asked, from the beginning of the scan. The
 * hook's script ends the whole program after 20 seconds, and the program must judge and write its
 * findings before that.
 */
export const LOOKING_LIMIT_MS = 8000

/**
 * The time without any progress after which the program stops waiting: no part of a process was
 * read, or a program wrote nothing.
 */
export const SILENCE_LIMIT_MS = 2000

/** The time in which systemd is asked, also where reading processes took all of its own time. */
export const ASKING_LIMIT_MS = 4000

/** The time that a hook spends on users whose processes have very long maps. */
export const USERS_LIMIT_OF_A_HOOK_MS = 1000
