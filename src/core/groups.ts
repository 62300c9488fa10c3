import { isPamHolder } from './advice.ts'
import type { Glob } from './glob.ts'
import { compareText } from './printable.ts'
import { KINDS, USER_KINDS } from './types.ts'
import type { Ignored, Owner, ScanOptions, StaleProcess } from './types.ts'

/** The stale processes that one step concerns: what becomes one finding. */
export type Group = { readonly owner: Owner; readonly processes: readonly StaleProcess[] }

/** Returns one group an owner, in the fixed order of findings: by kind, then by name. */
export function groupByOwner(processes: readonly StaleProcess[]): Group[] {
  const groups = new Map<string, StaleProcess[]>()
  for (const process of processes) {
    const key = groupKey(process)
    groups.set(key, [...(groups.get(key) ?? []), process])
  }
  return [...groups.values()].map(toGroup).toSorted(compareGroups)
}

/** Processes without a unit are told apart by their name; a manager from what else is in its group. */
function groupKey(process: StaleProcess): string {
  const { kind, name, unit, uid, container } = process.owner
  const part = {
    process: process.comm,
    manager: String(process.pid === 1),
    'user-manager': String(isPamHolder({ processes: [process] })),
  }[kind as string]
  return JSON.stringify([kind, name, container === null ? unit : container, uid, part ?? null])
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
  return owner.name ?? processes[0]?.comm ?? ''
}

/** Returns the groups of the wanted side of the machine (`--system`, `--user`). */
export function onSide(groups: readonly Group[], side: ScanOptions['side']): readonly Group[] {
  if (side === 'both') return groups
  return groups.filter(({ owner }) => USER_KINDS.has(owner.kind) === (side === 'user'))
}

export type IgnoreRules = { readonly units: readonly Glob[]; readonly paths: readonly Glob[] }

/** Returns the groups that no rule hides, and for each rule what it hid. */
export function applyIgnoreRules(
  groups: readonly Group[],
  rules: IgnoreRules,
): { readonly kept: readonly Group[]; readonly ignored: readonly Ignored[] } {
  const hidden = new Map<string, string[]>()
  const note = (rule: string, group: Group) =>
    hidden.set(rule, [...(hidden.get(rule) ?? []), nameOf(group)])
  const kept = groups.flatMap((group) => {
    const unitRule = rules.units.find((glob) => glob.matches(group.owner.unit ?? nameOf(group)))
    if (unitRule !== undefined) {
      note(`unit:${unitRule.source}`, group)
      return []
    }
    return withoutPaths(group, rules.paths, (glob) => note(`path:${glob.source}`, group))
  })
  const ignored = [...hidden].map(([rule, names]) => ({ rule, findings: names.length, names }))
  return { kept, ignored: ignored.toSorted((a, b) => compareText(a.rule, b.rule)) }
}

function withoutPaths(
  group: Group,
  globs: readonly Glob[],
  note: (glob: Glob) => void,
): readonly Group[] {
  const used = new Set<Glob>()
  const processes = group.processes.flatMap((process) => {
    const files = process.files.filter((file) => {
      const glob = globs.find((candidate) => candidate.matches(file.path))
      if (glob !== undefined) used.add(glob)
      return glob === undefined
    })
    return files.length === 0 ? [] : [{ ...process, files }]
  })
  for (const glob of used) note(glob)
  return processes.length === 0 ? [] : [{ ...group, processes }]
}
