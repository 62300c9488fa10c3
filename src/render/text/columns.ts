import { eastAsianWidth } from 'get-east-asian-width'

/** A mark takes no column: it stands on the character in front of it (wcwidth(3)). */
const MARK = /^[\p{Mn}\p{Me}]$/u

/**
 * Returns the number of columns that a terminal needs for a printable text: two for a wide
 * character (Unicode Standard Annex #11), none for a mark. A sequence that a terminal may draw as
 * one picture counts as its characters, so that no line is longer than it was counted.
 */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text)
    if (!MARK.test(character)) columns += eastAsianWidth(character.codePointAt(0) ?? 0)
  return columns
}
