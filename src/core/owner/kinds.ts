export type User = { readonly uid: number; readonly name: string | null }

export const RUNTIMES = [
  'docker',
  'podman',
  'nspawn',
  'lxc',
  'incus',
  'kubernetes',
  'other',
] as const

export type Container = {
  readonly runtime: (typeof RUNTIMES)[number]
  readonly name: string
}

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

export type Kind = (typeof KINDS)[number]

/** Kinds that belong to a user and not to the machine. */
export const USER_KINDS: ReadonlySet<Kind> = new Set([
  'user-service',
  'session',
  'user-manager',
  'app',
])

/** What a process belongs to, as far as its control group tells. */
export type Owner = {
  readonly kind: Kind
  /** What a person calls it. `null`: nothing but the process's own name tells. */
  readonly name: string | null
  readonly unit: string | null
  readonly uid: number | null
  readonly container: Container | null
  /** Whether it runs the container from outside, as a program of the machine. */
  readonly isSupervisor?: true
}
