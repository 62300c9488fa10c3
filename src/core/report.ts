import { adviceFor } from './advice.ts'
import type { Setting } from './advice.ts'
import { nameOf } from './groups.ts'
import type { Group } from './groups.ts'
import { compareText } from './printable.ts'
import { USER_KINDS } from './types.ts'
import type { Finding, Host, StaleFile, UnitFacts, User } from './types.ts'

/** USER_HZ: the unit of times in `/proc/PID/stat` is a hundredth of a second on every Linux that Arch runs on. */
const TICKS_PER_SECOND = 100

/** What a finding needs beside its group. */
export type Surroundings = {
  readonly host: Host
  readonly setting: Setting
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly userNames: ReadonlyMap<number, string>
}

/** Returns the finding of one group: who, why, and what to do. */
export function findingOf(group: Group, around: Surroundings): Finding {
  const { owner, processes } = group
  const user = USER_KINDS.has(owner.kind) ? userOf(owner.uid, around.userNames) : null
  const facts = around.facts.get(managedUnit(group) ?? '') ?? null
  const files = distinctFiles(processes.flatMap((process) => process.files))
  const index = new Map(files.map((file, at) => [file.path, at]))
  return {
    kind: owner.kind,
    name: nameOf(group),
    unit: owner.unit,
    user,
    container: owner.container,
    ...adviceFor({ owner, user, processes, facts, setting: around.setting }),
    causes: ['stale-files'],
    processes: processes.map((process) => ({
      pid: process.pid,
      comm: process.comm,
      startedAt: startedAt(process.startTicks, around.host.bootSeconds),
      main: facts?.MainPID === String(process.pid),
      files: process.files.map((file) => index.get(file.path) ?? 0).toSorted((a, b) => a - b),
    })),
    files: files.map((file) => ({ ...file, package: null })),
  }
}

/** Returns the unit that the system's manager can be asked about, or `null`. */
export function managedUnit({ owner }: Group): string | null {
  return owner.kind === 'service' || owner.kind === 'user-manager' ? owner.unit : null
}

/** Sorted by path. A file whose state only some of its processes could tell has the state they told. */
function distinctFiles(files: readonly StaleFile[]): readonly StaleFile[] {
  const byPath = new Map<string, StaleFile>()
  for (const file of files) {
    const known = byPath.get(file.path)
    if (known === undefined || known.state === 'unknown') byPath.set(file.path, file)
  }
  return [...byPath.values()].toSorted((a, b) => compareText(a.path, b.path))
}

function userOf(uid: number | null, names: ReadonlyMap<number, string>): User | null {
  return uid === null ? null : { uid, name: names.get(uid) ?? null }
}

function startedAt(ticks: number | null, bootSeconds: number | null): string | null {
  if (ticks === null || bootSeconds === null) return null
  return new Date(bootSeconds * 1000 + (ticks * 1000) / TICKS_PER_SECOND).toISOString()
}

/**
 * Returns the commands that clear what can be cleared safely, in the order to run them: the manager's
 * own re-execution, then one `systemctl restart`, so that systemd orders the restarts.
 */
export function commandsOf(findings: readonly Finding[]): readonly (readonly string[])[] {
  const safe = findings.filter(({ cautions }) => !cautions.some(({ blocking }) => blocking))
  const reexec = safe.find(({ action }) => action === 'reexec')?.command
  const units = safe.flatMap(({ action, unit }) => (action === 'restart' && unit ? [unit] : []))
  return [
    ...(reexec ? [reexec] : []),
    ...(units.length === 0 ? [] : [['systemctl', 'restart', '--', ...units]]),
  ]
}
