import type { Ask, Asking, Ran, Run, Running, Said } from '../../src/io/program.ts'

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

/** What one program was told to do. */
export type Called = {
  readonly path: string
  readonly argv: readonly string[]
  readonly how: Running
}

/** Answers in the place of the programs that act, and keeps what they were told. */
export function runningOf(answer: (called: Called) => Partial<Ran> | string): {
  readonly run: Run
  readonly called: readonly Called[]
} {
  const called: Called[] = []
  const run: Run = async (path, argv, how) => {
    const one = { path, argv, how }
    called.push(one)
    const ran = answer(one)
    const some = typeof ran === 'string' ? { stdout: ran } : ran
    return { stdout: '', stderr: '', error: null, ...some }
  }
  return { run, called }
}
