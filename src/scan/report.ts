import { printableText } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import type { Ignored } from '../core/config/ignore.ts'
import type { Limit } from '../core/limits.ts'
import type { Host } from '../core/machine/host.ts'
import { commandsOf } from '../core/report/finding.ts'
import { UNKNOWN_READER } from '../core/report/reader.ts'
import type { AfterEffect, Finding, Reboot, Report } from '../core/report/report.ts'
import { isBaseStale, ownFigures, summaryOf } from '../core/report/summary.ts'
import { readerIn } from '../io/machine/reader.ts'
import type { World } from '../io/world.ts'
import type { Looked } from './look/look.ts'

/** The facts about the run that the report says. */
export type RunFacts = {
  readonly version: string
  /** It tells who reads the text. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The results of the stages of a scan. */
type Parts = {
  readonly host: Host
  readonly looked: Looked
  readonly findings: readonly Finding[]
  readonly ignored: readonly Ignored[]
  readonly unmatched?: readonly Printable[] | null
  readonly effects: readonly AfterEffect[]
  readonly isOneSide: boolean
  readonly reboot: Reboot
  readonly canSoftReboot: boolean
  readonly limits: readonly Limit[]
}

/** Returns the report of a scan. */
export function reportOf(world: World, { version, environment }: RunFacts, parts: Parts): Report {
  const { host, looked, findings, ignored, effects, reboot, limits } = parts
  // Of another machine, all is read from files: root sees no more where each could be read.
  const isWhole = world.uid === null && looked.unreadable === 0
  const isRoot = world.uid === 0 || isWhole
  const inContainers = isBaseStale(findings) ? world.controlGroups.inContainers() : 0
  const own = ownFigures({ findings, processes: looked.processes, inContainers })
  const canSoftReboot = parts.canSoftReboot && reboot.needed !== 'full'
  return {
    version: printableText(version),
    isRoot,
    isOneSide: parts.isOneSide,
    reader: isTold(parts) || !isRoot ? readerIn(world, environment) : UNKNOWN_READER,
    host,
    ...world.clock(),
    processes: looked.processes,
    read: looked.read,
    unreadable: looked.unreadable,
    vanished: looked.vanished,
    unseenOfSystem: looked.unseenOfSystem,
    inContainers,
    limits,
    findings,
    reboot,
    canSoftReboot,
    afterEffects: effects,
    temporaryCode: looked.temporary,
    ignored,
    ...(parts.unmatched && { unmatched: parts.unmatched }),
    commands: commandsOf(findings),
    summary: summaryOf(findings, own.processes, canSoftReboot),
    hook: null,
  }
}

/** Says whether there is something to tell, and perhaps a command for root in it. */
function isTold({ findings, ignored, effects, reboot, limits }: Parts): boolean {
  return [findings, ignored, effects, reboot.reasons, limits].some(({ length }) => length > 0)
}
