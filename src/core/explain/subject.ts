import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** The prefixes that choose the meaning of a name. */
export const MEANINGS = ['unit', 'pkg', 'file', 'user'] as const

/** What a name can be that of: a unit, a package, a file or a user. */
export type Meaning = (typeof MEANINGS)[number]

/** A subject that is to be explained, as it was typed. */
export type Subject = {
  readonly typed: Printable
  /** The text without the prefix. */
  readonly text: string
  /** The meaning that a prefix chooses; `null`: each is tried. */
  readonly meaning: Meaning | null
}

/** Reads the text of one subject: a name, with or without the prefix that chooses its meaning. */
export function parseSubject(text: string): Subject {
  const typed = printableText(text)
  const end = text.indexOf(':')
  const meaning = MEANINGS.find((one) => one === text.slice(0, Math.max(end, 0))) ?? null
  return { typed, text: meaning === null ? text : text.slice(end + 1), meaning }
}

/** Returns the number that a text is: a process id or a user id; `null` for any other text. */
export function numberIn(text: string): number | null {
  return /^\d{1,10}$/.test(text) ? Number(text) : null
}

/**
 * Returns a text in the form in which the kernel's files and pacman's lists are read: its UTF-8,
 * one character a byte.
 */
export function pathBytes(text: string): string {
  const bytes = new TextEncoder().encode(text)
  return bytes.reduce((path, byte) => path + String.fromCharCode(byte), '')
}
