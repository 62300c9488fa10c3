import type { Group } from '../core/advice/groups.ts'
import { ignoreGlob, mergeConfigs, NO_CONFIG } from '../core/config/config.ts'
import type { Config, IgnoreRule, IgnoreRules, IgnoreSubject } from '../core/config/config.ts'
import { applyIgnoreRules } from '../core/config/ignore.ts'
import type { Ignored } from '../core/config/ignore.ts'
import type { ScanOptions } from '../core/options.ts'
import { machinePathOf } from '../core/proc/process.ts'
import type { World } from '../io/world.ts'

/** Returns the ignore rules of the configuration and of the command line. */
export function ignoreRulesOf(
  config: Config,
  { ignoreUnits, ignorePaths }: ScanOptions,
): IgnoreRules {
  const ofLine = {
    ...NO_CONFIG.ignore,
    unit: compiled(ignoreUnits, 'unit'),
    path: compiled(ignorePaths, 'path'),
  }
  return mergeConfigs(config, { ...NO_CONFIG, ignore: ofLine }).ignore
}

/**
 * Returns the rules of globs from the command line. `cli` has refused a text that is no glob.
 */
function compiled(globs: readonly string[], subject: IgnoreSubject): readonly IgnoreRule[] {
  return globs.flatMap((source) => {
    const glob = ignoreGlob(source, subject)
    return typeof glob === 'string' ? [] : [{ glob, reason: null }]
  })
}

/** Returns the groups that no rule hides, and what each rule hid. */
export async function ignore(
  groups: readonly Group[],
  rules: IgnoreRules,
  userNames: ReadonlyMap<number, string>,
  world: World,
): Promise<{ readonly kept: readonly Group[]; readonly ignored: readonly Ignored[] }> {
  const packages = await packagesFor(groups, rules, world)
  return applyIgnoreRules(groups, rules, { userNames, packages })
}

/**
 * Returns the packages of the stale files. The database is read only where a rule asks for
 * packages.
 */
async function packagesFor(
  groups: readonly Group[],
  rules: IgnoreRules,
  { packages }: World,
): Promise<ReadonlyMap<string, string>> {
  if (rules.package.length === 0) return new Map()
  const files = groups.flatMap(({ processes }) => processes.flatMap((process) => process.files))
  return await packages.ownersOf([...new Set(files.map(machinePathOf))])
}
