import type { Answer, BeforeLine } from '../../core/answer/answer.ts'
import type { Stays, Urgent } from '../../core/answer/urgent.ts'
import type { Count, OldPackage } from '../../core/answer/count.ts'
import type { Noun } from '../../core/answer/group.ts'
import type { RebootAdvice, SoonCode } from '../../core/answer/reboot-advice.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { failingFiles } from '../../core/report/may-fail.ts'
import type { FailCode } from '../../core/report/report.ts'
import { dayText } from '../words/days.ts'
import { cutOffText } from '../words/cautions.ts'
import { listName, nameFirst, placedName, withCapital } from '../words/names.ts'
import { packageLabel, versionLabel } from '../words/packages.ts'
import { enumerated } from '../words/words.ts'
import type { Page } from './layout.ts'
import { lookText } from './typed.ts'

/** Returns what a count is about: `9 services and 2 apps`, `cups`, `your session and 1 app`. */
export function whoText(count: Count, isMore = false): Printable {
  const [only] = count.items
  if (count.total === 1 && only !== undefined && !isMore) return placedName(only)
  const parts = count.nouns.map(({ noun, number }, at) => {
    if (noun === 'session' && count.isYourSession) return say`your session`
    return say`${number} ${isMore && at === 0 ? 'more ' : ''}${number === 1 ? ONE[noun] : MANY[noun]}`
  })
  return enumerated(parts)
}

/** Returns a text that begins with what a count is about, as the beginning of a sentence. */
export function countFirst({ total, items: [only] }: Count, text: Printable): Printable {
  return total === 1 && only !== undefined ? nameFirst(text, only) : withCapital(text)
}

/** Returns a count in few words: `14 services and 4 other programs`. */
export function fewWords(count: Count): Printable {
  const { nouns, total } = count
  const [first] = nouns
  if (nouns.length <= 2 || first === undefined) return whoText(count)
  const others = total - first.number
  const what = first.number === 1 ? ONE[first.noun] : MANY[first.noun]
  return say`${first.number} ${what} and ${others} other ${others === 1 ? 'program' : 'programs'}`
}

const ONE: Readonly<Record<Noun, Printable>> = {
  service: say`service`,
  session: say`session`,
  app: say`app`,
  machine: say`virtual machine`,
  program: say`other program`,
}
const MANY: Readonly<Record<Noun, Printable>> = {
  service: say`services`,
  session: say`sessions`,
  app: say`apps`,
  machine: say`virtual machines`,
  program: say`other programs`,
}

/** Returns which code is old: `the old openssl (3.6.0-1 -> 3.6.1-1)`, `old code of a or b`. */
export function oldCode({ packages, others }: Count, hasVersions = true): Printable {
  const texts = packages.map((one) => (hasVersions ? packageText(one) : packageLabel(one.name)))
  const rest = others === null ? [] : [others === 'unowned' ? say`no package` : say`others`]
  const [first, second] = texts
  if (first === undefined)
    return others === 'unowned' ? say`old files of no package` : say`old code`
  if (packages.length > 2) {
    const more = packages.length - 2
    const names = packages.slice(0, 2).map(({ name }) => packageLabel(name))
    const noun = more === 1 ? say`package` : say`packages`
    return say`old code of ${joined(names, ', ')} and ${more} more ${noun}`
  }
  if (second === undefined && rest.length === 0) return say`the old ${first}`
  const all = [first, ...(second === undefined ? [] : [second]), ...rest]
  return say`old code of ${joined(all, ' or ')}`
}

function packageText({ name, from, to }: OldPackage): Printable {
  const label = packageLabel(name)
  if (from === null) return label
  const old = versionLabel(from)
  if (to === null) return say`${label} (${old}, removed)`
  if (from === to) return say`${label} (${old}, installed again)`
  return say`${label} (${old} -> ${versionLabel(to)})`
}

/** Returns the verb of a count. */
export function usesText({ total }: Count, isStill: boolean): Printable {
  return say`${isStill ? 'still ' : ''}${total === 1 ? 'uses' : 'use'}`
}

/** Returns the sentence about a reboot that stands behind others; empty where it is the first. */
export function rebootSentenceOf(reboot: RebootAdvice | null): Printable {
  switch (reboot?.kind) {
    case 'none':
      return say`No reboot needed.`
    case 'not-seen':
      return say`No reason to reboot was seen.`
    case 'whenever':
      return say`Reboot when it suits.`
    default:
      return say``
  }
}

const SOON: Readonly<Record<SoonCode, Printable>> = {
  graphics: say`new graphics programs fail already`,
  devices: say`new devices may not work`,
  libc: say`new logins and jobs may fail`,
}

/** Returns why a reboot should be soon: `Reboot soon: new devices may not work.` */
export function soonSentence(why: readonly SoonCode[]): Printable {
  return say`Reboot soon: ${joined(
    why.map((code) => SOON[code]),
    ', ',
  )}.`
}

