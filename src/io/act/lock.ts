import { closeSync, constants, openSync } from 'node:fs'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { unlessUnreadable } from '../error.ts'
import { runProgram } from '../program.ts'
import type { Ran, Run } from '../program.ts'
import { runtimeDirectory } from '../systemd/manager-call.ts'

/** The right to restart, which one process of a manager has at a time. */
export type RestartLock = { readonly release: () => void }

const PROGRAM = '/usr/bin/flock'
const NAME = 'stale-libs-restart.lock'
const TRY_LIMIT_MS = 5000
/** The status by which flock(1) tells that another process has the lock. */
const BUSY = 75
const { O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants

/**
 * Takes the lock of a manager. The kernel keeps it (flock(2)) and releases it when this process
 * ends, in whatever way, so no run leaves it behind.
 *
 * The lock belongs to the open file that this process shares with flock(1), which ends at once
 * (flock(1), third form). Node opens it with O_CLOEXEC, so no other program has it. The file stays,
 * because another process may wait for it.
 *
 * Only root writes in /run, and only the user in /run/user/UID (pam_systemd(8), mode 0700). What
 * else a user puts there in its place reaches no further than that user does.
 *
 * @param manager a number is the uid of this process
 * @param waitMs how long it waits for another process
 * @param onWait is called once, when it begins to wait
 * @returns `busy` where another process has it all the time, and `missing` where no lock can be
 *   made: there is no flock(1), or the directory is missing or read-only
 */
export async function takeLock(
  manager: Manager,
  waitMs: number,
  onWait: () => void,
  run: Run = runProgram,
  tree = '',
): Promise<RestartLock | 'busy' | 'missing'> {
  const directory = manager === 'system' ? `${tree}/run` : runtimeDirectory(tree, manager)
  const flags = O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK
  const file = unlessUnreadable(() => openSync(`${directory}/${NAME}`, flags, 0o600))
  if (file === null) return 'missing'
  const lock = (limitMs: number, ...how: readonly string[]) =>
    run(PROGRAM, ['--exclusive', `--conflict-exit-code=${BUSY}`, ...how, '3'], { limitMs, file })
  let ran = await lock(TRY_LIMIT_MS, '--nonblock')
  if (isBusy(ran)) {
    onWait()
    ran = await lock(waitMs + TRY_LIMIT_MS, `--timeout=${waitMs / 1000}`)
  }
  if (ran.error === null) return { release: () => closeSync(file) }
  closeSync(file)
  return isBusy(ran) ? 'busy' : 'missing'
}

function isBusy({ error }: Ran): boolean {
  return error === `status ${BUSY}`
}
