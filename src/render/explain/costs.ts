import type { Action } from '../../core/advice/action.ts'
import type { Caution, CautionCode } from '../../core/advice/advice.ts'
import type { Explained } from '../../core/explain/explained.ts'
import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { cautionText } from '../words/cautions.ts'
import { changeWithFixes } from '../words/packages.ts'
import { failingFiles } from '../../core/report/may-fail.ts'
import type { FailCode } from '../../core/report/report.ts'
import { textRow } from './layout.ts'
import type { Row } from './layout.ts'

const FAILING_LOGINS = {
  what: say`new logins may fail`,
  why: say`each login starts a new part of it, which may not fit the old one`,
}

/** The cautions that say what fails while one waits: what that is, and why. */
const FAILING: Readonly<
  Partial<Record<CautionCode, { readonly what: Printable; readonly why: Printable }>>
> = {
  'logins-may-fail': FAILING_LOGINS,
  'containers-may-not-start': {
    what: say`new containers may not start`,
    why: say`each new one is started by a new part of it, which may not fit`,
  },
}

/** What fails in a lifeline because of the C library, where no caution says it. */
const FAILING_PARTS: Readonly<
  Record<FailCode, { readonly what: Printable; readonly why: Printable }>
> = {
  logins: {
    what: say`new logins may fail`,
    why: say`what a login loads later may not fit the old C library that it runs with`,
  },
  jobs: {
    what: say`new jobs may fail`,
    why: say`what a job loads later may not fit the old C library that it runs with`,
  },
  parts: {
    what: say`what it loads later may fail`,
    why: say`it may not fit the old C library that it runs with`,
  },
}

function failingOf({ named, finding }: Explained) {
  const { mayFail } = finding
  const said = named.cautions.flatMap(({ code }) => FAILING[code] ?? [])
  if (said.length > 0 || mayFail === null) return said
  const isProgram = failingFiles(finding).some(({ kind }) => kind === 'executable')
  return [mayFail === 'logins' && isProgram ? FAILING_LOGINS : FAILING_PARTS[mayFail]]
}

/** Returns what may fail while one waits. */
export function fails(explained: Explained): readonly Printable[] {
  return failingOf(explained).map(({ what }) => what)
}

/** Returns the row about what happens while one waits; `null` where it ends by itself. */
export function waitingText(explained: Explained): Row | null {
  const { finding } = explained
  const why = failingOf(explained).map((one) => one.why)
  if (why.length > 0) return textRow(say`Why now`, joined(why, '; '))
  const fixes = finding.files.flatMap(({ package: change }) =>
    change?.advisories?.length ? [change] : [],
  )
  const [worst] = fixes
  if (worst !== undefined)
    return textRow(
      say`Waiting`,
      say`leaves a known weakness in use: ${changeWithFixes(worst, MAX_ISSUES)}`,
    )
  if (finding.action === 'wait' || finding.action === 'none') return null
  return textRow(say`Waiting`, say`nothing is known to break while you wait`)
}

const MAX_ISSUES = 3

/** What the row about a step is called. */
const STEP_LABELS: Readonly<Record<Action, Printable>> = {
  restart: say`Restarting`,
  'user-restart': say`Restarting`,
  reexec: say`Renewing`,
  'user-reexec': say`Renewing`,
  relogin: say`Logging out`,
  close: say`Closing it`,
  container: say`Updating`,
  manual: say`Why`,
  'soft-reboot': say`Why`,
  reboot: say`Why`,
  wait: say`Why`,
  none: say`Why`,
}

/** Returns the row about what the step costs, or why there is none; `null`: nothing to say. */
export function costLine(one: Explained): Row | null {
  const { named } = one
  const isRestart = named.action === 'restart' || named.action === 'user-restart'
  const label = one.isChoice ? say`Restarting` : STEP_LABELS[named.action]
  const keeping = isRestart ? keepingText(one) : null
  const texts = [
    ...(keeping === null ? [] : [keeping]),
    ...named.cautions
      .filter(({ code }) => !SAID_ELSEWHERE.has(code))
      .map((caution) => costText(caution, isRestart || one.isChoice)),
  ]
  if (texts.length > 0) return { label, parts: texts }
  const alone = stepText(one)
  return alone === null ? null : textRow(label, alone)
}

/** The cautions that another row says, or the verdict itself. */
const SAID_ELSEWHERE: ReadonlySet<CautionCode> = new Set([
  'logins-may-fail',
  'containers-may-not-start',
  'carries-your-connection',
  'no-unit',
  'virtual-machine',
  'greeter',
  'session-of-command',
])

/** Returns what a restart leaves alone; `null` where it ends all of the unit. */
function keepingText({ named: { cautions }, case: { lifeline }, keeps }: Explained) {
  const isYours = cautions.some(({ code }) => code === 'carries-your-connection')
  const isLogin = lifeline?.role === 'login'
  const how = keeps === null ? say`` : say` (KillMode=${keeps})`
  if (isYours && isLogin && keeps !== null)
    return say`leaves all logins through it open, yours among them${how}`
  if (isYours) return say`leaves your own login open${how}`
  if (keeps === null) return null
  return isLogin
    ? say`leaves all logins through it open${how}`
    : say`ends its main process and leaves all others alone${how}`
}

/** Returns what a step does of which no caution speaks. */
function stepText({ named }: Explained): Printable | null {
  switch (named.action) {
    case 'restart':
    case 'user-restart':
      if (named.command === null)
        return say`what it costs is not known here: root asks no user's systemd`
      return say`stops it for a moment: who is connected to it must connect again`
    case 'reexec':
      return say`nothing stops: systemd starts itself anew and keeps all that runs`
    case 'user-reexec':
      return say`nothing of the user stops: the user's systemd starts itself anew`
    case 'relogin':
      return say`ends all that runs in this login, so save your work first`
    case 'close':
      return say`its windows close, so save your work first`
    case 'soft-reboot':
      return say`systemctl soft-reboot is enough: all programs end, the kernel goes on`
    default:
      return null
  }
}

/**
 * Returns what a caution says behind the label of a row.
 *
 * @param isRestart whether the label says that it is about a restart
 */
function costText(caution: Caution, isRestart: boolean): Printable {
  if (caution.code === 'carries-your-connection') return say`leaves your own login open`
  if (caution.code === 'carries-remote-logins')
    return say`remote logins come in through it (${joined(caution.detail, ', ')}): be ready to log in again`
  if (caution.code === 'display-manager')
    return say`ends the graphical session, and all programs in it`
  const text = cautionText(caution)
  return isRestart ? printableText(text.replace(/^a restart /, '')) : text
}
