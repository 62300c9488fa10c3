import type { Known } from '../../core/explain/known.ts'
import { parseSubject, pathBytes } from '../../core/explain/subject.ts'
import type { Report } from '../../core/report/report.ts'
import { unlessUnreadable } from '../../io/error.ts'
import type { World } from '../../io/world.ts'

/**
 * Returns what explanations need beside the scan. Only the files that are named are looked at.
 *
 * @param subjects as they were typed
 */
export async function knownFor(
  subjects: readonly string[],
  { proc, owners, machine, packages, uid }: World,
  { isRoot, unreadable }: Pick<Report, 'isRoot' | 'unreadable'>,
): Promise<Known> {
  const pids = proc.pids()
  const files = subjects.flatMap((subject) => {
    const { text } = parseSubject(subject)
    return text.startsWith('/') ? [pathBytes(text)] : []
  })
  const missing = new Set(machine.tree === null ? files : machine.missing(files))
  const isUnread = (pid: number) =>
    !isRoot && unreadable > 0 && unlessUnreadable(() => proc.uidOf(pid)) !== uid
  return {
    owners: new Map(pids.map((pid) => [pid, owners.ofPid(pid)] as const)),
    unread: new Set(pids.filter(isUnread)),
    userNames: machine.userNames(),
    installed: await packages.versions(),
    fileOwners: files.length === 0 ? new Map() : await packages.ownersOf(files),
    onDisk: new Set(files.filter((file) => !missing.has(file))),
  }
}
