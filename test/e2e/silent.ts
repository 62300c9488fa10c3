import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'

/** Where the programs of `silent.c` and the like lie in the machine. */
const BIN = '/usr/local/bin'
export const SILENT = `${BIN}/silent`

/** Returns why tests with C programs are skipped, or `false`. In CI they must run. */
export function whySkippedWithCompiler(needed: readonly string[] = []): string | false {
  const reason = whySkipped()
  if (reason !== false) return reason
  const hasCompiler = spawnSync('cc', ['--version']).error === undefined
  const lacks = needed.filter((file) => !existsSync(file))
  const lacking = [...lacks, ...(hasCompiler ? [] : ['a C compiler'])].join(', ')
  if (lacking !== '' && process.env['CI']) throw new Error(`Cannot test: no ${lacking}`)
  return lacking !== '' && `no ${lacking}`
}

/** The same for those with file systems of users. */
export function whySkippedWithFuse(): string | false {
  return whySkippedWithCompiler(['/dev/fuse'])
}

/**
 * Compiles a C program of this directory for whatever userland the machine has; returns its path
 * there.
 */
export function installProgram(lab: Lab, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-program-'))
  try {
    const source = fileURLToPath(new URL(`${name}.c`, import.meta.url))
    const program = join(directory, name)
    const flags = ['-static', '-O', '-Wall', '-Wextra', '-Werror']
    const { status, stderr } = spawnSync('cc', [...flags, '-o', program, source], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`Cannot compile ${name}.c: ${stderr}`)
    lab.copyIn(program, `${BIN}/${name}`)
    return `${BIN}/${name}`
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Starts a program in the background, and returns what it prints as soon as it is ready. */
export function startTrap(lab: Lab, argv: readonly string[], options: RunOptions = {}): string {
  const said = mustRun(lab, ['mktemp'], options).trim()
  const script = 'said=$1; shift; setsid "$@" >"$said" 2>&1 </dev/null &'
  mustRun(lab, ['sh', '-c', script, 'trap', said, ...argv], options)
  return waitForText(lab, said)
}

/** Starts `silent.c` and returns the process that holds what nobody may look at. */
export function startSilent(lab: Lab, words: readonly string[], options: RunOptions = {}): number {
  return processIn(startTrap(lab, [SILENT, ...words], options))
}

/** Returns the process id that `silent.c` writes into a file of the machine. */
export function waitForSilent(lab: Lab, said: string): number {
  return processIn(waitForText(lab, said))
}

function processIn(text: string): number {
  assert.match(text, /^\d+ \d+\n$/)
  return Number(text.split(' ')[0])
}

function waitForText(lab: Lab, file: string): string {
  const script = 'until grep -qs . "$1"; do sleep 0.01; done; cat "$1"'
  return mustRun(lab, ['sh', '-c', script, 'wait', file])
}

/** Ends all that `silent.c` has made, and with it every wait. */
export function endSilent(lab: Lab): void {
  lab.run(['pkill', '-KILL', '-x', 'silent'])
}

/** Returns the path below which the kernel shows the file that `silent.c` has mapped. */
export function mappedBy(lab: Lab, pid: number): string {
  const script = 'ls -l "$1" | sed -n "s|^.* \\([0-9a-f-]*\\) -> .*/x[.]so (deleted)$|\\1|p"'
  const range = mustRun(lab, ['sh', '-c', script, 'ranges', `/proc/${pid}/map_files`]).trim()
  assert.match(range, /^[0-9a-f]+-[0-9a-f]+$/)
  return `/proc/${pid}/map_files/${range}`
}

/** What proc_pid_wchan(5) says of who waits for a server, or for somebody else who does. */
const WAITS = 'request_wait_answer|fuse_lock_inode'

/**
 * Lets a process look, which SIGKILL does not end: where nobody waits, a test proves nothing.
 *
 * The first look waits for an answer, and one more at the same directory for the end of the first.
 */
export function assertWaits(lab: Lab, path: string): void {
  // A signal ends the wait as long as the server has not read the request, so there are some tries.
  const script =
    'for _ in $(seq 5); do\n' +
    '  stat -L -- "$1" >/dev/null 2>&1 &\n' +
    '  for _ in $(seq 100); do grep -Eqs "$2" "/proc/$!/wchan" && break; sleep 0.02; done\n' +
    '  sleep 0.2; kill -KILL $!; sleep 0.1\n' +
    '  grep -Eqs "$2" "/proc/$!/wchan" && exit\n' +
    'done; exit 1'
  const { status } = lab.run(['sh', '-c', script, 'look', path, WAITS])
  assert.equal(status, 0, `a look at ${path} does not wait`)
}

/** No thread of a process of root's waits for a server. */
export function assertRootDoesNotWait(lab: Lab): void {
  const script =
    'for pid in $(pgrep -u 0 .); do\n' +
    '  for task in "/proc/$pid/task"/*; do\n' +
    '    grep -Eqs "$1" "$task/wchan" && cat "$task/comm"\n' +
    '  done\n' +
    'done; true'
  assert.equal(mustRun(lab, ['sh', '-c', script, 'waiting', WAITS]), '')
}
