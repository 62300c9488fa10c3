import { nameOf } from '../core/advice/groups.ts'
import type { Group } from '../core/advice/groups.ts'
import { ignoreGlob, mergeConfigs, NO_CONFIG } from '../core/config/config.ts'
import type { Config, IgnoreRule, IgnoreRules, IgnoreSubject } from '../core/config/config.ts'
import { applyIgnoreRules, unmatchedRules } from '../core/config/ignore.ts'
import type { Ignored } from '../core/config/ignore.ts'
import type { Printable } from '../core/printable.ts'
import type { ScanOptions } from '../core/options.ts'
import type { AfterEffect } from '../core/report/report.ts'
import { machinePathOf } from '../core/proc/process.ts'
import type { World } from '../io/world.ts'

/** Returns the ignore rules of the configuration and of the command line. */
function ignoreRulesOf(config: Config, { ignoreUnits, ignorePaths }: ScanOptions): IgnoreRules {
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

/** What is left of what was found, and what the rules did. */
export type Shown = {
  readonly kept: readonly Group[]
  readonly effects: readonly AfterEffect[]
  readonly ignored: readonly Ignored[]
  /** See `Report`; `null` where they were not looked for. */
  readonly unmatched: readonly Printable[] | null
}

/** Returns the groups and the after-effects that no rule hides, and what each rule hid. */
export async function ignore(
  groups: readonly Group[],
  effects: readonly AfterEffect[],
  config: Config,
  options: ScanOptions,
  world: World,
): Promise<Shown> {
  const rules = ignoreRulesOf(config, options)
  const packages = await packagesFor(groups, rules, world)
  const userNames = world.machine.userNames()
  const isShown = ({ unit }: AfterEffect) => !rules.unit.some(({ glob }) => glob.matches(unit))
  return {
    ...applyIgnoreRules(groups, rules, { userNames, packages }),
    effects: effects.filter(isShown),
    unmatched: unmatched(rules, groups, effects, world, options),
  }
}

/**
 * Returns the rules for units that match none: nothing that was found, and nothing that runs. They
 * are looked for with `all`, and not in a recording, which does not have all units that ran.
 *
 * @returns `null` where they are not looked for
 */
function unmatched(
  { unit: rules }: IgnoreRules,
  groups: readonly Group[],
  effects: readonly AfterEffect[],
  { proc, owners }: World,
  { all, from }: ScanOptions,
): readonly Printable[] | null {
  if (!all || from !== null || rules.length === 0) return null
  const found = groups.map((group) => group.owner.unit ?? nameOf(group))
  return unmatchedRules(rules, [
    ...found,
    ...effects.map(({ unit }) => unit),
    ...proc.pids().flatMap((pid) => owners.ofPid(pid)?.unit ?? []),
  ])
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
