import fc from 'fast-check'

/** The longest text that damage makes of a seed, in characters. `longText` makes longer ones. */
const MAX_LENGTH = 16_384

/** What a parser may stumble over: marks of a format in wrong places, and what no format has. */
const PIECES: readonly string[] = [
  ['\0', '\n', '\n\n', '\r', '\r\n', '\t', ' ', '  ', '\x1b[31m', '\x1b]0;a\x07', '\x7f', '\x9b'],
  // Not UTF-8: a stray byte, an overlong form, half a character, a surrogate in bytes and in text.
  ['\xff', '\xc0\xaf', '\xe2\x80', '\xf0\x9f', '\xed\xa0\x80', '\ud800', '\udc00'],
  // Characters that are not seen, in bytes and in text.
  ['\xc2\x9b', '\xe2\x80\xae', '\xe2\x80\x8b', '\u2028', '\u202e', '\u200b', '\ufeff', '\u3164'],
  ['é', '漢', '😀', '\xc3\xa9', '\xf0\x9f\x98\x80', 'A'.repeat(300), 'a'.repeat(64)],
  '(deleted)| (deleted)|(deleted)/|//deleted|\\012|\\040|\\x2d|\\x1b|\\'.split('|'),
  '/ // /.. ../ /. . .. : :: @ - _ ~ % # = , ; \' " [ ] [[ { } ( ) * ? [! [a- -> | $(id)'.split(
    ' ',
  ),
  '0 -1 1e999 4294967296 99999999999999999999 0x1 NaN null true'.split(' '),
  '.so .so.1 .service .scope .slice .socket user@1.service session-1.scope Id= Names='.split(' '),
  'name=systemd: kubepods machine- docker- libpod- lowerdir=/ [ALPM] %NAME%'.split(' '),
  ['transaction started', 'upgraded a (1 -> 2)', '__proto__', 'constructor', 'toString'],
].flat()

/** One change of a text: which, where, how much, with what and how often. */
type Edit = readonly [kind: number, at: number, length: number, piece: string, times: number]

const EDIT: fc.Arbitrary<Edit> = fc.tuple(
  fc.nat(7),
  fc.nat(0xffff),
  fc.nat(40),
  fc.constantFrom(...PIECES),
  fc.constantFrom(1, 2, 3, 10, 100, 2000),
)

function edited(text: string, [kind, where, length, piece, times]: Edit): string {
  const at = where % (text.length + 1)
  const [before, behind] = [text.slice(0, at), text.slice(at)]
  switch (kind) {
    case 0:
      return before + piece + behind
    case 1:
      return before + behind.slice(length)
    case 2: // A flipped bit.
      return before + flipped(behind, length) + behind.slice(1)
    case 3:
      return before + behind.slice(0, length) + behind
    case 4:
      return before + piece.repeat(Math.min(times, MAX_LENGTH / piece.length)) + behind
    case 5:
      return before
    case 6: {
      const lines = text.split('\n')
      const line = lines[where % lines.length] ?? ''
      return [...lines, ...Array.from({ length: times % 97 }, () => line), piece].join('\n')
    }
    default:
      return before + piece + behind.slice(piece.length)
  }
}

function flipped(text: string, bit: number): string {
  return text === '' ? '' : String.fromCharCode(text.charCodeAt(0) ^ (1 << (bit % 8)))
}

/** Returns texts that are near to the seeds, and some that are not. */
export function hostileText(seeds: readonly string[]): fc.Arbitrary<string> {
  const seed = fc.constantFrom(...seeds)
  const damaged = fc
    .tuple(seed, fc.array(EDIT, { minLength: 1, maxLength: 5, size: 'max' }))
    .map(([text, edits]) => edits.reduce(edited, text))
  const piece = fc.constantFrom(...PIECES)
  const word = fc.oneof(piece, seed, fc.constantFrom(...wordsOf(seeds)))
  const mixed = fc.array(word, { maxLength: 30, size: 'max' }).map((words) => words.join(''))
  const any = fc.string({ unit: 'binary', maxLength: 60, size: 'max' })
  return fc
    .oneof(
      { weight: 7, arbitrary: damaged },
      { weight: 2, arbitrary: mixed },
      { weight: 1, arbitrary: any },
    )
    .map((text) => text.slice(0, MAX_LENGTH))
}

/** The most words of the seeds that are put together anew. */
const MOST_WORDS = 2000

function wordsOf(seeds: readonly string[]): readonly string[] {
  return [...new Set(seeds.flatMap((text) => text.split(/\b/)))].slice(0, MOST_WORDS)
}

/** Returns texts of a length in which one part stands over and over, inside of a seed or alone. */
export function longText(seeds: readonly string[], length: number): fc.Arbitrary<string> {
  const seed = fc.constantFrom(...seeds)
  const line = fc.constantFrom(
    ...seeds.flatMap((text) => text.split('\n').map((one) => `${one}\n`)),
  )
  const piece = fc.constantFrom(...PIECES)
  const unit = fc
    .array(fc.oneof(piece, line, fc.constantFrom('a', '1', 'a1', '1.', 'a-', '\\x41')), {
      minLength: 1,
      maxLength: 2,
      size: 'max',
    })
    .map((parts) => parts.join(''))
  return fc.tuple(seed, fc.nat(0xffff), unit).map(([text, where, part]) => {
    const at = where % (text.length + 1)
    const long = part.repeat(Math.ceil(length / part.length))
    return (text.slice(0, at) + long).slice(0, length) + text.slice(at)
  })
}

/** Returns documents that are near to the seeds, as JSON: a value of any form in any place. */
export function hostileJson(seeds: readonly string[]): fc.Arbitrary<string> {
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom<unknown>(...PIECES, null, true, 0, -1, 0.5, 1e300, '', [], {}, [[]], [null]),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const change = fc.tuple(fc.nat(0xffff), value)
  const changed = fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 3, size: 'max' }))
    .map(([seed, changes]) => {
      const document: unknown = JSON.parse(seed)
      return JSON.stringify(changes.reduce((tree, [at, put]) => replaced(tree, at, put), document))
    })
  return fc.oneof({ weight: 3, arbitrary: changed }, { weight: 1, arbitrary: hostileText(seeds) })
}

/** Returns a tree with another value in the place of one of its values. */
function replaced(tree: unknown, at: number, value: unknown): unknown {
  let left = at % countOf(tree)
  const walk = (node: unknown): unknown => {
    left -= 1
    if (left === -1) return value
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map(walk)
    return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, walk(one)]))
  }
  return walk(tree)
}

function countOf(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 1
  return Object.values(tree).reduce((sum: number, one) => sum + countOf(one), 1)
}
