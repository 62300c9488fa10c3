/**
 * Returns the line that a key stands on, counted from 1, or `null` where it cannot be told: TOML
 * parsers keep no positions of values, so the headers and assignments are counted again.
 *
 * @param key as in `ConfigProblem`
 */
export function lineOfKey(source: string, key: string): number | null {
  const [, section = '', number, name] = /^([^.[]+)(?:\[(\d+)\])?(?:\.([^.[]+))?/.exec(key) ?? []
  let found: number | null = null
  let current = ''
  let times = 0
  for (const [index, line] of source.split('\n').entries()) {
    const [, header] = /^\s*\[+\s*([^[\]\s]+)\s*\]+/.exec(line) ?? []
    if (header !== undefined) {
      current = header
      if (header === section) times += 1
    }
    const isHere = current === section && (number === undefined || times === Number(number))
    const assigned = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1]
    if (isHere && name !== undefined && assigned === name) return index + 1
    if ((header === section && isHere) || (current === '' && assigned === section))
      found ??= index + 1
  }
  return found
}
