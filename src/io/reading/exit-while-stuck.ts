type Execve = (
  file: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
) => void

/**
 * Ends this process while a read is stuck in the kernel. Node waits for its threads when it ends,
 * and a stuck thread never ends.
 *
 * exec(3) ends the threads and keeps the status; Node has it from 22.15 on. Older versions only
 * have a signal: SIGUSR2, which no other program sends and which hooks/stale-libs takes for an end.
 * All output must have been written before.
 */
export function exitWhileStuck(status: number): void {
  const { execve } = process as { readonly execve?: Execve }
  if (execve === undefined) process.kill(process.pid, 'SIGUSR2')
  else execve.call(process, '/bin/sh', ['sh', '-c', `exit ${status}`], {})
}
