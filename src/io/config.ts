import { lstatSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { mergeConfigs, NO_CONFIG, readConfig } from '../core/config/config.ts'
import { lineOfKey } from '../core/config/line-of-key.ts'
import type { Config } from '../core/config/config.ts'
import { ConfigError } from './error.ts'
import { readTrusted } from './files/small-file.ts'
import { isRefusal, reasonOf } from './files/trust.ts'

/**
 * The directories of the configuration. A file in a later directory replaces one of the same name.
 */
const DIRECTORIES = ['/usr/lib/stale-libs', '/etc/stale-libs'] as const
/** The target of a link that masks a file. */
const NOTHING = '/dev/null'

/**
 * Reads the configuration of a machine: `config.toml`, then `config.d/*.toml` in the order of their
 * names. A drop-in that is a link to `/dev/null` masks the one of the vendor with the same name.
 *
 * @param tree prefix of the absolute paths of the machine
 * @param asRoot whether root runs the scan: then no other user may be able to write a file, or to
 *   put it there
 * @throws {ConfigError} with file, line and key of the first thing that is wrong
 */
export async function readMachineConfig(tree: string, asRoot: boolean): Promise<Config> {
  return await readAll(await configFiles(tree), asRoot)
}

/**
 * Reads one file instead of the machine's own.
 *
 * @throws {ConfigError} also when the file is missing
 */
export async function readConfigFile(file: string, asRoot: boolean): Promise<Config> {
  return file === NOTHING ? NO_CONFIG : await readAll([file], asRoot)
}

async function configFiles(tree: string): Promise<readonly string[]> {
  const main = DIRECTORIES.map((directory) => `${tree}${directory}/config.toml`).findLast(exists)
  const dropIns = new Map<string, string>()
  for (const cwd of DIRECTORIES.map((name) => `${tree}${name}/config.d`).filter(exists)) {
    const { fastGlob } = await import('./fast-glob.ts')
    const found = readable(cwd, () =>
      fastGlob.sync('*.toml', { cwd, absolute: true, onlyFiles: false }),
    )
    for (const file of found) dropIns.set(basename(file), file)
  }
  const sorted = [...dropIns].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return [...(main === undefined ? [] : [main]), ...sorted].filter((file) => !isMask(file))
}

function exists(path: string): boolean {
  return readable(path, () => lstatSync(path, { throwIfNoEntry: false }) !== undefined)
}

function isMask(file: string): boolean {
  return readable(file, () => lstatSync(file).isSymbolicLink() && readlinkSync(file) === NOTHING)
}

async function readAll(files: readonly string[], asRoot: boolean): Promise<Config> {
  let config = NO_CONFIG
  for (const file of files) {
    const text = readToml(file, asRoot)
    if (isComment(text)) continue
    const { parse, TomlError } = await import('./smol-toml.ts')
    let value: Record<string, unknown>
    try {
      value = parse(text)
    } catch (error) {
      if (!(error instanceof TomlError)) throw error
      const [, reason = ''] = /^Invalid TOML document: (.*)/.exec(error.message) ?? []
      throw new ConfigError(file, error.line, null, reason)
    }
    const read = readConfig(value, file)
    if ('key' in read)
      throw new ConfigError(file, lineOfKey(text, read.key), read.key, read.message)
    config = mergeConfigs(config, read)
  }
  return config
}

/**
 * Says whether a file only has comments. The configuration is installed with every line commented
 * out, so most machines have nothing to parse.
 */
function isComment(toml: string): boolean {
  return !/^[^\S\n]*[^\s#]/m.test(toml)
}

/** The bound on a file: far more than people write by hand. */
const MAX_BYTES = 1024 * 1024
const ROOT: ReadonlySet<number> = new Set([0])

/**
 * Reads a TOML file. A user who can write to it could hide a finding from root, or choose a command
 * of the report.
 */
function readToml(file: string, asRoot: boolean): string {
  return readable(file, () => readTrusted(file, MAX_BYTES, asRoot ? ROOT : null)).toString('utf8')
}

/** @throws {ConfigError} where a file or directory of the configuration cannot be read */
function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === '') throw error
    throw new ConfigError(
      path,
      null,
      null,
      isRefusal(error) ? reason : `it cannot be read: ${reason}`,
    )
  }
}
