import type { Case } from '../advice/case.ts'
import { nearestNames } from './nearest.ts'
import type { Limit } from '../limits.ts'
import type { Owner } from '../owner/kinds.ts'
import type { Finding, Report, TemporaryCode } from './report.ts'

/** A report, and the cases that it was made from, one a finding. */
export type Scan = { readonly report: Report; readonly cases: readonly Case[] }

/** Everything that led to the verdict about one subject. */
export type Explanation = {
  readonly subject: string
  /** Empty: nothing about it is stale. */
  readonly found: readonly { readonly case: Case; readonly finding: Finding }[]
  /** All processes of the subject, stale or not. */
  readonly members: readonly number[]
  readonly owner: Owner | null
  readonly temporary: readonly TemporaryCode[]
  readonly limits: readonly Limit[]
  readonly isRoot: boolean
}

/**
 * Returns what led to the verdict about a subject, or a sentence that names the nearest ones when there is
 * no such subject.
 *
 * @param subject a unit (`.service` may be left out), the name of a finding, or a process id
 * @param owners the owner of every process, `null` for those that are gone
 */
export function explanationOf(
  subject: string,
  { report, cases }: Scan,
  owners: ReadonlyMap<number, Owner | null>,
): Explanation | string {
  const isPid = /^\d+$/.test(subject)
  const units = new Set([subject, `${subject}.service`])
  const found = cases.flatMap((one, at) => {
    const finding = report.findings[at]
    if (finding === undefined) return []
    const concerns = isPid
      ? one.processes.some(({ pid }) => String(pid) === subject)
      : finding.name === subject || units.has(one.owner.unit ?? '')
    return concerns ? [{ case: one, finding }] : []
  })
  const members = [...owners].flatMap(([pid, owner]) =>
    (isPid ? String(pid) === subject : units.has(owner?.unit ?? '')) ? [pid] : [],
  )
  if (found.length === 0 && members.length === 0)
    return unknownSubject(subject, isPid, owners, report)
  return {
    subject,
    found,
    members,
    owner: owners.get(members[0] ?? 0) ?? null,
    temporary: report.temporaryCode.filter(({ pid }) => members.includes(pid)),
    limits: report.limits,
    isRoot: report.isRoot,
  }
}

function unknownSubject(
  subject: string,
  isPid: boolean,
  owners: ReadonlyMap<number, Owner | null>,
  { findings }: Report,
): string {
  const known = isPid
    ? [...owners.keys()].map(String)
    : [
        ...[...owners.values()].map((owner) => owner?.unit ?? ''),
        ...findings.map(({ name }) => name),
      ]
  const nearest = nearestNames(subject, new Set(known.filter((name) => name !== '')))
  const what = isPid ? 'process' : 'unit with processes'
  const hint = nearest.length === 0 ? '' : `; the nearest are ${nearest.join(', ')}`
  return `Cannot explain "${subject}": there is no such ${what}${hint}`
}
