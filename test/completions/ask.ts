import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROMPT, ran } from './machine.ts'
import type { Machine, Shell } from './machine.ts'
import { forget, onTerminal, until } from './terminal.ts'

/** A word that a shell offers, and the description that it shows beside it. */
export type Offered = { readonly word: string; readonly about: string }

/** Reads answers: a line `word<TAB>about` for each word, and a dot behind the last. */
function answersIn(text: string): readonly (readonly Offered[])[] {
  const answers = text.split(/^\.\n/m).slice(0, -1)
  return answers.map((answer) => answer.split('\n').filter(Boolean).map(offeredIn))
}

function offeredIn(line: string): Offered {
  const [word = '', about = ''] = line.split('\t')
  // zsh puts the word in front of the description.
  const beside = about.replace(/^\S+ +-- /, '')
  return { word, about: beside === word ? '' : beside }
}

const bashWords = (line: string) => [
  ...(line.match(/[=:@]+|[^\s=:@]+/g) ?? []),
  ...(/\s$/.test(line) ? [''] : []),
]

const ASK_BASH = `
. "$ROOT/usr/share/bash-completion/completions/stale-libs"
while IFS= read -r COMP_LINE; do
  COMP_POINT=\${#COMP_LINE} COMP_TYPE=$COMP COMP_WORDS=()
  while IFS= read -r word && [[ $word != . ]]; do COMP_WORDS+=("\${word#,}"); done
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  function=$(complete -p stale-libs) function=\${function#*-F } function=\${function%% *}
  $function stale-libs "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}"
  for reply in "\${COMPREPLY[@]}"; do
    about=\${reply#*  } about=\${about#(}
    [[ $reply == *'  ('* ]] || about=')'
    printf '%s\\t%s\\n' "\${reply%%  (*}" "\${about%)}"
  done
  echo .
done <"$HOME/lines"
`

/** Asks a shell what it offers at the end of each line. */
export async function offersAt(
  shell: Shell,
  machine: Machine,
  lines: readonly string[],
): Promise<readonly (readonly Offered[])[]> {
  return await ASK[shell](machine, lines)
}

type Ask = (machine: Machine, lines: readonly string[]) => Promise<readonly (readonly Offered[])[]>

const ASK: Readonly<Record<Shell, Ask>> = {
  async bash(machine, lines) {
    const text = lines.map(
      (line) =>
        `${line}\n${bashWords(line)
          .map((word) => `,${word}\n`)
          .join('')}.\n`,
    )
    writeFileSync(join(machine.root, 'home/lines'), text.join(''))
    const COMP = { ...machine, env: { ...machine.env, COMP: '63' } }
    return answersIn(await ran(COMP, ['bash', '--norc', '-c', ASK_BASH]))
  },
  async fish(machine, lines) {
    writeFileSync(join(machine.root, 'home/lines'), lines.map((line) => `${line}\n`).join(''))
    const ask = 'while read -l line; complete -C "$line"; echo .; end <$HOME/lines'
    return answersIn(await ran(machine, ['fish', '-c', ask]))
  },
  async zsh(machine, lines) {
    return await onTerminal('zsh', machine, async (type) => {
      const answers: string[] = []
      await type("bindkey '^I' ask\n", PROMPT)
      for (const line of lines) {
        forget(machine, ['offered', 'done'])
        await type(`${line}\t`)
        await until(() => existsSync(join(machine.root, 'home/done')), line)
        answers.push(textIn(machine, 'offered'))
        await type('\x15')
      }
      return answers.flatMap((answer) => answersIn(`${answer}.\n`))
    })
  },
}

function textIn({ root }: Machine, name: string): string {
  const path = join(root, 'home', name)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
