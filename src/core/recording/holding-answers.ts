import type { Holder, Holding } from '../owner/holding.ts'
import type { Served } from '../owner/clients.ts'
import { GUEST, TERMINAL_USE } from './answers.ts'
import { count, listOf, nullable, optional, plain, table } from './schema.ts'

const HOLDER = table<Holder>({
  pid: count,
  mounts: listOf(nullable(plain)),
  terminals: listOf(TERMINAL_USE),
  consoles: listOf(plain),
  guests: listOf(GUEST),
  interfaces: optional(listOf(plain)),
  displays: optional(listOf(plain)),
  locks: optional(listOf(count)),
  logins: optional(listOf(TERMINAL_USE)),
})

const SERVED = table<Served>({
  pid: count,
  overNetwork: listOf(count),
  local: listOf(count),
  ends: listOf(count),
})

/** Schema of what the processes of a control group hold for others. */
export const HOLDING = table<Holding>({
  holders: listOf(HOLDER),
  unread: listOf(count),
  denied: listOf(count),
  served: optional(listOf(SERVED)),
})
