import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BUNDLE } from '../support/bundle.ts'
import { makeTree } from '../support/tree.ts'

/** The shells that complete the command line of the program. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** One shell. */
export type Shell = (typeof SHELLS)[number]

/** What a shell needs beside itself: a pseudoterminal, and the loader of completions of bash. */
const NEEDS: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['/usr/share/bash-completion/bash_completion'],
  zsh: [],
  fish: [],
}

/**
 * Returns why a shell cannot be asked, as a reason to skip a test; `false` where it can.
 *
 * @throws {Error} where a skip counts as a failure
 */
export function whyNotAsked(shell: Shell): string | false {
  const missing = [
    ...[shell, 'script', 'timeout'].filter((name) => spawnSync(name, ['--version']).error),
    ...NEEDS[shell].filter((path) => !existsSync(path)),
  ]
  if (missing.length === 0) return false
  const why = `not installed: ${missing.join(', ')}`
  if (process.env['CI']) throw new Error(why)
  return why
}

/** Where the files of the repository are installed, below the root of a package. */
const INSTALLED = {
  'stale-libs.bash': 'usr/share/bash-completion/completions/stale-libs',
  '_stale-libs': 'usr/share/zsh/site-functions/_stale-libs',
  'stale-libs.fish': 'usr/share/fish/vendor_completions.d/stale-libs.fish',
} as const

/**
 * The program of the tests. It answers a question of a shell by the script `answer` where there is
 * one, else by the program itself. Any other call it writes down, and does not do.
 */
const PROGRAM = `#!/bin/sh
here=\${0%/usr/bin/stale-libs}
case "$*" in
  --complete*)
    echo "$*" >>"$here/home/questions"
    [ ! -e "$here/home/answer" ] || exec sh "$here/home/answer"
    exec "$NODE" "$here/usr/lib/stale-libs/stale-libs.js" "$@" $FROM
    ;;
esac
printf '%s\\0' "$@" >"$here/home/called.new"
mv "$here/home/called.new" "$here/home/called"
`

/** The prompt of a shell. */
export const PROMPT = 'READY> '

/** The script by which zsh writes down what it offers, and a mark at the end. */
const ZSHRC = `PS1='${PROMPT}'
unsetopt zle_bracketed_paste beep
fpath=("$ROOT/usr/share/zsh/site-functions" $fpath)
autoload -Uz compinit && compinit -D -u
# Each word has its own line.
zstyle ':completion:*' list-grouped no
compadd() {
  local -a all_of_it told_of_it
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  (( $@[(I)-d] )) && told_of_it=("\${(@P)\${@[$@[(I)-d]+1]}}")
  builtin compadd -A all_of_it -D told_of_it "$@"
  local at
  for at in {1..$#all_of_it}; do
    (( $#all_of_it )) && print -r -- "$all_of_it[at]"$'\\t'"$told_of_it[at]" >>$HOME/offered
  done
  builtin compadd "$@"
}
ask() { zle complete-word; print >>$HOME/done }
zle -N ask
`

const BASHRC = `PS1='${PROMPT}'
. /usr/share/bash-completion/bash_completion
bind 'set enable-bracketed-paste off'
`

const FISHRC = `function fish_prompt
    echo -n '${PROMPT}'
end
function fish_greeting
end
`

/** A machine on which the program and its completions are installed. */
export type Machine = { readonly root: string; readonly env: Readonly<Record<string, string>> }

/**
 * Installs the program and its completions in a tree of its own.
 *
 * @param recording the directory of the recording that it looks at; `null`: at this machine
 */
export function installed(recording: string | null): Machine {
  const root = makeTree({
    'usr/bin/stale-libs': PROGRAM,
    'usr/bin/sudo': '#!/bin/sh\nexec "$@"\n',
    'home/.bashrc': BASHRC,
    'home/.zshrc': ZSHRC,
    'home/.config/fish/config.fish': FISHRC,
    // Where this directory is missing, fish reads all manual pages in the background.
    'home/.local/share/fish/generated_completions/empty': '',
  })
  if (recording !== null) cpSync(recording, join(root, 'recording'), { recursive: true })
  cpSync(dirname(BUNDLE), join(root, 'usr/lib/stale-libs'), { recursive: true })
  for (const [name, place] of Object.entries(INSTALLED))
    cpSync(
      fileURLToPath(new URL(`../../share/completions/${name}`, import.meta.url)),
      join(root, place),
    )
  for (const name of ['stale-libs', 'sudo']) chmodSync(join(root, 'usr/bin', name), 0o755)
  spawnSync('chmod', ['-R', 'a+rX', root])
  spawnSync('chmod', ['-R', 'a+rwX', join(root, 'home')])
  const FROM = recording === null ? '' : `--from ${join(root, 'recording')}`
  return { root, env: { ...environmentOf(root), FROM } }
}

function environmentOf(root: string): Readonly<Record<string, string>> {
  return {
    ROOT: root,
    NODE: process.execPath,
    HOME: join(root, 'home'),
    ZDOTDIR: join(root, 'home'),
    PATH: `${join(root, 'usr/bin')}:/usr/bin:/bin`,
    XDG_DATA_DIRS: `${join(root, 'usr/share')}:/usr/share`,
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    COLUMNS: '200',
  }
}

/** The words in front of a command that run it as nobody, and without a network. */
export const ALONE: readonly string[] = (() => {
  const forms = [
    ['unshare', '--net', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    ['unshare', '--user', '--map-current-user', '--net'],
  ]
  const isHere = ([program = '', ...rest]: readonly string[]) =>
    spawnSync(program, [...rest, 'true']).status === 0
  return forms.find(isHere) ?? []
})()

const run = promisify(execFile)

/** Runs a script of a shell, and returns what it wrote. */
export async function ran({ root, env }: Machine, argv: readonly string[]): Promise<string> {
  const [program = '', ...rest] = [...ALONE, ...argv]
  const options = { env, cwd: join(root, 'home'), encoding: 'utf8', timeout: 120_000 } as const
  const { stdout, stderr } = await run(program, rest, options)
  if (stderr !== '') throw new Error(`${argv[0]}: ${stderr}`)
  return stdout
}
