/** The sentences that count all other findings. A name that has blanks stands in quotes. */
const REFERENCES = [
  / uses? old code(?: since [^".]{1,60})?(?:, [^"]{1,400} among them)?\. (?:A reboot was due before this upgrade\. )?To see (?:it|them): (?:[a-z0-9]+ )?stale-libs$/,
  /(?:^| )A reboot was due before this upgrade\. To see it: (?:[a-z0-9]+ )?stale-libs$/,
] as const

/** The most lines of the sentences that count all others. */
const MOST_LINES = 5

/**
 * Says whether one of the lines ends sentences that count all findings that stand nowhere in the
 * lines. Lines about other things, and names, end alike. A test holds the renderer to it.
 */
export function refersToTheRest(said: readonly string[]): boolean {
  return said.some((last, at) => {
    if (!last.endsWith('stale-libs')) return false
    const lines = said.slice(Math.max(0, at + 1 - MOST_LINES), at + 1).map((line) => line.trim())
    const text = withoutQuoted(lines.join(' '))
    return REFERENCES.some((sentence) => sentence.test(text))
  })
}

/** The sentences that name units of the system. */
const SENTENCES = [
  /New (?:logins|jobs) may fail(?::| until then, since) (?<names>.{1,400}?) (?:still )?uses? /,
  /^(?<names>.+?) may fail when (?:it loads|they load) /,
  /Nothing else renews (?<names>.{1,1000})\.$/,
] as const

const COMMAND = /^(?:[a-z0-9]+ )?(?:systemctl|stale-libs) restart (?<names>[^\s(].*)$/
const LIST = /^ {2}Restart {2,}(?<names>\S.*)$/
/** The lines of a list behind its first are indented deeper than any other. */
const LIST_CONTINUES = /^ {10,}\S/

/**
 * Returns the units of the system that lines of a hook name: in a command, in the list of those to
 * restart, and in sentences that are about such units alone. The name of what belongs to a user can
 * stand anywhere else.
 */
export function unitsNamed(said: readonly string[]): ReadonlySet<string> {
  const names: string[] = []
  const rest: string[] = []
  let list: string[] | null = null
  for (const line of [...shellLines(said), '']) {
    const command = COMMAND.exec(line.trim())?.groups?.['names']
    const first = LIST.exec(line)?.groups?.['names']
    // What a restart of some of them costs stands below their names.
    const isCost = line.includes(': ')
    const isMore = list !== null && command === undefined && !isCost && LIST_CONTINUES.test(line)
    if (list !== null && isMore) list.push(line.trim())
    if (isMore) continue
    names.push(...listed(list?.join(' ') ?? ''))
    list = first === undefined ? null : [first]
    if (command !== undefined) names.push(...inCommand(command))
    else if (first === undefined) rest.push(line.trim())
  }
  for (const sentence of sentencesIn(rest))
    for (const form of SENTENCES)
      names.push(...listed(form.exec(sentence)?.groups?.['names'] ?? ''))
  return new Set(names)
}

/** Returns lines, those of a command that goes on behind a backslash as one. */
function shellLines(said: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (const line of said) {
    const last = lines.at(-1)
    if (last?.endsWith(' \\') === true)
      lines.push(`${(lines.pop() ?? '').slice(0, -1)}${line.trim()}`)
    else lines.push(line)
  }
  return lines
}

/** Returns the sentences of lines, without what stands in quotes. */
function sentencesIn(lines: readonly string[]): readonly string[] {
  return withoutQuoted(lines.join(' ')).split(/(?<=\.) | {2,}/)
}

/** Returns a text with one quote for what stands in quotes, and for what has no end. */
function withoutQuoted(text: string): string {
  return text.replaceAll(/"[^"]*(?:"|$)/g, '"')
}

/** Returns the names of a list, of which each is one word. One with "of" behind it is a user's. */
function listed(list: string): readonly string[] {
  if (list.startsWith('yours:')) return []
  return list.split(/, | and /).filter((name) => /^[^\s"()]+$/.test(name))
}

function inCommand(words: string): readonly string[] {
  const names = words.replaceAll("'", '').split(' ')
  return names.includes('--user') ? [] : names.filter((name) => /^[^-\s"()]/.test(name))
}
