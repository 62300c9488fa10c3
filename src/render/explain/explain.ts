import type { Explanation, UnknownSubject } from '../../core/explain/explanation.ts'
import type { Meaning } from '../../core/explain/subject.ts'
import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { pathLabel } from '../words/labels.ts'
import { limitText } from '../words/limits.ts'
import { explainCommandLine } from './commands.ts'
import { ownerFacts } from './facts.ts'
import { footCommand, footLines } from './layout.ts'
import { ownerLines } from './owner.ts'
import { userLines } from './user.ts'
import { fileLines, packageLines } from './uses.ts'

/**
 * Returns the text of explanations: the verdict with its reason, cost and command.
 *
 * @param isFacts whether every fact and every rule is told instead, in the order of their use
 */
export function renderExplanations(
  explanations: readonly Explanation[],
  isFacts: boolean,
): readonly Printable[] {
  return explanations.flatMap((one, at) => [
    ...(at === 0 ? [] : [say``]),
    ...screen(one, isFacts),
    ...notesLines(one, isFacts),
    ...alsoLines(one),
  ])
}

function screen({ about, seen, typed }: Explanation, isFacts: boolean): readonly Printable[] {
  switch (about.kind) {
    case 'owner':
      return isFacts ? ownerFacts(about) : ownerLines(about, seen, typed)
    case 'package':
      return packageLines(about, seen, isFacts)
    case 'file':
      return fileLines(about, seen, isFacts)
    case 'user':
      return userLines(about, seen)
    default:
      return about satisfies never
  }
}

/** The files of temporary code that one screen names. */
const MAX_TEMPORARY = 3

/** Returns what programs made themselves, and what could not be seen. */
function notesLines({ about, seen }: Explanation, isFacts: boolean): readonly Printable[] {
  const { limits, isRoot } = seen
  if (isFacts) return limits.map((limit) => say`  Note: ${limitText(limit, isRoot)}`)
  const made = about.kind === 'owner' ? about.temporary : []
  const more = made.length - MAX_TEMPORARY
  return [
    ...made
      .slice(0, MAX_TEMPORARY)
      .flatMap(({ pid, path }) =>
        footLines(say`PID ${pid} uses code that it made itself, no old file: ${pathLabel(path)}`),
      ),
    ...(more > 0 ? [say`  and ${more} more of these: --facts`] : []),
    ...limits.flatMap((limit) => footLines(say`Note: ${limitText(limit, isRoot)}`)),
  ]
}

const MEANING_WORDS: Readonly<Record<Meaning, Printable>> = {
  unit: say`unit`,
  pkg: say`package`,
  file: say`file`,
  user: say`user`,
}

function alsoLines({ also, seen: { isRoot, reader } }: Explanation): readonly Printable[] {
  return also.flatMap(({ meaning, name }) =>
    footCommand(say`Also a ${MEANING_WORDS[meaning]}`, explainCommandLine(name, isRoot, reader)),
  )
}

/** Returns the message of an error about a subject that does not exist. */
export function unknownSubjectText(unknown: UnknownSubject): Printable {
  const hint = unknown.nearest === null ? say`` : say`. Did you mean ${unknown.nearest}?`
  return say`${whatIsMissing(unknown)}${hint}`
}

function whatIsMissing({ typed, as, hasPackages }: UnknownSubject): Printable {
  const name = printableText(typed.replace(/^(?:unit|pkg|file|user):/, ''))
  switch (as) {
    case 'pid':
      return say`no process and no user has the number ${typed}`
    case 'relative':
      return say`no file is called "${name}". A file is named by its whole path: /usr/lib/...`
    case 'file':
      return hasPackages
        ? say`no file is called "${name}", no package has it, and nothing uses an old one`
        : say`no file is known as "${name}", and nothing uses an old one`
    case 'unit':
      return say`no unit that runs is called "${name}"`
    case 'pkg':
      return hasPackages
        ? say`no package is called "${name}"`
        : say`no package is known here, and nothing uses old code of "${name}"`
    case 'user':
      return say`no user is called "${name}"`
    case 'name':
      return hasPackages
        ? say`no unit, package or user is called "${name}"`
        : say`no unit or user is called "${name}"`
    default:
      return as satisfies never
  }
}
