import type { Finding } from '../../core/report/report.ts'
import { urgencyOf } from '../../core/report/fixed-advisories.ts'
import { cautionText } from '../words/cautions.ts'
import { findingLabel } from '../words/labels.ts'
import { commandLine, counted } from '../words/words.ts'
import { rowsOf, shortened, wrapped } from './layout.ts'
import type { Page } from './layout.ts'
import { subjectsOf } from './subjects.ts'

const MAX_LABEL = 40
const MAX_LABEL_OF_A_HOOK = 26
const MAX_NAME = 60
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
): readonly string[] {
  const sorted = findings.toSorted(
    (a, b) => Number(isLifeline(b)) - Number(isLifeline(a)) || urgencyOf(b) - urgencyOf(a),
  )
  const longest = sorted.reduce((most, finding) => Math.max(most, labelOf(finding).length), 0)
  const width = Math.min(page.isHook ? MAX_LABEL_OF_A_HOOK : MAX_LABEL, longest)
  const lines: string[] = []
  let rows = 0
  for (const [at, finding] of sorted.entries()) {
    const next = lineOf(labelOf(finding), width, finding, page)
    const isLast = at === sorted.length - 1
    rows += rowsOf(next)
    if (rows > room - (isLast ? 0 : 1)) {
      const more = sorted.length - at
      return [...lines, `(${counted(more, 'more finding', 'more findings')}: run stale-libs)`]
    }
    lines.push(...next)
  }
  return lines
}

/**
 * Returns the label of a finding. People copy only the names of units into commands, so other
 * labels may be cut.
 */
function labelOf(finding: Finding): string {
  const label = findingLabel(finding)
  return ['container', 'vm', 'process'].includes(finding.kind) ? shortened(label, MAX_NAME) : label
}

/** Says whether a finding is a lifeline: it lets people back into the machine. */
export function isLifeline({ lifeline }: Finding): boolean {
  return lifeline !== null
}

function lineOf(
  label: string,
  labelWidth: number,
  finding: Finding,
  page: Page,
): readonly string[] {
  const indent = ' '.repeat(labelWidth + 4)
  const what = `${subjectsOf(finding, page)}${lifelineOf(finding, page)}${adviceOf(finding)}`
  const whole = wrapped(what, page.width - indent.length)
  const most = page.isHook ? MAX_LINES_OF_A_FINDING : Infinity
  const lines =
    whole.length > most ? [...whole.slice(0, most - 1), `${whole[most - 1]} ...`] : whole
  if (label.length > labelWidth) return [`  ${label}`, ...lines.map((line) => `${indent}${line}`)]
  return lines.map((line, at) => `${at === 0 ? `  ${label.padEnd(labelWidth)}  ` : indent}${line}`)
}

function lifelineOf({ lifeline }: Finding, { isHook }: Page): string {
  if (lifeline === null) return ''
  return isHook ? ' (lifeline)' : ` (lifeline: ${lifeline})`
}

function adviceOf(finding: Finding): string {
  const cautions = finding.cautions.filter(({ code }) => code !== 'unit-not-asked').map(cautionText)
  const step = stepOf(finding)
  const words = [...(step === null ? [] : [step]), ...cautions]
  return words.length === 0 ? '' : `: ${words.join('; ')}`
}

function stepOf({ action, command }: Finding): string | null {
  switch (action) {
    case 'restart':
    case 'reexec':
    case 'user-restart':
    case 'user-reexec':
    case 'manual':
      return null
    case 'relogin':
      return 'log out and in again'
    case 'close':
      return 'close and open again'
    case 'container':
      return 'update the container with its own tools'
    case 'soft-reboot':
      return `${commandLine(command ?? [])}, or reboot`
    case 'reboot':
      return 'reboot'
    case 'wait':
      return 'wait'
    case 'none':
      return 'nothing to be done'
    default:
      return action satisfies never
  }
}
