/** One valid UTF-8 sequence (RFC 3629: no overlong forms, no surrogates) or one stray byte. */
const SEQUENCE =
  /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g

/**
 * Control characters, and characters that change the order or the lines of a text without being
 * seen.
 */
const UNPRINTABLE = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]$/u

/**
 * Returns bytes as text that is safe to print: UTF-8 as it is, any other byte as `\xNN`.
 *
 * The user who runs a process chooses its name and its paths, and the kernel passes escape
 * sequences on raw. Nothing from `/proc/PID` may reach a terminal, a log or a document in another
 * way.
 *
 * @param bytes one character a byte (`latin1`)
 * @example printable('a\xff \x1b[31m') // 'a\\xff \\x1b[31m'
 */
export function printable(bytes: string): string {
  if (/^[\x20-\x7e]*$/.test(bytes)) return bytes
  return bytes.replaceAll(SEQUENCE, (sequence, stray: string | undefined) => {
    if (stray !== undefined) return escaped(stray)
    const character = decodeURIComponent(sequence.replaceAll(/[^]/g, percent))
    return UNPRINTABLE.test(character) ? escaped(sequence) : character
  })
}

/**
 * Returns a text, which is not bytes, as text that is safe to print: a name in a message, a text of
 * a recorded report.
 */
export function printableText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const bytes = [...new TextEncoder().encode(text)]
  return printable(bytes.map((byte) => String.fromCharCode(byte)).join(''))
}

function escaped(bytes: string): string {
  return bytes.replaceAll(/[^]/g, (byte) => `\\x${hex(byte)}`)
}

function percent(byte: string): string {
  return `%${hex(byte)}`
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0')
}

/** Compares by code point, without a locale. Every list in a report is sorted by it. */
export function compareText(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at === -1) return left.length - right.length
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
