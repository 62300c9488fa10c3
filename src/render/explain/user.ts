import type { Action } from '../../core/advice/action.ts'
import type { AboutUser, Extent } from '../../core/explain/explanation.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Finding } from '../../core/report/report.ts'
import type { Kind } from '../../core/owner/kinds.ts'
import { userLabel } from '../words/labels.ts'
import { enumerated } from '../words/words.ts'
import { headline, rowLines, textRow } from './layout.ts'
import type { Row } from './layout.ts'
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
export function userLines(about: AboutUser, seen: Extent): readonly Printable[] {
  const { user, findings, processes } = about
  const who = userLabel(user)
  if (findings.length === 0) return freshUserLines(who, processes, seen)
  const deeds = new Map<Printable, Finding[]>()
  for (const finding of findings) {
    const deed = DEEDS[finding.action]
    deeds.set(deed, [...(deeds.get(deed) ?? []), finding])
  }
  const rows: readonly Row[] = [
    ...[...deeds].map(([label, some]) => textRow(label, joined(some.map(withoutUser), ', '))),
    ...(findings.some(isOwnRestart)
      ? [{ label: say`Command`, lines: [restartText(who, about, seen)] }]
      : []),
  ]
  return [...headline(say`${who}: ${countText(findings)}.`), ...rowLines(rows)]
}

/** Returns the label of a finding without its user, who stands in the first line. */
function withoutUser(finding: Finding): Printable {
  return shortLabel({ ...finding, user: null })
}

function isOwnRestart({ action }: Finding): boolean {
  return action === 'user-restart' || action === 'user-reexec'
}

function restartText(who: Printable, { user }: AboutUser, { reader, isRoot }: Extent): Printable {
  const line = say`stale-libs restart --user`
  if (!isRoot) return line
  return reader.uid === user.uid
    ? say`${line}    (without ${reader.asRoot ?? 'sudo'})`
    : say`${line}    (as ${who})`
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

function freshUserLines(who: Printable, processes: number, { isWhole }: Extent) {
  if (processes === 0) return headline(say`${who}: nothing runs in a login of this user.`)
  const text = isWhole
    ? say`nothing of this user uses old code.`
    : say`nothing of this user that was seen uses old code.`
  const programs =
    processes === 1
      ? say`1 program in logins of this user`
      : say`${processes} programs in logins of this user`
  return [...headline(say`${who}: ${text}`), ...rowLines([textRow(say`Running`, programs)])]
}
