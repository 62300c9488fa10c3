import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** The sockets of a network namespace, by the numbers of their inodes. */
export type Sockets = {
  /**
   * The addresses of the sockets that listen (listen(2)). The path of a socket is told
   * where services have theirs. Elsewhere a person may have chosen it, and the text is empty.
   */
  readonly listening: ReadonlyMap<string, Printable>
  /** The sockets of TCP that have a connection. */
  readonly connected: ReadonlySet<string>
  /**
   * The ends of servers, by those of their clients: connections over TCP that have both ends on
   * this machine. A server has a port on which something listens.
   */
  readonly peers: ReadonlyMap<string, string>
  /**
   * The ends of servers, whose own address is one on which something listens, with those of their
   * clients; `null` for a client elsewhere.
   */
  readonly accepted: ReadonlyMap<string, string | null>
  /** The sockets of which one line says that they listen, and another one something else. */
  readonly unsure: ReadonlySet<string>
}

/** TCP_ESTABLISHED and TCP_LISTEN of the kernel's include/net/tcp_states.h, as they are printed. */
const ESTABLISHED = '01'
const LISTEN = '0A'
/** __SO_ACCEPTCON of the kernel's include/uapi/linux/net.h, as `Flags` prints it. */
const ACCEPTS = '00010000'

/**
 * Reads `/proc/PID/net/tcp`, `tcp6` and `unix` (proc_pid_net(5); `get_tcp4_sock`, `get_tcp6_sock`
 * and `unix_seq_show` of the kernel). A line of another form is no socket. No user has a text in
 * those of TCP, so what they say of a socket counts, and not what `unix` says of it.
 *
 * @param tcp the lines of `tcp` and those of `tcp6`
 * @param unix those of `unix`, one character a byte
 */
export function parseSockets(tcp: Iterable<string>, unix: Iterable<string>): Sockets {
  const local = unixSockets(unix, (path) => (OF_SERVICES.test(path) ? path : ''))
  const unsure = new Set(local.unsure.keys())
  const listening = new Map<string, Printable>()
  for (const [inode, path] of local.listening)
    if (path !== null && !unsure.has(inode)) listening.set(inode, printable(path))
  const connected = new Set<string>()
  const ends = new Map<string, string>()
  const ports = new Set<string>()
  const addresses = new Set<string>()
  for (const line of tcp) {
    const [, own = '', remote = '', state = '', inode = ''] = TCP.exec(line) ?? []
    if (!ADDRESS.test(own)) continue
    unsure.delete(inode)
    if (state === LISTEN) {
      listening.set(inode, addressOf(own))
      ports.add(portOf(own))
      addresses.add(withoutMapping(own))
      continue
    }
    listening.delete(inode)
    connected.add(inode)
    ends.set(`${withoutMapping(own)} ${withoutMapping(remote)}`, inode)
  }
  const peers = peersAmong(ends, ports)
  return { listening, connected, peers, accepted: acceptedAmong(ends, addresses), unsure }
}

/**
 * `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode` of a socket that
 * listens or has a connection.
 */
const TCP = new RegExp(
  `^ *\\d+: ([0-9A-F:]{13,37}) ([0-9A-F:]+) (${ESTABLISHED}|${LISTEN})(?: +[0-9A-F:]+){3} +\\d+ +\\d+ (\\d{1,20})(?: |$)`,
)

type UnixSockets = {
  /** What is told of the paths of the sockets that listen, by their inodes; `null` of others. */
  readonly listening: ReadonlyMap<string, string | null>
  /** All that lines tell of a socket of which they tell different things. */
  readonly unsure: ReadonlyMap<string, ReadonlySet<string | null>>
  /** What is told of the paths of the sockets that have a connection. */
  readonly connected: ReadonlySet<string>
}

/**
 * Reads the lines of `unix`. The kernel prints the bytes of a path as they are, newlines too
 * (`unix_seq_show`), so any user can write lines about any socket. Each socket has a line of its
 * own, also one without a path. So a socket of which all lines tell the same is that, and of others
 * it is not known what they are.
 *
 * @param pathTold what is told of a path; `null` where the path does not matter
 */
function unixSockets(
  lines: Iterable<string>,
  pathTold: (path: string) => string | null,
): UnixSockets {
  const listening = new Map<string, string | null>()
  const unsure = new Map<string, Set<string | null>>()
  const connected = new Set<string>()
  for (const line of lines) {
    const [, flags, state, inode, path] = UNIX.exec(line) ?? []
    if (inode === undefined) continue
    const isListening = flags === ACCEPTS
    const matters = path !== undefined && (isListening || state === CONNECTED)
    const ofPath = matters ? pathTold(path) : null
    if (!isListening && ofPath !== null) connected.add(ofPath)
    const told = isListening ? ofPath : null
    const before = listening.get(inode)
    if (before === undefined) listening.set(inode, told)
    else if (before !== told) unsure.set(inode, (unsure.get(inode) ?? new Set([before])).add(told))
  }
  return { listening, unsure, connected }
}

/**
 * Returns the ends of servers by those of their clients.
 *
 * @param ends the sockets, by their own address and the other
 * @param ports those on which something listens
 */
