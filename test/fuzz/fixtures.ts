import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
/** The most seeds that one parser has of the recorded machines. */
const MOST = 40

/** Returns texts of the recorded machines by their path below `proc`, each text once. */
export function fixtureFiles(path: RegExp): readonly string[] {
  const texts = machines().flatMap((machine) => {
    const proc = `${FIXTURES}/${machine}/proc`
    return readdirSync(proc, { recursive: true, encoding: 'utf8' })
      .filter((file) => path.test(file))
      .map((file) => readFileSync(`${proc}/${file}`, 'latin1'))
  })
  return [...new Set(texts)].slice(0, MOST)
}

/** A question to the recorded machine, its key and its answer. */
export type RecordedCall = readonly [question: string, key: string, answer: unknown]

/** Returns the answers of the recorded machines, some of each question. */
export function fixtureAnswers(): readonly RecordedCall[] {
  const calls = machines().flatMap((machine) => {
    const text = readFileSync(`${FIXTURES}/${machine}/recording.json`, 'utf8')
    return (JSON.parse(text) as { readonly answers: readonly RecordedCall[] }).answers
  })
  const counts = new Map<string, number>()
  return calls.filter(([question]) => {
    const count = (counts.get(question) ?? 0) + 1
    counts.set(question, count)
    return count <= 5
  })
}

function machines(): readonly string[] {
  return readdirSync(FIXTURES).filter((name) => !name.includes('.'))
}
