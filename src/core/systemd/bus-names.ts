/**
 * Returns the names on a bus, or `null` for any other text.
 *
 * Reads what `busctl --json=short call ... ListNames` prints: `{"type":"as","data":[[...]]}`
 * (busctl(1); `ListNames` of the D-Bus Specification).
 */
export function parseBusNames(text: string): readonly string[] | null {
  return parseBusAnswer(text)?.filter((name) => typeof name === 'string') ?? null
}

/**
 * Returns the items of the list that a method of a bus answered, or `null` for any other text.
 *
 * Reads what `busctl --json=short call` prints: the values that it answered are `data`.
 */
export function parseBusAnswer(text: string): readonly unknown[] | null {
  const answer = parseJson(text)
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return null
  const items: unknown = Array.isArray(answer.data) ? answer.data[0] : null
  return Array.isArray(items) ? items : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
