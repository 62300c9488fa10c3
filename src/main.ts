import manifest from '../package.json' with { type: 'json' }
import { isForMonitoring, parseCommand } from './cli.ts'
import { EXIT, exitStatusOf } from './core/exit-status.ts'
import { printableText } from './core/printable.ts'
import type { ScanOptions } from './core/types.ts'
import { messageOf, RequestError } from './io/error.ts'
import { leaveWaitingThreads } from './io/leave.ts'
import { couldWrite, isOutputDevice, write } from './io/write.ts'
import { notesBeside, render, renderExplained, renderUnknown } from './render/index.ts'
import { styleOf } from './render/style.ts'
import { explainCommand, recordCommand, scanCommand } from './run.ts'
import type { Caller } from './run.ts'

const argv = process.argv.slice(2)
const isHook = argv.includes('--hook')
const isCheck = !isHook && isForMonitoring(argv)

async function main(): Promise<number> {
  const command = await parseCommand(argv, manifest.version)
  const caller = { uid: process.getuid?.() ?? 0, version: manifest.version, complain }
  switch (command.kind) {
    case 'scan':
      return await runScan(command.options, caller)
    case 'explain':
      write(await renderExplained(await explainCommand(command, caller)))
      break
    case 'record':
      write(await recordCommand(command, caller))
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

async function runScan(options: ScanOptions, caller: Caller): Promise<number> {
  const report = await scanCommand(options, caller)
  // Only a device can be a terminal, and to ask Node loads all of its streams.
  const isTerminal = () => isOutputDevice() && process.stdout.isTTY
  const style = styleOf(options, process.env, isTerminal)
  write(render(report, options, style), options.output)
  notesBeside(report, options).forEach(complain)
  return exitStatusOf(report, options)
}

function complain(message: string): void {
  process.stderr.write(`${isHook ? '  ' : ''}stale-libs: ${printableText(message)}\n`)
}

function fail(error: unknown): number {
  const message = messageOf(error, argv.includes('debug'))
  if (!isCheck || !couldWrite(renderUnknown(message))) complain(message)
  return error instanceof RequestError && !isCheck ? EXIT.usage : EXIT.failed
}

void main()
  .catch(fail)
  .then((status) => {
    process.exitCode = isHook ? EXIT.looked : status
    leaveWaitingThreads(process.exitCode)
  })
