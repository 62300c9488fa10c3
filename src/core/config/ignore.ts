import type { IgnoreRule, IgnoreRules, IgnoreSubject } from './config.ts'
import { compareText, printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import type { StaleProcess } from '../advice/stale-process.ts'
import { machinePathOf } from '../proc/process.ts'
import type { StaleFile } from '../proc/process.ts'
import { nameOf } from '../advice/groups.ts'
import type { Group } from '../advice/groups.ts'

/** What an ignore rule hid: whole findings, or some of their files. */
export type Ignored = {
  readonly rule: Printable
  /** The reason that the rule gives; `null` where it gives none. */
  readonly reason: Printable | null
  readonly findings: number
  readonly names: readonly Printable[]
}

/**
 * Returns the rules for units that match no unit, in the form of `Ignored`: such a rule may be a
 * mistake.
 *
 * @param labels the units that run or were found, and the names of what has none
 */
export function unmatchedRules(
  rules: readonly IgnoreRule[],
  labels: Iterable<string>,
): readonly Printable[] {
  const left = new Set(rules)
  for (const label of labels)
    for (const rule of left) if (rule.glob.matches(label)) left.delete(rule)
  return [...left].map(({ glob }) => printableText(`unit:${glob.source}`))
}

/** The names that ignore rules compare with, beside those of the processes. */
export type Labels = {
  /** Login name of a user id. */
  readonly userNames: ReadonlyMap<number, string>
  /** The package of each path, where a rule asks for packages. */
  readonly packages: ReadonlyMap<string, string>
}

/** What one rule has hidden so far. */
type Hidden = { readonly reason: Printable | null; readonly names: Printable[] }

/**
 * Returns the groups that no rule hides, and for each rule what it hid. A process that was not read
 * whole may have other files than those that a rule names, and a file that was not looked at may be
 * another one, so no rule for paths or packages hides them.
 */
export function applyIgnoreRules(
  groups: readonly Group[],
  rules: IgnoreRules,
  labels: Labels,
): { readonly kept: readonly Group[]; readonly ignored: readonly Ignored[] } {
  const hidden = new Map<Printable, Hidden>()
  const note = (subject: IgnoreSubject, { glob, reason }: IgnoreRule, group: Group) => {
    const rule = printableText(`${subject}:${glob.source}`)
    const known = hidden.get(rule) ?? { reason, names: [] }
    known.names.push(nameOf(group))
    hidden.set(rule, { ...known, reason })
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
  const ignored = [...hidden].map(([rule, { reason, names }]): Ignored => ({
    rule,
    reason,
    findings: names.length,
    names,
  }))
  return { kept, ignored: ignored.toSorted((a, b) => compareText(a.rule, b.rule)) }
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
  const isShown = (file: StaleFile, isPartial: boolean): boolean => {
    if (isPartial || file.isUnjudged) return true
    const own = machinePathOf(file)
    // A glob is text, and what it is compared with is the text of a path as it is printed.
    const labels = [printable(file.path), printable(own)]
    const byPath = rules.path.find(({ glob }) => labels.some((label) => glob.matches(label)))
    const byPackage = rules.package.find(({ glob }) => glob.matches(packages.get(own) ?? ''))
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
    const kept = process.files.map((file) =>
      isShown(file, process.isPartial ?? process.isTreeUnknown ?? false),
    )
    const files = process.files.filter((_, at) => kept[at])
    const unlinked = process.unlinked.filter((_, at) => kept[at])
    const isUpgraded = isOwnShown(process)
    if (files.length === 0 && !isUpgraded) return []
    return [{ ...rest, files, unlinked, ...(isUpgraded && ownPackage ? { ownPackage } : {}) }]
  })
  for (const [rule, subject] of used) note(subject, rule)
  return processes.length === 0 ? [] : [{ ...group, processes }]
}
