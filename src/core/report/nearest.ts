import { compareText } from '../printable.ts'

/**
 * Returns the names that are most similar to a text, the most similar first: for "did you mean".
 */
export function nearestNames(text: string, names: Iterable<string>, most = 3): readonly string[] {
  const distances = new Map([...names].map((name) => [name, editDistance(name, text)] as const))
  return [...distances]
    .toSorted(([a, near], [b, far]) => near - far || compareText(a, b))
    .slice(0, most)
    .map(([name]) => name)
}

/**
 * Returns the number of insertions, deletions and replacements (Levenshtein), with one row of the
 * table in memory.
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [at, character] of [...a].entries()) {
    const next = [at + 1]
    for (let to = 1; to <= b.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (b[to - 1] === character ? 0 : 1)
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
