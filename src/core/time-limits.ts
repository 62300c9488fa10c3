/**
 * How long processes are read at most. The hook's script ends the whole program after 20 seconds, and
 * what is found by then must still be judged and written.
 */
export const READING_LIMIT_MS = 8000
