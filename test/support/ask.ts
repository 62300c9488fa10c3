import type { Ask, Asking, Said } from '../../src/io/program.ts'

/** What one program was asked. */
export type Asked = {
  readonly path: string
  readonly argv: readonly string[]
  readonly question: Asking
}

/** Answers in the place of the machine's programs, and keeps what they were asked. */
export function askingOf(answer: (asked: Asked) => Said | string): {
  readonly ask: Ask
  readonly asked: readonly Asked[]
} {
  const asked: Asked[] = []
  const ask: Ask = async (path, argv, question) => {
    const one = { path, argv, question }
    asked.push(one)
    const said = answer(one)
    return typeof said === 'string' ? { stdout: said } : said
  }
  return { ask, asked }
}
