import { closeSync, readSync } from 'node:fs'
import { parseSockets } from '../../core/proc/sockets.ts'
import type { Sockets } from '../../core/proc/sockets.ts'
import { monotonicMs } from '../clock.ts'
import { errorCode, unlessUnreadable } from '../error.ts'
import { openFile } from '../files/proc-file.ts'
import type { Proc } from './proc.ts'

/** What may be read of the tables of a network namespace, in bytes. */
export type TableBudget = {
  /** Returns the most bytes of the next table. */
  readonly left: () => number
  /** @param ms the time in which the bytes were read and their lines taken, in milliseconds */
  readonly spend: (bytes: number, ms: number) => void
}

/**
 * The bound on one table of this program's own network namespace, in which every user has sockets.
 * It is that of 400,000 sockets with the longest names (unix(7)), and is more than all connections
 * over TCP take that ended and wait: there are at most 262,144 (`tcp_max_tw_buckets`).
 */
const MAX_OWN_BYTES = 64 * 1024 * 1024
/** The bound on the time for all of them, in milliseconds: looking ends after 8 seconds. */
const MAX_OWN_MS = 5000

/** The tables of this program's own network namespace. Each is read once. */
export type OwnTables = {
  /** Returns the lines of `unix`, one character a byte, and whether these are all. */
  readonly unix: () => { readonly lines: readonly string[]; readonly isWhole: boolean }
  /** Returns the sockets; `null` where not all could be read. */
  readonly sockets: () => Sockets | null
}

/** @param maxMs the bound on the time in which they are read and their lines are taken */
export function openOwnTables(
  { directory }: Pick<Proc, 'directory'>,
  maxMs = MAX_OWN_MS,
): OwnTables {
  let leftMs = maxMs
  const budget: TableBudget = {
    left: () => (leftMs > 0 ? MAX_OWN_BYTES : 0),
    spend(_, ms) {
      leftMs -= ms
    },
  }
  const net = `${directory}/self/net`
  const once = <Answer>(read: () => Answer) => {
    let known: { readonly answer: Answer } | null = null
    return () => (known ??= { answer: read() }).answer
  }
  const unix = once(() => {
    const tables = new SocketTables(net, budget)
    const lines = [...tables.unix()]
    return { lines, isWhole: tables.state === 'whole' }
  })
  const sockets = once(() => {
    const { lines, isWhole } = unix()
    if (!isWhole) return null
    const tables = new SocketTables(net, budget)
    const found = parseSockets(tables.tcp(), lines)
    return tables.state === 'whole' ? found : null
  })
  return { unix, sockets }
}

const PART_BYTES = 64 * 1024

/**
 * The tables of the sockets of a network namespace, `/proc/PID/net` (proc_pid_net(5)). They are
 * read part by part while their lines are taken.
 */
export class SocketTables {
  /** Whether all tables that were taken ended, one of them was cut, or could not be read. */
  state: 'whole' | 'cut' | 'unread' = 'whole'
  readonly #directory: string
  readonly #budget: TableBudget

  constructor(directory: string, budget: TableBudget) {
    this.#directory = directory
    this.#budget = budget
  }

  /** Returns the lines of `unix`, one character a byte. */
  unix(): Iterable<string> {
    return this.#linesOf('unix')
  }

  /** Returns the lines of `tcp`, and those of `tcp6`: a kernel without IPv6 has none. */
  *tcp(): Generator<string> {
    yield* this.#linesOf('tcp')
    yield* this.#linesOf('tcp6')
  }

  *#linesOf(name: 'unix' | 'tcp' | 'tcp6'): Generator<string> {
    if (this.state !== 'whole') return
    const file = this.#open(name)
    if (file === null) return
    try {
      yield* this.#linesIn(file)
    } finally {
      closeSync(file)
    }
  }

  #open(name: string): number | null {
    try {
      return openFile(`${this.#directory}/${name}`)
    } catch (error) {
      const isMissing = name === 'tcp6' && errorCode(error) === 'ENOENT'
      if (!isMissing) this.state = 'unread'
      return null
    }
  }

  *#linesIn(file: number): Generator<string> {
    const room = Buffer.allocUnsafeSlow(PART_BYTES)
    const most = this.#budget.left()
    let rest = ''
    for (let bytes = 0; bytes < most && this.#budget.left() > 0;) {
      const began = monotonicMs()
      const wanted = Math.min(room.length, most - bytes)
      const count = unlessUnreadable(() => readSync(file, room, 0, wanted, null))
      if (count === null) this.state = 'unread'
      const lines = (rest + room.toString('latin1', 0, count ?? 0)).split('\n')
      // Where a table has ended, its last line is whole.
      if (count) rest = lines.pop() ?? ''
      if (count !== null) yield* lines
      this.#budget.spend(count ?? 0, monotonicMs() - began)
      if (!count) return
      bytes += count
    }
    this.state = 'cut'
  }
}
