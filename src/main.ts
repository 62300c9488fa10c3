#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import { isForHook, isForMonitoring, parseCommand } from './cli/cli.ts'
import { problemOfNode } from './cli/node-version.ts'
import { couldSayUnknown, runCommand } from './commands.ts'
import { EXIT } from './core/exit.ts'
import { COMPLAINT } from './core/pacman/hook/traces.ts'
import { printableText } from './core/printable.ts'
import { startClock } from './io/clock.ts'
import { messageOf, RequestError, StaleLibsError } from './io/error.ts'
import { exitWhileStuck } from './io/reading/exit-while-stuck.ts'
import { poolThreads } from './io/reading/pool.ts'
import { stopReading } from './io/reading/walk.ts'

const argv = process.argv.slice(2)
const isHook = isForHook(argv)
const isCheck = !isHook && isForMonitoring(argv)
const clock = startClock()

async function main(): Promise<number> {
  const { version, engines } = manifest
  const problem = problemOfNode(process.versions.node, engines.node)
  if (problem !== null) throw new StaleLibsError(problem)
  // Node reads the size of its pool when the pool starts, so it must be set before any file is
  // read.
  process.env['UV_THREADPOOL_SIZE'] ??= String(poolThreads())
  return await runCommand(await parseCommand(argv, version), {
    uid: process.getuid?.() ?? 0,
    version,
    clock,
    complain,
    environment: process.env,
    isTerminal: () => process.stdout.isTTY,
    columns: () => process.stdout.columns,
    argv,
  })
}

function complain(message: string): void {
  const prefix = isHook ? COMPLAINT : COMPLAINT.trimStart()
  process.stderr.write(`${prefix}${printableText(message)}\n`)
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
