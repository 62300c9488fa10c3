import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { compileGlob } from '../glob.ts'
import type { Glob } from '../glob.ts'
import type { LifelineRule, SensitiveUnitRule } from '../advice/sensitive-units.ts'
import { ROLES, ROW_ACTIONS, ROW_OWNERS } from './allowed.ts'
import { completedUnit } from '../systemd/unit-name.ts'

/** A rule that hides findings or files, with the reason that its author gave. */
export type IgnoreRule = { readonly glob: Glob; readonly reason: Printable | null }

/** What an ignore rule can match. */
export const IGNORE_SUBJECTS = ['unit', 'path', 'package', 'user'] as const

/** One kind of thing that an ignore rule matches. */
export type IgnoreSubject = (typeof IGNORE_SUBJECTS)[number]

/** The ignore rules by what they match. */
export type IgnoreRules = Readonly<Record<IgnoreSubject, readonly IgnoreRule[]>>

/** What the configuration files say. */
export type Config = {
  readonly ignore: IgnoreRules
  readonly sensitive: readonly SensitiveUnitRule[]
  readonly lifelines: readonly LifelineRule[]
  /** Whether services are reported whose own package was upgraded; `null` where no file says it. */
  readonly packageUpgraded: boolean | null
  /** Path of the security tracker's list; `null` where no file names one. */
  readonly advisories: string | null
}

/** The configuration of a machine that has no configuration files. */
export const NO_CONFIG: Config = {
  ignore: { unit: [], path: [], package: [], user: [] },
  sensitive: [],
  lifelines: [],
  packageUpgraded: null,
  advisories: null,
}

/** A wrong value of a configuration file. */
export type ConfigProblem = {
  /** The place of the value: `ignore.units`, `sensitive[2].action`. */
  readonly key: string
  readonly message: string
}

/**
 * Returns what a parsed configuration file says, or the first thing that is wrong with it.
 *
 * An unknown key is wrong: a typing error would otherwise do nothing without a word.
 *
 * @param value the tables of one TOML file
 * @param source named as the source of its rows
 */
export function readConfig(
  value: Readonly<Record<string, unknown>>,
  source: string,
): Config | ConfigProblem {
  try {
    onlyKeys(value, ['ignore', 'causes', 'security', 'sensitive', 'lifeline'], '')
    return {
      ignore: ignoreRules(table(value['ignore'] ?? {}, 'ignore')),
      sensitive: rows(value['sensitive'], 'sensitive').map((row, at) =>
        sensitiveRow(row, `sensitive[${at + 1}]`, source),
      ),
      lifelines: rows(value['lifeline'], 'lifeline').map((row, at) =>
        lifelineRow(row, `lifeline[${at + 1}]`, source),
      ),
      packageUpgraded: packageUpgraded(table(value['causes'] ?? {}, 'causes')),
      advisories: advisories(table(value['security'] ?? {}, 'security')),
    }
  } catch (error) {
    if (error instanceof Wrong) return { key: error.key, message: error.message }
    throw error
  }
}

/** Returns both configurations as one; rows of the later one are tried first. */
export function mergeConfigs(earlier: Config, later: Config): Config {
  const both = (subject: IgnoreSubject) => [...earlier.ignore[subject], ...later.ignore[subject]]
  return {
    ignore: {
      unit: both('unit'),
      path: both('path'),
      package: both('package'),
      user: both('user'),
    },
    sensitive: [...later.sensitive, ...earlier.sensitive],
    lifelines: [...later.lifelines, ...earlier.lifelines],
    packageUpgraded: later.packageUpgraded ?? earlier.packageUpgraded,
    advisories: later.advisories ?? earlier.advisories,
  }
}

/** Ends the reading of a file at the first wrong value. */
class Wrong extends Error {
  readonly key: string

  constructor(key: string, message: string) {
    super(message)
    this.key = key
  }
}

type Table = Readonly<Record<string, unknown>>

function packageUpgraded(value: Table): boolean | null {
  onlyKeys(value, ['package-upgraded'], 'causes')
  const isNamed = value['package-upgraded'] ?? null
  if (isNamed === null || typeof isNamed === 'boolean') return isNamed
  throw new Wrong('causes.package-upgraded', 'it must be true or false')
}

function advisories(value: Table): string | null {
  onlyKeys(value, ['advisories'], 'security')
  if (value['advisories'] === undefined) return null
  const file = text(value['advisories'], 'security.advisories')
  if (file.startsWith('/')) return file
  throw new Wrong('security.advisories', `"${file}" is not an absolute path`)
}