/** What may fail until a restart, as a note beside a name. */
const FAIL_NOTES: Readonly<Record<FailCode, Printable>> = {
  logins: say`new logins may fail`,
  jobs: say`new jobs may fail`,
  parts: say`may fail when it loads a part of itself`,
}

/** Returns what may fail as a note beside the name. */
export function failNote(code: FailCode): Printable {
  return FAIL_NOTES[code]
}

/** Returns what may fail as the beginning of a sentence. */
export function failText(code: FailCode, { items, total }: Count): Printable {
  if (code !== 'parts') return withCapital(FAIL_NOTES[code])
  const who = enumerated(items.map(placedName))
  const [it, itself] =
    total === 1 ? [say`it loads`, say`itself`] : [say`they load`, say`themselves`]
  return say`${who} may fail when ${it} a part of ${itself}`
}

/** Returns which units it is that something fails because of, behind `failText`. */
function failingText(code: FailCode, { items, total }: Count): Printable {
  if (code === 'parts') return total === 1 ? say`it` : say`they`
  return enumerated(items.map(placedName))
}

/** Returns what may fail because of which units. */
export function urgentSentences(
  { parts }: Urgent,
  answer: Answer,
  page: Page,
  hasVersions: boolean,
) {
  return parts.map(({ code, count }): Printable => {
    const who = failingText(code, count)
    const what = failText(code, count)
    if (answer.reboot?.kind === 'soon') {
      const uses = usesText(count, false)
      return say`${what} until then, since ${who} ${uses} ${oldCode(count, hasVersions)}.`
    }
    const since = hasAge(count) && count.oldest !== null ? sinceText(count.oldest, page) : say``
    const old = oldCode(count, hasVersions)
    return say`${what}: ${who} ${usesText(count, page.isHook)} ${old}${since}.`
  })
}

/** Says whether what may fail was old before the transaction that the hook follows. */
function hasAge({ items }: Count): boolean {
  return items.some(
    ({ isAgain, finding }) => isAgain || failingFiles(finding).some(({ isNew }) => isNew === false),
  )
}

function sinceText(date: Date, { now, isHook }: Page): Printable {
  return say`, since ${dayText(date, now, { isByHand: !isHook })}`
}

/** Returns since when a count is old; empty where that is not known. */
export function ageText({ oldest, newest, total }: Count, page: Page): Printable {
  if (oldest === null || newest === null) return say``
  const [first, last] = [oldest, newest].map((date) =>
    dayText(date, page.now, { isByHand: !page.isHook }),
  )
  if (total === 1 || first === last) return say`, since ${first ?? ''}`
  return say`, the oldest since ${first ?? ''}`
}

/** Returns the sentences of a hook about what was old before. */
export function beforeTexts(before: BeforeLine, answer: Answer, page: Page): readonly Printable[] {
  const { lifelines, count, isRebootPending } = before
  const isSaid = answer.reboot?.kind === 'soon' || answer.reboot?.kind === 'whenever'
  const due = isRebootPending && !isSaid ? [say`A reboot was due before this upgrade.`] : []
  const look = lookText(answer.reader)
  if (count === null) return due.length === 0 ? [] : [...due, say`To see it: ${look}`]
  const isOne = count.total === 1 && due.length === 0
  const day = count.oldest && dayText(count.oldest, page.now, { isByHand: false })
  const since = day === null ? say`` : say` since ${day}`
  const names = enumerated(lifelines.map((one) => listName(one)))
  const isAll = lifelines.length === count.total
  const among = isAll || lifelines.length === 0 ? say`` : say`, ${names} among them`
  const isMore = answer.count !== null || answer.urgent !== null
  const who = isAll ? names : countFirst(count, whoText(count, isMore))
  return [
    say`${who} ${usesText(count, false)} old code${since}${among}.`,
    ...due,
    say`To see ${isOne ? 'it' : 'them'}: ${look}`,
  ]
}

/** Returns the sentences about the login and the clients; empty where nothing is to be said. */
export function staysText({ carrier, isNeeded, cut, guests }: Stays): Printable {
  const login = carrier === null ? null : loginText(carrier.unit)
  const clients = cut.map((one) => listName(one))
  return joined(
    [
      ...(login === null ? [] : [say`This ${login} stays open.`]),
      ...(login !== null && isNeeded ? [say`Keep it until a new login works.`] : []),
      ...guestTexts(guests),
      ...(clients.length === 0 ? [] : [say`${withCapital(cutOffText(clients))}.`]),
    ],
    ' ',
  )
}

function guestTexts({ containers, machines }: Stays['guests']): readonly Printable[] {
  if (containers && machines) return [say`Containers and virtual machines go on.`]
  if (containers) return [say`Containers go on.`]
  return machines ? [say`Virtual machines go on.`] : []
}

function loginText(unit: Printable | null): Printable {
  return unit !== null && /ssh|dropbear/.test(unit) ? say`ssh login` : say`login`
}

/** Returns the number of programs that were looked at. */
export function looked(read: number): Printable {
  return say`${read} ${read === 1 ? 'program' : 'programs'} looked at`
}
