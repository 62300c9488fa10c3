/** Exit statuses of stale-libs(8). A hook's is always 0: pacman prints an error for any other. */
export const EXIT = { looked: 0, stale: 1, usage: 2, failed: 3, unfinished: 4 } as const
