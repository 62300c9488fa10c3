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

/** One line `key=value` of a unit file, without the blanks around both. */
type Setting = { readonly key: string; readonly value: string }

/** Returns these lines of the text of a unit file, in their order (systemd's conf-parser.c). */
function settingsIn(unitFile: string): readonly Setting[] {
  return wholeLines(unitFile).flatMap((line) => {
    const equals = line.indexOf('=')
    if (equals === -1) return []
    return [{ key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() }]
  })
}

/**
 * Returns the lines without comments. A line that ends with a backslash goes on in the next one
 * that is no comment, with a blank in the place of the backslash (systemd.syntax(7)).
 */
function wholeLines(text: string): readonly string[] {
  const whole: string[] = []
  let begun: string[] = []
  for (const raw of text.split(/\r\n|\n\r|[\n\r\0]/)) {
    const line = raw.trimStart()
    if (line.startsWith('#') || line.startsWith(';')) continue
    const isOpen = goesOn(line)
    begun.push(isOpen ? `${line.slice(0, -1)} ` : line)
    if (isOpen) continue
    whole.push(begun.join(''))
    begun = []
  }
  return [...whole, begun.join('')]
}

/** Says whether a line ends with a backslash that no other one escapes. */
function goesOn(line: string): boolean {
  let start = line.length
  while (line[start - 1] === '\\') start -= 1
  return (line.length - start) % 2 === 1
}

function valuesOf(unitFile: string, wanted: string): readonly string[] {
  return settingsIn(unitFile).flatMap(({ key, value }) => (key === wanted ? [value] : []))
}

/** Returns the programs that the text of a unit file starts (systemd.service(5), `ExecStart=`). */
export function programsIn(unitFile: string): readonly string[] {
  return valuesOf(unitFile, 'ExecStart').flatMap(
    (command) => /^[-@:+!|]*"?(\/[^\s"]+)/.exec(command)?.[1] ?? [],
  )
}

/** The bound on the files that the commands of one unit file may name. */
const MAX_ARGUMENTS = 64

/**
 * Returns the files that the arguments of a unit file's commands may name (systemd.service(5),
 * `ExecStart=`): paths, and programs without one, as they stand behind `timeout` or inside of
 * `sh -c`. Files that are made while the machine runs, and configuration, are left out.
 */
export function argumentsIn(unitFile: string): readonly string[] {
  const files = new Set<string>()
  for (const command of valuesOf(unitFile, 'ExecStart')) {
    const words = command.replace(/^[-@:+!|]+/, '').split(/[\s"'=,;:|&()<>\x60]+/)
    // The first is the program, which `programsIn` tells where it is a path.
    for (const [at, word] of words.entries()) {
      const isPath = /^\/(?:usr|opt|bin|sbin|lib|srv)\/[^%$\\{}*?[\]]+$/.test(word)
      if (isPath && at > 0) files.add(word)
      if (/^[A-Za-z0-9][\w.+-]{0,63}$/.test(word)) files.add(`/usr/bin/${word}`)
    }
  }
  return [...files].slice(0, MAX_ARGUMENTS)
}

/** A path that a start needs, or where it needs that nothing is (`isNegated`). */
export type PathCondition = { readonly path: string; readonly isNegated: boolean }

/**
 * Returns the paths on which a start depends, by the texts of a unit file and its drop-ins in their
 * order: `ConditionPathExists=`, `AssertPathExists=` and those that a missing path fails as well.
 * An empty one takes back those before it (systemd.unit(5), "Conditions and Asserts"). One of
 * several alternatives (`|`) and one with a specifier (`%`) are left out. So are negated ones that
 * ask for more than a name, and those of `/run`, where the stop of the service may remove the file.
 */
export function pathConditionsIn(unitFiles: readonly string[]): readonly PathCondition[] {
  const found: Record<string, PathCondition[]> = { Condition: [], Assert: [] }
  for (const text of unitFiles)
    for (const { key, value } of settingsIn(text)) {
      const [, group = '', test = ''] = CONDITION.exec(key) ?? []
      const [, negation = '', path = ''] = /^(!?)\s*(\/[^%]*)$/.exec(value) ?? []
      if (group !== '' && value === '') found[group] = []
      else if (path !== '' && OF_PATHS.has(test) && (negation === '' || isJudged(test, path)))
        found[group]?.push({ path, isNegated: negation !== '' })
    }
  return Object.values(found).flat()
}

const CONDITION = /^(Condition|Assert)([A-Za-z0-9]+)$/

function isJudged(test: string, path: string): boolean {
  return test === 'PathExists' && !/^\/(?:var\/)?run\//.test(path)
}

/** The tests that fail where nothing is at the path (systemd's src/shared/condition.c). */
const OF_PATHS: ReadonlySet<string> = new Set([
  'PathExists',
  'PathIsDirectory',
  'PathIsSymbolicLink',
  'PathIsMountPoint',
  'PathIsReadWrite',
  'DirectoryNotEmpty',
  'FileNotEmpty',
  'FileIsExecutable',
])

/**
 * Returns the names that the text of a unit file gives for `BusName=` (systemd.service(5)). A name
 * with a specifier of systemd.unit(5) is returned as it stands.
 */
export function busNamesIn(unitFile: string): readonly string[] {
  return valuesOf(unitFile, 'BusName').flatMap((value) => /^\S+/.exec(value)?.[0] ?? [])
}
