/**
 * Returns the names on a bus, or `null` for any other text.
 *
 * Reads what `busctl --json=short call ... ListNames` prints: `{"type":"as","data":[[...]]}`
 * (busctl(1); `ListNames` of the D-Bus Specification).
 */
export function parseBusNames(text: string): readonly string[] | null {
  const answer = parseJson(text)
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return null
  const names: unknown = Array.isArray(answer.data) ? answer.data[0] : null
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
