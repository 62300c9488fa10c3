import type { Owner } from '../owner/kinds.ts'
import type { Printable } from '../printable.ts'

/** What is known beside a scan, for explanations. A path or package is one character a byte. */
export type Known = {
  /** The owner of every process, `null` for those that are gone. */
  readonly owners: ReadonlyMap<number, Owner | null>
  /** The processes that the caller may not read, and that were not looked at. */
  readonly unread: ReadonlySet<number>
  readonly userNames: ReadonlyMap<number, Printable>
  /** The version of each installed package; `null` where pacman's database is not at hand. */
  readonly installed: ReadonlyMap<string, string> | null
  /** The packages that own the files that were asked about. */
  readonly fileOwners: ReadonlyMap<string, string>
  /** Those of the files that are there. */
  readonly onDisk: ReadonlySet<string>
}
