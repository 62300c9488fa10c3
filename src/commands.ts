import { NO_CONFIG } from './core/config/config.ts'
import type { Config } from './core/config/config.ts'
import { EXIT } from './core/exit.ts'
import type { Command, ScanOptions } from './core/options.ts'
import { exitStatusOf, quietAnswerOf } from './core/report/exit-status.ts'
import { explanationsOf } from './core/explain/resolve.ts'
import type { Desk } from './act/desk.ts'
import { startClock } from './io/clock.ts'
import type { Clock } from './io/clock.ts'
import { readConfigFile, readMachineConfig } from './io/config.ts'
import { ConfigError, RequestError } from './io/error.ts'
import { openLog } from './io/log.ts'
import type { MapsObserver } from './io/process/read-context.ts'
import { openProc } from './io/proc/proc.ts'
import { readerIn } from './io/machine/reader.ts'
import { openWorld } from './io/world.ts'
import type { World } from './io/world.ts'
import { couldWrite, isOutputDevice, write } from './io/write.ts'
import {
  notesBeside,
  renderExplained,
  renderHelp,
  renderRecorded,
  renderSaid,
  renderUnknown,
  renderUnknownSubject,
} from './render/index.ts'
import { styleOf } from './render/style.ts'
import { knownFor } from './scan/explain/known.ts'
import { widthOf } from './render/width.ts'
import { scan } from './scan/scan.ts'

/** The process that runs a command: what it is allowed, and what it reads. */
export type Caller = {
  readonly uid: number
  readonly version: string
  readonly clock: Clock
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Says whether standard output is a terminal. */
  readonly isTerminal: () => boolean
  /** Returns the columns of the terminal that standard output is; `undefined` where it is none. */
  readonly columns: () => number | undefined
  /** The words behind the name of the program. */
  readonly argv: readonly string[]
  /** Writes one line to standard error. */
  readonly complain: (message: string) => void
}

type Of<Kind> = Extract<Command, { readonly kind: Kind }>

/**
 * Does what a command line asks for, and writes the result.
 *
 * @returns the exit status
 * @throws {RequestError} when the command line is wrong
 */
export async function runCommand(command: Command, caller: Caller): Promise<number> {
  switch (command.kind) {
    case 'scan':
      return await scanCommand(command.options, caller)
    case 'explain':
      await explainCommand(command, caller)
      break
    case 'record':
      write(await recordCommand(command, caller))
      break
    case 'restart':
      return await (await import('./act/act.ts')).restartCommand(command, deskFor(command, caller))
    case 'mark':
      return await (await import('./act/act.ts')).markCommand(command, deskFor(command, caller))
    case 'complete':
      return await (await import('./act/act.ts')).completeCommand(command, deskFor(command, caller))
    case 'show':
      write(renderHelp(command.text))
      break
    case 'usage-error':
      throw new RequestError(command.message)
    default:
      command satisfies never
  }
  return EXIT.looked
}

/** Runs `stale-libs scan`. Returns the exit status. */
async function scanCommand(options: ScanOptions, caller: Caller): Promise<number> {
  const { world, config } = await open(options, caller)
  const { report } = await scan(world, options, config, caller, await openLog(options.logLevel))
  const { style, page } = outputOf(options, caller)
  const file = options.output === null ? null : { path: options.output, uid: caller.uid }
  const said = quietAnswerOf(report, options)
  write(await renderSaid(said, report, options, style, page), file)
  notesBeside(report, options, said).forEach(caller.complain)
  return exitStatusOf(report, options)
}

/**
 * Runs `stale-libs explain`, and writes one explanation for each subject.
 *
 * @throws {RequestError} when a subject does not exist
 */
async function explainCommand(
  { subjects, options, isFacts }: Of<'explain'>,
  caller: Caller,
): Promise<void> {
  const { world, config } = await open(options, caller)
  const scanned = await scan(world, options, config, caller, await openLog(options.logLevel))
  const known = await knownFor(subjects, world, scanned.report)
  const explained = explanationsOf(subjects, scanned, known)
  if ('nearest' in explained) throw new RequestError(await renderUnknownSubject(explained))
  const { style, page } = outputOf(options, caller)
  write(await renderExplained(explained, isFacts, style, page))
}

/** Runs `stale-libs record`. Returns the line that says what was written. */
async function recordCommand(
  { directory, anonymize, options }: Of<'record'>,
  caller: Caller,
): Promise<string> {
  const { openRecorder } = await import('./io/recording/recording.ts')
  const recorder = openRecorder()
  const { world, config } = await open(options, caller, recorder.observe)
  const log = await openLog(options.logLevel)
  const { report } = await scan(recorder.listenTo(world), options, config, caller, log)
  const { uid, version } = caller
  const processes = recorder.save(directory, { version, config, report, uid, anonymize })
  return renderRecorded(processes, report.processes, directory)
}

/**
 * Opens what a scan looks at. A wrong configuration ends a run by hand. A hook reports it in one
 * line and uses the defaults.
 *
 * @param observe receives the deleted mappings of each process, as lines of maps
 */
async function open(
  options: ScanOptions,
  caller: Caller,
  observe?: MapsObserver,
): Promise<{ readonly world: World; readonly config: Config }> {
  const recording = options.from === null ? null : await replay(options.from)
  const world = recording?.world ?? openWorld(openProc(options.proc, { observe }), options, caller)
  const asRoot = caller.uid === 0
  try {
    if (options.config !== null)
      return { world, config: await readConfigFile(options.config, asRoot) }
    if (recording !== null) return recording
    const { tree } = world.machine
    return { world, config: tree === null ? NO_CONFIG : await readMachineConfig(tree, asRoot) }
  } catch (error) {
    if (!(error instanceof ConfigError) || !options.hook) throw error
    caller.complain(`${error.message}; the built-in defaults are used`)
    return { world, config: NO_CONFIG }
  }
}

/** Returns the colours and the width of a text on standard output. */
function outputOf(options: ScanOptions, { environment, isTerminal, columns }: Caller) {
  // Only a device can be a terminal. Asking Node about a terminal loads all of its streams.
  const isAtTerminal = () => isOutputDevice() && isTerminal()
  return {
    style: styleOf(options, environment, isAtTerminal),
    page: {
      width: widthOf(options, environment, () => (isAtTerminal() ? (columns() ?? 0) : undefined)),
    },
  }
}

/** Returns what a command that acts gets: each of its looks has a clock of its own. */
function deskFor({ options }: Of<'restart' | 'mark' | 'complete'>, caller: Caller): Desk {
  const here = openWorld(openProc(options.proc), options, caller)
  return {
    ...caller,
    reader: readerIn(here, caller.environment),
    ...outputOf(options, caller),
    terminal: { name: caller.environment['TERM'], columns: caller.columns },
    async look() {
      const clock = startClock()
      const { world, config } = await open(options, { ...caller, clock })
      const log = await openLog(options.logLevel)
      return { ...(await scan(world, options, config, caller, log)), world }
    },
  }
}

async function replay(directory: string) {
  const { openRecording } = await import('./io/recording/recording.ts')
  return openRecording(directory)
}

/**
 * Writes the answer UNKNOWN for a monitoring system. Returns false where standard output does not
 * take it.
 */
export function couldSayUnknown(message: string): boolean {
  return couldWrite(renderUnknown(message))
}
