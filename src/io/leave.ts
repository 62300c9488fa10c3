let waiting = 0

/**
 * Notes that a thread waits in the kernel and may do so for ever.
 *
 * @returns what is to be called when it does not any more
 */
export function threadWaits(): () => void {
  waiting += 1
  return () => {
    waiting -= 1
  }
}

type Execve = (
  file: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
) => void

/**
 * Ends the process, when threads that wait in the kernel would keep it from ending: Node joins them. A call
 * of exec(3) ends them too, and is the only way to choose a status; Node has it from 22.15 on. Before, only a
 * signal is left: SIGUSR2, which nobody else sends, and which hooks/stale-libs takes for an end.
 *
 * Everything must have been written. Returns when no thread waits.
 */
export function leaveWaitingThreads(status: number): void {
  if (waiting === 0) return
  const { execve } = process as { readonly execve?: Execve }
  if (execve === undefined) process.kill(process.pid, 'SIGUSR2')
  else execve.call(process, '/bin/sh', ['sh', '-c', `exit ${status}`], {})
}
