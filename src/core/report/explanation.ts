import type { RuleCode } from '../advice/advice.ts'
import type { Case } from '../advice/case.ts'
import { answersAbout } from '../advice/decision.ts'
import type { RuleAnswer } from '../advice/decision.ts'
import { isOwnerRule } from '../advice/owner-rules.ts'
import type { OwnerRuleCode } from '../advice/owner-rules.ts'
import { nearestNames } from './nearest.ts'
import type { Limit } from '../limits.ts'
import type { Owner } from '../owner/kinds.ts'
import { printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { UNIT_PROPERTIES } from '../systemd/unit-facts.ts'
import type { UnitProperty } from '../systemd/unit-facts.ts'
import { temporaryCodeRule } from '../proc/temporary-code.ts'
import type { Finding, Report, TemporaryCode } from './report.ts'

/** A report, and the cases behind its findings, in their order. */
export type Scan = { readonly report: Report; readonly cases: readonly Case[] }

/** One finding with its case and with the rules that decided. */
export type Explained = {
  readonly case: Case
  readonly finding: Finding
  /** The rule for the kind of the owner, or the answers of the rules about units. */
  readonly why: OwnerRuleCode | readonly RuleAnswer[]
  /** The control group of each process of the case; `null` where none is known. */
  readonly groups: readonly (Printable | null)[]
  /** The paths of the stale files of each process of the case, in their order. */
  readonly paths: readonly (readonly Printable[])[]
  /** What systemd says of the unit, without empty properties; `null` where it was not asked. */
  readonly facts: readonly { readonly name: UnitProperty; readonly value: Printable }[] | null
}

/** Everything behind the verdict about one subject. */
export type Explanation = {
  readonly subject: Printable
  /** The verdicts; empty where nothing of the subject is stale. */
  readonly found: readonly Explained[]
  /** All processes of the subject, stale or not. */
  readonly members: readonly number[]
  readonly owner: Owner | null
  readonly temporary: readonly (TemporaryCode & { readonly reason: Printable })[]
  readonly limits: readonly Limit[]
  readonly isRoot: boolean
}

/** A subject that does not exist: it is neither a process nor a unit with processes. */
export type UnknownSubject = {
  readonly subject: Printable
  readonly isPid: boolean
  /** The names that are most similar to it, the most similar first. */
  readonly nearest: readonly Printable[]
}

/**
 * Returns an explanation for each subject, or the first subject that does not exist.
 *
 * @param subjects units (`.service` may be left out), names of findings, or process ids
 * @param owners the owner of every process, `null` for those that are gone
 */
export function explanationsOf(
  subjects: readonly string[],
  scan: Scan,
  owners: ReadonlyMap<number, Owner | null>,
): readonly Explanation[] | UnknownSubject {
  const explanations: Explanation[] = []
  for (const subject of subjects) {
    const explanation = explanationOf(subject, scan, owners)
    if ('nearest' in explanation) return explanation
    explanations.push(explanation)
  }
  return explanations
}

function explanationOf(
  subject: string,
  { report, cases }: Scan,
  owners: ReadonlyMap<number, Owner | null>,
): Explanation | UnknownSubject {
  const isPid = /^\d+$/.test(subject)
  const units = new Set([subject, `${subject}.service`])
  const found = cases.flatMap((one, at) => {
    const finding = report.findings[at]
    if (finding === undefined) return []
    const concerns = isPid
      ? one.processes.some(({ pid }) => String(pid) === subject)
      : finding.name === subject || units.has(one.owner.unit ?? '')
    return concerns ? [explained(one, finding)] : []
  })
  const members = [...owners].flatMap(([pid, owner]) =>
    (isPid ? String(pid) === subject : units.has(owner?.unit ?? '')) ? [pid] : [],
  )
  if (found.length === 0 && members.length === 0)
    return unknownSubject(subject, isPid, owners, report)
  return {
    subject: printableText(subject),
    found,
    members,
    owner: owners.get(members[0] ?? 0) ?? null,
    temporary: report.temporaryCode
      .filter(({ pid }) => members.includes(pid))
      .map((code) => ({
        ...code,
        reason: printableText(temporaryCodeRule(code.path)?.reason ?? ''),
      })),
    limits: report.limits,
    isRoot: report.isRoot,
  }
}

function explained(one: Case, finding: Finding): Explained {
  const { facts, processes } = one
  return {
    case: one,
    finding,
    why: whyOf(one, finding.rule),
    groups: processes.map(({ cgroup: { path } }) => (path === null ? null : printable(path))),
    paths: processes.map(({ files }) => files.map(({ path }) => printable(path))),
    facts:
      facts &&
      UNIT_PROPERTIES.filter((name) => facts[name] !== '').map((name) => ({
        name,
        // A list has an item a line.
        value: printable(facts[name].replaceAll('\n', ' ')),
      })),
  }
}

function whyOf(subject: Case, rule: RuleCode): Explained['why'] {
  return isOwnerRule(rule) ? rule : answersAbout(subject)
}

function unknownSubject(
  subject: string,
  isPid: boolean,
  owners: ReadonlyMap<number, Owner | null>,
  { findings }: Report,
): UnknownSubject {
  const known = isPid
    ? [...owners.keys()].map(String)
    : [
        ...[...owners.values()].map((owner) => owner?.unit ?? ''),
        ...findings.map(({ name }) => name),
      ]
  const nearest = nearestNames(subject, new Set(known.filter((name) => name !== '')))
  return { subject: printableText(subject), isPid, nearest: nearest.map(printableText) }
}
