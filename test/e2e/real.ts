import { realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { reportDocument } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { labRoot } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import { LIBRARY, PACMAN, bootWithProgram, giveBus, packageFile, toyLibrary } from './toys.ts'
import { transaction, writeUnits } from './toys.ts'

/** A machine with real programs, and with somebody logged in whose user manager runs. */
export type RealMachine = {
  readonly lab: Lab
  readonly asAlice: RunOptions
}

/** Whether what a program holds for its user is still there. */
export type Holdings = Readonly<Record<string, () => boolean>>

const ALICE = { name: 'alice', uid: 1000 }
const PACKAGE = 'programs'
const INSTALL = [...PACMAN, '-U', '--overwrite=*', packageFile(PACKAGE, '1.0-1')]
/** Some of the programs are large. */
const PATIENCE = { timeoutMs: 120_000 }

/** Boots a machine on which a package of pacman owns the `programs`, paths below `LAB_ROOT`. */
export async function bootWithReal(programs: readonly string[]): Promise<RealMachine> {
  const lab = await bootWithProgram([ownerOf(programs)])
  mustRun(lab, INSTALL, PATIENCE)
  addUser(lab, ALICE.name, ALICE.uid)
  giveBus(lab)
  const session = openSession(lab, ALICE.name)
  // pacman.log counts in seconds: what starts in that of the installation may be older than it.
  mustRun(lab, [
    'sh',
    '-c',
    'now=$(date +%s); until [ "$(date +%s)" != "$now" ]; do sleep 0.05; done',
  ])
  const bus = 'unix:path=/run/user/1000/bus'
  const env = { DBUS_SESSION_BUS_ADDRESS: bus, SSH_AUTH_SOCK: '/run/user/1000/ssh-agent.socket' }
  return { lab, asAlice: { uid: ALICE.uid, cgroup: session, env } }
}

function ownerOf(programs: readonly string[]): PackageSpec {
  const copies = programs.map((path) => realpathSync(join(labRoot(), path)))
  const files = copies.map((copyOf) => [relative(labRoot(), copyOf), { copyOf }] as const)
  return {
    name: PACKAGE,
    files: { ...Object.fromEntries(files), [LIBRARY.slice(1)]: toyLibrary() },
  }
}

/** Lets pacman replace each of the programs, and returns what the hook printed. */
export function upgradeReal(lab: Lab): readonly string[] {
  return transaction(lab, INSTALL, PATIENCE)
}

/** Returns a line for each finding: kind, name, step, and the codes of its cautions. */
export function verdicts({ findings }: ReportDocument): readonly string[] {
  return findings.map(({ kind, name, action, cautions }) =>
    [`${kind} ${name}: ${action}`, ...cautions.map(({ code }) => code)].join(' '),
  )
}

/** Returns what a user is told of the own services. */
export function ownReport({ lab, asAlice }: RealMachine): ReportDocument {
  return reportDocument(mustRun(lab, ['stale-libs', '--user', '--format', 'json'], asAlice))
}

/** Returns the names of what is lost. */
export function lostOf(holdings: Holdings): readonly string[] {
  return Object.entries(holdings).flatMap(([name, isThere]) => (isThere() ? [] : [name]))
}

/** Runs a shell script that must go well. */
export function shell(lab: Lab, script: string, options: RunOptions = {}): string {
  return mustRun(lab, ['sh', '-c', script], { ...PATIENCE, ...options })
}

/** Returns whether the process with this command line is still the one that it is now. */
export function sameProcess(lab: Lab, command: string): () => boolean {
  const pids = () => lab.run(['pgrep', '-f', command]).stdout
  const before = pids()
  if (before === '') throw new Error(`Nothing runs as "${command}"`)
  return () => pids() === before
}

/** Returns whether the process with this command line still reaches where it works. */
export function reaches(lab: Lab, command: string, options: RunOptions = {}): () => boolean {
  return () => holds(lab, `ls "/proc/$(pgrep -f '${command}')/cwd/"`, options)
}

/** Tells whether a shell script goes well. */
export function holds(lab: Lab, script: string, options: RunOptions = {}): boolean {
  return lab.run(['sh', '-c', script], options).status === 0
}

/** The words that wait until a condition of the shell is true. */
export function until(condition: string): string {
  return `for i in $(seq 300); do ${condition} && exit 0; sleep 0.05; done >/dev/null 2>&1; exit 1`
}

/** Writes unit files of the user's manager, and lets it read them. */
export function writeUserUnits(
  { lab, asAlice }: RealMachine,
  units: Readonly<Record<string, string>>,
): void {
  for (const [name, text] of Object.entries(units)) lab.write(`/etc/systemd/user/${name}`, text)
  mustRun(lab, ['systemctl', '--user', 'daemon-reload'], asAlice)
}

/** Writes units of the system and starts them. */
export function startUnits(lab: Lab, units: Readonly<Record<string, string>>): void {
  writeUnits(lab, units)
  mustRun(lab, ['systemctl', 'start', '--', ...Object.keys(units)])
}
