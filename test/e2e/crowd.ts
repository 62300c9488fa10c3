import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { startTrap, whySkippedWithCompiler } from './silent.ts'

/** A user who is logged in, and whose files are in memory: a crowd has very many of them. */
export type Guest = {
  readonly uid: number
  readonly home: string
  /** The control group of the session. */
  readonly session: string
  /** The control group of the own manager. */
  readonly manager: string
}

/** What the largest crowd takes of the host's memory, and twice as much again. */
const NEEDED_BYTES = 6 * 1024 ** 3

/** Returns why tests with a crowd are skipped, or `false`. In CI they must run. */
export function whySkippedWithCrowd(): string | false {
  const reason = whySkippedWithCompiler()
  if (reason !== false) return reason
  const [, kilobytes = '0'] =
    /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
  if (Number(kilobytes) * 1024 >= NEEDED_BYTES) return false
  const lacks = `${kilobytes} kB of memory are too few`
  if (process.env['CI']) throw new Error(`Cannot test: ${lacks}`)
  return lacks
}

/** Adds a user and logs the user in. */
export function addGuest(lab: Lab, { name, uid }: { readonly name: string; readonly uid: number }) {
  addUser(lab, name, uid)
  const home = `/home/${name}`
  const manager = `/user.slice/user-${uid}.slice/user@${uid}.service`
  mountHome(lab, home, uid)
  const session = openSession(lab, name)
  mustRun(lab, ['systemctl', 'start', `user@${uid}.service`])
  return { uid, home, session, manager } satisfies Guest
}

/** Gives a user a home that is quick to fill, and to empty again. */
function mountHome(lab: Lab, home: string, uid: number): void {
  mustRun(lab, ['mount', '-t', 'tmpfs', '-o', `mode=755,uid=${uid},gid=${uid}`, 'home', home])
}

/** Runs in the session of a user. */
export function inSession({ uid, home, session }: Guest): RunOptions {
  return { uid, cgroup: session, cwd: home }
}

/** Runs below the manager of a user, who can make control groups of any name there. */
export function inManager({ uid, home, manager }: Guest): RunOptions {
  return { uid, cgroup: `${manager}/init.scope`, cwd: home }
}

/** Starts `crowd.c` in the home of a user, and returns when all of it has what it maps. */
export function startCrowd(lab: Lab, words: readonly (string | number)[], options: RunOptions) {
  startBehind(lab, [], words, options)
}

/** The same in namespaces of the user's own. */
export function startCrowdApart(lab: Lab, words: readonly (string | number)[], guest: Guest) {
  startBehind(lab, ['unshare', '--user', '--map-root-user', '--mount'], words, inSession(guest))
}

/** The same with a user id that is subordinate to the user (subuid(5)), as in a container. */
export function startCrowdBelow(lab: Lab, words: readonly (string | number)[], guest: Guest) {
  const id = String(100_000 + guest.uid)
  const cwd = `${guest.home}/below`
  mustRun(lab, ['install', '-d', '-o', id, '-g', id, cwd])
  const identity = ['setpriv', '--reuid', id, '--regid', id, '--clear-groups']
  startBehind(lab, identity, words, { cgroup: guest.session, cwd })
}

function startBehind(
  lab: Lab,
  before: readonly string[],
  words: readonly (string | number)[],
  options: RunOptions,
): void {
  assert.equal(startTrap(lab, [...before, 'crowd', ...words.map(String)], options), 'ready\n')
}

/** Ends all that `crowd.c` has started, and waits until it is gone: much memory takes a while. */
export function endCrowds(lab: Lab, guests: readonly Guest[]): void {
  lab.run(['pkill', '-KILL', '-x', 'crowd'])
  const gone = 'while pgrep -x crowd >/dev/null; do sleep 0.05; done'
  mustRun(lab, ['sh', '-c', gone], { timeoutMs: 120_000 })
  for (const { uid, home, manager } of guests) {
    mustRun(lab, ['umount', '--lazy', home])
    mountHome(lab, home, uid)
    const groups = ['-mindepth', '1', '-depth', '-type', 'd', '-name', 'x-*.service']
    lab.run(['find', `/sys/fs/cgroup${manager}`, ...groups, '-exec', 'rmdir', '{}', '+'])
  }
}
