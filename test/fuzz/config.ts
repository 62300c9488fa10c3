import { parse, TomlError } from 'smol-toml'
import { ignoreGlob, mergeConfigs, NO_CONFIG, readConfig } from '../../src/core/config/config.ts'
import { configTables } from '../../src/core/config/tables.ts'
import { lineOfKey } from '../../src/core/config/line-of-key.ts'
import { compileGlob } from '../../src/core/glob.ts'
import type { Found, Parser } from './property.ts'

const CONFIG =
  '[ignore]\nunits = ["docker-*.scope", { glob = "ly.service", reason = "kiosk" }]\n' +
  'paths = ["/opt/games/*"]\npackages = ["a*"]\nusers = ["zoe"]\n\n[causes]\n' +
  'package-upgraded = false\n\n[security]\nadvisories = "/var/lib/a.json"\n\n[[sensitive]]\n' +
  'units = ["billing@*.service"]\nof = "system"\naction = "manual"\nreason = "x"\n\n[[lifeline]]\n' +
  'units = ["vpn.service"]\nrole = "network"\nreason = "y"\n'

/** A wrong document is a `TomlError`, and what it says of itself is one line. */
function readToml(text: string): Found {
  let value: Record<string, unknown>
  try {
    value = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return { text: [error.message.split('\n')[0] ?? ''] }
  }
  return readTables(value, text)
}

function readTables(value: Readonly<Record<string, unknown>>, text: string): Found {
  const read = readConfig(value, 'a.toml')
  if ('key' in read) {
    lineOfKey(text, read.key)
    return { text: [read.key, read.message] }
  }
  const tables = configTables(mergeConfigs(NO_CONFIG, read))
  readConfig(tables, 'a.toml')
  return { text: [JSON.stringify(tables)] }
}

function readGlob(source: string): Found {
  for (const glob of [
    compileGlob(source),
    ignoreGlob(source, 'path'),
    ignoreGlob(source, 'unit'),
  ]) {
    if (typeof glob === 'string') continue
    glob.matches(source)
    glob.matches(`/usr/lib/${'a'.repeat(200)}.service`)
  }
  return {}
}

/** The configuration. */
export const CONFIG_FILES: readonly Parser[] = [
  { name: 'configuration', seeds: [CONFIG], read: readToml },
  {
    name: 'tables of a recorded configuration',
    seeds: [JSON.stringify(parse(CONFIG))],
    isJson: true,
    read(text) {
      const value: unknown = jsonIn(text)
      const isTable = typeof value === 'object' && value !== null && !Array.isArray(value)
      return isTable ? readTables(value as Record<string, unknown>, text) : {}
    },
  },
  {
    name: 'line of a key',
    seeds: [CONFIG],
    read(text) {
      for (const key of ['ignore.units[2]', 'sensitive[1].action', text.slice(0, 40)])
        lineOfKey(text, key)
      return {}
    },
    long: [
      (length) => '['.repeat(length),
      (length) => `[ a${' '.repeat(length)}`,
      (length) => `a${' '.repeat(length)}`,
    ],
  },
  {
    name: 'glob',
    seeds: ['/usr/lib/*.so.[0-9]*', '*a*b*c*[!x-z]?'],
    most: [4096, 'a glob is of the owner of the machine, and steps are text x glob'],
    read: readGlob,
    long: [(length) => '*a'.repeat(length / 2)],
  },
]

/** Returns a document; `null` where the text is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
