import type { Answer } from '../../../core/answer/answer.ts'
import type { Block } from '../../../core/answer/blocks.ts'
import type { AnswerGroup } from '../../../core/answer/group.ts'
import { groupedBy } from '../../../core/answer/grouped.ts'
import type { Placed } from '../../../core/answer/placed.ts'
import { packageNames } from '../../../core/answer/count.ts'
import { joined, printableText, say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { Line } from '../../door.ts'
import type { Tone } from '../../style.ts'
import { userLabel } from '../../words/labels.ts'
import { folded, listName, placedName } from '../../words/names.ts'
import { reasonRow } from '../../words/reasons.ts'
import { packageLabel } from '../../words/packages.ts'
import type { Page } from '../layout.ts'
import { noteText, packagesText } from '../row-notes.ts'
import { staysText } from '../sentences.ts'
import { COMMAND, tableLines } from '../table.ts'
import type { TableRow, Section } from '../table.ts'
import { blockCommandRows } from '../typed.ts'

/** The heading of each group. Whose own services they are stands behind `As`. */
const HEADINGS: Readonly<Record<AnswerGroup, Printable>> = {
  reboot: say`Reboot`,
  restart: say`Restart`,
  later: say`Choose when`,
  own: say`As`,
  logout: say`Log out`,
  close: say`Reopen`,
  guests: say`Update`,
  nothing: say`Wait`,
}

/** Returns the heading of a block. */
export function headingOf({ group, user }: Pick<Block, 'group' | 'user'>): Printable {
  return group === 'own' && user !== null ? say`As ${userLabel(user)}` : HEADINGS[group]
}

/** Returns the colour of a heading. */
export function headingTone(group: AnswerGroup, { reboot }: Answer): Tone {
  if (group === 'later') return 'costs'
  return group === 'reboot' && reboot?.kind === 'soon' ? 'soon' : 'strong'
}

/** From here on those with nothing of their own to say share a paragraph. */
const MAX_ROWS = 20

/** Returns the blocks of an answer by hand as sections: a row for each finding. */
export function sectionsByHand(answer: Answer, isAll: boolean, page: Page): readonly Section[] {
  const reasons = answer.reasons.map(reasonRow)
  const reasonRows = reasons.map(({ name, text }): TableRow => ({
    name,
    packages: say``,
    note: text,
  }))
  const hasBlock = answer.blocks.some(({ group }) => group === 'reboot')
  const sections = answer.blocks.map((block) => sectionOf(block, answer, isAll, page))
  const reboot: Section[] =
    reasonRows.length === 0 || hasBlock
      ? []
      : [{ heading: HEADINGS.reboot, tone: headingTone('reboot', answer), rows: reasonRows }]
  return [
    ...reboot,
    ...sections.map((section, at) =>
      at === 0 && hasBlock ? { ...section, rows: [...reasonRows, ...section.rows] } : section,
    ),
  ]
}

/** Says whether not every finding has a row. */
export function isFolded({ blocks }: Answer): boolean {
  return blocks.some(({ items }) => items.length > MAX_ROWS)
}

function sectionOf(block: Block, answer: Answer, isAll: boolean, page: Page): Section {
  const { group, items } = block
  const isShort = items.length > MAX_ROWS && !isAll
  const rows = items.map((placed) => rowOf(placed, block, answer))
  const said = rows.filter((_, at) => items[at]?.hasNote)
  const isUsers = isBesideName(block)
  const others = items.filter(({ hasNote }) => !hasNote)
  return {
    heading: headingOf(block),
    tone: headingTone(group, answer),
    rows: isShort ? [...shared(said), ...paragraphs(others, items.length)] : rows,
    below: isUsers && !isShort ? [] : belowOf(block, answer, page),
  }
}

function belowOf({ group, command }: Block, answer: Answer, page: Page): readonly Line[] {
  const stays = staysText({ ...answer.stays, cut: [] })
  const isSaid = group === 'restart' && stays !== ''
  return [
    ...blockCommandRows(command, answer.reader, COMMAND, page),
    ...(isSaid ? tableLines([{ heading: say``, rows: [{ text: stays }] }], page) : []),
  ]
}

/** Says whether the command of a block stands behind its first name. */
function isBesideName({ group, command }: Block): boolean {
  return group === 'own' && command?.by === 'restart'
}

function rowOf(placed: Placed, block: Block, { isSoftEnough }: Answer): TableRow {
  const { group, items } = block
  const isFirst = isBesideName(block) && placed === items[0]
  const own = isFirst ? [say`stale-libs restart --user`] : []
  const note = noteText(placed, isSoftEnough)
  return {
    name: group === 'own' ? listName(placed.finding, true) : placedName(placed),
    packages: packagesText(placed),
    note: joined([...own, ...(note === '' ? [] : [note])], '; '),
    ...(placed.urgency === 'soon' ? { tone: 'soon' as const } : {}),
  }
}

/** Returns rows, those with the same packages and note as one text with all names. */
function shared(rows: readonly TableRow[]): Section['rows'] {
  const byText = groupedBy(rows, ({ packages, note }) => JSON.stringify([packages, note]))
  return [...byText.values()].flatMap((some): Section['rows'] => {
    const [first] = some
    if (first === undefined || some.length === 1) return some
    const names = joined(folded(some.map(({ name }) => name)), ', ')
    const note = printableText(first.note.replace(/^its /, 'their '))
    return [{ text: say`${names}${inBrackets(first.packages)}: ${note}` }]
  })
}

function inBrackets(packages: Printable): Printable {
  return packages === '' ? say`` : say` (${packages})`
}

/** Returns the names of findings with nothing of their own to say, by what they use. */
function paragraphs(items: readonly Placed[], of: number): Section['rows'] {
  const byPackages = groupedBy(items, (item) => joined(packageNames(item).map(packageLabel), ', '))
  return [...byPackages].map(([packages, some]) => {
    const names = joined(folded(some.map(placedName)), ', ')
    const more = some.length === of ? say`All ${some.length}` : say`${some.length} more`
    return { text: say`${more}${inBrackets(packages)}: ${names}` }
  })
}
