#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import { parseCommand } from './cli.ts'
import { EXIT, exitStatusOf } from './core/exit-status.ts'
import { printable } from './core/printable.ts'
import type { ScanOptions } from './core/types.ts'
import { messageOf, RequestError } from './io/error.ts'
import { leaveWaitingThreads } from './io/leave.ts'
import { write } from './io/write.ts'
import { notesBeside, render } from './render/index.ts'
import { renderExplanations } from './render/explain.ts'
import { styleOf } from './render/style.ts'
import { explainCommand, recordCommand, scanCommand } from './run.ts'
import type { Caller } from './run.ts'

const argv = process.argv.slice(2)
const isHook = argv.includes('--hook')

async function main(): Promise<number> {
  const command = await parseCommand(argv, manifest.version)
  const caller = { uid: process.getuid?.() ?? 0, version: manifest.version, complain }
  switch (command.kind) {
    case 'scan':
      return await runScan(command.options, caller)
    case 'explain':
      write(renderExplanations(await explainCommand(command, caller)))
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
  const style = styleOf(options, process.env, () => process.stdout.isTTY)
  write(render(report, options, style), options.output)
  notesBeside(report, options).forEach(complain)
  return exitStatusOf(report, options)
}

function complain(message: string): void {
  const safe = printable(Buffer.from(message).toString('latin1'))
  process.stderr.write(`${isHook ? '  ' : ''}stale-libs: ${safe}\n`)
}

const status = await main().catch((error: unknown) => {
  complain(messageOf(error, argv.includes('debug')))
  return error instanceof RequestError ? EXIT.usage : EXIT.failed
})
process.exitCode = isHook ? EXIT.looked : status
leaveWaitingThreads(process.exitCode)
