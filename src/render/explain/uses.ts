import { shortName } from '../../core/act/names.ts'
import { safeCommand } from '../../core/answer/blocks.ts'
import type { BlockCommand } from '../../core/answer/blocks.ts'
import type { AboutFile, AboutPackage, Extent, Use } from '../../core/explain/explanation.ts'
import { findingsOf } from '../../core/explain/uses.ts'
import { joined, say, words } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Reader } from '../../core/report/reader.ts'
import type { Finding } from '../../core/report/report.ts'
import { columnsOf } from '../text/columns.ts'
import { padded } from '../text/layout.ts'
import { typedCommand } from '../text/typed.ts'
import { nameLabel, pathLabel } from '../words/labels.ts'
import { rootCommand } from '../words/commands.ts'
import { commandLine } from '../words/words.ts'
import { explainCommand } from './commands.ts'
import { bounded, textRow } from './layout.ts'
import type { ScreenBlock, Row, TypedCommand } from './layout.ts'
import { shortLabel } from './names.ts'
import { dayText } from '../words/days.ts'

const MAX_FILES = 4

/** Returns the screen about a package: who still uses an old one, since when, and what to do. */
export function packageBlocks(
  { name, installed, uses, files }: AboutPackage,
  seen: Extent,
  isFacts: boolean,
): readonly ScreenBlock[] {
  const what =
    installed === null ? say`${name} was removed.` : say`${name} ${installed} is installed.`
  const { shown, more } = bounded(files.map(pathLabel), isFacts ? Infinity : MAX_FILES)
  const rows: readonly Row[] = [
    ...useRows(uses, seen, isFacts),
    ...(files.length === 0 ? [] : [textRow(say`Old files`, joined([...shown, ...more], ', '))]),
    ...doRows(findingsOf(uses), seen),
  ]
  return [{ headline: say`${what} ${usersText(uses, seen, installed === null)}` }, ...rows]
}

/** Returns the screen about a file: which package has it, and who uses an old one. */
export function fileBlocks(
  { path, package: owner, isUnowned, uses, temporary }: AboutFile,
  seen: Extent,
  isFacts: boolean,
): readonly ScreenBlock[] {
  const version = owner?.version ?? null
  const from =
    owner === null
      ? isUnowned
        ? say`no package has a file of this path`
        : say`not known`
      : version === null
        ? owner.name
        : say`${owner.name} ${version}`
  const made = bounded(
    temporary.map(({ pid, comm }) => say`${pid} (${nameLabel(comm)})`),
    MAX_FILES,
  )
  const rows: readonly Row[] = [
    textRow(say`Package`, from),
    ...useRows(uses, seen, isFacts),
    ...(temporary.length === 0
      ? []
      : [
          textRow(
            say`Temporary`,
            say`code that a program made itself, and no old file: PID ${joined(
              [...made.shown, ...made.more],
              ', ',
            )}`,
          ),
        ]),
    ...doRows(findingsOf(uses), seen),
  ]
  return [{ headline: say`${pathLabel(path)}: ${fileText(uses, seen)}` }, ...rows]
}

function usersText(uses: readonly Use[], { isWhole }: Extent, isGone: boolean): Printable {
  const number = findingsOf(uses).length
  const old = isGone ? say`it` : say`an older one`
  if (number === 0)
    return isWhole ? say`Nothing that runs uses ${old}.` : say`Nothing that was seen uses ${old}.`
  return number === 1
    ? say`1 program still uses ${old}.`
    : say`${number} programs still use ${old}.`
}

function fileText(uses: readonly Use[], { isWhole }: Extent): Printable {
  const number = findingsOf(uses).length
  if (number === 0)
    return isWhole
      ? say`nothing that runs uses an old one.`
      : say`nothing that was seen uses an old one.`
  return number === 1 ? say`1 program uses an old one.` : say`${number} programs use an old one.`
}

/** Returns a row for each version that is in use: the day, and the names of its users. */
function useRows(uses: readonly Use[], { at }: Extent, isFacts: boolean): readonly Row[] {
  const sinces = uses.map(({ since }) =>
    since === null ? say`day not known` : say`since ${dayText(since, at, { isByHand: true })}`,
  )
  const width = Math.max(0, ...sinces.map(columnsOf)) + 3
  return uses.map(({ version, findings }, index) => {
    const names = findings.map(shortLabel)
    const start = padded(sinces[index] ?? say``, width, columnsOf)
    const part = isFacts ? say`${start}${joined(names, ', ')}` : { start, names }
    return { label: version ?? say`not known`, parts: [part] }
  })
}

const MAX_COMMANDS = 3

/** Returns what ends the use of old code: the safe restarts in one command, the rest one by one. */
function doRows(findings: readonly Finding[], { reader, isRoot }: Extent): readonly Row[] {
  const safe = findings.filter(isSafe)
  const rest = findings.filter((one) => !isSafe(one))
  // A unit of the system and one of a user can have the same name.
  const { shown } = bounded([...new Set(rest.map(nameToExplain))], MAX_COMMANDS)
  const more = rest.filter((one) => !shown.includes(nameToExplain(one))).length
  const all = safe.length === findings.length ? say`all of them` : say`${safe.length} of them`
  const restart = safe.length === 0 ? null : safeCommand(safe)
  const parts = [
    ...(restart === null ? [] : [restartPart(restart, all, reader)]),
    ...shown.map((name) => ({ command: explainCommand(name, isRoot, reader) })),
    ...(more > 0
      ? [
          say`and ${more} more: ${commandLine(isRoot ? rootCommand(reader, words('stale-libs')) : words('stale-libs'))}`,
        ]
      : []),
  ]
  return parts.length === 0 ? [] : [{ label: say`Do`, parts }]
}

/** @param all said where the command names no unit */
function restartPart(restart: BlockCommand, all: Printable, reader: Reader): TypedCommand {
  const command = typedCommand(restart, reader)
  if (restart.by !== 'restart') return { command }
  return { command, remark: restart.names.length === 0 ? all : say`(asks first)` }
}

function isSafe({ action, cautions, unit }: Finding): boolean {
  return action === 'restart' && unit !== null && !cautions.some(({ blocking }) => blocking)
}

/** Returns the name by which a finding is explained: that of its unit, or a process. */
function nameToExplain({ kind, unit, processes, name }: Finding): Printable {
  const isUnit = kind === 'service' || kind === 'user-service'
  if (isUnit && unit !== null) return shortName(unit)
  const [first] = processes
  return first === undefined ? name : say`${first.pid}`
}
