import { shortName } from '../act/names.ts'
import type { User } from '../owner/kinds.ts'
import type { Printable } from '../printable.ts'
import { endsReader, endsSomething } from '../report/ends-reader.ts'
import type { Finding, Report } from '../report/report.ts'
import { GROUPS, isRestartedByName } from './group.ts'
import type { AnswerGroup } from './group.ts'
import { groupedBy } from './grouped.ts'
import { byUse } from './placed.ts'
import type { Placed } from './placed.ts'

/**
 * What is typed for a block. `systemctl`: its words. `restart`: `stale-libs restart` with names;
 * without any it does all that is safe, and shows the list first. `reexec-of-root`:
 * `REEXEC_OF_ROOT`.
 */
export type BlockCommand =
  | { readonly by: 'reexec-of-root' }
  | { readonly by: 'systemctl'; readonly words: readonly string[] }
  | { readonly by: 'restart'; readonly isUser: boolean; readonly names: readonly Printable[] }

/** The findings of one group, and of one user in the group `own`. */
export type Block = {
  readonly group: AnswerGroup
  readonly user: User | null
  readonly items: readonly Placed[]
  readonly command: BlockCommand | null
}

/** So many services are restarted by one command of systemctl, which can be checked at a glance. */
const MAX_CHECKED = 3

type Asked = Pick<Report, 'isRoot' | 'reader'>

/** Returns the blocks of an answer in their order, each with its findings in theirs. */
export function blocksOf(placed: readonly Placed[], report: Asked): readonly Block[] {
  return GROUPS.flatMap((group): readonly Block[] => {
    const items = placed.filter((one) => one.group === group).toSorted(byUse)
    if (items.length === 0) return []
    if (group === 'own') return ownBlocks(items, report)
    // Only these have a command, and one of root does not reach what belongs to a user.
    const isSplit = group === 'restart' || group === 'later'
    const parts = isSplit
      ? [items.filter((one) => !isOfUser(one)), items.filter(isOfUser)]
      : [items]
    return parts
      .filter((some) => some.length > 0)
      .map((some) => ({ group, user: null, items: some, command: commandOf(group, some, report) }))
  })
}

/** Says whether the manager of a user restarts it: no command for root does. */
function isOfUser({ finding: { kind } }: Placed): boolean {
  return kind === 'user-service' || kind === 'user-manager'
}

/** Returns the block of each user, that of the reader first. */
function ownBlocks(items: readonly Placed[], { reader }: Asked): readonly Block[] {
  const byUser = groupedBy(items, ({ finding }) => finding.user?.uid ?? null)
  return [...byUser]
    .toSorted(([a], [b]) => Number(b === reader.uid) - Number(a === reader.uid))
    .map(([, some]) => ({
      group: 'own',
      user: some[0]?.finding.user ?? null,
      items: some,
      command: ownCommand(some),
    }))
}

/**
 * What root types for the own manager, which `stale-libs restart --user` leaves alone
 * (systemctl(1), `--machine=`). A shell of sudo has no `XDG_RUNTIME_DIR`, and needs none for it.
 */
export const REEXEC_OF_ROOT = ['systemctl', '--user', '-M', 'root@', 'daemon-reexec'] as const

/** Returns what a user types for what is the user's own; `null` where nothing may be. */
function ownCommand(items: readonly Placed[]): BlockCommand | null {
  if (!items.every(isOfRoot)) return userCommand([])
  const hasManager = items.some(({ finding: { action } }) => action === 'user-reexec')
  return hasManager ? { by: 'reexec-of-root' } : null
}

function isOfRoot({ finding: { user } }: Placed): boolean {
  return user?.uid === 0
}

/** Returns what is typed for findings of one group; `null` where nothing may be. */
export function commandOf(
  group: AnswerGroup,
  items: readonly Placed[],
  { isRoot, reader }: Asked,
): BlockCommand | null {
  const isUser = items.every(isOfUser)
  const isReaders = !isRoot || items.every(({ finding }) => finding.user?.uid === reader.uid)
  if (isUser && (!isReaders || items.some(isOfRoot))) return null
  if (group === 'restart')
    return isUser ? userCommand([]) : safeCommand(items.map(({ finding }) => finding))
  if (group !== 'later') return null
  const names = items
    .map(({ finding }) => finding)
    .filter((finding) => isRestartedByName(finding) && !endsReader(finding))
    .flatMap(({ unit }) => (unit === null ? [] : [shortName(unit)]))
  if (names.length === 0) return null
  return { by: 'restart', isUser, names }
}

function userCommand(names: readonly Printable[]): BlockCommand {
  return { by: 'restart', isUser: true, names }
}

/** Returns the command for what a restart renews safely. */
export function safeCommand(findings: readonly Finding[]): BlockCommand {
  const isReexec = findings.some(({ action }) => action === 'reexec')
  const units = findings.flatMap(({ action, unit }) =>
    action === 'restart' && unit !== null ? [shortName(unit)] : [],
  )
  if (units.length === 0) return { by: 'systemctl', words: ['daemon-reexec'] }
  if (isReexec || units.length > MAX_CHECKED) return { by: 'restart', isUser: false, names: [] }
  if (findings.some(endsSomething)) return { by: 'restart', isUser: false, names: units }
  return { by: 'systemctl', words: ['restart', ...units] }
}
