import { compileGlob } from './core/glob.ts'
import type { Glob } from './core/glob.ts'
import { applyIgnoreRules, groupByOwner, onSide } from './core/groups.ts'
import type { Group, IgnoreRules } from './core/groups.ts'
import { commandsOf, findingOf, managedUnit } from './core/report.ts'
import type { Limit, LimitCode, Report, ScanOptions, UnitFacts } from './core/types.ts'
import type { Log } from './io/log.ts'
import { openMachine } from './io/machine.ts'
import type { Machine } from './io/machine.ts'
import { openMappedFiles } from './io/mapped-file.ts'
import { openProc } from './io/proc.ts'
import { selfOf, sweep } from './io/sweep.ts'
import type { Sweep } from './io/sweep.ts'
import { liveSystemctl, silentSystemctl } from './io/systemctl.ts'
import type { Systemctl } from './io/systemctl.ts'

/** Who asks, and when: the only things that a scan takes from its own process. */
export type Caller = {
  readonly pid: number
  readonly uid: number
  readonly now: () => Date
  readonly version: string
  readonly log: Log
}

/**
 * Looks at a machine and returns the report: the whole way of the data, one stage a line.
 *
 * @throws {StaleLibsError} when there is nothing to look at
 */
export async function scan(options: ScanOptions, caller: Caller): Promise<Report> {
  const at = caller.now()
  const started = performance.now()
  const proc = openProc(options.proc)
  const machine = openMachine(proc, options.root)
  const files = openMappedFiles(proc, machine)
  const self = machine.isLive ? selfOf(proc, caller.pid, options.hook) : null
  const swept = sweep({ proc, files, log: caller.log }, self)
  const groups = onSide(groupByOwner(swept.stale), options.side)
  const { kept, ignored } = applyIgnoreRules(groups, globsOf(options))
  const { facts, limit } = await askUnits(kept, machine)
  const host = machine.host()
  const setting = {
    canSoftReboot: machine.canSoftReboot(),
    self: self?.owner ?? null,
    selfUid: machine.isLive ? caller.uid : null,
  }
  const around = { host, setting, facts, userNames: machine.userNames() }
  const findings = kept.map((group) => findingOf(group, around))
  return {
    version: caller.version,
    isRoot: caller.uid === 0,
    host,
    at,
    durationMs: Math.round(performance.now() - started),
    processes: swept.processes,
    unreadable: swept.unreadable,
    vanished: swept.vanished,
    limits: limitsOf(swept, limit, machine.isLive, host.bootSeconds === null),
    findings,
    temporaryCode: swept.temporary,
    ignored,
    commands: commandsOf(findings),
  }
}

function globsOf(options: ScanOptions): IgnoreRules {
  return { units: compiled(options.ignoreUnits), paths: compiled(options.ignorePaths) }
}

function compiled(globs: readonly string[]): readonly Glob[] {
  return globs.map(compileGlob).filter((glob) => typeof glob !== 'string')
}

type Asked = { readonly facts: ReadonlyMap<string, UnitFacts>; readonly limit: Limit | null }

/** Nothing is asked where nothing is stale, and nobody where there is no unit to ask about. */
async function askUnits(groups: readonly Group[], machine: Machine): Promise<Asked> {
  const units = [...new Set(groups.flatMap((group) => managedUnit(group) ?? []))]
  if (groups.length === 0 || (units.length === 0 && !isUnbooted(machine)))
    return { facts: new Map(), limit: null }
  const { facts, limit } = await systemctlOf(machine).show(units)
  return { facts, limit: limit && { code: limit, count: units.length } }
}

function systemctlOf(machine: Machine): Systemctl {
  if (!machine.isLive) return silentSystemctl('recorded-units')
  return machine.isBooted() ? liveSystemctl : silentSystemctl('not-booted')
}

function isUnbooted(machine: Machine): boolean {
  return machine.isLive && !machine.isBooted()
}

function limitsOf(
  swept: Sweep,
  unitLimit: Limit | null,
  isLive: boolean,
  noBootTime: boolean,
): readonly Limit[] {
  return [
    ...limitIf(swept.unreadable > 0, 'maps-denied', swept.unreadable),
    ...limitIf(isLive && !swept.sawInit, 'processes-hidden', 0),
    ...limitIf(swept.dropped > 0, 'mappings-dropped', swept.dropped),
    ...limitIf(noBootTime && swept.stale.length > 0, 'boot-time-unknown', swept.stale.length),
    ...(unitLimit === null ? [] : [unitLimit]),
  ]
}

function limitIf(applies: boolean, code: LimitCode, count: number): readonly Limit[] {
  return applies ? [{ code, count }] : []
}
