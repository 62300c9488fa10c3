import { withAllCosts } from '../act/when-named.ts'
import type { Owner } from '../owner/kinds.ts'
import { printable, printableText, say } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { temporaryCodeRule } from '../proc/temporary-code.ts'
import { mayHideFindings } from '../report/exit-status.ts'
import type { Finding, Report, Scan } from '../report/report.ts'
import { explained } from './explained.ts'
import type { Topic, AboutFile, AboutOwner, AboutPackage, AboutUser } from './explanation.ts'
import type { Explanation, Extent, UnknownSubject } from './explanation.ts'
import { numberIn, parseSubject, pathBytes } from './subject.ts'
import type { Meaning, Subject } from './subject.ts'
import type { Known } from './known.ts'
import { unknownSubject } from './unknown.ts'
import { filesOfPackage, usesOfFile, usesOfPackage } from './uses.ts'

/** Returns an explanation for each subject, or the first subject that does not exist. */
export function explanationsOf(
  subjects: readonly string[],
  scan: Scan,
  known: Known,
): readonly Explanation[] | UnknownSubject {
  const named = withAllCosts(scan)
  const explanations: Explanation[] = []
  for (const text of subjects) {
    const explanation = explanationOf(parseSubject(text), { ...scan, named, known })
    if ('nearest' in explanation) return explanation
    explanations.push(explanation)
  }
  return explanations
}

/** What the meanings of a name are tried on. */
type Setup = Scan & {
  /** The findings with all that a restart by name costs. */
  readonly named: readonly Finding[]
  readonly known: Known
}

function explanationOf(subject: Subject, setup: Setup): Explanation | UnknownSubject {
  const { text, typed, meaning } = subject
  const found = meaningsOf(subject).flatMap((one) => {
    const about = ABOUT[one](text, setup)
    return about === null ? [] : [{ meaning: one, about }]
  })
  const [chosen, ...others] = found
  if (chosen === undefined) return unknownSubject(subject, setup.report.findings, setup.known)
  return {
    typed,
    about: chosen.about,
    also: meaning === null ? others.flatMap((one) => alsoOf(one.meaning, one.about, typed)) : [],
    seen: extentOf(setup.report, chosen.about),
  }
}

/** Returns another meaning of a name. Most numbers are the id of some user, who does nothing. */
function alsoOf(meaning: Meaning | 'pid', topic: Topic, typed: Printable): Explanation['also'] {
  if (meaning === 'pid') return []
  const isIdle = topic.kind === 'user' && topic.processes === 0 && topic.findings.length === 0
  return isIdle && numberIn(typed) !== null ? [] : [{ meaning, name: say`${meaning}:${typed}` }]
}

/** Returns the meanings that a name is tried for, in their order. */
function meaningsOf({ text, meaning }: Subject): readonly (Meaning | 'pid')[] {
  if (meaning !== null) return [meaning]
  if (numberIn(text) !== null) return ['pid', 'user']
  return text.includes('/') ? ['file'] : ['unit', 'pkg', 'user']
}

const ABOUT: Readonly<Record<Meaning | 'pid', (text: string, setup: Setup) => Topic | null>> = {
  pid: (text, setup) => {
    const pid = numberIn(text)
    return aboutOwner(text, setup, {
      isFound: (_, pids) => pid !== null && pids.includes(pid),
      isMember: (one) => one === pid,
    })
  },
  unit: (text, setup) => {
    if (text === '') return null
    const units = new Set([text, `${text}.service`])
    const name = printableText(text)
    const isOne = (unit: string | null) => unit !== null && units.has(unit)
    return aboutOwner(text, setup, {
      isFound: (finding) => finding.name === name || isOne(finding.unit),
      isMember: (_, owner) => isOne(owner?.unit ?? null),
    })
  },
  pkg: aboutPackage,
  file: aboutFile,
  user: aboutUser,
}

type Wanted = {
  readonly isFound: (finding: Finding, pids: readonly number[]) => boolean
  readonly isMember: (pid: number, owner: Owner | null) => boolean
}

