import { userManagerUid } from '../../core/owner/cgroup.ts'
import type { Printable } from '../../core/printable.ts'
import { terminalName } from '../../core/proc/stat.ts'
import type { Proc } from '../proc/proc.ts'
import type { ControlGroups } from './control-groups.ts'

/** Returns the virtual consoles (`tty2`) of the processes in a scope. */
export type ConsolesOf = (scope: string) => readonly Printable[]

/**
 * Returns the virtual consoles of the scopes that processes lie in. The session of a login has a
 * scope, and at a screen one of its processes has the console. A scope of a user's manager holds no
 * login.
 */
export function consolesOfScopes(
  pids: readonly number[],
  { consolesOf }: { readonly consolesOf: ConsolesOf },
  { controlGroup }: Pick<Proc, 'controlGroup'>,
): readonly Printable[] {
  const scopes = new Set(pids.flatMap((pid) => scopeOfSystem(controlGroup(pid)?.path ?? '') ?? []))
  return [...new Set([...scopes].flatMap(consolesOf))]
}

function scopeOfSystem(path: string): string | null {
  if (!path.endsWith('.scope')) return null
  return path.split('/').every((unit) => userManagerUid(unit) === null) ? path : null
}

/** Returns what reads the virtual consoles of a scope, each scope once. */
export function openConsoles(
  { stat }: Pick<Proc, 'stat'>,
  { processes }: Pick<ControlGroups, 'processes'>,
): ConsolesOf {
  const known = new Map<string, readonly Printable[]>()
  return (scope) => {
    const found = known.get(scope)
    if (found !== undefined) return found
    const names = processes(scope).flatMap((pid) => terminalName(stat(pid)?.terminal ?? 0) ?? [])
    const consoles = [...new Set(names)].filter((name) => /^tty\d/.test(name))
    known.set(scope, consoles)
    return consoles
  }
}
