import { compareText, printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { jobOf, parseMarkers } from '../systemd/markers.ts'
import { firstValue, parsePropertyBlocks } from '../systemd/property-blocks.ts'
import { isUnitName, parseUnitList } from '../systemd/unit-name.ts'
import type { Mark } from './marks.ts'
import { isAbout } from './progress.ts'

/** The properties that tell which unit a name is of. */
export const NAME_PROPERTIES = ['Id', 'Names', 'LoadState', 'ActiveState'] as const

/**
 * Returns the unit of each name, or `null` for a name that systemd knows no unit of. A unit that
 * runs on is known although its file is gone. Returns `null` where the answers are not those of the
 * question.
 *
 * Reads the output of `systemctl show --property=Id,Names,LoadState,ActiveState -- NAME...`.
 */
export function parseIdentities(
  text: string,
  names: readonly string[],
): ReadonlyMap<string, Printable | null> | null {
  const blocks = parsePropertyBlocks(text)
  if (blocks.length !== names.length) return null
  const found = names.flatMap((name, at) => {
    const block = blocks[at]
    if (block === undefined || !isAbout(name, block)) return []
    const [id, state] = [firstValue(block, 'Id'), firstValue(block, 'LoadState')]
    if (!isUnitName(id) || state === '') return []
    const isNowhere = state === 'not-found' && firstValue(block, 'ActiveState') === 'inactive'
    return [[name, isNowhere ? null : id] as const]
  })
  return found.length === names.length ? new Map(found) : null
}

/** The properties that tell what a soft reboot leaves running. */
export const SURVIVAL_PROPERTIES = [
  'Id',
  'ActiveState',
  'SurviveFinalKillSignal',
  'Conflicts',
] as const

/**
 * Returns the active units that a soft reboot leaves running; `null` where this systemd does not
 * tell (before 255).
 *
 * A unit is spared by the last signal (`SurviveFinalKillSignal=`, systemd.unit(5)), and by the
 * target that stops all others, with which most are in conflict (`DefaultDependencies=`,
 * systemd-soft-reboot.service(8)).
 */
export function parseSurvivors(text: string): readonly Printable[] | null {
  const blocks = parsePropertyBlocks(text)
  if (!blocks.some((block) => block.has('SurviveFinalKillSignal'))) return null
  return blocks.flatMap((block) => {
    const unit = firstValue(block, 'Id')
    const conflicts = parseUnitList(firstValue(block, 'Conflicts'))
    const isSpared = firstValue(block, 'SurviveFinalKillSignal') === 'yes'
    const isStopped = conflicts.some((name) => STOPPING.has(name))
    const isActive = firstValue(block, 'ActiveState') === 'active'
    return isUnitName(unit) && isActive && isSpared && !isStopped ? [unit] : []
  })
}

const STOPPING: ReadonlySet<string> = new Set(['shutdown.target', 'soft-reboot.target'])

/**
 * Returns the units of an answer with `Id=`, `Names=` and `Markers=` that have the marker
 * needs-restart, by all of their names.
 */
export function parseMarkedNames(text: string): ReadonlySet<string> {
  return new Set(
    parsePropertyBlocks(text).flatMap((block) => {
      const isMarked = parseMarkers(firstValue(block, 'Markers')).includes('needs-restart')
      return isMarked ? [firstValue(block, 'Id'), ...parseUnitList(firstValue(block, 'Names'))] : []
    }),
  )
}

/** The properties that tell what is marked. */
export const MARK_PROPERTIES = ['Id', 'Markers', 'CanReload'] as const

/** Returns the marked units of an answer with `MARK_PROPERTIES`, by name. */
export function parseMarks(text: string): readonly Mark[] {
  const marks = parsePropertyBlocks(text).flatMap((block) => {
    const unit = firstValue(block, 'Id')
    const markers = parseMarkers(firstValue(block, 'Markers'))
    const job = jobOf(markers, firstValue(block, 'CanReload') === 'yes')
    return job === null || !isUnitName(unit) ? [] : [{ unit, markers, job }]
  })
  return marks.toSorted((a, b) => compareText(a.unit, b.unit))
}

/** The number of characters of a line that a person reads. */
const MOST_CHARACTERS = 300

/**
 * Returns the lines of what a program wrote, without empty ones, each cut to 300 characters.
 *
 * @param text one character a byte
 */
export function linesIn(text: string): readonly Printable[] {
  return text
    .split(/\r?\n/)
    .map(cutLine)
    .filter((line) => line !== '')
}

/**
 * The words by which programs name what went wrong: the levels of syslog(3), and those of most
 * libraries for logs. Many programs say nothing else to the journal about the level of a line.
 */
const LEVEL = /\b(?:fatal|emerg|alert|crit|critical|panic|error|err)\b/i

/** What differs from one start to the next: a date, a time, seconds since 1970, a PID. */
const MOMENT =
  /\d{1,4}[-/]\w{2,3}[-/]\d{1,4}|\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?|\d{9,}|[[(]\d{3,}(?::\d+)?[\])]/g

/**
 * Returns those of the last lines of a program that tell most, in their order. A line that comes
 * again and again, as with each start of `Restart=`, counts once, whatever its time. Of what is
 * left, the last lines that name a level count more than the last of all: squid tells its page
 * faults last.
 */
export function tellingLines(lines: readonly Printable[], most: number): readonly Printable[] {
  const forms = lines.map((line) => line.replaceAll(MOMENT, ''))
  const distinct = lines.filter((_, at) => !forms.includes(forms[at] ?? '', at + 1))
  const levelled = distinct.filter((line) => LEVEL.test(line)).slice(1 - most)
  const others = distinct.filter((line) => !levelled.includes(line))
  const rest = others.slice(Math.max(0, others.length + levelled.length - most))
  const told = new Set([...levelled, ...rest])
  return distinct.filter((line) => told.has(line))
}

function cutLine(line: string): Printable {
  // A character of UTF-8 has 4 bytes at most.
  const characters = [...printable(line.slice(0, MOST_CHARACTERS * 4))]
  return printableText(characters.slice(0, MOST_CHARACTERS).join('').trimEnd())
}

/** The characters of unit names (systemd.unit(5)). */
const NAMES = /[0-9A-Za-z:_.\\@-]+/g

/**
 * Returns what systemctl said of a unit: the lines that name it, or name no unit at all. A line can
 * end a sentence with the name.
 */
export function messagesAbout(unit: string, messages: readonly Printable[]): readonly Printable[] {
  const unitsIn = (line: string) =>
    (line.match(NAMES) ?? []).map((name) => name.replace(/[.:]+$/, '')).filter(isUnitName)
  return messages.filter((message) => {
    const named = unitsIn(message)
    return named.length === 0 || named.some((name) => name === unit)
  })
}
