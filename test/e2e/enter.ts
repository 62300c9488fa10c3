import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

export type RunOptions = {
  readonly uid?: number
  readonly input?: string | Buffer
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Where the process runs, as the lab sees it. */
  readonly cgroup?: string
  /** A file of the host that strace(1), with these options, writes the system calls to. */
  readonly trace?: { readonly file: string; readonly options: readonly string[] }
}

export type RunResult = {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

type Target = Pick<Machine, 'leader' | 'cgroup'>
type Account = { readonly name: string; readonly gid: string; readonly home: string }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'
const ROOT: Account = { name: 'root', gid: '0', home: '/root' }
const TIMEOUT_MS = 30_000
const MAX_OUTPUT = 256 * 1024 * 1024

/**
 * Runs `argv` in the machine. nsenter does not move a process between cgroups: without help it
 * would stay in the host's, which the machine sees as "0::/../..". The machine's cgroup is opened
 * before entering, because a cgroup namespace may not be crossed from within; the pid written
 * afterwards is "0", so that only the process inside moves and not nsenter, which the machine
 * cannot see: systemd gives up on a cgroup that has such a member.
 */
export function enter(machine: Target, argv: readonly string[], options: RunOptions): RunResult {
  const outside = 'exec 9>"$1"; shift; exec nsenter "$@"'
  const inside = 'echo 0 >&9 || exit 125; exec 9>&-; cd "$1" || exit 126; shift; exec "$@"'
  const members = join(machine.cgroup, options.cgroup ?? '/init.scope', 'cgroup.procs')
  const namespaces = ['--target', String(machine.leader), '--all', '--']
  const shell = ['/bin/sh', '-c', inside, 'enter', options.cwd ?? '/']
  const command = [...shell, ...identityOf(machine, options), ...argv]
  const { input, trace } = options
  const whole = ['sh', '-c', outside, 'enter', members, ...namespaces, ...command]
  // From the host: the machine need not have strace, which follows the processes into it.
  const tracer = trace === undefined ? [] : ['strace', '-f', '-o', trace.file, ...trace.options]
  const [program = 'sh', ...words] = [...tracer, ...whole]
  const result = spawnSync(program, words, {
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT,
    encoding: 'utf8',
  })
  const { status, stdout, stderr, error } = result
  return { status, stdout, stderr: error === undefined ? stderr : `${stderr}${error.message}\n` }
}

/** Returns the words before a command that give it its user and environment. */
function identityOf(machine: Target, { uid = 0, env = {} }: RunOptions): readonly string[] {
  const { name, gid, home } = uid === 0 ? ROOT : accountOf(machine, uid)
  const login = { PATH, LANG: 'C.UTF-8', HOME: home, USER: name, LOGNAME: name }
  const all = { ...login, XDG_RUNTIME_DIR: `/run/user/${uid}`, ...env }
  const environment = Object.entries(all).map(([key, value]) => `${key}=${value}`)
  const credentials = ['--reuid', String(uid), '--regid', gid, '--init-groups']
  // On a timeout nsenter is killed, outside; so that the process inside ends with it:
  const lifetime = ['--pdeathsig', 'KILL']
  return ['env', '-i', ...environment, 'setpriv', ...lifetime, ...credentials, '--']
}

function accountOf(machine: Target, uid: number): Account {
  const { stdout } = enter(machine, ['getent', 'passwd', String(uid)], {})
  const [name, , , gid, , home] = stdout.trim().split(':')
  if (name !== undefined && gid !== undefined && home !== undefined) return { name, gid, home }
  throw new Error(`No account with uid ${uid} in the lab`)
}
