import type { Manager } from './unit-facts.ts'

/** The directories in which packages put unit files (systemd.unit(5), "Unit File Load Path"). */
const VENDOR_DIRECTORIES = {
  system: '/usr/lib/systemd/system',
  user: '/usr/lib/systemd/user',
} as const

/**
 * Returns the possible file names of a unit: its own, and that of its template (`a@.service` of
 * `a@b.service`).
 */
export function unitFileNames(unit: string): readonly string[] {
  const at = unit.indexOf('@')
  const type = /\.[a-z]+$/.exec(unit.slice(unit.lastIndexOf('.')))?.[0]
  const isInstance = at !== -1 && type !== undefined && at < unit.length - type.length
  return isInstance ? [...new Set([unit, `${unit.slice(0, at + 1)}${type}`])] : [unit]
}

/** Returns the unit files that a package can bring for a unit: its own, or that of its template. */
export function vendorFilesOf(unit: string, manager: Manager): readonly string[] {
  const directory = VENDOR_DIRECTORIES[manager === 'system' ? 'system' : 'user']
  return unitFileNames(unit).map((name) => `${directory}/${name}`)
}

/** Returns the programs that the text of a unit file starts (systemd.service(5), `ExecStart=`). */
export function programsIn(unitFile: string): readonly string[] {
  const lines = unitFile.matchAll(/^[ \t]*ExecStart[ \t]*=[ \t]*[-@:+!|]*"?(\/[^\s"]+)/gm)
  return [...lines].map(([, program = '']) => program)
}

/** The bound on the files that the commands of one unit file may name. */
const MAX_ARGUMENTS = 64

/**
 * Returns the files that the arguments of a unit file's commands may name (systemd.service(5),
 * `ExecStart=`): paths, and programs without one, as they stand behind `timeout` or inside of
 * `sh -c`. Files that are made while the machine runs, and configuration, are left out.
 */
export function argumentsIn(unitFile: string): readonly string[] {
  const lines = unitFile
    .replaceAll(/\\\r?\n/g, ' ')
    .matchAll(/^[ \t]*ExecStart[ \t]*=[ \t]*[-@:+!|]*(.*)$/gm)
  const files = new Set<string>()
  for (const [, command = ''] of lines) {
    const words = command.split(/[\s"'=,;:|&()<>\x60]+/)
    // The first is the program, which `programsIn` tells where it is a path.
    for (const [at, word] of words.entries()) {
      const isPath = /^\/(?:usr|opt|bin|sbin|lib|srv)\/[^%$\\{}*?[\]]+$/.test(word)
      if (isPath && at > 0) files.add(word)
      if (/^[A-Za-z0-9][\w.+-]{0,63}$/.test(word)) files.add(`/usr/bin/${word}`)
    }
  }
  return [...files].slice(0, MAX_ARGUMENTS)
}

/**
 * Returns the names that the text of a unit file gives for `BusName=` (systemd.service(5)). A name
 * with a specifier of systemd.unit(5) is returned as it stands.
 */
export function busNamesIn(unitFile: string): readonly string[] {
  return [...unitFile.matchAll(/^[ \t]*BusName[ \t]*=[ \t]*(\S+)/gm)].map(([, name = '']) => name)
}
