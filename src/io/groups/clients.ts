import { isPersonal } from '../../core/owner/share.ts'
import { parseSockets, socketInode } from '../../core/proc/sockets.ts'
import type { Sockets } from '../../core/proc/sockets.ts'
import { localSockets, parseConnectionCount } from '../../core/owner/clients.ts'
import type { LocalSockets, Served } from '../../core/owner/clients.ts'
import type { OpenFiles } from '../proc/descriptors.ts'
import type { Proc } from '../proc/proc.ts'
import { SocketTables } from '../proc/socket-tables.ts'
import type { OwnTables, TableBudget } from '../proc/socket-tables.ts'

/** The clients of services, by the connections that these accepted. */
export type Clients = {
  /** Whether a process may have one: the machine has such a connection. */
  readonly areAny: boolean
  /**
   * Returns the sockets of all processes of a unit; nothing where none serves a client, or one of
   * them was not seen.
   */
  readonly of: (unit: readonly OpenIn[]) => readonly Served[]
}

/** What a process has open; `null` where not all of it was seen. */
export type OpenIn = { readonly pid: number; readonly targets: OpenFiles['targets'] | null }

type Ports = {
  readonly proc: Pick<Proc, 'directory' | 'read' | 'link' | 'holderOf'>
  readonly ownTables: OwnTables
}

/** The connections of one network namespace. Those over TCP are read where they are asked for. */
type Namespace = {
  readonly local: LocalSockets
  readonly accepted: () => Sockets['accepted']
}

/**
 * Opens the clients of the running machine. The kernel walks over all that it has room for to tell
 * the connections over TCP, so it is asked first how many there are, and then only for a process
 * that has a socket of another kind than unix(7).
 */
export function openClients({ proc, ownTables }: Ports): Clients {
  const { unix, sockets } = ownTables
  const own = namespaceAt('self', proc, unix(), () => sockets()?.accepted ?? NONE)
  const namespaces = openNamespaces(own, proc)
  return {
    areAny: own.local.accepted.size > 0 || connectionsAt('self', proc) > 0,
    of(unit) {
      const seen = unit.flatMap(({ pid, targets }) => (targets === null ? [] : [{ pid, targets }]))
      if (seen.length < unit.length) return []
      const inodes = seen.map(({ pid, targets }) => ({ pid, sockets: inodesOf(targets) }))
      const all = new Set(inodes.flatMap((one) => one.sockets))
      const streams = new Set(seen.flatMap(({ targets }) => streamOf(targets)))
      const served = inodes.map((one) => servedBy(one.pid, one.sockets, all, streams, namespaces))
      const areAny = served.some(({ overNetwork, local }) => overNetwork.length + local.length > 0)
      return areAny ? served.filter((one) => !isEmpty(one)) : []
    },
  }
}

const NONE: Sockets['accepted'] = new Map()

function inodesOf(targets: OpenFiles['targets']): readonly string[] {
  return [...new Set([...targets.values()].flatMap((target) => socketInode(target) ?? []))]
}

/**
 * Returns the socket that is both the standard output and the standard error: systemd connects it
 * to the journal (systemd.exec(5), StandardOutput=).
 */
function streamOf(targets: OpenFiles['targets']): readonly string[] {
  const [output, error] = [targets.get(1), targets.get(2)]
  const inode = output === undefined || output !== error ? null : socketInode(output)
  return inode === null ? [] : [inode]
}

function servedBy(
  pid: number,
  inodes: readonly string[],
  all: ReadonlySet<string>,
  streams: ReadonlySet<string>,
  namespacesOf: (pid: number) => readonly Namespace[],
): Served {
  const namespaces = inodes.length === 0 ? [] : namespacesOf(pid)
  const ofKind = (kind: keyof LocalSockets) =>
    inodes.filter((one) => namespaces.some(({ local }) => local[kind].has(one)))
  const ofUnix = new Set(ofKind('all'))
  const others = inodes.filter((one) => !ofUnix.has(one))
  const tables = others.length === 0 ? [] : namespaces.map(({ accepted }) => accepted())
  const isFromOutside = (inode: string) => {
    const peer = tables.find((accepted) => accepted.has(inode))?.get(inode)
    return peer === null || (peer !== undefined && !all.has(peer))
  }
  return {
    pid,
    overNetwork: others.filter(isFromOutside).map(Number),
    local: ofKind('accepted').map(Number),
    ends: ofKind('ends')
      .filter((one) => !streams.has(one))
      .map(Number),
  }
}

function isEmpty({ overNetwork, local, ends }: Served): boolean {
  return overNetwork.length + local.length + ends.length === 0
}

/** The bounds on the namespaces of services that are read, and on one table of them, in bytes. */
const MAX_NAMESPACES = 64
const MAX_WALKS = 4
const MAX_TABLE_BYTES = 1024 * 1024

/**
 * Returns what gives the namespaces in which a process may have sockets: its own, and that of the
 * manager that opened some for it (systemd.socket(5)). A person may have filled one to be slow.
 */
function openNamespaces(own: Namespace, proc: Ports['proc']) {
  const ownName = proc.link('self/ns/net')
  const known = new Map<string, Namespace>()
  let walks = 0
  return (pid: number): readonly Namespace[] => {
    const name = proc.link(`${pid}/ns/net`)
    if (name === null || name === ownName) return [own]
    const found = known.get(name)
    if (found !== undefined) return [found, own]
    if (isPersonal(proc.holderOf(pid)) || known.size >= MAX_NAMESPACES) return [own]
    const net = `${proc.directory}/${pid}/net`
    const local = new SocketTables(net, OF_OTHERS)
    const lines = [...local.unix()]
    const unix = { lines, isWhole: local.state === 'whole' }
    const namespace = namespaceAt(String(pid), proc, unix, () => {
      walks += 1
      if (walks > MAX_WALKS) return NONE
      const tables = new SocketTables(net, OF_OTHERS)
      const { accepted } = parseSockets(tables.tcp(), [])
      return tables.state === 'whole' ? accepted : NONE
    })
    known.set(name, namespace)
    return [namespace, own]
  }
}

const OF_OTHERS: TableBudget = { left: () => MAX_TABLE_BYTES, spend: () => {} }
const NO_LOCAL: LocalSockets = { all: new Set(), accepted: new Set(), ends: new Set() }

/** @param readAccepted returns the connections over TCP, where there are some */
function namespaceAt(
  pid: string,
  proc: Ports['proc'],
  { lines, isWhole }: ReturnType<OwnTables['unix']>,
  readAccepted: Namespace['accepted'],
): Namespace {
  let known: Sockets['accepted'] | null = null
  return {
    // A line that was not read may contradict one that was.
    local: isWhole ? localSockets(lines) : NO_LOCAL,
    accepted: () => (known ??= connectionsAt(pid, proc) > 0 ? readAccepted() : NONE),
  }
}

/** Returns how many connections over TCP a namespace has; none where that cannot be read. */
function connectionsAt(pid: string, { read }: Pick<Proc, 'read'>): number {
  return parseConnectionCount(read(`${pid}/net/snmp`) ?? '') ?? 0
}
