type Execve = (
  file: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
) => void

/**
 * Ends the process while a read is stuck in the kernel: Node waits for its threads when it ends,
 * and such a thread never does.
 *
 * exec(3) ends the threads too and keeps the status; Node has it from 22.15 on. Before, only a
 * signal is left: SIGUSR2, which nobody else sends and hooks/stale-libs takes for an end.
 * Everything must have been written.
 */
export function exitWhileStuck(status: number): void {
  const { execve } = process as { readonly execve?: Execve }
  if (execve === undefined) process.kill(process.pid, 'SIGUSR2')
  else execve.call(process, '/bin/sh', ['sh', '-c', `exit ${status}`], {})
}
