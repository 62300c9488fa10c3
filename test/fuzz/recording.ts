import * as ANSWERS from '../../src/core/recording/answers.ts'
import * as SCHEMAS from '../../src/core/recording/schema.ts'
import { WRONG } from '../../src/core/recording/schema.ts'
import type { Schema } from '../../src/core/recording/schema.ts'
import { QUESTIONS } from '../../src/io/recording/questions.ts'
import { jsonIn } from './config.ts'
import { fixtureAnswers } from './fixtures.ts'
import type { Found, Parser } from './property.ts'

const OF_QUESTION: ReadonlyMap<string, Schema<unknown>> = new Map(
  Object.entries(QUESTIONS).flatMap(([port, questions]) =>
    Object.entries(questions).map(([name, { schema }]) => [`${port}.${name}`, schema] as const),
  ),
)

/** The answers that are printed as they are: packages, kernels, services. */
const PLAIN = /^(?:packages\.changes|services\.states|world\.)/

/** Returns every text of a value, names of members too. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if (value instanceof Map) return [...value].flatMap(textsIn)
  return Object.entries(value).flatMap(([name, one]) => [name, ...textsIn(one)])
}

function readCall(text: string): Found {
  const call = jsonIn(text)
  if (!Array.isArray(call) || typeof call[0] !== 'string') return {}
  const answer = OF_QUESTION.get(call[0])?.(call[2]) ?? WRONG
  if (answer === WRONG) return {}
  return PLAIN.test(call[0]) ? { plain: textsIn(answer) } : { text: textsIn(answer) }
}

function readOf(answer: string | typeof WRONG): readonly string[] {
  return answer === WRONG ? [] : [answer]
}

/** Any value has an answer of any schema. */
function readAny(text: string): Found {
  const value = jsonIn(text)
  for (const schema of [...Object.values(ANSWERS), SCHEMAS.anyTable]) schema(value)
  return { plain: [...readOf(SCHEMAS.plain(value)), ...readOf(SCHEMAS.date(value))] }
}

const CALLS = fixtureAnswers().map((call) => JSON.stringify(call))

/** What a recording says that the world answered. */
export const RECORDING: readonly Parser[] = [
  { name: 'recorded answer', seeds: CALLS, isJson: true, read: readCall },
  {
    name: 'recorded value',
    seeds: [...CALLS, '"2026-11-23T07:18:40.000Z"', '"2026-11-23 (a)"', '"text"', '7'],
    isJson: true,
    read: readAny,
  },
]
