/** A compiled glob: one token a position. */
type Token = '*' | { readonly matches: (character: string) => boolean }

/** A compiled glob with its source; `matches` compares the whole text. */
export type Glob = { readonly source: string; readonly matches: (text: string) => boolean }

/** PATH_MAX of limits.h: a longer glob without a star matches no path. */
const MAX_GLOB = 4096

/**
 * Returns the matcher of an anchored glob, or a sentence that says what is wrong with it.
 *
 * `*` matches any characters, `/` included, as in the targets of alpm-hooks(5). `?` matches one
 * character. `[a-z]` and `[!a-z]` match one of a set. A backslash is an ordinary character, because
 * unit names contain `\x2d` (the rule of `systemctl list-units PATTERN`).
 * The whole text must match. Matching takes at most text x glob steps, and a glob is not longer
 * than a path can be: the author of a process chooses its paths, so no pattern may be slow.
 */
export function compileGlob(source: string): Glob | string {
  if (source === '') return 'it is empty'
  if (source.length > MAX_GLOB) return `it has more than ${MAX_GLOB} characters`
  if (!/[*?[]/.test(source)) return { source, matches: (text) => text === source }
  const tokens: Token[] = []
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? ''
    if (character === '*') tokens.push('*')
    else if (character === '?') tokens.push({ matches: () => true })
    else if (character === '[') {
      const end = source.indexOf(']', at + (source[at + 1] === '!' ? 3 : 2))
      if (end === -1) return `the "[" at position ${at + 1} has no "]"`
      tokens.push({ matches: characterSet(source.slice(at + 1, end)) })
      at = end
    } else tokens.push({ matches: (other) => other === character })
  }
  return { source, matches: (text) => matchTokens(tokens, text) }
}

function characterSet(body: string): (character: string) => boolean {
  const negated = body.startsWith('!')
  const ranges: (readonly [string, string])[] = []
  const set = negated ? body.slice(1) : body
  for (let at = 0; at < set.length; at += 1) {
    const from = set[at] ?? ''
    const isRange = set[at + 1] === '-' && at + 2 < set.length
    ranges.push([from, isRange ? (set[at + 2] ?? '') : from])
    if (isRange) at += 2
  }
  return (character) =>
    ranges.some(([from, to]) => from <= character && character <= to) !== negated
}

/**
 * Says whether the tokens match the whole text. It goes back only to the last star, because an
 * earlier star can match nothing that the last one cannot.
 */
function matchTokens(tokens: readonly Token[], text: string): boolean {
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    const current = tokens[token]
    if (current === '*') {
      star = token
      starAt = at
      token += 1
    } else if (current?.matches(text[at] ?? '')) {
      token += 1
      at += 1
    } else if (star !== -1) {
      token = star + 1
      starAt += 1
      at = starAt
    } else return false
  }
  while (tokens[token] === '*') token += 1
  return token === tokens.length
}
