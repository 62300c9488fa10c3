declare const PRINTABLE: unique symbol

/**
 * Text that is safe to print: no character in it acts on a terminal, is unseen, or looks like a
 * blank. Only `printable` and `printableText` make it of text from outside, and only `say`, `words`
 * and `joined` of the program's own sentences.
 */
export type Printable = string & { readonly [PRINTABLE]: true }

/**
 * A text from outside as it is, one character a byte: the key by which things are compared, looked
 * up and asked for. A `Printable` is none, because another text can look the same.
 */
export type Bytes = string & { readonly [PRINTABLE]?: never }

/** One valid UTF-8 sequence (RFC 3629: no overlong forms, no surrogates) or one stray byte. */
const SEQUENCE =
  /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g

/**
 * The characters that are never printed: control and format characters, separators of lines, lone
 * surrogates, private and unassigned ones, blanks but for the common one, and those that show
 * nothing (`Default_Ignorable_Code_Point` of the Unicode Character Database: fillers, joiners,
 * variation selectors). Four that look like a blank have no property that says so: the empty
 * Braille pattern, the null notehead, and two blanks of Egyptian hieroglyphs.
 *
 * What is assigned depends on the Unicode version of Node: Node 20 escapes a letter that Node 26
 * prints.
 */
const UNPRINTABLE =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]|(?! )\p{White_Space}/gu

/** Combining marks, with the character in front of them. */
const MARKS = /(\P{M}?)(\p{M}+)/gu

/**
 * The number of combining marks on one character. Vietnamese has two, Tibetan and vocalized Hebrew
 * four. More cover the lines above and below.
 */
const MOST_MARKS = 4

/**
 * Returns bytes as text that is safe to print: UTF-8 as it is, any other byte as `\xNN`, and so the
 * bytes of a character that is not printed.
 *
 * The user who runs a process chooses its name and its paths, and the kernel passes escape
 * sequences on raw. Nothing from `/proc/PID` may reach a terminal, a log or a document in another
 * way.
 *
 * @param bytes one character a byte (`latin1`)
 * @example printable('a\xff \x1b[31m') // 'a\\xff \\x1b[31m'
 */
export function printable(bytes: string): Printable {
  if (isAscii(bytes)) return bytes
  return printableText(
    bytes.replaceAll(SEQUENCE, (sequence, stray: string | undefined) =>
      stray === undefined
        ? decodeURIComponent(sequence.replaceAll(/[^]/g, (byte) => `%${hex(byte.charCodeAt(0))}`))
        : `\\x${hex(stray.charCodeAt(0))}`,
    ),
  )
}

/**
 * Returns a text, which is not bytes, as text that is safe to print: a name in a message, a text of
 * a recording. A lone surrogate becomes `\u{NNNN}`. What is printable stays as it is.
 */
export function printableText(text: string): Printable {
  if (isAscii(text)) return text
  return text.replaceAll(UNPRINTABLE, escaped).replaceAll(MARKS, bounded) as Printable
}

/** Says whether a text has printable characters of ASCII only, as most have. */
function isAscii(text: string): text is Printable {
  return /^[\x20-\x7e]*$/.test(text)
}

/** A mark stands on the character in front of it, and shows nothing where that is a blank. */
function bounded(_: string, base: string, marks: string): string {
  const all = [...marks]
  const most = base === '' || base === ' ' ? 0 : MOST_MARKS
  return base + all.slice(0, most).join('') + all.slice(most).map(escaped).join('')
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code >= 0xd800 && code <= 0xdfff) return `\\u{${hex(code)}}`
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${hex(byte)}`).join('')
}

function hex(code: number): string {
  return code.toString(16).padStart(2, '0')
}

/** A part of a sentence of the program: printable, a number, or a word that its type spells out. */
type Part<Given> = Given extends Printable | number
  ? Given
  : Given extends string
    ? {} extends Record<Given, 1>
      ? never
      : Given
    : never

type Parts<Given> = { [At in keyof Given]: Part<Given[At]> }

/**
 * Returns a sentence of the program. What is put into it is printable, a number or a word that its
 * type spells out, or it does not compile.
 *
 * @example say`PID ${pid} of ${unit}`
 */
export function say<const Given extends readonly unknown[]>(
  sentence: TemplateStringsArray,
  ...parts: Parts<Given>
): Printable {
  return String.raw({ raw: sentence }, ...parts) as Printable
}

/** Returns words that are safe to print: printable ones, and those that a type spells out. */
export function words<const Given extends readonly unknown[]>(
  ...parts: Parts<Given>
): readonly Printable[] {
  return parts as readonly unknown[] as readonly Printable[]
}

/** Returns texts as one, with a text between each two of them. */
export function joined<const Between extends string>(
  texts: readonly Printable[],
  between: Part<Between>,
): Printable {
  return texts.join(between) as Printable
}

/** Compares by code point, without a locale. Every list in a report is sorted by it. */
export function compareText(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at === -1) return left.length - right.length
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
