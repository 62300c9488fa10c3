import { listOf, pairOf, text, WRONG } from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'

/** One answer of the world, as a recording keeps it. */
export type Call = readonly [question: string, key: string, answer: unknown]

/** The answers of the world by question, and by the key of each call. */
export class CallLog {
  readonly #answers = new Map<string, Map<string, unknown>>()

  /** Notes an answer. A later answer to the same call replaces it. */
  note(question: string, key: string, answer: unknown): void {
    const answers = this.#answers.get(question) ?? new Map<string, unknown>()
    this.#answers.set(question, answers)
    answers.set(key, answer)
  }

  /** Returns the answer to a call, or `undefined` where the call was not made. */
  answer(question: string, key: string): unknown {
    return this.#answers.get(question)?.get(key)
  }

  /** Says whether a question was asked. */
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

/** The schema of all answers in a recording. */
export const CALLS = listOf(CALL)