function ignoreRules(value: Table): IgnoreRules {
  onlyKeys(
    value,
    IGNORE_SUBJECTS.map((subject) => `${subject}s`),
    'ignore',
  )
  const rulesOf = (subject: IgnoreSubject) =>
    list(value[`${subject}s`] ?? [], `ignore.${subject}s`).map((entry, at) =>
      ignoreRule(entry, subject, `ignore.${subject}s[${at + 1}]`),
    )
  return {
    unit: rulesOf('unit'),
    path: rulesOf('path'),
    package: rulesOf('package'),
    user: rulesOf('user'),
  }
}

function ignoreRule(entry: unknown, subject: IgnoreSubject, key: string): IgnoreRule {
  if (typeof entry === 'string') return { glob: globOf(entry, subject, key), reason: null }
  const row = table(entry, key)
  onlyKeys(row, ['glob', 'reason'], key)
  const reason = row['reason'] === undefined ? null : reasonOf(row, key)
  return { glob: globOf(text(row['glob'], `${key}.glob`), subject, key), reason }
}

/**
 * Returns the compiled glob of an ignore rule, or a sentence that says what is wrong with it. The
 * name of a unit is completed: see `completedUnit`.
 */
export function ignoreGlob(source: string, subject: IgnoreSubject): Glob | string {
  if (subject === 'unit' && source.includes('/')) return 'the name of a unit has no "/"'
  if (subject === 'path' && source !== '' && !/^[/*?[]/.test(source))
    return 'it must begin with "/" or "*"'
  const glob = compileGlob(source)
  if (subject !== 'unit' || typeof glob === 'string') return glob
  // What has no unit is compared by another name, which has no type.
  const unit = completedUnit(source)
  return { source, matches: (name) => name === unit || glob.matches(name) }
}

function globOf(source: string, subject: IgnoreSubject, key: string): Glob {
  const glob = ignoreGlob(source, subject)
  if (typeof glob === 'string') throw new Wrong(key, `the glob "${source}" is wrong: ${glob}`)
  return glob
}

function sensitiveRow(row: Table, key: string, source: string): SensitiveUnitRule {
  onlyKeys(row, ['units', 'of', 'action', 'reason'], key)
  const of = oneOf(row['of'] ?? 'system', ROW_OWNERS, `${key}.of`)
  const action = oneOf(row['action'], ROW_ACTIONS, `${key}.action`)
  const reason = reasonOf(row, key)
  return { units: unitGlobs(row, key), of, action, reason, source }
}

function lifelineRow(row: Table, key: string, source: string): LifelineRule {
  onlyKeys(row, ['units', 'role', 'reason'], key)
  const role = oneOf(row['role'] ?? 'network', ROLES, `${key}.role`)
  return { units: unitGlobs(row, key), role, reason: reasonOf(row, key), source }
}

function reasonOf(row: Table, key: string): Printable {
  return printableText(text(row['reason'], `${key}.reason`))
}

function unitGlobs(row: Table, key: string): readonly string[] {
  const globs = list(row['units'], `${key}.units`)
  if (globs.length === 0) throw new Wrong(`${key}.units`, 'it names no unit')
  return globs.map((glob, at) => {
    const source = text(glob, `${key}.units[${at + 1}]`)
    globOf(source, 'unit', `${key}.units[${at + 1}]`)
    return completedUnit(source)
  })
}

function onlyKeys(value: Table, known: readonly string[], key: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Wrong(
      key === '' ? unknown : `${key}.${unknown}`,
      `unknown key; known are ${known.join(', ')}`,
    )
}

function table(value: unknown, key: string): Table {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table
  throw new Wrong(key, `it must be a table, not ${typeName(value)}`)
}

function rows(value: unknown, key: string): readonly Table[] {
  return list(value ?? [], key).map((row, at) => table(row, `${key}[${at + 1}]`))
}

function list(value: unknown, key: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Wrong(key, `it must be a list, not ${typeName(value)}`)
}

function text(value: unknown, key: string): string {
  if (typeof value === 'string') return value
  throw new Wrong(key, `it must be a text, not ${typeName(value)}`)
}

function oneOf<T extends string>(value: unknown, choices: readonly T[], key: string): T {
  const choice = choices.find((candidate) => candidate === value)
  if (choice !== undefined) return choice
  throw new Wrong(key, `it must be one of ${choices.join(', ')}, not ${typeName(value)}`)
}

function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? `"${value}"` : `a ${typeof value}`
}
