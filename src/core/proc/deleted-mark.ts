/** What stands in each name that the kernel marks, wherever it puts the mark. */
export const DELETED = '(deleted)'

/** Behind a name: d_path of fs/d_path.c, for maps and the links `exe` and `fd`; cgroups(7). */
const MARK = ` ${DELETED}`
/** In front of a path: the kernels of OpenVZ. */
const LEADING_MARK = `${DELETED}/`

/** Says whether the kernel marks a name as that of a file or control group that is gone. */
export function isMarked(name: string): boolean {
  return name.endsWith(MARK) || name.startsWith(LEADING_MARK)
}

/**
 * Returns a marked name without its mark, or `null` where it has none.
 *
 * Exactly one mark is taken off: a file that was named `x (deleted)` reads `x (deleted) (deleted)`
 * once it is gone.
 */
export function withoutMark(name: string): string | null {
  if (name.endsWith(MARK)) return name.slice(0, -MARK.length)
  return name.startsWith(LEADING_MARK) ? name.slice(DELETED.length) : null
}

/** Returns a name as the kernel marks it. A file that lives can have such a name, too. */
export function withMark(name: string): string {
  return `${name}${MARK}`
}
