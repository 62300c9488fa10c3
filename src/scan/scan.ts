import { groupByOwner, onSide, withUpgraded } from '../core/advice/groups.ts'
import { tablesWith } from '../core/advice/sensitive-units.ts'
import type { Config } from '../core/config/config.ts'
import type { ScanOptions } from '../core/options.ts'
import { hasSomethingToSay } from '../core/hook/part.ts'
import { hasCode } from '../core/pacman/targets.ts'
import type { Targets } from '../core/pacman/targets.ts'
import type { Report, Scan } from '../core/report/report.ts'
import type { Log } from '../io/log.ts'
import { askedUser } from '../io/machine/asked-user.ts'
import { readTargets } from '../io/pacman/targets.ts'
import type { World } from '../io/world.ts'
import { findAfterEffects, NO_EFFECTS } from './after-effects.ts'
import { ask } from './ask.ts'
import { attribute } from './attribute.ts'
import { addFixes } from './fixes.ts'
import { ignore } from './ignore.ts'
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
  const uid = uidOf(world, options)
  // Node's pool reads processes while the main thread goes on.
  const walk = world.proc.walk(options.hook ? USERS_LIMIT_OF_A_HOOK_MS : Infinity)
  const host = world.machine.host()
  const changed = await mayHaveChanged(world, host.bootSeconds)
  const [looked, effects] = await Promise.all([
    look(walk, world, options.hook, host.bootSeconds, log),
    changed.value ? findAfterEffects(world, options) : NO_EFFECTS,
  ])
  const upgraded = changed.value
    ? await findUpgraded(world, config, host.bootSeconds)
    : NONE_UPGRADED
  const stale = withUpgraded(looked.value.stale, upgraded.value)
  const groups = onSide(groupByOwner(stale), options.side, uid)
  const { kept, ...shown } = await ignore(groups, effects.value, config, options, world)
  const asked = await ask(kept, world, tablesWith(config), world.machine.userNames())
  const targets = targetsOnce(options)
  const attributed = await attribute(asked.value.cases, world, targets, host.bootSeconds)
  const fixed = addFixes(attributed.value, config, world)
  const reboot = await judgeReboot(fixed.value, host, changed.value ? world : null)
  const report = reportOf(world, run, {
    host,
    isOneSide: options.side !== 'both' || options.of !== null,
    looked: looked.value,
    findings: fixed.value,
    ...shown,
    reboot: reboot.value,
    canSoftReboot: asked.value.setting.canSoftReboot,
    limits: limitsOfStages([looked, attributed, asked, upgraded, changed, reboot, fixed, effects]),
  })
  const remembered = options.hook ? await withMemory(report, world, targets) : report
  return { report: remembered, cases: asked.value.cases }
}

/** Returns the id of the one user that is asked for (`--of`); `null` where none is. */
function uidOf({ machine, proc, owners }: World, { of }: ScanOptions): number | null {
  const runs = (uid: number) => proc.pids().some((pid) => owners.ofPid(pid)?.uid === uid)
  return of === null ? null : askedUser(of, machine, runs)
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
