import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { btrfsImage, dropSnapshots } from './btrfs.ts'
import { enter } from './enter.ts'
import { cgroup2Mount, labForm } from './host.ts'

export type Machine = {
  /** The host's pid of the machine's PID 1. */
  readonly leader: number
  /** The host's path of the cgroup that is the root of the machine's own. */
  readonly cgroup: string
  stop(): void
}

type Process = {
  readonly scratch: string
  /** What the snapshots lie in that the machine is made of, if it is. */
  readonly image: string | null
  readonly cgroup: string
  readonly supervisor: ChildProcess
  readonly said: string[]
}

const BOOT = fileURLToPath(new URL('boot', import.meta.url))
const BOOT_TIMEOUT_MS = 30_000
const PREFIX = 'stale-libs-lab-'

const running = new Set<Process>()

/**
 * Boots systemd on an overlay of `root`, or on snapshots of a copy, and returns when it has started
 * everything without a failure.
 */
export async function bootMachine(root: string): Promise<Machine> {
  removeLeftovers()
  stopAllAtExit()
  const started = start(root)
  const { cgroup } = started
  try {
    const leader = await leaderOf(started)
    await waitForSystemd(started, leader)
    waitUntilRunning({ leader, cgroup })
    detach(started)
    return { leader, cgroup, stop: () => stop(started) }
  } catch (error) {
    stop(started)
    throw error
  }
}

function start(root: string): Process {
  const scratch = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const image = labForm() === 'btrfs' ? btrfsImage(root, scratch) : null
  const cgroup = join(cgroup2Mount() ?? '', basename(scratch))
  mkdirSync(cgroup)
  // The kernel ends the whole machine with this process, however this process ends.
  const words = [image ?? root, scratch, cgroup, process.execPath]
  const supervisor = spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', BOOT, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  supervisor.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const started = { scratch, image, cgroup, supervisor, said }
  running.add(started)
  return started
}

function leaderOf({ supervisor, said }: Process): Promise<number> {
  return new Promise((resolve, reject) => {
    supervisor.stdout?.once('data', (line: Buffer) => resolve(Number(line.toString())))
    supervisor.once('error', reject)
    supervisor.once('close', () => reject(new Error(`The lab did not boot: ${said.join('')}`)))
  })
}

async function waitForSystemd({ cgroup, supervisor, said }: Process, leader: number) {
  const deadline = Date.now() + BOOT_TIMEOUT_MS
  // Until systemd makes its scope, what the leader has as /run may be the host's.
  const isUp = () =>
    existsSync(join(cgroup, 'init.scope')) && existsSync(`/proc/${leader}/root/run/systemd/private`)
  for await (const _ of setInterval(5)) {
    if (isUp()) return
    if (hasEnded(supervisor.pid ?? 0) || Date.now() > deadline) {
      throw new Error(`The lab did not boot: ${said.join('')}`)
    }
  }
}

function waitUntilRunning(machine: Pick<Machine, 'leader' | 'cgroup'>): void {
  const systemctl = (...argv: readonly string[]) =>
    enter(machine, ['systemctl', '--no-pager', ...argv], { timeoutMs: BOOT_TIMEOUT_MS })
  const { stdout, stderr } = systemctl('is-system-running', '--wait')
  if (stdout.trim() === 'running') return
  const failed = systemctl('--failed').stdout
  const jobs = systemctl('list-jobs').stdout
  throw new Error(`The lab is "${stdout.trim()}": ${stderr}\n${failed}\n${jobs}`)
}

/** Lets the test process end although the machine runs: stopAllAtExit takes care of the machine. */
function detach({ supervisor }: Process): void {
  supervisor.stdout?.destroy()
  supervisor.stderr?.destroy()
  supervisor.unref()
}

function stop(machine: Process): void {
  if (!running.delete(machine)) return
  writeFileSync(join(machine.cgroup, 'cgroup.kill'), '1')
  removeCgroup(machine.cgroup)
  // A supervisor that is killed first leaves PID 1 as a zombie to the host.
  waitUntil(() => hasEnded(machine.supervisor.pid ?? 0), 1000)
  machine.supervisor.kill('SIGKILL')
  if (machine.image !== null) dropSnapshots(machine.image, machine.scratch)
  rmdirSync(machine.scratch)
}

/** Removes a cgroup tree as soon as its processes, killed a moment ago, are gone. */
function removeCgroup(cgroup: string): void {
  const events = join(cgroup, 'cgroup.events')
  waitUntil(() => /^populated 0$/m.test(readFileSync(events, 'utf8')), 10_000)
  removeDirectories(cgroup)
}

function removeDirectories(directory: string): void {
  for (const child of readdirSync(directory, { withFileTypes: true })) {
    if (child.isDirectory()) removeDirectories(join(directory, child.name))
  }
  rmdirSync(directory)
}

function hasEnded(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8'))
}

/** Waits without the event loop, which no longer turns while a process exits. */
function waitUntil(condition: () => boolean, timeoutMs: number): void {
  const deadline = Date.now() + timeoutMs
  const never = new Int32Array(new SharedArrayBuffer(4))
  while (!condition() && Date.now() < deadline) Atomics.wait(never, 0, 0, 2)
}

/** Removes what a test process that was killed could not remove itself. */
function removeLeftovers(): void {
  const cgroups = leftoversIn(cgroup2Mount() ?? tmpdir())
  cgroups.forEach((cgroup) => ignoreMissing(() => removeCgroup(cgroup)))
  leftoversIn(tmpdir()).forEach((scratch) => ignoreMissing(() => rmdirSync(scratch)))
}

function leftoversIn(directory: string): readonly string[] {
  const names = readdirSync(directory).filter(isLeftover)
  return names.map((name) => join(directory, name))
}

function isLeftover(name: string): boolean {
  const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
  return owner !== undefined && !existsSync(`/proc/${owner}`)
}

/** Another test process may remove the same leftovers at the same time. */
function ignoreMissing(remove: () => void): void {
  try {
    remove()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

let isStoppingAtExit = false

function stopAllAtExit(): void {
  if (isStoppingAtExit) return
  isStoppingAtExit = true
  process.once('exit', stopAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stopAll()
      process.kill(process.pid, signal)
    })
  }
}

function stopAll(): void {
  running.forEach(stop)
}