function peersAmong(
  ends: ReadonlyMap<string, string>,
  ports: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  return new Map(
    [...ends].flatMap(([addresses, inode]) => {
      const [own = '', remote = ''] = addresses.split(' ')
      const other = ports.has(portOf(remote)) ? ends.get(`${remote} ${own}`) : undefined
      return other === undefined || other === inode ? [] : [[inode, other] as const]
    }),
  )
}

/** The address of a socket that listens on all, without its port (ip(7), ipv6(7)). */
const ANY = ['00000000', '0'.repeat(32)] as const

function acceptedAmong(
  ends: ReadonlyMap<string, string>,
  listening: ReadonlySet<string>,
): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>()
  for (const [addresses, inode] of ends) {
    const [own = '', remote = ''] = addresses.split(' ')
    const isAccepted =
      listening.has(own) || ANY.some((any) => listening.has(`${any}${portOf(own)}`))
    // A connection that waits for accept(2) has no inode.
    if (isAccepted && inode !== '0') found.set(inode, ends.get(`${remote} ${own}`) ?? null)
  }
  return found
}

function portOf(address: string): string {
  return address.slice(address.indexOf(':'))
}

/** Returns an address of IPv4 as that, where a socket of IPv6 has it (ipv6(7)). */
function withoutMapping(address: string): string {
  return address.replace(/^0{16}FFFF0000(?=[0-9A-F]{8}:)/, '')
}

/** The directories of the sockets of services (hier(7)). */
const OF_SERVICES = /^\/(?:var\/)?run\/(?!user\/)/

/** `Num: RefCount Protocol Flags Type St Inode Path`. A socket without a path cannot listen. */
const UNIX =
  /^[0-9a-f]{1,16}: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} ([0-9A-F]{2}) +(\d{1,20})(?: (.*))?$/is

/** SS_CONNECTED of the kernel's include/uapi/linux/net.h, as `St` prints it. */
const CONNECTED = '03'

/** The displays with a client, by the inodes of the sockets that listen for more. */
export type DisplaySockets = {
  readonly names: ReadonlyMap<string, Printable>
  /** The sockets that listen on one of them by one line, and not by another. */
  readonly unsure: ReadonlySet<string>
}

/**
 * Returns the displays with a client: `:0` for X11 (`/tmp/.X11-unix/X0`, also as an abstract name:
 * X(7)), `wayland-1` for Wayland (wl_display_add_socket_auto of libwayland). A socket of accept(2)
 * has the path of the one that listens.
 *
 * @param unix the lines of `/proc/PID/net/unix`, one character a byte
 */
export function displaysInUse(unix: Iterable<string>): DisplaySockets {
  const { listening, unsure, connected } = unixSockets(unix, displayPath)
  const names = new Map<string, Printable>()
  for (const [inode, path] of listening) {
    const isKnown = path !== null && connected.has(path) && !unsure.has(inode)
    const name = isKnown ? displayAt(path) : null
    if (name !== null) names.set(inode, name)
  }
  const contradicted = [...unsure].filter(([, told]) =>
    [...told].some((path) => path !== null && connected.has(path)),
  )
  return { names, unsure: new Set(contradicted.map(([inode]) => inode)) }
}

/** Returns the path of a display, also for its abstract name; `null` for another path. */
function displayPath(path: string): string | null {
  return displayAt(path) === null ? null : path.replace(/^@/, '')
}

function displayAt(path: string): Printable | null {
  const [, x11, wayland] =
    /^(?:@?\/tmp\/\.X11-unix\/X(\d{1,5})|\/.*\/((?:wayland|gamescope)-[^/]+))$/s.exec(path) ?? []
  if (x11 !== undefined) return printable(`:${x11}`)
  return wayland === undefined ? null : printable(wayland)
}

/** An address of IPv4 or IPv6, and a port. */
const ADDRESS = /^(?:[0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$/

/**
 * Returns the address and the port of a line. The kernel prints each four bytes of an address as
 * one number of this machine (`%08X`), and all machines that Arch runs on have the lowest byte
 * first.
 */
function addressOf(text: string): Printable {
  const [address = '', port = ''] = text.split(':')
  const bytes = (address.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)),
  )
  const number = Number.parseInt(port, 16)
  return bytes.length === 4
    ? printable(`${bytes.join('.')}:${number}`)
    : printable(`[${groupsOf(bytes)}]:${number}`)
}

/** Returns an address of IPv6 in its short form (RFC 5952), but for those that map IPv4. */
function groupsOf(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  const whole = groups.join(':')
  const zeros = [...whole.matchAll(/\b0(?::0)+\b/g)]
  const [longest] = zeros.toSorted(([a], [b]) => b.length - a.length)
  if (longest === undefined) return whole
  const [before, after] = [
    whole.slice(0, longest.index),
    whole.slice(longest.index + longest[0].length),
  ]
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`
}

/** Returns the inode of a socket that an open file is (proc_pid_fd(5)), or `null`. */
export function socketInode(target: string): string | null {
  return /^socket:\[(\d{1,20})\]$/.exec(target)?.[1] ?? null
}
