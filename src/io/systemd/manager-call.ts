import { lstatSync } from 'node:fs'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { unlessUnreadable } from '../error.ts'

/** How systemctl(1) and journalctl(1) reach a manager. */
export type ManagerCall = {
  readonly flag: '--system' | '--user'
  readonly environment: Readonly<Record<string, string>>
}

/** Returns the directory in which a user's manager listens (user@.service(5), XDG_RUNTIME_DIR). */
export function runtimeDirectory(tree: string, uid: number): string {
  return `${tree}/run/user/${uid}`
}

/**
 * Returns how a program is called so that it reaches a manager; `null` where that is not running.
 * It reaches the system's manager and the user's own one, so no program ever runs as another user.
 *
 * @param tree prefix of the absolute paths of the machine
 * @param uid the user who runs this process
 */
export function managerCall(tree: string, manager: Manager, uid: number): ManagerCall | null {
  if (manager === 'system') return { flag: '--system', environment: {} }
  const runtime = runtimeDirectory(tree, uid)
  if (manager !== uid || !isOwnedBy(runtime, uid)) return null
  // A user who comes through sudo does not have this variable.
  return { flag: '--user', environment: { XDG_RUNTIME_DIR: runtime } }
}

function isOwnedBy(directory: string, uid: number): boolean {
  return unlessUnreadable(() => lstatSync(directory))?.uid === uid
}
