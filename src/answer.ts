import { EXIT } from './core/exit.ts'
import { exitStatusOf } from './core/report/exit-status.ts'
import type { Command, ScanOptions } from './core/options.ts'
import { RequestError } from './io/error.ts'
import type { Proc } from './io/proc/proc.ts'
import { couldWrite, isOutputDevice, write } from './io/write.ts'
import { notesBeside, render, renderExplained, renderUnknown } from './render/index.ts'
import { styleOf } from './render/style.ts'
import { explainCommand, recordCommand, scanCommand } from './run.ts'
import type { Caller } from './run.ts'

/** Whoever runs this: a person, pacman or a monitoring system. */
export type Asker = Caller & {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Says whether standard output is a terminal. */
  readonly isTerminal: () => boolean
}

/**
 * Does what a command line asks for, and writes the result.
 *
 * @param proc the process tree of a scan, which may be read already; `null`: a recording is replayed
 * @returns the exit status
 * @throws {RequestError} when the command line is wrong
 */
export async function answer(command: Command, proc: Proc | null, asker: Asker): Promise<number> {
  switch (command.kind) {
    case 'scan':
      return await answerScan(command.options, proc, asker)
    case 'explain':
      write(await renderExplained(await explainCommand(command, asker)))
      break
    case 'record':
      write(await recordCommand(command, asker))
      break
    case 'show':
      write(command.text)
      break
    case 'usage-error':
      throw new RequestError(`${command.message}: see stale-libs --help`)
    default:
      command satisfies never
  }
  return EXIT.looked
}

async function answerScan(options: ScanOptions, proc: Proc | null, asker: Asker): Promise<number> {
  const report = await scanCommand(options, proc, asker)
  // Only a device can be a terminal, and to ask Node loads all of its streams.
  const isTerminal = () => isOutputDevice() && asker.isTerminal()
  const style = styleOf(options, asker.environment, isTerminal)
  const file = options.output === null ? null : { path: options.output, uid: asker.uid }
  write(render(report, options, style), file)
  notesBeside(report, options).forEach(asker.complain)
  return exitStatusOf(report, options)
}

/** Tells a monitoring system that there is no answer, and says whether it took it. */
export function couldSayUnknown(message: string): boolean {
  return couldWrite(renderUnknown(message))
}
