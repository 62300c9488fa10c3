import { readdirSync } from 'node:fs'
import { busNamesIn } from '../../core/report/after-effects.ts'
import { unlessUnreadable } from '../error.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { readWholeText } from '../files/small-file.ts'

/** Where systemd looks for the files of its units (systemd.unit(5), "System Unit Search Path"). */
const DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/run/systemd/transient',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
] as const
const MAX_FILE_BYTES = 1024 * 1024

/**
 * Returns a question: the names on the bus that any file of a unit mentions, its template and drop-ins
 * included. Which of them is in effect only systemd knows; but to ask it about every unit that runs costs
 * more than a millisecond each.
 */
export function openUnitFiles(ownTree: OwnTree | null): (unit: string) => readonly string[] {
  const known = DIRECTORIES.map((directory) => ({
    directory,
    names: new Set(unlessUnreadable(() => readdirSync(directory)) ?? []),
  }))
  return (unit) => {
    const template = unit.replace(/@.*(?=\.[a-z]+$)/, '@')
    const files = [...new Set([unit, template])].flatMap((name) =>
      known.flatMap(({ directory, names }) => [
        ...(names.has(name) ? [`${directory}/${name}`] : []),
        ...(names.has(`${name}.d`) ? dropIns(`${directory}/${name}.d`) : []),
      ]),
    )
    return files.flatMap((file) => busNamesIn(readUnitFile(file, ownTree)))
  }
}

function dropIns(directory: string): readonly string[] {
  const names = unlessUnreadable(() => readdirSync(directory)) ?? []
  return names.filter((name) => name.endsWith('.conf')).map((name) => `${directory}/${name}`)
}

/**
 * A masked unit is a link to a device. One that `systemctl link` made leads to where its author keeps it: it is
 * read where nobody else than root could put anything in its place.
 */
function readUnitFile(path: string, tree: OwnTree | null): string {
  const file = tree?.resolve(path) ?? null
  return file === null ? '' : (readWholeText(file, MAX_FILE_BYTES) ?? '')
}