function aboutOwner(text: string, setup: Setup, wanted: Wanted): AboutOwner | null {
  const { report, cases, named, known } = setup
  const found = cases.flatMap((one, at) => {
    const [finding, costly] = [report.findings[at], named[at]]
    if (finding === undefined || costly === undefined) return []
    const pids = one.processes.map(({ pid }) => pid)
    return wanted.isFound(finding, pids) ? [explained(one, finding, costly)] : []
  })
  const members = [...known.owners].flatMap(([pid, owner]) =>
    wanted.isMember(pid, owner) ? [pid] : [],
  )
  if (found.length === 0 && members.length === 0) return null
  const owner = known.owners.get(members[0] ?? 0) ?? null
  const names = new Set<string | null>([text, `${text}.service`, owner?.unit ?? null])
  names.add(owner?.name ?? null)
  return {
    kind: 'owner',
    name: printableText(text),
    found,
    members,
    unread: members.filter((pid) => known.unread.has(pid)),
    owner,
    ignoredBy: report.ignored.find((one) => one.names.some((name) => names.has(name))) ?? null,
    temporary: report.temporaryCode
      .filter(({ pid }) => members.includes(pid))
      .map((code) => ({
        ...code,
        reason: printableText(temporaryCodeRule(code.path)?.reason ?? ''),
      })),
  }
}

function aboutPackage(text: string, { report, known }: Setup): AboutPackage | null {
  const bytes = pathBytes(text)
  const name = printable(bytes)
  const findings = report.findings.filter(({ kind }) => kind !== 'container')
  const uses = usesOfPackage(findings, name)
  const version = known.installed?.get(bytes)
  if (uses.length === 0 && version === undefined) return null
  const changes = findings.flatMap(({ files, ownPackage }) => [
    ...files.map((file) => file.package),
    ownPackage?.change ?? null,
  ])
  const logged = changes.find((change) => change?.name === name)?.to ?? null
  return {
    kind: 'package',
    name,
    installed: version === undefined ? logged : printable(version),
    uses,
    files: filesOfPackage(findings, name),
  }
}

function aboutFile(text: string, { report, cases, known }: Setup): AboutFile | null {
  if (!text.startsWith('/')) return null
  const bytes = pathBytes(text)
  const matching = cases.map(
    ({ processes }) =>
      new Set(
        processes.flatMap(({ files }) =>
          files
            .filter(({ path, machinePath }) => path === bytes || machinePath === bytes)
            .map(({ path }) => printable(path)),
        ),
      ),
  )
  const isIt = (finding: number, file: number) => {
    const path = report.findings[finding]?.files[file]?.path
    return path !== undefined && (matching[finding]?.has(path) ?? false)
  }
  const uses = usesOfFile(report.findings, isIt)
  const path = printable(bytes)
  const temporary = report.temporaryCode.filter((code) => code.path === path)
  const owner = known.fileOwners.get(bytes)
  const isKnown = uses.length > 0 || temporary.length > 0 || owner !== undefined
  if (!isKnown && !known.onDisk.has(bytes)) return null
  const old = report.findings.flatMap(({ files }, at) => files.filter((_, one) => isIt(at, one)))
  const change = old.find((file) => file.package !== null)?.package ?? null
  const version = known.installed?.get(owner ?? '')
  const now = version === undefined ? (change?.to ?? null) : printable(version)
  const name = owner === undefined ? change?.name : printable(owner)
  return {
    kind: 'file',
    path,
    package: name === undefined ? null : { name, version: now },
    isUnowned:
      name === undefined && (known.installed !== null || old.some((file) => file.isUnowned)),
    uses,
    temporary,
  }
}

function aboutUser(text: string, { report, known }: Setup): AboutUser | null {
  const number = numberIn(text)
  const name = printable(pathBytes(text))
  const users = report.findings.flatMap(({ user }) => (user === null ? [] : [user]))
  const named = [...known.userNames].find(([uid, one]) => uid === number || one === name)
  const user =
    users.find((one) => one.uid === number || one.name === name) ??
    (named === undefined ? undefined : { uid: named[0], name: named[1] })
  const isTheirs = (owner: Owner | null, uid: number) => owner?.uid === uid
  const uid = user?.uid ?? number
  if (uid === null) return null
  const pids = [...known.owners].flatMap(([pid, owner]) => (isTheirs(owner, uid) ? [pid] : []))
  if (user === undefined && pids.length === 0) return null
  return {
    kind: 'user',
    user: user ?? { uid, name: null },
    findings: report.findings.filter((finding) => finding.user?.uid === uid),
    processes: pids.length,
  }
}

/** Returns how much was seen for what is said of a subject. */
function extentOf(report: Report, about: Topic): Extent {
  const { limits, isRoot, at, reader, unreadable, ignored, findings } = report
  const isMissing = unreadable > 0 || ignored.length > 0 || limits.some(mayHideFindings)
  const isUnattributed = findings.some(
    ({ kind, files }) =>
      kind !== 'container' &&
      files.some((file) => file.package === null && !file.isUnowned && !file.isUnchanged),
  )
  const isWhole = !isMissing && !(about.kind === 'package' && isUnattributed)
  return { limits, isWhole, isRoot, at, reader }
}
