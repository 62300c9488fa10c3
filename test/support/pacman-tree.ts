import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tree } from './tree.ts'

/** One package of a local database, in the form that libalpm writes (be_local.c). */
export type LocalPackage = {
  readonly name: string
  readonly version: string
  readonly base?: string
  readonly replaces?: readonly string[]
  readonly depends?: readonly string[]
  readonly optional?: readonly string[]
  readonly provides?: readonly string[]
  readonly architecture?: string
  readonly installedAt?: Date
  /** Paths without the leading slash. */
  readonly files?: readonly string[]
}

/** Returns a local database: what lies in `DBPath/local`. */
export function localDatabase(packages: readonly LocalPackage[]): Tree {
  const entries = packages.map((local) => [
    `${local.name}-${local.version}`,
    { desc: descText(local), files: filesText(local.files ?? []) },
  ])
  return { ALPM_DB_VERSION: '9\n', ...Object.fromEntries(entries) }
}

const LONG_AGO = new Date('2020-01-01T00:00:00Z')

function descText(local: LocalPackage): string {
  const { name, version, base = name, installedAt = LONG_AGO } = local
  const { architecture, replaces = [], depends = [], optional = [], provides = [] } = local
  const fields = [
    ['NAME', name],
    ['VERSION', version],
    ['BASE', base],
    ['DESC', 'A package of the tests'],
    ['INSTALLDATE', String(installedAt.getTime() / 1000)],
    ...(architecture === undefined ? [] : [['ARCH', architecture]]),
    ...(replaces.length === 0 ? [] : [['REPLACES', ...replaces]]),
    ...(depends.length === 0 ? [] : [['DEPENDS', ...depends]]),
    ...(optional.length === 0 ? [] : [['OPTDEPENDS', ...optional]]),
    ...(provides.length === 0 ? [] : [['PROVIDES', ...provides]]),
  ]
  return fields.map(([key, ...values]) => `%${key}%\n${values.join('\n')}\n\n`).join('')
}

function filesText(files: readonly string[]): Buffer {
  return Buffer.from(`%FILES%\n${files.map((file) => `${file}\n`).join('')}\n`, 'latin1')
}

/** Returns the time as pacman logs it since 5.2, in the zone two hours east of UTC. */
export function logTime(at: Date): string {
  const local = new Date(at.getTime() + 2 * 3600_000)
  return `${local.toISOString().slice(0, 19)}+0200`
}

/**
 * Returns one transaction of pacman.log: a second each line, the first at `at`. A line is one of
 * libalpm, or begins with the program that wrote it.
 */
export function logTransaction(at: Date, lines: readonly string[]): string {
  const all = ['transaction started', ...lines, 'transaction completed']
  return all
    .map((line, seconds) => {
      const time = logTime(new Date(at.getTime() + seconds * 1000))
      return `[${time}] ${line.startsWith('[') ? '' : '[ALPM] '}${line}\n`
    })
    .join('')
}

export type MachineSize = {
  readonly packages: number
  readonly files: number
  readonly logBytes: number
  /** How many packages the last transaction of the log upgraded. */
  readonly changed: number
}

/** What a machine of a given size has for a scan to look up. */
export type PacmanMachine = {
  /** When the last transaction began. */
  readonly changedAt: Date
  /** One library of each changed package. */
  readonly libraries: readonly string[]
}

const CHANGED_AT = new Date('2026-11-23T07:18:40Z')

/**
 * Writes `var/lib/pacman/local` and `var/log/pacman.log` of a machine of that size below
 * `directory`, the same bytes every time. The files are spread as on a real machine: a few packages
 * have most of them.
 */
export function writePacmanMachine(directory: string, size: MachineSize): PacmanMachine {
  const shares = Array.from({ length: size.packages }, (_, at) => 1 / (at + 8))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const names = shares.map((_, at) => `package${at}`)
  const local = join(directory, 'var/lib/pacman/local')
  mkdirSync(local, { recursive: true })
  writeFileSync(join(local, 'ALPM_DB_VERSION'), '9\n')
  for (const [at, name] of names.entries()) {
    const count = Math.max(3, Math.round(((shares[at] ?? 0) / total) * size.files))
    const files = Array.from({ length: count }, (_unused, file) => fileName(name, file))
    const entry = join(local, `${name}-2.0-1`)
    mkdirSync(entry)
    writeFileSync(join(entry, 'desc'), descText({ name, version: '2.0-1' }))
    writeFileSync(join(entry, 'files'), filesText(files))
  }
  // Of every size, the largest too.
  const step = Math.max(1, Math.floor(size.packages / Math.max(1, size.changed)))
  const changed = names.filter((_, at) => at % step === 0).slice(0, size.changed)
  mkdirSync(join(directory, 'var/log'), { recursive: true })
  writeFileSync(join(directory, 'var/log/pacman.log'), logOf(size.logBytes, changed))
  return { changedAt: CHANGED_AT, libraries: changed.map((name) => `/${fileName(name, 1)}`) }
}

function fileName(name: string, file: number): string {
  if (file === 0) return `usr/bin/${name}`
  if (file === 1) return `usr/lib/lib${name}.so.2.0`
  const directories = ['usr/share/doc', 'usr/include', 'usr/lib/python3.13/site-packages']
  const directory = directories[file % directories.length]
  return `${directory}/${name}/part${file % 37}/file-number-${file}.txt`
}

/** An older transaction every six hours, with what scriptlets say in between. */
function logOf(bytes: number, changed: readonly string[]): string {
  const last = logTransaction(
    CHANGED_AT,
    changed.map((name) => `upgraded ${name} (1.0-1 -> 2.0-1)`),
  )
  const older: string[] = []
  for (let length = last.length, hours = 6; length < bytes; hours += 6) {
    const at = new Date(CHANGED_AT.getTime() - hours * 3600_000)
    const said = `[${logTime(at)}] [ALPM-SCRIPTLET] \x1b[32m==>\x1b[0m Building image from preset\n`
    const text = logTransaction(at, [`upgraded other${hours} (1-1 -> 2-1)`]) + said.repeat(20)
    older.push(text)
    length += text.length
  }
  return older.toReversed().join('') + last
}
