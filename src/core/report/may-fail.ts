import type { Advice, RuleCode } from '../advice/advice.ts'
import type { Case } from '../advice/case.ts'
import { hasOldLoginProgram } from '../advice/notes.ts'
import type { PackageChange } from '../pacman/package-change.ts'
import { upstreamOf } from '../pacman/version.ts'
import { isOfConnection } from '../systemd/unit-name.ts'
import type { FailCode, Finding, FindingFile } from './report.ts'

/**
 * Returns what may fail in a lifeline: a program that people log in through was replaced, and
 * starts parts of another version, or the C library was, and what it loads later may not fit. It
 * does not depend on whether a restart can be advised.
 */
export function mayFailOf(
  subject: Pick<Case, 'lifeline' | 'owner' | 'facts' | 'processes' | 'socket'>,
  { action, rule }: Pick<Advice, 'action' | 'rule'>,
  files: readonly Pick<FindingFile, 'path' | 'package'>[],
): FailCode | null {
  const { lifeline } = subject
  if (lifeline === undefined || action === 'wait' || NOT_THE_UNIT.has(rule)) return null
  if (servesOneConnection(subject)) return null
  if (hasOldLoginProgram(subject)) return 'logins'
  if (!files.some((file) => isLibc(file) && isOfOtherUpstream(file.package))) return null
  return lifeline.role === 'login' ? 'logins' : lifeline.role === 'jobs' ? 'jobs' : 'parts'
}

/** The rules about processes that are not what the unit is for. */
const NOT_THE_UNIT: ReadonlySet<RuleCode> = new Set(['succeeded', 'users-work', 'unit-stopped'])

/**
 * Says whether a unit serves one connection, and the next one gets a unit of its own. Where systemd
 * did not answer, the name tells.
 */
function servesOneConnection({
  owner: { unit },
  facts,
  socket,
}: Pick<Case, 'owner' | 'facts' | 'socket'>): boolean {
  const isAccepted = socket?.Accept === 'yes' || facts?.StandardInput === 'socket'
  return isOfConnection(unit ?? '') && (facts === null || isAccepted)
}

/** Returns the changes of packages because of which something may fail. */
export function failingChanges(
  finding: Pick<Finding, 'files' | 'processes'>,
): readonly PackageChange[] {
  return failingFiles(finding).flatMap((file) => file.package ?? [])
}

/** Returns the files because of which something may fail; all of them where it is not known. */
export function failingFiles({
  files,
  processes,
}: Pick<Finding, 'files' | 'processes'>): readonly FindingFile[] {
  const main = processes.find((process) => process.main)
  const own = main === undefined ? files : main.files.flatMap((at) => files[at] ?? [])
  const programs = own.filter(({ kind }) => kind === 'executable')
  const failing = programs.length > 0 ? programs : files.filter(isLibc)
  return failing.some((file) => file.package !== null) ? failing : files
}

/** Says whether a file is the C library (ld.so(8)). */
export function isLibc({ path }: Pick<FindingFile, 'path'>): boolean {
  return LIBC.test(path)
}

/** Where distributions have the C library, those of other architectures among them. */
const LIBC = /^\/(?:usr\/)?lib(?:32|64)?\/(?:[\w-]+\/)?libc\.so\.6$/

/**
 * Says whether a package changed to another version of its authors, and not only to another build
 * of the same one. A library built for a new glibc may need a symbol version that the old one,
 * which still runs, does not have ("version `GLIBC_2.38' not found", ld.so(8)); another build of
 * the same version adds none. Where no change is known, it may have.
 */
export function isOfOtherUpstream(change: PackageChange | null): boolean {
  if (change?.to == null) return true
  return upstreamOf(change.from) !== upstreamOf(change.to)
}
