import { closeSync, constants, openSync, readSync } from 'node:fs'
import { isatty } from 'node:tty'
import { pauseThread } from '../clock.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { couldWrite } from '../write.ts'

/** The person at this process, who reads standard output and may answer. */
export type Dialog = {
  /** Whether a person can answer: standard input and standard output are a terminal. */
  readonly canAsk: boolean
  /**
   * Writes a text, in the place of the status where there is one. It never throws: what can no
   * longer be written (the terminal has gone) is lost. Returns whether nothing was lost so far.
   */
  readonly write: (text: string) => boolean
  /**
   * Writes a question and returns the line that is typed then, one character a byte, without its
   * end; `null` at the end of the input (Ctrl-D, a terminal that has gone). Ctrl-C ends the
   * process, as it does by default. The main thread waits: users can hold all threads of Node's
   * pool with processes that nobody can read.
   */
  readonly ask: (question: string) => string | null
  /** Whether a line can be rewritten: standard output is a terminal that is not `dumb`. */
  readonly canRewrite: boolean
  /** Shows a line of ASCII in the place of the one before. Without a terminal it does nothing. */
  readonly status: (line: string) => void
  readonly clearStatus: () => void
}

/** What is known of a terminal. */
export type TerminalFacts = {
  /** `TERM` of the environment: a terminal that is `dumb` rewrites no line. */
  readonly name: string | undefined
  /** Returns the number of columns now; 0 or `undefined` where it is not known. */
  readonly columns: () => number | undefined
}

const [INPUT, OUTPUT] = [0, 1]
const MOST_COLUMNS = 80
const MOST_ANSWER = 4096
/** To the begin of the line, and erase to its end (ECMA-48, EL). */
const ERASE = '\r\x1b[K'
const RETRY_MS = 50

/** Opens the terminal of this process. */
export function openTerminal({ name, columns }: TerminalFacts): Dialog {
  const isOutput = isatty(OUTPUT)
  const canRewrite = isOutput && name !== undefined && name !== '' && name !== 'dumb'
  let isGone = false
  let shown = ''
  const put = (text: string) => {
    isGone ||= !couldWrite(text)
  }
  const clearStatus = () => {
    if (shown !== '') put(ERASE)
    shown = ''
  }
  const write = (text: string) => {
    clearStatus()
    put(text)
    return !isGone
  }
  return {
    canAsk: isatty(INPUT) && isOutput,
    canRewrite,
    write,
    ask: (question) => {
      // An answer can come as soon as the question is seen.
      dropTypedAhead()
      write(question)
      return lineOf(INPUT)
    },
    status: (line) => {
      // In the last column some terminals begin a new line, which would stay.
      const cut = line.slice(0, (columns() || MOST_COLUMNS) - 1)
      if (!canRewrite || cut === shown) return
      put(`${ERASE}${cut}`)
      shown = cut
    },
    clearStatus,
  }
}

/**
 * Drops the lines that were typed before the question: an Enter too many must not answer it. It
 * reads through a file of its own, because O_NONBLOCK of the terminal's is shared with the shell.
 */
function dropTypedAhead(): void {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY
  // After su(1) the terminal may belong to another user. Then nothing is dropped.
  const file = unlessUnreadable(() => openSync(`/proc/self/fd/${INPUT}`, flags))
  if (file === null) return
  const room = Buffer.alloc(MOST_ANSWER)
  while ((unlessUnreadable(() => readSync(file, room)) ?? 0) > 0);
  closeSync(file)
}

/**
 * Returns the next line of a terminal, which the kernel edits and gives line by line (termios(3),
 * canonical mode). Node handles no signal meanwhile, so Ctrl-C does what it does by default.
 */
function lineOf(file: number): string | null {
  const room = Buffer.alloc(MOST_ANSWER)
  for (;;) {
    const length = readOnce(file, room)
    if (length === 0) return null
    if (length !== null) return room.toString('latin1', 0, length).replace(/[\r\n][^]*$/, '')
    pauseThread(RETRY_MS)
  }
}

/** Returns the number of bytes, 0 at the end of the input, and `null` where none is there yet. */
function readOnce(file: number, room: Buffer): number | null {
  try {
    return readSync(file, room)
  } catch (error) {
    return ['EAGAIN', 'EINTR'].includes(errorCode(error)) ? null : 0
  }
}

/**
 * Lets this process live on when its terminal goes (SIGHUP), until it ends by itself. A write to a
 * pipe that nobody reads fails, and does not kill: Node ignores SIGPIPE from its start on.
 */
export function ignoreHangups(): void {
  process.on('SIGHUP', () => {})
}

/**
 * Calls a function when the person wants an end (SIGINT, SIGTERM), in the place of ending the
 * process. Returns the function that takes that back.
 */
export function onInterrupt(callback: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, callback)
  return () => {
    for (const signal of signals) process.off(signal, callback)
  }
}
