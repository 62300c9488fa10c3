/**
 * How long processes are read and programs are asked, from the beginning of the look on. The hook's script
 * ends the whole program after 20 seconds, and what is found by then must still be judged and written.
 */
export const LOOKING_LIMIT_MS = 8000

/** So long nothing at all may move: no part of a process is read, a program says nothing. */
export const SILENCE_LIMIT_MS = 2000
