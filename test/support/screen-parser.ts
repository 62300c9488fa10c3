/** The parts of a screen that a test holds against the report. */
export type ParsedScreen = {
  /** The sentences outside of the groups, by their lines. */
  readonly sentences: readonly string[]
  /** What stands below each heading, without commands and sentences. */
  readonly groups: readonly { readonly heading: string; readonly text: string }[]
  /** What is to be typed, as words. */
  readonly commands: readonly (readonly string[])[]
}

const HEADING = /^(Reboot|Restart|Choose when|As .+?|Log out|Reopen|Update|Wait|System)(?: {2,}|$)/
const COMMAND = /^(?:(?:sudo|doas|run0) )?(?:systemctl|stale-libs|journalctl)(?: |$)/
/** A command stands two columns deeper than the text of its group. */
const BELOW_A_GROUP = /^ {15}(?:(?:sudo|doas|run0) )?(?:systemctl|stale-libs) /
const SENTENCE = /^(?:This .* stays open|Keep it |Clients of |Containers |Virtual machines )/
const PROGRAM = /: ((?:(?:sudo|doas|run0) )?(?:systemctl|stale-libs|journalctl))(?= |$)/g

/** Returns the commands within sentences, with their options, and names that are known. */
function commandsWithin(text: string, names: ReadonlySet<string>): readonly string[] {
  return [...text.matchAll(PROGRAM)].map((found) => {
    const rest = text
      .slice(found.index + found[0].length)
      .trim()
      .split(' ')
    const end = rest.findIndex(
      (word) =>
        !/^(?:restart|soft-reboot)$/.test(word) && !word.startsWith('-') && !names.has(word),
    )
    const options = end === -1 ? rest : rest.slice(0, end)
    return [found[1], ...options].join(' ').trim()
  })
}

/**
 * Reads a screen, hook or by hand, as a person does: sentences, groups, commands.
 *
 * @param names the names that a command within a sentence may have
 * @param indent the columns in front of each line of a hook
 */
export function parseScreen(
  screen: string,
  names: readonly string[],
  indent: number,
): ParsedScreen {
  const lines = screen
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .map((line) => line.slice(indent))
  const first: string[] = []
  const groups: { heading: string; lines: string[] }[] = []
  const commands: string[] = []
  let isSentence = false
  for (const line of lines) {
    const [whole, heading] = HEADING.exec(line) ?? []
    const isBelow = line.startsWith(' '.repeat(13)) && groups.length > 0
    const text = whole === undefined ? line : line.slice(whole.length)
    if (heading !== undefined) groups.push({ heading, lines: [] })
    const body = text.trim()
    if (whole === undefined && !isBelow) {
      if (COMMAND.test(body) && line.startsWith('  ')) commands.push(body)
      else first.push(body)
      isSentence = false
    } else if (whole === undefined && BELOW_A_GROUP.test(line)) commands.push(body)
    else if (isSentence || SENTENCE.test(body)) isSentence = !body.endsWith('.')
    else groups.at(-1)?.lines.push(body)
  }
  const all = [first.join(' '), ...groups.map((group) => group.lines.join(' '))]
  const known = new Set(names)
  const within = all.flatMap((text) => commandsWithin(text, known))
  return {
    sentences: first,
    groups: groups.map(({ heading, lines: some }) => ({ heading, text: some.join(' ') })),
    commands: [...commands, ...within].map((command) =>
      command.replace(/ {4}\(.*$/, '').split(' '),
    ),
  }
}
