/** The mark that the kernel puts on the name of a file that is gone, wherever it puts it. */
export const DELETED = '(deleted)'

/**
 * The mark behind a name: d_path of fs/d_path.c, for maps and the links `exe` and `fd`; cgroups(7).
 */
const MARK = ` ${DELETED}`
/** The mark in front of a path, in the kernels of OpenVZ. */
const LEADING_MARK = `${DELETED}/`

/** Says whether a name has the mark of a file or control group that is gone. */
export function isMarked(name: string): boolean {
  return name.endsWith(MARK) || name.startsWith(LEADING_MARK)
}

/**
 * Returns a name without its mark, or `null` where it has none.
 *
 * One mark is removed. The kernel shows a file that was named `x (deleted)` as `x (deleted)
 * (deleted)` once it is gone.
 */
export function withoutMark(name: string): string | null {
  if (name.endsWith(MARK)) return name.slice(0, -MARK.length)
  return name.startsWith(LEADING_MARK) ? name.slice(DELETED.length) : null
}

/** Returns a name with the mark. An existing file can have such a name, too. */
export function withMark(name: string): string {
  return `${name}${MARK}`
}
