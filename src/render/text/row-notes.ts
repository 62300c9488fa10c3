import { isSaidApart } from '../../core/answer/placed.ts'
import type { Placed } from '../../core/answer/placed.ts'
import { packageNames } from '../../core/answer/count.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { changesOf } from '../../core/report/fixed-advisories.ts'
import { cautionText } from '../words/cautions.ts'
import { fixesText, packageLabel } from '../words/packages.ts'
import { markingText } from '../words/steps.ts'
import { failNote } from './sentences.ts'

const MAX_ISSUES = 4

/** Returns what a finding has to say beside its name; empty where it has nothing. */
export function noteText(placed: Placed, isSoftEnough: boolean): Printable {
  const { finding, group } = placed
  if (group === 'reboot')
    return isSoftEnough ? say`systemctl soft-reboot is enough` : say`nothing else renews it`
  return joined([...doneText(placed), ...costTexts(placed), ...lastTexts(finding)], '; ')
}

function doneText({ finding: { mayFail, kind }, group }: Placed): readonly Printable[] {
  if (mayFail !== null) return [failNote(mayFail)]
  if (group === 'guests') return [say`its own files: update it with its own tools`]
  return group === 'nothing' && kind === 'session' ? [say`ends by itself`] : []
}

/** Returns what the step costs, or why there is none. */
export function costTexts({ finding: { cautions, rule } }: Placed): readonly Printable[] {
  return [
    ...(rule === 'container-of-machine'
      ? [say`it runs files of this machine: restart the container`]
      : []),
    ...cautions.filter(({ code }) => !isSaidApart(code)).map(cautionText),
  ]
}

function lastTexts({ marking, files, ownPackage }: Placed['finding']): readonly Printable[] {
  const changes = new Map(changesOf({ files, ownPackage }).map((one) => [one.name, one]))
  const fixes = [...changes.values()].flatMap((one) => fixesText(one, MAX_ISSUES))
  return [...fixes, ...(marking === null ? [] : [markingText(marking)])]
}

/** Returns the packages of a finding for its row. */
export function packagesText(placed: Placed): Printable {
  const names = packageNames(placed)
  const { files } = placed.finding
  if (names.length > 0) return joined(names.map(packageLabel), ', ')
  return files.length > 0 && files.every(({ isUnowned }) => isUnowned) ? say`no package` : say``
}
