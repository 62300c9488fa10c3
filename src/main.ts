#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import { answer, couldSayUnknown } from './answer.ts'
import { isForMonitoring, parseCommand } from './cli.ts'
import { EXIT } from './core/exit.ts'
import { printableText } from './core/printable.ts'
import type { ScanOptions } from './core/options.ts'
import { startClock } from './io/clock.ts'
import { messageOf, RequestError } from './io/error.ts'
import { exitWhileStuck } from './io/proc/exit-while-stuck.ts'
import { openProc } from './io/proc/proc.ts'
import type { Proc } from './io/proc/proc.ts'
import { poolThreads, stopReading } from './io/proc/readers.ts'

const argv = process.argv.slice(2)
const isHook = argv.includes('--hook')
const isCheck = !isHook && isForMonitoring(argv)
const clock = startClock()

async function main(): Promise<number> {
  const { version } = manifest
  const command = await parseCommand(argv, version)
  const proc = command.kind === 'scan' ? procOf(command.options) : null
  // Node's pool reads processes while the main thread looks at the machine.
  proc?.walk()
  return await answer(command, proc, {
    uid: process.getuid?.() ?? 0,
    sudoUid: process.env['SUDO_UID'],
    version,
    clock,
    complain,
    environment: process.env,
    isTerminal: () => process.stdout.isTTY,
  })
}

function procOf({ from, proc }: ScanOptions): Proc | null {
  if (from !== null) return null
  process.env['UV_THREADPOOL_SIZE'] ??= String(poolThreads())
  return openProc(proc)
}

function complain(message: string): void {
  process.stderr.write(`${isHook ? '  ' : ''}stale-libs: ${printableText(message)}\n`)
}

function fail(error: unknown): number {
  const message = messageOf(error, argv.includes('debug'))
  if (!isCheck || !couldSayUnknown(message)) complain(message)
  return error instanceof RequestError && !isCheck ? EXIT.usage : EXIT.failed
}

void main()
  .catch(fail)
  .then(async (status) => {
    process.exitCode = isHook ? EXIT.looked : status
    if (await stopReading()) exitWhileStuck(process.exitCode)
  })
