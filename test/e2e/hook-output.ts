import assert from 'node:assert/strict'

/** What the hook printed: a title, and below it lines that are indented further. */
type Section = { readonly title: string; readonly body: string[] }

export type HookOutput = {
  /** What still runs replaced code, as a person reads it: `sshd.service`, `session 3 (zoe)`. */
  readonly labels: readonly string[]
  /** The shell text below each title with commands. */
  readonly commands: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

const FINDINGS = 'Still running code that was replaced:'

/** Reads the lines below the hook's description as a person does. */
export function readHook(lines: readonly string[]): HookOutput {
  const sections = sectionsOf(lines)
  const findings = sections.find(({ title }) => title === FINDINGS)
  const commands = sections.filter(({ title, body }) => title !== FINDINGS && body.length > 0)
  const notes = sections.filter(({ body }) => body.length === 0)
  const labels = findings?.body.flatMap((line) => /^(\S.*?)(?: {2,}|$)/.exec(line)?.[1] ?? [])
  return {
    labels: labels ?? [],
    commands: Object.fromEntries(commands.map(({ title, body }) => [title, body.join('\n')])),
    notes: notes.map(({ title }) => title),
  }
}

/** Reads a report by hand, which has the form of a hook's at the left edge. */
export function readHand(text: string): HookOutput {
  return readHook(
    text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  )
}

function sectionsOf(lines: readonly string[]): readonly Section[] {
  const sections: Section[] = []
  for (const line of lines) {
    assert.match(line, /^ {2}\S|^ {4}/)
    if (line.startsWith('    ')) sections.at(-1)?.body.push(line.slice(4))
    else sections.push({ title: line.slice(2), body: [] })
  }
  return sections
}
