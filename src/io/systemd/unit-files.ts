import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { busNamesIn, unitFileNames } from '../../core/systemd/unit-file.ts'
import { unlessUnreadable } from '../error.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { readUnlinked, readWholeText } from '../files/small-file.ts'

/** The directories of unit files (systemd.unit(5), "System Unit Search Path"). */
const DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/run/systemd/transient',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
] as const
const OF_SYSTEMD: ReadonlySet<string> = new Set(DIRECTORIES)
const MAX_FILE_BYTES = 1024 * 1024

/**
 * Returns a function that returns the bus names in the files of a unit, its template and drop-ins
 * included. Only systemd knows which of them is in effect, but asking it costs more than a
 * millisecond for each running unit.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function openUnitFiles(
  tree: string,
  ownTree: OwnTree | null,
): (unit: string) => readonly string[] {
  const known = DIRECTORIES.map((directory) => ({
    directory,
    names: new Set(entriesOf(`${tree}${directory}`)),
  }))
  const dropInsOf = (directory: string) =>
    entriesOf(`${tree}${directory}`)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => `${directory}/${name}`)
  const filesOf = (name: string) =>
    known.flatMap(({ directory, names }) => [
      ...(names.has(name) ? [`${directory}/${name}`] : []),
      ...(names.has(`${name}.d`) ? dropInsOf(`${directory}/${name}.d`) : []),
    ])
  return (unit) =>
    unitFileNames(unit)
      .flatMap(filesOf)
      .flatMap((file) => busNamesIn(readUnitFile(tree, file, ownTree)))
}

function entriesOf(directory: string): readonly string[] {
  return unlessUnreadable(() => readdirSync(directory)) ?? []
}

/**
 * Reads a unit file; the text is empty where it cannot be read. A masked unit is a link to a
 * device, which is no file. The link of `systemctl link` leads to any place: the file is read where
 * only root can put another one in its place. Nobody else can do that in a directory of systemd.
 */
export function readUnitFile(tree: string, path: string, ownTree: OwnTree | null): string {
  const isPlain = ownTree !== null && OF_SYSTEMD.has(dirname(path))
  const text = isPlain ? readUnlinked(`${tree}${path}`, MAX_FILE_BYTES) : null
  if (text !== null) return text
  const file = ownTree?.resolve(path) ?? null
  return file === null ? '' : (readWholeText(`${tree}${file}`, MAX_FILE_BYTES) ?? '')
}
