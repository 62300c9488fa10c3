import type { Action } from '../../core/advice/action.ts'
import type { AboutUser, Extent } from '../../core/explain/explanation.ts'
import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Finding } from '../../core/report/report.ts'
import type { Kind } from '../../core/owner/kinds.ts'
import { userLabel } from '../words/labels.ts'
import { enumerated } from '../words/words.ts'
import { rootsCommand } from './commands.ts'
import { textRow } from './layout.ts'
import type { ScreenBlock, TypedCommand } from './layout.ts'
import { shortLabel } from './names.ts'

/** What a person does about findings of one action. */
const DEEDS: Readonly<Record<Action, Printable>> = {
  restart: say`Restart`,
  'user-restart': say`Restart`,
  reexec: say`Renew`,
  'user-reexec': say`Renew`,
  relogin: say`Log out`,
  close: say`Reopen`,
  container: say`Update`,
  manual: say`Choose when`,
  'soft-reboot': say`Reboot`,
  reboot: say`Reboot`,
  wait: say`Wait`,
  none: say`Wait`,
}

/** What findings of a kind are called, for one and for many. */
const NOUNS_OF_KINDS: Readonly<Record<Kind, readonly [one: Printable, many: Printable]>> = {
  service: [say`service`, say`services`],
  'user-service': [say`service`, say`services`],
  session: [say`session`, say`sessions`],
  manager: [say`manager`, say`managers`],
  'user-manager': [say`user manager`, say`user managers`],
  app: [say`app`, say`apps`],
  container: [say`container`, say`containers`],
  vm: [say`virtual machine`, say`virtual machines`],
  process: [say`program`, say`programs`],
}

/** Returns the screen about a user: what of the user's is old, and what to do about it. */
export function userBlocks(about: AboutUser, seen: Extent): readonly ScreenBlock[] {
  const { user, findings, processes } = about
  const who = userLabel(user)
  if (findings.length === 0) return freshUserBlocks(who, processes, seen)
  const deeds = new Map<Printable, Finding[]>()
  for (const finding of findings) {
    const deed = DEEDS[finding.action]
    deeds.set(deed, [...(deeds.get(deed) ?? []), finding])
  }
  return [
    { headline: say`${who}: ${countText(findings)}.` },
    ...[...deeds].map(([label, some]) => textRow(label, joined(some.map(withoutUser), ', '))),
    ...commandRow(who, about, seen),
  ]
}

/** Returns the label of a finding without its user, who stands in the first line. */
function withoutUser(finding: Finding): Printable {
  return shortLabel({ ...finding, user: null })
}

function isOwnRestart({ action }: Finding): boolean {
  return action === 'user-restart' || action === 'user-reexec'
}

function commandRow(who: Printable, about: AboutUser, seen: Extent) {
  const actions = about.findings.filter(isOwnRestart).map(({ action }) => action)
  if (actions.length === 0) return []
  const command =
    about.user.uid === 0 ? rootsCommand(actions, seen.reader) : restartCommand(who, about, seen)
  return command === null ? [] : [{ label: say`Command`, parts: [command] }]
}

function restartCommand(
  who: Printable,
  { user }: AboutUser,
  { reader, isRoot }: Extent,
): TypedCommand {
  const command = words('stale-libs', 'restart', '--user')
  if (!isRoot) return { command }
  const isReader = reader.uid === user.uid
  return {
    command,
    remark: isReader ? say`(without ${reader.asRoot ?? 'sudo'})` : say`(as ${who})`,
  }
}

function countText(findings: readonly Finding[]): Printable {
  const counts = new Map<readonly [one: Printable, many: Printable], number>()
  for (const { kind } of findings) {
    const nouns = kind === 'service' ? NOUNS_OF_KINDS['user-service'] : NOUNS_OF_KINDS[kind]
    counts.set(nouns, (counts.get(nouns) ?? 0) + 1)
  }
  const parts = [...counts].map(
    ([[one, many], number]) => say`${number} ${number === 1 ? one : many}`,
  )
  return say`${enumerated(parts)} ${findings.length === 1 ? 'uses' : 'use'} old code`
}

function freshUserBlocks(
  who: Printable,
  processes: number,
  { isWhole }: Extent,
): readonly ScreenBlock[] {
  if (processes === 0) return [{ headline: say`${who}: nothing runs in a login of this user.` }]
  const text = isWhole
    ? say`nothing of this user uses old code.`
    : say`nothing of this user that was seen uses old code.`
  const programs =
    processes === 1
      ? say`1 program in logins of this user`
      : say`${processes} programs in logins of this user`
  return [{ headline: say`${who}: ${text}` }, textRow(say`Running`, programs)]
}
