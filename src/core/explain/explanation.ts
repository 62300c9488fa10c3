import type { Ignored } from '../config/ignore.ts'
import type { Limit } from '../limits.ts'
import type { Printable } from '../printable.ts'
import type { Owner, User } from '../owner/kinds.ts'
import type { Reader } from '../report/reader.ts'
import type { Finding, TemporaryCode } from '../report/report.ts'
import type { Explained } from './explained.ts'
import type { Meaning } from './subject.ts'

/** Everything behind the verdict about one subject. */
export type Explanation = {
  /** The subject as it was typed. */
  readonly typed: Printable
  readonly about: Topic
  /** The other meanings of the name, each with the name that chooses it: `pkg:cups`. */
  readonly also: readonly { readonly meaning: Meaning; readonly name: Printable }[]
  readonly seen: Extent
}

/** How much was seen, and who reads what is said of it. */
export type Extent = {
  readonly limits: readonly Limit[]
  /** Whether nothing was missed: an "all is well" is certain. */
  readonly isWhole: boolean
  readonly isRoot: boolean
  readonly at: Date
  readonly reader: Reader
}

/** What the subject turned out to be. */
export type Topic = AboutOwner | AboutPackage | AboutFile | AboutUser

/** A unit, a process, or another owner of processes. */
export type AboutOwner = {
  readonly kind: 'owner'
  readonly name: Printable
  /** The verdicts; empty where nothing of the subject is old. */
  readonly found: readonly Explained[]
  /** All processes of the subject, old or not. */
  readonly members: readonly number[]
  /** Those of them that the caller may not read: only root can. */
  readonly unread: readonly number[]
  readonly owner: Owner | null
  /** The rule of the configuration that hides what is old of it; `null` where none does. */
  readonly ignoredBy: Ignored | null
  readonly temporary: readonly (TemporaryCode & { readonly reason: Printable })[]
}

/** Findings that use one version of a package. */
export type Use = {
  /** The version; `null` where it is not known. */
  readonly version: Printable | null
  /** When the first of its files was replaced; `null` where that is not known. */
  readonly since: Date | null
  readonly findings: readonly Finding[]
}

/** A package, and who uses old code of it. */
export type AboutPackage = {
  readonly kind: 'package'
  readonly name: Printable
  /** The version that is installed; `null`: the package was removed. */
  readonly installed: Printable | null
  readonly uses: readonly Use[]
  /** The old files that are in use. */
  readonly files: readonly Printable[]
}

/** A file, and who uses an old one. */
export type AboutFile = {
  readonly kind: 'file'
  readonly path: Printable
  /** The package that has it now, or had it; `null` where none is known. */
  readonly package: { readonly name: Printable; readonly version: Printable | null } | null
  /** Whether no package has a file of this path. */
  readonly isUnowned: boolean
  readonly uses: readonly Use[]
  readonly temporary: readonly TemporaryCode[]
}

/** A user, and what of the user's is old. */
export type AboutUser = {
  readonly kind: 'user'
  readonly user: User
  readonly findings: readonly Finding[]
  /** The number of the processes that are known to be the user's. */
  readonly processes: number
}

/** A subject that does not exist. */
export type UnknownSubject = {
  readonly typed: Printable
  /** What it was looked for as. `relative`: a file without its whole path. */
  readonly as: 'pid' | 'unit' | 'pkg' | 'file' | 'user' | 'name' | 'relative'
  /** Whether pacman's packages could be looked up. */
  readonly hasPackages: boolean
  /** The name that is most similar to it, in the form that was typed; `null` where none is. */
  readonly nearest: Printable | null
}
