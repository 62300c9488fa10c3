import { readFileSync, statSync } from 'node:fs'
import type { RunOptions, RunResult } from './enter.ts'
import { enter } from './enter.ts'
import { labRoot, whyNoLab } from './host.ts'
import type { Machine } from './machine.ts'
import { bootMachine } from './machine.ts'

export type { RunOptions, RunResult } from './enter.ts'

export type Lab = {
  /** The directory the machine was made of. */
  readonly root: string
  /** The host's pid of the machine's PID 1. */
  readonly leader: number
  /** The cgroup of root's login session, as the lab sees it: commands run there. */
  readonly session: string
  run(argv: readonly string[], options?: RunOptions): RunResult
  /** Writes in place, makes missing directories; keeps the mode of a file that exists. */
  write(path: string, content: string | Buffer, mode?: number): void
  read(path: string): string
  copyIn(hostPath: string, labPath: string): void
  stop(): Promise<void>
}

/**
 * Boots a systemd machine made of `root`, in the form that `LAB_FORM` says, and returns when it is
 * running, with root logged in.
 */
export async function bootLab(options: { readonly root?: string } = {}): Promise<Lab> {
  const root = options.root ?? labRoot()
  const reason = whyNoLab(root)
  if (reason !== null) throw new Error(`Cannot boot a lab on "${root}": ${reason}`)
  const machine = await bootMachine(root)
  try {
    return login(root, machine)
  } catch (error) {
    machine.stop()
    throw error
  }
}

/** Runs `argv` and returns its stdout; throws with everything it said when it fails. */
export function mustRun(lab: Lab, argv: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = lab.run(argv, options)
  if (status === 0) return stdout
  throw new Error(`${argv.join(' ')}: exit ${status ?? 'by signal'}\n${stdout}${stderr}`)
}

/** Makes `name` the one account with this uid, with a home directory and no password. */
export function addUser(lab: Lab, name: string, uid: number): void {
  const replace = (path: string, line: string, isOld: (fields: readonly string[]) => boolean) => {
    const kept = lab
      .read(path)
      .split('\n')
      .filter((old) => old !== '' && !isOld(old.split(':')))
    lab.write(path, [...kept, line, ''].join('\n'))
  }
  const hasName = (fields: readonly string[]) => fields[0] === name
  const hasNameOrId = (fields: readonly string[]) => hasName(fields) || fields[2] === String(uid)
  replace('/etc/passwd', `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`, hasNameOrId)
  replace('/etc/group', `${name}:x:${uid}:`, hasNameOrId)
  replace('/etc/shadow', `${name}:*:19000:0:99999:7:::`, hasName)
  mustRun(lab, ['install', '-d', '-m700', '-o', String(uid), '-g', String(uid), `/home/${name}`])
}

/**
 * Logs `user` in and returns the cgroup of the session. A service that opens a PAM session is what
 * display managers are, so logind makes a true session scope for it.
 */
export function openSession(lab: Pick<Lab, 'run'>, user: string): string {
  const unit = `lab-login-${user}-${process.hrtime.bigint()}.service`
  // Type=exec would tell when PAM is done, but systemd 252 waits there for its own (sd-pam) for
  // ever.
  const script =
    'systemd-run --quiet --unit="$1" -p PAMName=lab -p User="$2" sleep infinity || exit\n' +
    'until grep -o "/user[.]slice/.*[.]scope$" "/proc/$(systemctl show --value -p MainPID "$1")/cgroup"\n' +
    'do sleep 0.01; done'
  const argv = ['sh', '-c', script, 'login', unit, user]
  const { stdout, stderr } = lab.run(argv)
  if (stdout !== '') return stdout.trim()
  throw new Error(`No session for ${user} in the lab: ${stderr}`)
}

function login(root: string, machine: Machine): Lab {
  const session = openSession({ run: (argv) => enter(machine, argv, {}) }, 'root')
  const lab: Lab = {
    root,
    leader: machine.leader,
    session,
    run: (argv, options) => enter(machine, argv, { cgroup: session, ...options }),
    // From inside: seen from outside, an absolute link in the lab leads to a file of the host.
    read: (path) => mustRun(lab, ['cat', '--', path]),
    write: (path, content, mode) => {
      const script = 'mkdir -p "${1%/*}/" && cat >"$1" && { [ -z "$2" ] || chmod "$2" "$1"; }'
      const permissions = mode?.toString(8) ?? ''
      mustRun(lab, ['sh', '-c', script, 'write', path, permissions], { input: content })
    },
    copyIn: (hostPath, labPath) =>
      lab.write(labPath, readFileSync(hostPath), statSync(hostPath).mode & 0o7777),
    stop: async () => machine.stop(),
  }
  return lab
}
