import { printable } from '../printable.ts'
import type { Printable } from '../printable.ts'

/** A machine that is registered with systemd-machined(8), by the processes behind it. */
export type RegisteredMachine = {
  readonly name: Printable
  readonly isVirtual: boolean
  /** The first process of the machine, as the host numbers it. */
  readonly leader: number
  /** The process that runs the machine, where machined knows it (systemd 258 and later). */
  readonly supervisor: number | null
}

/**
 * Returns the machine of a file in `/run/systemd/machines`, or `null` where the text has another
 * form.
 *
 * Reads `NAME=value` lines (machine_save of systemd's src/machine/machine.c). Names of machines are
 * host names, so nothing in them is escaped. The library of systemd reads the same files
 * (sd_machine_get_class of src/libsystemd/sd-login/sd-login.c).
 */
export function parseRegisteredMachine(text: string): RegisteredMachine | null {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=')
      return equals === -1 ? [] : [[line.slice(0, equals), line.slice(equals + 1)] as const]
    }),
  )
  const name = values.get('NAME') ?? ''
  const leader = processIn(values.get('LEADER'))
  if (name === '' || leader === null) return null
  return {
    name: printable(name),
    isVirtual: values.get('CLASS') === 'vm',
    leader,
    supervisor: processIn(values.get('SUPERVISOR')),
  }
}

function processIn(value = ''): number | null {
  return /^[1-9]\d{0,9}$/.test(value) ? Number(value) : null
}
