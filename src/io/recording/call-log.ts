import { listOf, pairOf, text, WRONG } from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'

/** One answer of the world, as a recording keeps it. */
export type Call = readonly [question: string, key: string, answer: unknown]

/** What the world was asked, and what it said: by question, and by the key of each call. */
export class CallLog {
  readonly #answers = new Map<string, Map<string, unknown>>()

  /** Notes an answer; a later one to the same call takes its place. */
  note(question: string, key: string, answer: unknown): void {
    const answers = this.#answers.get(question) ?? new Map<string, unknown>()
    this.#answers.set(question, answers)
    answers.set(key, answer)
  }

  /** Returns the answer to a call; `undefined` where it was not asked. */
  answer(question: string, key: string): unknown {
    return this.#answers.get(question)?.get(key)
  }

  /** Says whether a question was asked at all. */
  wasAsked(question: string): boolean {
    return this.#answers.has(question)
  }

  calls(): readonly Call[] {
    return [...this.#answers].flatMap(([question, answers]) =>
      [...answers].map(([key, answer]) => [question, key, answer] as const),
    )
  }
}

const CALL: Schema<Call> = (value) => {
  if (!Array.isArray(value) || value.length !== 3) return WRONG
  const named = pairOf(text, text)(value.slice(0, 2))
  return named === WRONG ? WRONG : [...named, value[2]]
}

export const CALLS = listOf(CALL)
