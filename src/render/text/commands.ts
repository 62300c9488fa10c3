import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { isLeftToUser, userCommandsOf } from '../../core/report/finding.ts'
import type { Finding, Report } from '../../core/report/report.ts'
import type { Line } from '../door.ts'
import { userLabel } from '../words/labels.ts'
import { counted, listed, quoted } from '../words/words.ts'
import { hanging, rowsOf, wrapped } from './layout.ts'
import type { Columns, Page } from './layout.ts'

/** Half of the lines of a hook. The names of the services are in the command. */
const MAX_RESTART_LINES_OF_A_HOOK = 10
const MAX_COMMAND_LINES_OF_A_HOOK = 3
const MAX_USERS_OF_A_HOOK = 2

/** Returns the safe commands, each below its title. */
export function commandLines({ commands, findings }: Report, page: Page): readonly Line[] {
  const [reexec, restart] = ['daemon-reexec', 'restart'].map((verb) =>
    commands.find((command) => command[1] === verb),
  )
  return [
    ...section(say`Re-execute systemd:`, reexec ? [reexec] : [], page),
    ...restartLines(restart, page),
    ...userLines(findings, page),
  ]
}

/**
 * Returns the command whole, or a line that says where it stands. No command of the text asks this
 * program for names: as pasted by the user who called sudo, it would ask without root.
 */
function restartLines(restart: readonly Printable[] | undefined, page: Page): readonly Line[] {
  const lines = section(say`Restart the services:`, restart ? [restart] : [], page)
  const isLong = page.isHook && rowsOf(lines, page) > MAX_RESTART_LINES_OF_A_HOOK
  if (!isLong || restart === undefined) return lines
  const units = restart.length - restart.findIndex((word) => word === '--') - 1
  return [say`Restart ${counted(units, 'service', 'services')}: run stale-libs for the command`]
}

function userLines(findings: readonly Finding[], page: Page): readonly Line[] {
  const lines = section(say`For the users:`, userCommandsOf(findings), page)
  const isLong = page.isHook && rowsOf(lines, page) > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? [say`For the users: the commands that stale-libs prints`] : lines
}

/** Returns commands below a title, or no line where there is no command. */
export function section(
  title: Printable,
  commands: readonly (readonly Printable[])[],
  page: Page,
): readonly Line[] {
  if (commands.length === 0) return []
  return [{ strong: title }, ...commands.flatMap((command) => continued(command, page))]
}

/**
 * Returns a command as lines. A long one continues over several lines in the form that a shell
 * reads.
 */
export function continued(
  command: readonly Printable[],
  { width, columns }: Pick<Page, 'width' | 'columns'>,
): readonly Printable[] {
  const lines: Printable[] = []
  let line = say` `
  for (const word of command.map(quoted)) {
    if (columns(line) + columns(word) + 3 > width && line.trim() !== '') {
      lines.push(say`${line} \\`)
      line = say`   `
    }
    line = say`${line} ${word}`
  }
  return [...lines, line]
}

/**
 * Returns the lines about findings that only their users can restart. They name the findings, and
 * have a command only for the user who became root.
 */
export function usersLines(
  { findings, reader: { uid: callerUid } }: Report,
  page: Page,
): readonly Line[] {
  const byUser = new Map<number, Finding[]>()
  for (const finding of findings.filter(isLeftToUser)) {
    const uid = finding.user?.uid ?? -1
    const theirs = byUser.get(uid) ?? []
    theirs.push(finding)
    byUser.set(uid, theirs)
  }
  if (byUser.size === 0) return []
  const own = callerUid === null ? [] : (byUser.get(callerUid) ?? [])
  const others = [...byUser].filter(([uid]) => uid !== callerUid).map(([, theirs]) => theirs)
  const shown = page.isHook ? others.slice(0, MAX_USERS_OF_A_HOOK) : others
  const more = others.length - shown.length
  return [
    { strong: say`Users restart their own services:` },
    ...(own.length === 0
      ? []
      : [say`  Yours: stale-libs --user`, ...namesOf(say`    `, own, page)]),
    ...shown.flatMap((theirs) =>
      namesOf(say`  ${theirs.length} of ${userOf(theirs)}: `, theirs, page),
    ),
    ...(more > 0 ? [say`  (${counted(more, 'more user', 'more users')}: run stale-libs)`] : []),
  ]
}

function userOf([finding]: readonly Finding[]): Printable {
  return finding?.user ? userLabel(finding.user) : say``
}

/** Returns the names of findings after a text. A hook has as many as one line takes. */
function namesOf(
  start: Printable,
  findings: readonly Finding[],
  { isHook, width, columns }: Page,
): readonly Printable[] {
  const names = findings.map(({ kind, name }) =>
    kind === 'user-manager' ? say`user manager` : name,
  )
  const indent = columns(start)
  const room = width - indent
  const lines = wrapped(joined(names, ', '), room, columns)
  const shown = isHook && lines.length > 1 ? [asManyAs(names, room, columns)] : lines
  return hanging(start, indent, shown)
}

function asManyAs(names: readonly Printable[], width: number, columns: Columns): Printable {
  // Each name takes a character at least, so no more names than characters fit.
  const fitting = names
    .slice(0, width + 1)
    .findLastIndex((_, at) => columns(listed(names, at)) <= width)
  return listed(names, Math.max(fitting, 1))
}
