import { isLeftToUser, userCommandsOf } from '../../core/report/finding.ts'
import type { Finding, Report } from '../../core/report/report.ts'
import { userLabel } from '../words/labels.ts'
import { counted, listed, quoted } from '../words/words.ts'
import { rowsOf, wrapped } from './layout.ts'
import type { Page } from './layout.ts'

const MAX_COMMAND_LINES_OF_A_HOOK = 3
const MAX_USERS_OF_A_HOOK = 2

/** Returns the safe commands, each below its title. */
export function commandLines({ commands, findings }: Report, page: Page): readonly string[] {
  const [reexec, restart] = ['daemon-reexec', 'restart'].map((verb) =>
    commands.find((command) => command[1] === verb),
  )
  return [
    ...section('Re-execute systemd:', reexec ? [reexec] : [], page),
    ...restartLines(restart, page),
    ...userLines(findings, page),
  ]
}

/**
 * The command for more units than a text shows. A shell reads no character of a unit name in the
 * output of a command (systemd.unit(5)).
 */
export const RESTART_BY_NAMES = '  systemctl restart -- $(stale-libs --format names)'

function restartLines(restart: readonly string[] | undefined, page: Page): readonly string[] {
  const lines = section('Restart the services:', restart ? [restart] : [], page)
  const isLong = page.isHook && rowsOf(lines) > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? [...lines.slice(0, 1), RESTART_BY_NAMES] : lines
}

function userLines(findings: readonly Finding[], page: Page): readonly string[] {
  const lines = section('For the users:', userCommandsOf(findings), page)
  const isLong = page.isHook && rowsOf(lines) > MAX_COMMAND_LINES_OF_A_HOOK
  return isLong ? ['For the users: the commands that stale-libs prints'] : lines
}

/** Returns commands below a title, or no line where there is no command. */
export function section(
  title: string,
  commands: readonly (readonly string[])[],
  page: Page,
): readonly string[] {
  if (commands.length === 0) return []
  return [
    page.style.strong(title),
    ...commands.flatMap((command) => continued(command, page.width)),
  ]
}

/**
 * Returns a command as lines. A long one continues over several lines in the form that a shell
 * reads.
 */
function continued(command: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  let line = ' '
  for (const word of command.map(quoted)) {
    if (line.length + word.length + 3 > width && line.trim() !== '') {
      lines.push(`${line} \\`)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/**
 * Returns the lines about findings that only their users can restart. They name the findings, and
 * have a command only for the user who became root.
 */
export function usersLines({ findings, callerUid }: Report, page: Page): readonly string[] {
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
    page.style.strong('Users restart their own services:'),
    ...(own.length === 0 ? [] : ['  Yours: stale-libs --user', ...namesOf('    ', own, page)]),
    ...shown.flatMap((theirs) =>
      namesOf(`  ${theirs.length} of ${userOf(theirs)}: `, theirs, page),
    ),
    ...(more > 0 ? [`  (${counted(more, 'more user', 'more users')}: run stale-libs)`] : []),
  ]
}

function userOf([finding]: readonly Finding[]): string {
  return finding?.user ? userLabel(finding.user) : ''
}

/** Returns the names of findings after a text. A hook has as many as one line takes. */
function namesOf(start: string, findings: readonly Finding[], page: Page): readonly string[] {
  const names = findings.map(({ kind, name }) => (kind === 'user-manager' ? 'user manager' : name))
  const width = page.width - start.length
  const lines = wrapped(names.join(', '), width)
  const shown = page.isHook && lines.length > 1 ? [asManyAs(names, width)] : lines
  return shown.map((line, at) => `${at === 0 ? start : ' '.repeat(start.length)}${line}`)
}

function asManyAs(names: readonly string[], width: number): string {
  // Each name takes a character at least, so no more names than characters fit.
  const fitting = names
    .slice(0, width + 1)
    .findLastIndex((_, at) => listed(names, at).length <= width)
  return listed(names, Math.max(fitting, 1))
}
