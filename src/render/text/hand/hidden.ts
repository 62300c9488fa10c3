import { say } from '../../../core/printable.ts'
import type { Printable } from '../../../core/printable.ts'
import type { Report } from '../../../core/report/report.ts'
import { nameLabel, pathLabel } from '../../words/labels.ts'
import { hanging, HANGING, wrapped } from '../layout.ts'
import type { Columns } from '../layout.ts'
import { lookText } from '../typed.ts'

/** Returns the lines that `--all` adds: temporary code and ignored findings, one by one. */
export function addedLines(
  { temporaryCode, ignored, unmatched = [] }: Report,
  width: number,
  columns: Columns,
): readonly Printable[] {
  return [
    ...temporaryCode.flatMap(({ pid, comm, path }) => {
      const text = say`Code that ${nameLabel(comm)} (PID ${pid}) made itself: ${pathLabel(path)}`
      return hanging(say``, HANGING, wrapped(text, width - HANGING, columns))
    }),
    ...ignored.flatMap(({ rule, names }) =>
      names.map((name) => say`Ignored by ${rule}: ${nameLabel(name)}`),
    ),
    ...unmatched.map((rule) => say`Ignored by ${rule}: nothing that runs`),
  ]
}

/** Returns the lines that count what only `--all` shows. */
export function hiddenLines(report: Report): readonly Printable[] {
  const { temporaryCode, ignored, reader } = report
  const hidden = ignored.reduce((sum, { findings }) => sum + findings, 0)
  const programs = new Set(temporaryCode.map(({ pid }) => pid)).size
  const all = say`${lookText(reader)} --all`
  return [
    ...(programs === 0
      ? []
      : [
          say`${programs} ${programs === 1 ? 'program uses code that it' : 'programs use code that they'} made: ${all}`,
        ]),
    ...(hidden === 0
      ? []
      : [
          say`Ignore rules leave out ${hidden} that ${hidden === 1 ? 'uses' : 'use'} old code: ${all}`,
        ]),
  ]
}
