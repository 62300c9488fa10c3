import { fstatSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { lineOfKey, mergeConfigs, NO_CONFIG, readConfig } from '../core/config/config.ts'
import type { Config } from '../core/config/config.ts'
import { inDirectory, pathIn } from './files/directory.ts'
import { ConfigError, errorCode } from './error.ts'
import { inFile, readOpened } from './files/small-file.ts'
import { whoElseWrites } from './files/trust.ts'

/**
 * Where the configuration of a machine lies; a file in a later directory replaces one of the same
 * name.
 */
const DIRECTORIES = ['/usr/lib/stale-libs', '/etc/stale-libs'] as const
/** In the place of a file: there is none. */
const NOTHING = '/dev/null'

/**
 * Reads the configuration of a machine: `config.toml`, then `config.d/*.toml` in the order of their
 * names. A drop-in that is a link to `/dev/null` masks the vendor's of the same name.
 *
 * @param tree what stands in front of the machine's absolute paths
 * @param asRoot root takes orders only from files that nobody else can write, or put there
 * @throws {ConfigError} naming file, line and key of the first thing that is wrong
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
    for (const file of fastGlob.sync('*.toml', { cwd, absolute: true, onlyFiles: false }))
      dropIns.set(basename(file), file)
  }
  const sorted = [...dropIns].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return [...(main === undefined ? [] : [main]), ...sorted].filter((file) => !isMask(file))
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isMask(file: string): boolean {
  return lstatSync(file).isSymbolicLink() && readlinkSync(file) === NOTHING
}

async function readAll(files: readonly string[], asRoot: boolean): Promise<Config> {
  let config = NO_CONFIG
  for (const file of files) {
    const text = readTrusted(file, asRoot)
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

/** The configuration comes with every line commented out: most machines have nothing to parse. */
function isComment(toml: string): boolean {
  return !/^[^\S\n]*[^\s#]/m.test(toml)
}

/** Far more than anybody writes by hand. */
const MAX_BYTES = 1024 * 1024
const ROOT: ReadonlySet<number> = new Set([0])

/**
 * Reads a file that was opened in a directory that was opened before, so that what was looked at is
 * what is read. Whoever can write to either could hide a finding from root, or make a command of
 * their choice.
 */
function readTrusted(file: string, asRoot: boolean): string {
  const assertTrusted = (opened: number, what: string) => {
    const reason = asRoot ? whoElseWrites(fstatSync(opened), ROOT, what) : null
    if (reason !== null) throw new ConfigError(file, null, null, reason)
  }
  try {
    const path = realpathSync.native(file)
    return inDirectory(dirname(path), (directory) => {
      assertTrusted(directory, `its directory "${dirname(path)}"`)
      return inFile(pathIn(directory, basename(path)), (opened) => {
        assertTrusted(opened, 'it')
        return readOpened(opened, MAX_BYTES).toString('utf8')
      })
    })
  } catch (error) {
    const reason = errorCode(error)
    if (reason === '') throw error
    throw new ConfigError(file, null, null, `it cannot be read: ${reason}`)
  }
}
