import type { Printable } from '../core/printable.ts'
import { openActing } from '../io/act/acting.ts'
import type { Acting } from '../io/act/acting.ts'
import { takeLock } from '../io/act/lock.ts'
import { openMemory } from '../io/act/memory.ts'
import type { Memory } from '../io/act/memory.ts'
import { ignoreHangups, openTerminal } from '../io/act/terminal.ts'
import type { Dialog } from '../io/act/terminal.ts'
import { RequestError, StaleLibsError } from '../io/error.ts'
import {
  noTerminalText,
  notBootedText,
  onlyRootText,
  otherRunsText,
  stillBusyText,
  userAsRootText,
} from '../render/act/problems.ts'
import type { Screen } from '../render/act/layout.ts'
import type { Verb } from '../render/act/problems.ts'
import { written } from '../render/door.ts'
import type { Line } from '../render/door.ts'
import type { Desk, MarkCommand, RestartCommand } from './desk.ts'

/** A manager of systemd that is told to act, and the person who reads what it does. */
export type OpenManager = {
  readonly acting: Acting
  readonly dialog: Dialog
  readonly memory: Memory
  readonly isOfUser: boolean
  readonly uid: number
  /** How wide its screens are, and what stands in front of a command for root on them. */
  readonly screen: Screen
  readonly of: 'system' | number
  /**
   * Writes lines. What cannot be written is lost once something is done.
   *
   * @throws {StaleLibsError} when they cannot be written, and nothing is done yet
   */
  readonly tell: (lines: readonly Line[]) => void
  /** Says that something is done from now on: the end of the terminal no longer ends this. */
  readonly begin: () => void
  /**
   * Asks a question, whose last line is the prompt, and returns whether the answer is yes.
   *
   * @throws {RequestError} where there is no terminal to ask at
   */
  readonly isAgreed: (question: readonly Printable[], isDefaultYes: boolean) => boolean
}

/**
 * Opens the manager that a command is about.
 *
 * @throws {RequestError} when this user cannot act on it
 */
export function openManager(command: RestartCommand | MarkCommand, desk: Desk): OpenManager {
  const { uid, reader, style } = desk
  const isOfUser = command.isUser
  const isList = command.kind === 'mark' && command.verb === 'list'
  if (isOfUser && uid === 0) throw new RequestError(userAsRootText(desk.argv))
  const isHarmless = command.isDryRun || isList
  if (!isOfUser && uid !== 0 && !isHarmless)
    throw new RequestError(onlyRootText(desk.argv, command.kind, reader))
  const dialog = openTerminal(desk.terminal)
  const of = isOfUser ? uid : 'system'
  let hasBegun = false
  return {
    acting: openActing(of),
    dialog,
    memory: openMemory(of),
    isOfUser,
    uid,
    // What is a user's own needs no root.
    screen: { ...desk.page, asRoot: isOfUser ? null : reader.asRoot },
    of,
    tell(lines) {
      const isWritten = dialog.write(written(lines, style))
      if (!isWritten && !hasBegun)
        throw new StaleLibsError('Cannot write to standard output: nothing was done')
    },
    begin() {
      hasBegun = true
      ignoreHangups()
    },
    isAgreed(question, isDefaultYes) {
      if (command.isYes) return true
      if (!dialog.canAsk) throw new RequestError(noTerminalText(command.kind))
      const answer = dialog.ask(written(question).slice(0, -1))
      if (answer === null) return false
      const word = answer.trim().toLowerCase()
      return word === '' ? isDefaultYes : word === 'y' || word === 'yes'
    },
  }
}

/**
 * Runs one piece of work while nobody else restarts units of the manager.
 *
 * @throws {StaleLibsError} when another restart does not end in time
 */
export async function locked<Result>(
  { of, tell }: OpenManager,
  waitSeconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = await takeLock(of, waitSeconds * 1000, () => tell([otherRunsText()]))
  if (lock === 'busy') throw new StaleLibsError(stillBusyText())
  try {
    return await work()
  } finally {
    if (lock !== 'missing') lock.release()
  }
}

/** @throws {StaleLibsError} when no systemd can be told anything */
export function mustBeBooted(isBooted: boolean, verb: Verb): void {
  if (!isBooted) throw new StaleLibsError(notBootedText(verb))
}
