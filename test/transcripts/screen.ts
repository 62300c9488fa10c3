import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUNDLE } from '../support/bundle.ts'
import { recordingTree } from '../support/recording.ts'
import { writeTree } from '../support/tree.ts'
import { actedText } from './acting.ts'
import type { Deed } from './acting.ts'
import { machineOf, targetsOf } from './told.ts'
import type { Told } from './told.ts'

/** One situation: a machine, what is typed there, and what it is kept for. */
export type Situation = {
  readonly shows: string
  /** Left out where the command line itself is wrong. */
  readonly machine?: Told
  /**
   * What is typed, with the prompt. `sudo`, `doas` and `run0` set what the real ones set; who looks
   * is said by the machine. A hook is the number of it that pacman prints.
   */
  readonly typed: `$ ${string}` | `# ${string}` | { readonly hook: string }
  /** Set where a restart is asked for: see `actedText`. */
  readonly deed?: Deed
  readonly environment?: Readonly<Record<string, string>>
  /** Whether it is typed at a terminal: the output is that of script(1). */
  readonly isAtTerminal?: true
  /** The exit status, 0 where it is not given. */
  readonly status?: number
}

export type Situations = Readonly<Record<string, Situation>>

/** A whole screen, with the exit status; `null` where no process was run. */
export type Screen = { readonly text: string; readonly status: number | null }

const HOOK = readFileSync(new URL('../../hooks/zz-stale-libs.hook', import.meta.url), 'utf8')
const [, DESCRIPTION = ''] = /^Description = (.*)$/m.exec(HOOK) ?? []

/** Quotes a path for sh(1): a checkout can lie in a directory with any name. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

const become = (variable: string) => `#!/bin/sh\nexport ${variable}\nexec "$@"\n`

/** The commands that can be typed: the program as it ships, and those that make root of a user. */
const COMMANDS = {
  'stale-libs': `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(BUNDLE)} "$@" \${RECORDING:+--from "$RECORDING"}\n`,
  sudo: become('SUDO_UID=1000 SUDO_USER=ben'),
  doas: become('DOAS_USER=ben'),
  run0: become('SUDO_UID=1000 SUDO_USER=ben'),
}

/** Returns what stands on the screen when that is typed which a situation tells of. */
export async function screenOf(situation: Situation): Promise<Screen> {
  const { machine, typed, deed } = situation
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-'))
  try {
    const recorded = machine === undefined ? null : machineOf(machine)
    if (recorded !== null) writeTree(join(directory, 'recording'), recordingTree(recorded))
    const first = typeof typed === 'object' ? `(${typed.hook}) ${DESCRIPTION}` : typed
    if (deed !== undefined) {
      const text = await actedText(join(directory, 'recording'), recorded?.uid ?? 0, deed)
      return { text: `${first}\n${text}`, status: null }
    }
    const { text, status } = run(situation, directory)
    return { text: `${first}\n${text}`, status }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Runs what is typed, in a directory with the recording. */
function run(situation: Situation, directory: string): Screen {
  const { machine, typed, environment = {}, isAtTerminal = false } = situation
  for (const [name, text] of Object.entries(COMMANDS)) {
    writeTree(directory, { [`bin/${name}`]: text })
    chmodSync(join(directory, 'bin', name), 0o755)
  }
  const output = join(directory, 'output')
  const file = openSync(output, 'w')
  const line = typeof typed === 'object' ? 'stale-libs --hook --targets -' : typed.slice(2)
  const shell = isAtTerminal ? ['script', '-qec', line, '/dev/null'] : ['/bin/sh', '-c', line]
  const [program = '', ...argv] = shell
  const { status } = spawnSync(program, argv, {
    env: {
      PATH: `${directory}/bin:/usr/bin:/bin`,
      LC_ALL: 'C',
      TZ: 'UTC',
      ...(machine === undefined ? {} : { RECORDING: join(directory, 'recording') }),
      ...environment,
    },
    input: typeof typed === 'object' && machine !== undefined ? targetsOf(machine) : '',
    stdio: ['pipe', file, file],
    timeout: 60_000,
  })
  closeSync(file)
  return { text: readFileSync(output, 'utf8').replaceAll('\r\n', '\n'), status }
}
