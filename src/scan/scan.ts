import { groupByOwner, onSide, withUpgraded } from '../core/advice/groups.ts'
import { tablesWith } from '../core/advice/sensitive-units.ts'
import type { Config } from '../core/config/config.ts'
import type { ScanOptions } from '../core/options.ts'
import { hasSomethingToSay } from '../core/hook/part.ts'
import { hasCode } from '../core/pacman/targets.ts'
import type { Targets } from '../core/pacman/targets.ts'
import type { Report, Scan } from '../core/report/report.ts'
import type { Log } from '../io/log.ts'
import { readTargets } from '../io/pacman/targets.ts'
import type { World } from '../io/world.ts'
import { findAfterEffects, NO_EFFECTS } from './after-effects.ts'
import { ask } from './ask.ts'
import { attribute } from './attribute.ts'
import { addFixes } from './fixes.ts'
import { ignore, ignoreRulesOf } from './ignore.ts'
import { look } from './look/look.ts'
import { mayHaveChanged } from './may-have-changed.ts'
import { judgeReboot } from './reboot.ts'
import { reportOf } from './report.ts'
import type { RunFacts } from './report.ts'
import { USERS_LIMIT_OF_A_HOOK_MS } from '../core/time-limits.ts'
import { limitsOfStages } from './stage.ts'
import { findUpgraded, NONE_UPGRADED } from './upgraded.ts'

/**
 * Scans a machine and returns the report: the whole way of the data, one stage a line.
 *
 * @throws {StaleLibsError} when there is nothing to look at
 */
export async function scan(
  world: World,
  options: ScanOptions,
  config: Config,
  run: RunFacts,
  log: Log,
): Promise<Scan> {
  // Node's pool reads processes while the main thread goes on.
  const walk = world.proc.walk(options.hook ? USERS_LIMIT_OF_A_HOOK_MS : Infinity)
  const host = world.machine.host()
  const { bootSeconds } = host
  const changed = await mayHaveChanged(world, bootSeconds)
  const [looked, effects] = await Promise.all([
    look(walk, world, options.hook, bootSeconds, log),
    changed.value ? findAfterEffects(world, options) : NO_EFFECTS,
  ])
  const upgraded = changed.value ? await findUpgraded(world, config, bootSeconds) : NONE_UPGRADED
  const stale = withUpgraded(looked.value.stale, upgraded.value)
  const groups = onSide(groupByOwner(stale), options.side)
  const rules = ignoreRulesOf(config, options)
  const userNames = world.machine.userNames()
  const { kept, ignored } = await ignore(groups, rules, userNames, world)
  const asked = await ask(kept, world, tablesWith(config), userNames)
  const { cases } = asked.value
  const targets = targetsOnce(options)
  const attributed = await attribute(cases, world, targets, bootSeconds)
  const fixed = addFixes(attributed.value, config, world)
  const reboot = await judgeReboot(fixed.value, host, changed.value ? world : null)
  const report = reportOf(world, run, {
    host,
    looked: looked.value,
    findings: fixed.value,
    ignored,
    effects: effects.value.filter(({ unit }) => !rules.unit.some(({ glob }) => glob.matches(unit))),
    reboot: reboot.value,
    canSoftReboot: asked.value.setting.canSoftReboot,
    limits: limitsOfStages([looked, attributed, asked, upgraded, changed, reboot, fixed, effects]),
  })
  return { report: options.hook ? await withMemory(report, world, targets) : report, cases }
}

/** Returns a reader of what the transaction changed. Standard input is read once. */
function targetsOnce({ targets: file }: ScanOptions): () => Targets | null {
  let read: { readonly targets: Targets | null } | null = null
  return () => (read ??= { targets: file === null ? null : readTargets(file) }).targets
}

/** Adds what a hook knows of its transaction and remembers, where there is something to say. */
async function withMemory(
  report: Report,
  { packages }: World,
  targetsOf: () => Targets | null,
): Promise<Report> {
  if (!hasSomethingToSay(report)) return report
  const { bootSeconds } = report.host
  const targets = targetsOf()
  const memory =
    bootSeconds === null
      ? null
      : await packages.hookMemory(new Date(bootSeconds * 1000), new Date())
  return { ...report, hook: { isTold: targets !== null, hasCode: hasCode(targets), memory } }
}
