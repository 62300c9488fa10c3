import assert from 'node:assert/strict'
import vm from 'node:vm'
import fc from 'fast-check'
import { printable, printableText } from '../../src/core/printable.ts'
import { hostileJson, hostileText, longText } from './hostile-text.ts'

/** What a parser found in a text, as far as a person may read it. */
export type Found = {
  /** Texts that are made printable before they are printed, one character a byte. */
  readonly raw?: readonly string[]
  /** Texts that are made printable before they are printed, and are not bytes. */
  readonly text?: readonly string[]
  /** Texts that are printed as they are. */
  readonly plain?: readonly string[]
}

/** A parser, or several that read the same text. */
export type Parser = {
  readonly name: string
  readonly seeds: readonly string[]
  /** The text is a document that is read by `JSON.parse`. */
  readonly isJson?: true
  /** The longest text that the program hands it, in characters, and what bounds it. */
  readonly most?: readonly [length: number, by: string]
  /** Texts of a length that were slow once. */
  readonly long?: readonly ((length: number) => string)[]
  /** How long one text may take, in milliseconds, where that is not `PATIENCE_MS`. */
  readonly patience?: number
  /** Runs it. Any text has an answer, so whatever it throws is a fault. */
  readonly read: (text: string) => Found
}

/** A text that a parser does not bear. */
export type Fault = {
  readonly error: unknown
  /** The shortest text that shows it. */
  readonly text: string
  /** The place of the text among those of the seed. */
  readonly path: string
}

/** The length of a long text, in characters. */
const LONG = 300_000
/** One text in so many is a long one. */
const LONG_SHARE = 250
/**
 * How long one text may take, in milliseconds. It is no measurement: a long text takes a hundredth
 * of it, and work that grows with the square of the length takes a hundred times as long.
 */
const PATIENCE_MS = 10_000

/** What is made printable of one long text, in characters: `any text` of `machine.ts` is whole. */
const MOST_PRINTED = 1000

/** Runs a parser on a text. Throws where it throws, and where it found what must not be printed. */
export function check({ read, most }: Parser, text: string): void {
  const { raw = [], text: texts = [], plain = [] } = read(asBytes(text).slice(0, most?.[0]))
  for (const printed of [
    ...raw.map((one) => printable(one.slice(0, MOST_PRINTED))),
    ...texts.map((one) => printableText(one.slice(0, MOST_PRINTED))),
    ...plain,
  ])
    assert.equal(printed, printableText(printed), 'a character that nobody sees')
}

/** Returns a text of the world outside, one character a byte: what is no byte is UTF-8 there. */
function asBytes(text: string): string {
  return text.replaceAll(/[^\x00-\xff]+/g, (other) => Buffer.from(other).toString('latin1'))
}

/** Runs a parser on random texts, and on those that were slow once. Returns the first fault. */
export function faultOf(parser: Parser, inputs: number, seed: number): Fault | null {
  const slow = (parser.long ?? []).map((text) => text(LONG))
  const wrong = slow.findIndex((text) => errorOf(parser, text) !== null)
  if (wrong !== -1) return faultIn(parser, slow[wrong] ?? '', `long:${wrong}`)
  const details = fc.check(
    fc.property(textFor(parser), (text) => {
      const error = errorOf(parser, text)
      if (error !== null) throw error
    }),
    { numRuns: Math.max(1, inputs - slow.length), seed, endOnFailure: true },
  )
  const { failed, counterexample, counterexamplePath } = details
  return failed ? faultIn(parser, counterexample?.[0] ?? '', counterexamplePath ?? '') : null
}

/** Returns the fault of one text of `faultOf` again. */
export function faultAt(parser: Parser, seed: number, path: string): Fault | null {
  const slow = parser.long?.[Number(/^long:(\d+)$/.exec(path)?.[1])]?.(LONG)
  const [text] =
    slow === undefined ? fc.sample(textFor(parser), { seed, path, numRuns: 1 }) : [slow]
  return faultIn(parser, text ?? '', path)
}

function textFor({ seeds, isJson }: Parser): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: LONG_SHARE - 1, arbitrary: (isJson ? hostileJson : hostileText)(seeds) },
    { weight: 1, arbitrary: longText(seeds, LONG) },
  )
}

function faultIn(parser: Parser, text: string, path: string): Fault | null {
  const error = errorOf(parser, text)
  if (error === null) return null
  if (error.message === TIME_OUT) return { error, text, path }
  const short = shortest(text, (one) => errorOf(parser, one) !== null)
  return { error: errorOf(parser, short), text: short, path }
}

const context = vm.createContext({ work: () => {} })
const run = new vm.Script('work()')

/** Returns what a parser does wrong with a text, or `null`. A long text has a limit of time. */
function errorOf(parser: Parser, text: string): Error | null {
  try {
    if (text.length < LONG / 10) check(parser, text)
    else inTime(() => check(parser, text), parser.patience ?? PATIENCE_MS)
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const TIME_OUT = 'it takes too long'
/** How often work is begun anew that others kept from the processor. */
const MOST_STARTS = 5

/** Runs something, and throws where it takes so much of the processor's time. */
function inTime(work: () => void, milliseconds: number): void {
  for (let starts = 1; ; starts += 1) {
    const before = process.cpuUsage()
    try {
      context['work'] = work
      run.runInContext(context, { timeout: milliseconds })
      return
    } catch (error) {
      // What ends the work is an error of the other context.
      if (error instanceof Error) throw error
      const { user, system } = process.cpuUsage(before)
      if ((user + system) / 1000 > milliseconds / 2 || starts === MOST_STARTS)
        throw new Error(TIME_OUT, { cause: error })
    }
  }
}

/** How often a shorter text is tried. */
const MOST_TRIES = 3000

/** Returns the shortest part of a text that still fails: parts are left out, each half as long. */
export function shortest(text: string, fails: (text: string) => boolean): string {
  let short = text
  let tries = 0
  for (let length = text.length; length >= 1; length = Math.floor(length / 2))
    for (let at = 0; at < short.length && tries < MOST_TRIES;) {
      const shorter = short.slice(0, at) + short.slice(at + length)
      tries += 1
      if (fails(shorter)) short = shorter
      else at += length
    }
  return short
}
