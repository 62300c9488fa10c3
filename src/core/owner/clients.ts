import type { UnitFacts } from '../systemd/unit-facts.ts'

/** The sockets of one process that serves clients, by the numbers of their inodes, in decimal. */
export type Served = {
  readonly pid: number
  /** Accepted connections over TCP whose other end no process of the unit has. */
  readonly overNetwork: readonly number[]
  /** Accepted connections of unix(7). Which socket is the other end, no text of proc(5) tells. */
  readonly local: readonly number[]
  /** Sockets that may be the other ends of such connections: see `LocalSockets`. */
  readonly ends: readonly number[]
}

type Facts = Pick<UnitFacts, 'KillMode' | 'MainPID' | 'ControlPID' | 'FileDescriptorStoreMax'>

/**
 * Says whether a restart of a unit cuts off a client that is no process of the unit.
 *
 * A connection stays where a process that the restart leaves alone has it too. Where the unit may
 * keep open files in its manager (`FileDescriptorStoreMax=`, systemd.service(5)), it may keep its
 * connections there. Each connection within the unit has one other end, so a client from elsewhere
 * is certain only where there are more connections than such ends.
 *
 * @param served all processes of the unit that have such sockets
 * @param isEnded whether the restart ends a process: see `endedBy`
 */
export function cutsClients(
  served: readonly Served[],
  facts: Facts | null,
  isEnded: (pid: number) => boolean,
): boolean {
  if (facts?.FileDescriptorStoreMax !== '0') return false
  const all = (of: (one: Served) => readonly number[], isOf: (pid: number) => boolean) =>
    new Set(served.flatMap((one) => (isOf(one.pid) ? of(one) : [])))
  const connections = ({ overNetwork, local }: Served) => [...overNetwork, ...local]
  const kept = all(connections, (pid) => !isEnded(pid))
  const cut = (of: (one: Served) => readonly number[]) =>
    [...all(of, isEnded)].filter((inode) => !kept.has(inode)).length
  const ends = all(
    (one) => one.ends,
    () => true,
  ).size
  return cut((one) => one.overNetwork) > 0 || cut((one) => one.local) > ends
}

/**
 * Returns the number of connections over TCP that a network namespace has, or `null` for another
 * text. Reads `CurrEstab` of `/proc/PID/net/snmp` (RFC 4022, tcpCurrEstab; `snmp_seq_show` of the
 * kernel's net/ipv4/proc.c), which is that of IPv4 and IPv6, and costs no walk over all sockets.
 */
export function parseConnectionCount(text: string): number | null {
  const [names = '', values = ''] = text.split('\n').filter((line) => line.startsWith('Tcp: '))
  const at = names.split(' ').indexOf('CurrEstab')
  const value = at === -1 ? '' : (values.split(' ')[at] ?? '')
  return /^\d{1,15}$/.test(value) ? Number(value) : null
}

/** The sockets of unix(7), by their inodes. */
export type LocalSockets = {
  readonly all: ReadonlySet<string>
  /** Those of accept(2): they have the path of a socket that listens. */
  readonly accepted: ReadonlySet<string>
  /** All others with a connection, and those of which it is not known which of both they are. */
  readonly ends: ReadonlySet<string>
}

/** SOCK_STREAM and SOCK_SEQPACKET of the kernel's include/linux/net.h. Others accept nothing. */
const CONNECTING_TYPES: ReadonlySet<string> = new Set(['0001', '0005'])
/** SS_CONNECTED of include/uapi/linux/net.h, and __SO_ACCEPTCON in `Flags`. */
const CONNECTED = '03'
const ACCEPTS = '00010000'

/** `Num: RefCount Protocol Flags Type St Inode Path`. */
const UNIX =
  /^[0-9a-f]{1,16}: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d{1,20})(?: (.*))?$/is

/**
 * Reads the lines of `/proc/PID/net/unix` (proc_pid_net(5); `unix_seq_show` of the kernel). Any
 * user can write lines about any socket, as a path has any bytes. So a socket of which two lines
 * tell different things counts as what may be another end, and as no accepted connection.
 *
 * @param lines one character a byte
 */
export function localSockets(lines: Iterable<string>): LocalSockets {
  const told = new Map<string, string>()
  const unsure = new Set<string>()
  const all = new Set<string>()
  for (const line of lines) {
    const [, flags, type = '', state, inode, path = ''] = UNIX.exec(line) ?? []
    if (inode === undefined) continue
    all.add(inode)
    if (!CONNECTING_TYPES.has(type)) continue
    const isListening = flags === ACCEPTS
    if (!isListening && state !== CONNECTED) continue
    const one = `${isListening ? 'L' : 'C'}${path}`
    if ((told.get(inode) ?? one) !== one) unsure.add(inode)
    told.set(inode, one)
  }
  const accepted = new Set<string>()
  const ends = new Set(unsure)
  const listening = new Set<string>()
  for (const [inode, one] of told)
    if (one.startsWith('L') && !unsure.has(inode)) listening.add(one.slice(1))
  for (const [inode, one] of told) {
    if (one.startsWith('L') || unsure.has(inode)) continue
    const isAccepted = one !== 'C' && listening.has(one.slice(1))
    ;(isAccepted ? accepted : ends).add(inode)
  }
  return { all, accepted, ends }
}
