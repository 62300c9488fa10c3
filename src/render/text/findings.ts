import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Finding } from '../../core/report/report.ts'
import type { Kind } from '../../core/owner/kinds.ts'
import { urgencyOf } from '../../core/report/fixed-advisories.ts'
import { cautionText } from '../words/cautions.ts'
import { findingLabel } from '../words/labels.ts'
import { markingText, stepText } from '../words/steps.ts'
import { counted } from '../words/words.ts'
import { blanks, hanging, padded, rowsOf, shortened, wrapped } from './layout.ts'
import type { Page } from './layout.ts'
import { subjectsOf } from './subjects.ts'

const MAX_LABEL = 40
const MAX_LABEL_OF_A_HOOK = 26
const MAX_LINES_OF_A_FINDING = 3

/**
 * Returns the lines of findings. Lifelines come first, and then the findings with the worst fixed
 * advisories. The name of a unit is never cut.
 *
 * @param room the number of rows
 */
export function findingLines(
  findings: readonly Finding[],
  page: Page,
  room: number,
): readonly Printable[] {
  const { columns } = page
  const sorted = findings.toSorted(
    (a, b) => Number(isLifeline(b)) - Number(isLifeline(a)) || urgencyOf(b) - urgencyOf(a),
  )
  const longest = sorted.reduce(
    (most, finding) => Math.max(most, columns(labelOf(finding, page))),
    0,
  )
  const width = Math.min(page.isHook ? MAX_LABEL_OF_A_HOOK : MAX_LABEL, longest)
  const lines: Printable[] = []
  let rows = 0
  for (const [at, finding] of sorted.entries()) {
    const next = lineOf(labelOf(finding, page), width, finding, page)
    const isLast = at === sorted.length - 1
    rows += rowsOf(next, page)
    if (rows > room - (isLast ? 0 : 1)) {
      const more = sorted.length - at
      return [...lines, say`(${counted(more, 'more finding', 'more findings')}: run stale-libs)`]
    }
    lines.push(...next)
  }
  return lines
}

/**
 * Returns the label of a finding. People copy only the names of units into commands, so other
 * labels may be cut.
 */
function labelOf(finding: Finding, { width, columns }: Page): Printable {
  const label = findingLabel(finding)
  return COPIED.has(finding.kind) ? label : shortened(label, width - 2, columns)
}

const COPIED: ReadonlySet<Kind> = new Set(['service', 'user-service'])

/** Says whether a finding is a lifeline: it lets people back into the machine. */
export function isLifeline({ lifeline }: Finding): boolean {
  return lifeline !== null
}

function lineOf(
  label: Printable,
  labelWidth: number,
  finding: Finding,
  page: Page,
): readonly Printable[] {
  const { isHook, width, columns } = page
  const indent = labelWidth + 4
  const what = say`${subjectsOf(finding, page)}${lifelineOf(finding, page)}${adviceOf(finding)}`
  const room = width - indent
  const whole = wrapped(what, room, columns)
  const most = isHook ? MAX_LINES_OF_A_FINDING : Infinity
  const last = whole[most - 1]
  const lines =
    whole.length > most && last
      ? [...whole.slice(0, most - 1), shortened(say`${last} ...`, room, columns)]
      : whole
  if (columns(label) > labelWidth)
    return [say`  ${label}`, ...hanging(blanks(indent), indent, lines)]
  return hanging(say`  ${padded(label, labelWidth, columns)}  `, indent, lines)
}

function lifelineOf({ lifeline }: Finding, { isHook }: Page): Printable {
  if (lifeline === null) return say``
  return isHook ? say` (lifeline)` : say` (lifeline: ${lifeline})`
}

function adviceOf(finding: Finding): Printable {
  const cautions = finding.cautions.filter(({ code }) => code !== 'unit-not-asked').map(cautionText)
  const step = stepText(finding)
  const marked = finding.marking === null ? [] : [markingText(finding.marking)]
  const words = [...(step === null ? [] : [step]), ...cautions, ...marked]
  return words.length === 0 ? say`` : say`: ${joined(words, '; ')}`
}
