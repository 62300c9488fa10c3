import { isUserManager } from './advice.ts'
import type { IgnoreRule, IgnoreRules, IgnoreSubject } from './config.ts'
import { compareText } from './printable.ts'
import { KINDS, USER_KINDS } from './types.ts'
import type { Ignored, Owner, ScanOptions, StaleFile, StaleProcess } from './types.ts'

/** The stale processes that one step concerns: what becomes one finding. */
export type Group = { readonly owner: Owner; readonly processes: readonly StaleProcess[] }

/** Returns one group an owner, in the fixed order of findings: by kind, then by name. */
export function groupByOwner(processes: readonly StaleProcess[]): Group[] {
  const groups = new Map<string, StaleProcess[]>()
  for (const process of processes) {
    const key = groupKey(process)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [process])
    else group.push(process)
  }
  return [...groups.values()].map(toGroup).toSorted(compareGroups)
}

/** Processes without a unit are told apart by their name; a manager from what else is in its group. */
function groupKey(process: StaleProcess): string {
  const { kind, name, unit, uid, container, isSupervisor } = process.owner
  const what = container === null ? unit : [container, isSupervisor]
  return JSON.stringify([kind, name, what, uid, partOf(process)])
}

function partOf(process: StaleProcess): string | boolean | null {
  if (process.owner.kind === 'process') return process.comm
  if (process.owner.kind === 'manager') return process.pid === 1 || process.comm
  return process.owner.kind === 'user-manager' && isUserManager({ processes: [process] })
}

function toGroup(processes: readonly StaleProcess[]): Group {
  const sorted = processes.toSorted((a, b) => a.pid - b.pid)
  const owner = sorted[0]?.owner
  if (owner === undefined) throw new RangeError('Cannot make a group: it has no process')
  return { owner, processes: sorted }
}

function compareGroups(a: Group, b: Group): number {
  return (
    KINDS.indexOf(a.owner.kind) - KINDS.indexOf(b.owner.kind) ||
    compareText(nameOf(a), nameOf(b)) ||
    (a.owner.uid ?? -1) - (b.owner.uid ?? -1) ||
    (a.processes[0]?.pid ?? 0) - (b.processes[0]?.pid ?? 0)
  )
}

/** Returns what a person calls the group. */
export function nameOf({ owner, processes }: Group): string {
  const [first] = processes
  // What else stands in the group of PID 1 is not systemd.
  if (owner.kind === 'manager' && first && first.pid !== 1) return first.comm || `PID ${first.pid}`
  return owner.name ?? (processes[0]?.comm || `PID ${processes[0]?.pid}`)
}

/**
 * Returns the stale processes, and those whose service's package changed though they have no stale file:
 * a process can be both.
 */
export function withUpgraded(
  stale: readonly StaleProcess[],
  upgraded: readonly StaleProcess[],
): readonly StaleProcess[] {
  const known = new Map(upgraded.map((process) => [process.pid, process] as const))
  const both = stale.map((process) => {
    const { ownPackage } = known.get(process.pid) ?? {}
    known.delete(process.pid)
    return ownPackage === undefined ? process : { ...process, ownPackage }
  })
  return [...both, ...known.values()]
}

/** Returns the groups of the wanted side of the machine (`--system`, `--user`). */
export function onSide(groups: readonly Group[], side: ScanOptions['side']): readonly Group[] {
  if (side === 'both') return groups
  return groups.filter(({ owner }) => USER_KINDS.has(owner.kind) === (side === 'user'))
}

/** What ignore rules look at beside the processes themselves. */
export type Labels = {
  /** Login name of a user id. */
  readonly userNames: ReadonlyMap<number, string>
  /** Package of a path, where a rule asks for packages. */
  readonly packages: ReadonlyMap<string, string>
}

/** Returns the groups that no rule hides, and for each rule what it hid. */
export function applyIgnoreRules(
  groups: readonly Group[],
  rules: IgnoreRules,
  labels: Labels,
): { readonly kept: readonly Group[]; readonly ignored: readonly Ignored[] } {
  const hidden = new Map<string, Ignored>()
  const note = (subject: IgnoreSubject, { glob, reason }: IgnoreRule, group: Group) => {
    const rule = `${subject}:${glob.source}`
    const names = [...(hidden.get(rule)?.names ?? []), nameOf(group)]
    hidden.set(rule, { rule, reason, findings: names.length, names })
  }
  const kept = groups.flatMap((group) => {
    for (const [subject, label] of ownerLabels(group, labels)) {
      const rule = rules[subject].find(({ glob }) => glob.matches(label))
      if (rule === undefined) continue
      note(subject, rule, group)
      return []
    }
    return withoutFiles(group, rules, labels, (subject, rule) => note(subject, rule, group))
  })
  return { kept, ignored: [...hidden.values()].toSorted((a, b) => compareText(a.rule, b.rule)) }
}

function ownerLabels(group: Group, { userNames }: Labels): readonly [IgnoreSubject, string][] {
  const { unit, uid } = group.owner
  const user = uid === null ? undefined : userNames.get(uid)
  return [
    ['unit', unit ?? nameOf(group)],
    ...(uid === null ? [] : [['user', String(uid)] as [IgnoreSubject, string]]),
    ...(user === undefined ? [] : [['user', user] as [IgnoreSubject, string]]),
  ]
}

function withoutFiles(
  group: Group,
  rules: IgnoreRules,
  { packages }: Labels,
  note: (subject: IgnoreSubject, rule: IgnoreRule) => void,
): readonly Group[] {
  const used = new Map<IgnoreRule, IgnoreSubject>()
  const isShown = ({ path }: StaleFile): boolean => {
    const byPath = rules.path.find(({ glob }) => glob.matches(path))
    const byPackage = rules.package.find(({ glob }) => glob.matches(packages.get(path) ?? ''))
    if (byPath !== undefined) used.set(byPath, 'path')
    else if (byPackage !== undefined) used.set(byPackage, 'package')
    return byPath === undefined && byPackage === undefined
  }
  const isOwnShown = ({ ownPackage }: StaleProcess): boolean => {
    const rule = rules.package.find(({ glob }) => glob.matches(ownPackage?.change.name ?? ''))
    if (rule !== undefined && ownPackage) used.set(rule, 'package')
    return ownPackage !== undefined && rule === undefined
  }
  const processes = group.processes.flatMap((process) => {
    const { ownPackage, ...rest } = process
    const kept = process.files.map(isShown)
    const files = process.files.filter((_, at) => kept[at])
    const unlinked = process.unlinked.filter((_, at) => kept[at])
    const isUpgraded = isOwnShown(process)
    if (files.length === 0 && !isUpgraded) return []
    return [{ ...rest, files, unlinked, ...(isUpgraded && ownPackage ? { ownPackage } : {}) }]
  })
  for (const [rule, subject] of used) note(subject, rule)
  return processes.length === 0 ? [] : [{ ...group, processes }]
}
