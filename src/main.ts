#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import { parseCommand } from './cli.ts'
import { EXIT, exitStatusOf } from './core/exit-status.ts'
import { printable } from './core/printable.ts'
import type { ScanOptions } from './core/types.ts'
import { StaleLibsError } from './io/error.ts'
import { openLog } from './io/log.ts'
import { writeFile, writeResult } from './io/write.ts'
import { render } from './render/index.ts'
import { styleOf } from './render/style.ts'
import { scan } from './run.ts'

const argv = process.argv.slice(2)
const isHook = argv.includes('--hook')

async function main(): Promise<number> {
  const command = await parseCommand(argv, manifest.version)
  switch (command.kind) {
    case 'scan':
      return await runScan(command.options)
    case 'show':
      writeResult(command.text)
      return EXIT.looked
    case 'usage-error':
      complain(`${command.message}: see stale-libs --help`)
      return EXIT.usage
    default:
      return command satisfies never
  }
}

async function runScan(options: ScanOptions): Promise<number> {
  const log = await openLog(options.logLevel)
  const uid = process.getuid?.() ?? 0
  const caller = { pid: process.pid, uid, now: () => new Date(), version: manifest.version, log }
  const report = await scan(options, caller)
  const text = render(
    report,
    options,
    styleOf(options, process.env, () => process.stdout.isTTY),
  )
  if (options.output === null) writeResult(text)
  else writeFile(options.output, text)
  return exitStatusOf(report, options)
}

function complain(message: string): void {
  const safe = printable(Buffer.from(message).toString('latin1'))
  process.stderr.write(`${isHook ? '  ' : ''}stale-libs: ${safe}\n`)
}

try {
  const status = await main()
  process.exitCode = isHook ? EXIT.looked : status
} catch (error) {
  if (!(error instanceof StaleLibsError)) throw error
  complain(error.message)
  process.exitCode = isHook ? EXIT.looked : EXIT.failed
}
