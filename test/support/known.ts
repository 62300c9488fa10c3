import type { Known } from '../../src/core/explain/known.ts'

/** What is known of a machine with these owners of processes, and what differs from it. */
export function knownOf(owners: Known['owners'], some: Partial<Known> = {}): Known {
  return {
    owners,
    unread: new Set(),
    userNames: new Map(),
    installed: null,
    fileOwners: new Map(),
    onDisk: new Set(),
    ...some,
  }
}
