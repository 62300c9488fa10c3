import { readdirSync } from 'node:fs'
import { sessionId } from '../../core/owner/cgroup.ts'
import type { TerminalUse } from '../../core/owner/holding.ts'
import { say } from '../../core/printable.ts'
import { socketInode } from '../../core/proc/sockets.ts'
import type { Sockets } from '../../core/proc/sockets.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'
import type { Descriptors, OpenFiles } from '../proc/descriptors.ts'
import type { Proc } from '../proc/proc.ts'

/** The logins whose connections go through processes. */
export type Connections = {
  /** Whether a user is logged in over the network. Elsewhere no process has such a connection. */
  readonly areAny: boolean
  /**
   * Returns the logins of a process with these open files, or `null` where it has sockets and not
   * all sockets of the machine could be read.
   */
  readonly of: (targets: OpenFiles['targets']) => readonly TerminalUse[] | null
}

type Ports = {
  readonly proc: Pick<Proc, 'pids' | 'stat' | 'uidOf' | 'controlGroup'>
  readonly descriptors: Pick<Descriptors, 'of'>
  readonly sockets: () => Sockets | null
}

/**
 * Opens the connections of the running machine. The sockets are read once, for the first process
 * that has one: the kernel looks through all that it has room for.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function openConnections(tree: string, { sockets, ...ports }: Ports): Connections {
  const areAny = isRemoteLogin(tree)
  let known: { readonly peers: Sockets['peers'] | null } | null = null
  let logins: ReadonlyMap<string, TerminalUse> | null = null
  const loginAt = (inode: string, peers: Sockets['peers']) => {
    const peer = peers.get(inode)
    return peer === undefined ? undefined : (logins ??= loginsByInode(ports)).get(peer)
  }
  return {
    areAny,
    of(targets) {
      const inodes = [...targets.values()].flatMap((target) => socketInode(target) ?? [])
      if (!areAny || inodes.length === 0) return []
      const { peers } = (known ??= { peers: sockets()?.peers ?? null })
      if (peers === null) return null
      return [...new Set(inodes.flatMap((inode) => loginAt(inode, peers) ?? []))]
    },
  }
}

/** The bounds on the files of sessions, and on one of them: it has less than a kilobyte. */
const MAX_SESSIONS = 1000
const MAX_SESSION_BYTES = 16 * 1024

/**
 * Says whether a session is one over the network, by the files of logind that sd_session_is_remote
 * of sd-login(3) reads. Where there are too many, it may be.
 */
function isRemoteLogin(tree: string): boolean {
  const directory = `${tree}/run/systemd/sessions`
  const names = unlessUnreadable(() => readdirSync(directory)) ?? []
  const ids = names.filter((name) => /^[A-Za-z0-9]+$/.test(name))
  const isRemote = (id: string) =>
    /^REMOTE=1$/m.test(readStart(`${directory}/${id}`, MAX_SESSION_BYTES) ?? '')
  return ids.length > MAX_SESSIONS || ids.some(isRemote)
}

/**
 * Returns the sessions by the sockets of the programs that let their users in: those are processes
 * of root in the scope of the session (pam_systemd(8)) that lead a session (setsid(2)), as sshd(8)
 * does for each connection. A caller who may not read their open files is told of no login.
 */
function loginsByInode({ proc, descriptors }: Omit<Ports, 'sockets'>) {
  const found = new Map<string, TerminalUse>()
  for (const pid of proc.pids()) {
    if (unlessUnreadable(() => proc.uidOf(pid)) !== 0 || proc.stat(pid)?.session !== pid) continue
    const login = sessionIn(proc.controlGroup(pid)?.path ?? '')
    if (login === null) continue
    for (const target of descriptors.of(pid).targets.values()) {
      const inode = socketInode(target)
      if (inode !== null) found.set(inode, login)
    }
  }
  return found
}

function sessionIn(path: string): TerminalUse | null {
  const [, uid, scope = ''] = /\/user-(\d{1,10})\.slice\/(session-[^/]+\.scope)$/.exec(path) ?? []
  const id = sessionId(scope)
  return id === null ? null : { name: say`session ${id}`, uid: Number(uid) }
}
