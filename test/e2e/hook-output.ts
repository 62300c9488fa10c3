import assert from 'node:assert/strict'

/** What the program printed, without the breaks of its lines. */
export type Output = {
  /** The sentences at the edge. */
  readonly said: string
  /** The text below each heading, without commands. */
  readonly groups: Readonly<Record<string, string>>
  /** What a restart renews, by name, and the number of others that it renews. */
  readonly named: readonly string[]
  readonly more: number
  /** The commands in their order, as a shell of root needs them. */
  readonly commands: readonly string[]
  /** The commands as they stand there, with the word that makes a user root. */
  readonly typed: readonly string[]
}

const HEADING = /^(Reboot|Restart|Choose when|As \S+|Log out|Reopen|Update|Wait|System)(?: {2,}|$)/
/** A command stands deeper than a sentence, or than the text of a group. */
const COMMAND = /^(?: {2}| {15})((?:(?:sudo|doas|run0) )?(?:systemctl|stale-libs) .*)$/
const REMARK = / {4}\(.*\)$/
const ROOT = /^(?:sudo|doas|run0) /

/** Reads the lines below the hook's description as a person does. */
export function readHook(lines: readonly string[]): Output {
  for (const line of lines) assert.match(line, /^ {2}/)
  return readLines(lines.map((line) => line.slice(2)))
}

/** Reads what is printed by hand. */
export function readHand(text: string): Output {
  return readLines(text.trimEnd().split('\n'))
}

function readLines(lines: readonly string[]): Output {
  const said: string[] = []
  const typed: string[] = []
  /** The pieces of text of each group: a command stands between two of them. */
  const pieces = new Map<string, string[][]>()
  let group: string[][] | null = null
  let isCommand = false
  for (const line of lines) {
    const heading = HEADING.exec(line)?.[1]
    const command = COMMAND.exec(line)?.[1]
    if (isCommand) typed.push(`${typed.pop() ?? ''} ${line.trim()}`)
    else if (command !== undefined) typed.push(command)
    else if (heading !== undefined) {
      group = pieces.get(heading) ?? []
      pieces.set(heading, group)
      group.push([line.slice(heading.length).trim()])
    } else if (/^\S/.test(line)) {
      group = null
      said.push(line)
    } else group?.at(-1)?.push(line.trim())
    isCommand = (isCommand || command !== undefined) && line.endsWith(' \\')
    if (isCommand) typed.push((typed.pop() ?? '').slice(0, -2))
    else if (command !== undefined) group?.push([])
  }
  const whole = typed.map((command) => command.replace(REMARK, ''))
  const sentences = said.join(' ')
  const groups = [...pieces].map(([heading, texts]) => [heading, joined(texts.flat())] as const)
  return {
    said: sentences,
    groups: Object.fromEntries(groups),
    ...namedIn(sentences, joined(namesOf(pieces.get('Restart')?.[0] ?? []))),
    commands: whole.map((command) => command.replace(ROOT, '')),
    typed: whole,
  }
}

/** Returns the names of a group, or the one of the sentence that there is without groups. */
function namedIn(said: string, restart: string): Pick<Output, 'named' | 'more'> {
  const [, one] = /^(\S+) (?:still )?uses /.exec(said) ?? []
  if (restart === '') return { named: one === undefined ? [] : [one], more: 0 }
  const [names = '', more = '0'] = restart.split(/ and (\d+) more services?$/)
  return { named: names.split(', '), more: Number(more) }
}

/** Returns the lines of names. What a restart of some of them costs stands below them. */
function namesOf(lines: readonly string[]): readonly string[] {
  const cost = lines.findIndex((line) => line.includes(': '))
  return cost === -1 ? lines : lines.slice(0, cost)
}

function joined(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join(' ')
}

/** Returns the name of a unit as it stands in a text. */
export function inText(unit: string): string {
  return unit.replace(/\.service$/, '')
}
