import type { Explanation, UnknownSubject } from '../../core/explain/explanation.ts'
import type { Meaning } from '../../core/explain/subject.ts'
import { printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { pathLabel } from '../words/labels.ts'
import { limitText } from '../words/limits.ts'
import { explainCommand } from './commands.ts'
import { ownerFacts } from './facts.ts'
import { laidOut } from './layout.ts'
import type { ScreenBlock } from './layout.ts'
import { ownerBlocks } from './owner.ts'
import { userBlocks } from './user.ts'
import { fileBlocks, packageBlocks } from './uses.ts'

/**
 * Returns the text of explanations: the verdict with its reason, cost and command.
 *
 * @param isFacts whether every fact and every rule is told instead, in the order of their use
 */
export function renderExplanations(
  explanations: readonly Explanation[],
  isFacts: boolean,
  page: PageSize,
): readonly Line[] {
  const blocks = explanations.flatMap((one, at) => [
    ...(at === 0 ? [] : [say``]),
    ...screen(one, isFacts),
    ...notes(one, isFacts),
    ...alsoCommands(one),
  ])
  return laidOut(blocks, page)
}

function screen({ about, seen, typed }: Explanation, isFacts: boolean): readonly ScreenBlock[] {
  switch (about.kind) {
    case 'owner':
      return isFacts ? ownerFacts(about) : ownerBlocks(about, seen, typed)
    case 'package':
      return packageBlocks(about, seen, isFacts)
    case 'file':
      return fileBlocks(about, seen, isFacts)
    case 'user':
      return userBlocks(about, seen)
    default:
      return about satisfies never
  }
}

/** The files of temporary code that one screen names. */
const MAX_TEMPORARY = 3

/** Returns what programs made themselves, and what could not be seen. */
function notes({ about, seen }: Explanation, isFacts: boolean): readonly ScreenBlock[] {
  const { limits, isRoot } = seen
  if (isFacts) return limits.map((limit) => say`  Note: ${limitText(limit, isRoot)}`)
  const made = about.kind === 'owner' ? about.temporary : []
  const more = made.length - MAX_TEMPORARY
  return [
    ...made.slice(0, MAX_TEMPORARY).map(({ pid, path }) => ({
      foot: say`PID ${pid} uses code that it made itself, no old file: ${pathLabel(path)}`,
    })),
    ...(more > 0 ? [{ foot: say`and ${more} more of these: --facts` }] : []),
    ...limits.map((limit) => ({ foot: say`Note: ${limitText(limit, isRoot)}` })),
  ]
}

const MEANING_WORDS: Readonly<Record<Meaning, Printable>> = {
  unit: say`unit`,
  pkg: say`package`,
  file: say`file`,
  user: say`user`,
}

function alsoCommands({ also, seen: { isRoot, reader } }: Explanation): readonly ScreenBlock[] {
  return also.map(({ meaning, name }) => ({
    foot: say`Also a ${MEANING_WORDS[meaning]}`,
    command: explainCommand(name, isRoot, reader),
  }))
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
