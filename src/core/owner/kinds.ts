import type { Printable } from '../printable.ts'

/** A user; the name is `null` where the machine has none for the id. */
export type User = { readonly uid: number; readonly name: Printable | null }

/** The container runtimes; `other` for a container of an unknown runtime. */
export const RUNTIMES = [
  'docker',
  'podman',
  'nspawn',
  'lxc',
  'incus',
  'kubernetes',
  'other',
] as const

/** A container; the name is what its runtime calls it, or its id. */
export type Container = {
  readonly runtime: (typeof RUNTIMES)[number]
  readonly name: Printable
}

/** The kinds of owners, in the order of findings in a report. */
export const KINDS = [
  'service',
  'user-service',
  'session',
  'manager',
  'user-manager',
  'app',
  'container',
  'vm',
  'process',
] as const

/** The kind of an owner, as the contract names it. */
export type Kind = (typeof KINDS)[number]

/** Kinds that always belong to a user and not to the machine. */
const USER_KINDS: ReadonlySet<Kind> = new Set(['user-service', 'session', 'user-manager', 'app'])

/** What a process belongs to, as its control group says it. */
export type Owner = {
  readonly kind: Kind
  /** Its name for people; `null` where only the name of the process is known. */
  readonly name: Printable | null
  readonly unit: Printable | null
  /** The user that its control group lies below; `null` for what is the machine's. */
  readonly uid: number | null
  readonly container: Container | null
  /** Set for the program of the machine that runs the container from outside. */
  readonly isSupervisor?: true
  /** Set for a program that a message bus started, and starts again when something calls it. */
  readonly isOfBus?: true
}

/** Says whether an owner belongs to a user, as the containers below a user's manager do too. */
export function isOfUser({ kind, uid }: Owner): boolean {
  return USER_KINDS.has(kind) || uid !== null
}
