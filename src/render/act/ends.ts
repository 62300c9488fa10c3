import type { End, EndCode, Outcome } from '../../core/act/outcome.ts'
import type { Plan } from '../../core/act/plan.ts'
import type { UnitProgress } from '../../core/act/progress.ts'
import { shortName } from '../../core/act/names.ts'
import { say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import { columnsOf } from '../text/columns.ts'
import type { PageSize } from '../width.ts'
import { rootCommand } from '../words/commands.ts'
import { commandLine, enumerated, quoted } from '../words/words.ts'
import { journalCommand, lookCommand, systemctlCommand } from './commands.ts'
import { oldCodeOf } from './costs.ts'
import { commandRows, foreign, heading, item, namesOfUnits, sentence } from './layout.ts'
import type { Screen } from './layout.ts'

/** What was read about a unit whose end is not good. */
export type UnitExtras = {
  /** The last lines of its journal. */
  readonly journal: readonly Printable[]
  /** The old file of the package of its own program; `null` where there is no way back. */
  readonly goBack: Printable | null
  /** What systemctl said of it. */
  readonly messages: readonly Printable[]
}

const NO_EXTRAS: UnitExtras = { journal: [], goBack: null, messages: [] }

type Context = {
  readonly isOfUser: boolean
  readonly screen: Screen
  readonly extras: ReadonlyMap<string, UnitExtras>
}

/** The order of the blocks: what is down now stands first. */
const ORDER = ['failed', 'stopped', 'starting-again', 'untouched', 'still-old'] as const

/** Returns one block for each unit whose end is not good, and one for all that go on. */
export function endBlocks(
  { isOfUser }: Pick<Plan, 'isOfUser'>,
  { ends, watched, isLookedAgain }: Pick<Outcome, 'ends' | 'watched' | 'isLookedAgain'>,
  extras: ReadonlyMap<string, UnitExtras>,
  screen: Screen,
): readonly Line[] {
  const of = (code: EndCode) => ends.filter((end) => end.code === code)
  const context = { isOfUser, screen, extras }
  const blocks = ORDER.flatMap((code) => of(code).map((end) => blockOf(code, end, context)))
  const all = [
    ...blocks,
    waitingBlock(of('waiting'), watched, context),
    unseenBlock(isLookedAgain ? of('unseen') : [], screen),
  ]
  return all.flatMap((block) => (block.length === 0 ? [] : [say``, ...block]))
}

function blockOf(code: (typeof ORDER)[number], end: End, context: Context): readonly Line[] {
  const name = shortName(end.unit)
  switch (code) {
    case 'failed':
      return downBlock(say`${name} failed and is NOT running${whyOf(end.state)}`, end, context)
    case 'stopped':
      return downBlock(say`${name} stopped and is NOT running, and did not fail`, end, context)
    case 'starting-again':
      return downBlock(
        say`${name} failed${whyOf(end.state)}, and systemd starts it again by itself`,
        end,
        context,
      )
    case 'untouched':
      return untouchedBlock(name, end, context)
    case 'still-old':
      return stillOldBlock(name, end, context)
    default:
      return code satisfies never
  }
}

/** Returns how the main process ended, or the word of systemd for it. */
function whyOf(state: UnitProgress | null): Printable {
  if (state === null) return say``
  const { mainExit, result } = state
  const isOfMain = result === 'exit-code' || result === 'signal' || result === 'core-dump'
  if (result === 'exit-code' && mainExit.kind === null) return say` (a command of its start failed)`
  if (!isOfMain || mainExit.kind === null)
    return result === '' || result === 'success' ? say`` : say` (${result})`
  if (mainExit.kind === 'exited') return say` (exit status ${mainExit.number})`
  const isDumped = mainExit.kind === 'dumped'
  return say` (killed by signal ${mainExit.number}${isDumped ? say`, core dumped` : say``})`
}

function downBlock(what: Printable, { unit }: End, context: Context): readonly Line[] {
  const { journal, messages, goBack } = context.extras.get(unit) ?? NO_EXTRAS
  const said = foreign([...messages, ...journal], context.screen)
  const end = said.length === 0 ? say`.` : say`:`
  return [
    ...heading(say`${what}${end}`, context.screen),
    ...said,
    ...readMoreRows(journalCommand(context.isOfUser, unit), context.screen),
    ...(goBack === null || context.isOfUser ? [] : goBackRows(goBack, context.screen)),
  ]
}

function readMoreRows(command: readonly Printable[], { width }: Screen): readonly Printable[] {
  const row = say`  Read more  ${commandLine(command)}`
  if (columnsOf(row) <= width) return [row]
  const [start, unit] = [command.slice(0, -1), command.slice(-1)].map(commandLine)
  return [say`  Read more  ${start ?? say``} \\`, say`               ${unit ?? say``}`]
}

/** A downgrade is a matter of root: a user's text has no such line. */
function goBackRows(path: Printable, screen: Screen): readonly Printable[] {
  const command = commandLine(rootCommand(screen, words('pacman', '-U')))
  return [say`  Go back    ${command} \\`, say`               ${quoted(path)}`]
}

function untouchedBlock(
  name: Printable,
  { unit }: End,
  { extras, screen }: Context,
): readonly Line[] {
  const said = foreign((extras.get(unit) ?? NO_EXTRAS).messages, screen)
  const end = said.length === 0 ? say`.` : say`:`
  const text = say`${name} was not restarted and uses old code as before${end}`
  return [...heading(text, screen), ...said]
}

function stillOldBlock(
  name: Printable,
  { old, isMainNew }: End,
  { screen }: Context,
): readonly Line[] {
  const { packages, paths } = old === null ? { packages: [], paths: say`` } : oldCodeOf(old)
  const of = packages.length === 0 ? say`` : say` of ${enumerated(packages)}`
  const main = isMainNew ? say`Its main process is a new one.` : say`Its main process is as before.`
  return [
    ...heading(say`A restart did not renew ${name}: it still uses old code${of}.`, screen),
    ...(paths === '' ? [] : item(say`Old files: ${paths}`, screen)),
    ...(isMainNew === null ? [] : item(main, screen)),
  ]
}

function waitingBlock(
  ends: readonly End[],
  watched: Outcome['watched'],
  { isOfUser, screen }: Context,
): readonly Line[] {
  if (ends.length === 0) return []
  const names = enumerated(namesOfUnits(ends.map(({ unit }) => unit)))
  const when = {
    'to-the-end': say`at the last look`,
    'time-limit': say`when the time to wait was over`,
    interrupted: say`when the watching was interrupted`,
    silent: say`at the last answer of systemd`,
  } as const satisfies Readonly<Record<Outcome['watched'], Printable>>
  const isOne = ends.length === 1
  const verb = isOne ? say`was` : say`were`
  const them = isOne ? say`it` : say`them`
  return [
    ...heading(say`${names} ${verb} not done ${when[watched]}.`, screen),
    ...sentence(
      say`systemd goes on with ${them}, and nothing was cancelled. To see the jobs:`,
      screen,
    ),
    ...commandRows(systemctlCommand(isOfUser, 'list-jobs'), screen),
    say`Look again later with ${lookCommand(screen)}.`,
  ]
}

function unseenBlock(ends: readonly End[], page: PageSize): readonly Line[] {
  if (ends.length === 0) return []
  const names = enumerated(namesOfUnits(ends.map(({ unit }) => unit)))
  return sentence(
    say`Whether ${names} still ${ends.length === 1 ? 'uses' : 'use'} old code is not known.`,
    page,
  )
}
