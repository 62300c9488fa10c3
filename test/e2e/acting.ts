import assert from 'node:assert/strict'
import { mustRun } from './lab.ts'
import type { Lab, RunOptions, RunResult } from './lab.ts'
import { LIBRARY, replace, start, writeUnits } from './toys.ts'

/** What systemd says of a unit: which start it is of (InvocationID), and how it is now. */
export type UnitState = {
  readonly invocation: string
  readonly active: string
  readonly mainPid: string
}

type States = Readonly<Record<string, UnitState>>

/** What a command said, without the breaks of its lines, and its exit status. */
export type Said = { readonly status: number | null; readonly text: string }

/** A condition of the shell, and the keys that are typed as soon as it holds; see printf(1), %b. */
export type Keys = readonly [when: string, keys: string]

/** Waits for the words of a question; the screen is the file `said`. */
export const ASKED = String.raw`grep -q "\[[Yy]/[Nn]\]" said`
export const [CTRL_C, CTRL_D] = [String.raw`\003`, String.raw`\004`]

/** Returns the state of each unit, by its name. */
export function statesOf(lab: Lab, units: readonly string[], options?: RunOptions): States {
  const manager = options?.uid ? ['--user'] : []
  const properties = ['-p', 'Id', '-p', 'InvocationID', '-p', 'ActiveState', '-p', 'MainPID']
  const shown = mustRun(lab, ['systemctl', ...manager, 'show', ...properties, ...units], options)
  const states = shown.split('\n\n').map((text) => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''
    const [active, mainPid] = [value('ActiveState'), value('MainPID')]
    return [value('Id'), { invocation: value('InvocationID'), active, mainPid }] as const
  })
  return Object.fromEntries(states)
}

/** Returns the units that run anew since `before`, by name. */
export function renewedSince(lab: Lab, before: States, options?: RunOptions): readonly string[] {
  const after = statesOf(lab, Object.keys(before), options)
  const isRenewed = (unit: string) =>
    after[unit]?.active === 'active' && after[unit].invocation !== before[unit]?.invocation
  return Object.keys(before).filter(isRenewed).toSorted()
}

/** Returns when these units run anew, as somebody restarts them. */
export function waitUntilRenewed(lab: Lab, before: States, units = Object.keys(before)): void {
  const script =
    'unit=$1 old=$2\n' +
    'until [ "$(systemctl show --value -p ActiveState,InvocationID -- "$unit" | sort | tr "\\n" " ")" \\\n' +
    '  != "$old" ] && systemctl -q is-active "$unit"; do sleep 0.05; done'
  for (const unit of units) {
    const old = [before[unit]?.active, before[unit]?.invocation].toSorted().join(' ')
    mustRun(lab, ['sh', '-c', script, 'renewed', unit, `${old} `], { timeoutMs: 15_000 })
  }
}

/** Starts units, and puts another file in the place of the library that they have loaded. */
export function startOld(lab: Lab, units: Readonly<Record<string, string>>): States {
  writeUnits(lab, units)
  return makeOld(lab, Object.keys(units))
}

/** Starts units that are written already, and makes them old. */
export function makeOld(lab: Lab, units: readonly string[]): States {
  start(lab, units)
  replace(lab, LIBRARY)
  return statesOf(lab, units)
}

/** Runs the program without a terminal. */
export function staleLibs(lab: Lab, words: readonly string[], options?: RunOptions): Said {
  return saidBy(lab.run(['stale-libs', ...words], options))
}

/** Runs a command on a terminal of its own, and types. */
export function onTerminal(
  lab: Lab,
  command: string,
  keys: readonly Keys[],
  options?: RunOptions,
): Said {
  const script =
    'cd "$(mktemp -d)" && mkfifo keys || exit\n' +
    'command=$1; shift\n' +
    // A shell starts what runs in its background without a Ctrl-C.
    'env --default-signal=INT,QUIT script -qefc "$command" /dev/null <keys >said 2>&1 &\n' +
    // A condition may start a program of its own in the background.
    'screen=$!; exec 3>keys\n' +
    'while [ $# -gt 0 ]; do\n' +
    '  for i in $(seq 150); do eval "$1" && break; sleep 0.05; done\n' +
    '  printf "%b" "$2" >&3; shift 2\n' +
    'done\n' +
    'wait $screen; status=$?; cat said; exit $status'
  const words = ['sh', '-c', script, 'terminal', command, ...keys.flat()]
  return saidBy(lab.run(words, options))
}

function saidBy({ status, stdout, stderr }: RunResult): Said {
  return { status, text: `${stdout}${stderr}`.replaceAll(/\s+/g, ' ').trim() }
}

/** Asserts an exit status, and each of these words in what was said. */
export function assertSaid(said: Said, status: Said['status'], ...words: readonly string[]): void {
  assert.equal(said.status, status, said.text)
  for (const word of words) assert.ok(said.text.includes(word), `no "${word}" in: ${said.text}`)
}
