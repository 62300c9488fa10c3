import { closeSync } from 'node:fs'
import { impliesExecution } from '../../core/proc/classify.ts'
import { errorCode } from '../error.ts'
import type { ProcessRead } from './read-context.ts'

/**
 * Says whether a process has READ_IMPLIES_EXEC, or returns `null` where it may not be read.
 *
 * The kernel shows it to those who may attach to the process (proc_pid_personality of
 * fs/proc/base.c): not to its own user, where Yama restricts ptrace(2). The read takes the lock of
 * a process that executes a program, so it can wait, as that of maps can.
 */
export async function readPersonality({
  context: { calls },
  directory,
  buffer,
}: ProcessRead): Promise<boolean | null> {
  let file: number | null = null
  try {
    file = await called((tell) => calls.open(`${directory}/personality`, tell))
    const opened = file
    const length = await called((tell) => calls.read(opened, buffer, tell))
    return impliesExecution(buffer.bytes.toString('latin1', 0, length))
  } catch (error) {
    if (errorCode(error) === '') throw error
    return null
  } finally {
    if (file !== null) closeSync(file)
  }
}

type Tell = (error: Error | null, result: number) => void

function called(call: (tell: Tell) => void): Promise<number> {
  return new Promise((resolve, reject) =>
    call((error, result) => (error === null ? resolve(result) : reject(error))),
  )
}
