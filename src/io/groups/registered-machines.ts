import { readdirSync } from 'node:fs'
import { parseRegisteredMachine } from '../../core/machine/registered.ts'
import type { RegisteredMachine } from '../../core/machine/registered.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'

/** The bound on the machines that are read. */
const MAX_MACHINES = 1000
/** The bound on a file. That of a machine has less than a kilobyte. */
const MAX_BYTES = 16 * 1024

/**
 * Returns the machines that systemd-machined(8) knows, from the files of its own directory. No
 * program is asked. An entry with a colon is a link that names a unit.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function registeredMachines(tree: string): readonly RegisteredMachine[] {
  const directory = `${tree}/run/systemd/machines`
  const names = unlessUnreadable(() => readdirSync(directory)) ?? []
  return names
    .filter((name) => !name.includes(':'))
    .slice(0, MAX_MACHINES)
    .flatMap(
      (name) => parseRegisteredMachine(readStart(`${directory}/${name}`, MAX_BYTES) ?? '') ?? [],
    )
}
