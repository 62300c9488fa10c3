import { ignoreGlob, IGNORE_SUBJECTS } from '../config/config.ts'
import type { IgnoreRule, IgnoreRules, IgnoreSubject } from '../config/config.ts'

/** The names that the ignore rules of a recording are compared with. */
export type IgnoreLabels = Readonly<Record<IgnoreSubject, readonly string[]>>

/**
 * Returns rules that hide the same once the names in them are replaced. A glob that has a part of a
 * replaced word becomes the names that it matched.
 *
 * @param rename replaces the words of a label, or of a glob
 */
export function renamableRules(
  rules: IgnoreRules,
  labels: IgnoreLabels,
  rename: (text: string, subject: IgnoreSubject) => string,
): IgnoreRules {
  const [unit, path, packages, user] = IGNORE_SUBJECTS.map((subject) =>
    rules[subject].flatMap((rule) => rulesFor(rule, subject, labels[subject], rename)),
  )
  return { unit: unit ?? [], path: path ?? [], package: packages ?? [], user: user ?? [] }
}

function rulesFor(
  rule: IgnoreRule,
  subject: IgnoreSubject,
  labels: readonly string[],
  rename: (text: string, subject: IgnoreSubject) => string,
): readonly IgnoreRule[] {
  const { glob } = rule
  const renamed = ignoreGlob(rename(glob.source, subject), subject)
  const matches = (label: string) =>
    typeof renamed !== 'string' && renamed.matches(rename(label, subject))
  if (labels.every((label) => glob.matches(label) === matches(label))) return [rule]
  return labels.filter(glob.matches).flatMap((label) => {
    const literal = ignoreGlob(label.replaceAll(/[*?[]/g, '?'), subject)
    return typeof literal === 'string' ? [] : [{ ...rule, glob: literal }]
  })
}
