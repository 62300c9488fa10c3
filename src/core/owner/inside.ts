/** A process by its id and by what it calls itself. */
export type NamedProcess = { readonly pid: number; readonly comm: string }

/** What is known of a process that sees another tree than the machine. */
export type Inside = {
  /** Set where it runs files of the machine: it is in a sandbox, and not in a container. */
  readonly isOfMachine?: boolean
  /** The first process in its namespace; `null` where it is not seen. */
  readonly leader?: NamedProcess | null
}

/** Returns the text by which a recording keeps it: see `parseInside`. */
export function insideText({ isOfMachine, leader }: Inside): string | null {
  if (isOfMachine) return 'machine'
  return leader ? `${leader.pid} ${leader.comm}` : null
}

/**
 * Returns what a recording has of a process, or `null` for a text of another form. The text is
 * `machine` for a process in a sandbox, or the id and the name of the leader of its container.
 */
export function parseInside(text: string): Inside | null {
  if (text === 'machine') return { isOfMachine: true }
  const [, pid, comm] = /^(\d{1,10}) (.*)$/s.exec(text) ?? []
  return pid === undefined || comm === undefined ? null : { leader: { pid: Number(pid), comm } }
}
