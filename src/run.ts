import type { StaleCopy } from './core/pacman/former-owner.ts'
import { changesOf, findingWithAdvisories } from './core/report/fixed-advisories.ts'
import type { TrackedGroup } from './core/pacman/advisories.ts'
import { afterEffectsOf } from './core/report/after-effects.ts'
import { casesOf } from './core/advice/cases.ts'
import { copiesOf, copyKey } from './core/report/stale-copies.ts'
import { ignoreGlob, mergeConfigs, NO_CONFIG } from './core/config/config.ts'
import type { Config, IgnoreRule, IgnoreSubject } from './core/config/config.ts'
import { explanationOf } from './core/report/explanation.ts'
import type { Explanation, Scan } from './core/report/explanation.ts'
import { groupByOwner, onSide, withUpgraded } from './core/advice/groups.ts'
import { applyIgnoreRules } from './core/config/ignore.ts'
import { parseUid } from './core/machine/passwd.ts'
import { rebootOf } from './core/report/reboot.ts'
import { commandsOf, findingOf } from './core/report/finding.ts'
import { tablesWith } from './core/advice/sensitive-units.ts'
import { summaryOf } from './core/report/summary.ts'
import type { Limit, LimitCode } from './core/limits.ts'
import type { Command, ScanOptions } from './core/options.ts'
import type { Owner } from './core/owner/kinds.ts'
import type { AfterEffect, Finding, Report } from './core/report/report.ts'
import type { Clock } from './io/clock.ts'
import { readConfigFile, readMachineConfig } from './io/config.ts'
import { ConfigError, RequestError } from './io/error.ts'
import { knowledgeOf, packagesFor } from './io/knowledge.ts'
import { openLog } from './io/log.ts'
import type { Log } from './io/log.ts'
import { openProc } from './io/proc/proc.ts'
import type { Proc } from './io/proc/proc.ts'
import { sweep } from './io/sweep.ts'
import type { Sweep } from './io/sweep.ts'
import { readTargets } from './io/pacman/targets.ts'
import { NO_UPGRADED } from './io/upgraded-services.ts'
import { openWorld } from './io/world.ts'
import type { World } from './io/world.ts'

/** What a run takes from its own process. */
export type Caller = {
  readonly uid: number
  /** `SUDO_UID`: the user who became root for this run. */
  readonly sudoUid: string | undefined
  readonly version: string
  readonly clock: Clock
  /** Says one line to whoever runs this. */
  readonly complain: (message: string) => void
}

type Of<Kind> = Extract<Command, { readonly kind: Kind }>

/**
 * `stale-libs scan`.
 *
 * @param proc the process tree; `null`: a recording is replayed
 */
export async function scanCommand(
  options: ScanOptions,
  proc: Proc | null,
  caller: Caller,
): Promise<Report> {
  const { world, config } = await open(options, proc, caller)
  const log = await openLog(options.logLevel)
  return (await scan(world, options, config, caller, log)).report
}

/** `stale-libs explain`. */
export async function explainCommand(
  { subjects, options }: Of<'explain'>,
  caller: Caller,
): Promise<readonly Explanation[]> {
  const { world, config } = await open(options, null, caller)
  const log = await openLog(options.logLevel)
  const scanned = await scan(world, options, config, caller, log)
  const owners = new Map(world.proc.pids().map((pid) => [pid, world.owners.ofPid(pid)] as const))
  return subjects.map((subject) => {
    const explanation = explanationOf(subject, scanned, owners)
    if (typeof explanation === 'string') throw new RequestError(explanation)
    return explanation
  })
}

/** `stale-libs record`. Returns the line that says what was written. */
export async function recordCommand(
  { directory, anonymize, options }: Of<'record'>,
  caller: Caller,
): Promise<string> {
  const { openRecorder } = await import('./io/recording/recording.ts')
  const recorder = openRecorder()
  const proc = openProc(options.proc, { observe: recorder.observe })
  const { world, config } = await open(options, proc, caller)
  const log = await openLog(options.logLevel)
  const { version } = caller
  const { report } = await scan(recorder.listenTo(world), options, config, caller, log)
  const { uid } = caller
  const processes = recorder.save(directory, { version, config, report, uid, anonymize })
  return `Recorded ${processes} of ${report.processes} processes to ${directory}\n`
}

/** A wrong configuration ends a run by hand; a hook says so in one line and goes on without it. */
async function open(
  options: ScanOptions,
  proc: Proc | null,
  caller: Caller,
): Promise<{ readonly world: World; readonly config: Config }> {
  const recording = options.from === null ? null : await replay(options.from)
  const world = recording?.world ?? openWorld(proc ?? openProc(options.proc), options, caller)
  const asRoot = caller.uid === 0
  try {
    if (options.config !== null)
      return { world, config: await readConfigFile(options.config, asRoot) }
    if (recording !== null) return recording
    const { tree } = world.machine
    return { world, config: tree === null ? NO_CONFIG : await readMachineConfig(tree, asRoot) }
  } catch (error) {
    if (!(error instanceof ConfigError) || !options.hook) throw error
    caller.complain(`${error.message}; the built-in defaults are used`)
    return { world, config: NO_CONFIG }
  }
}

async function replay(directory: string) {
  const { openRecording } = await import('./io/recording/recording.ts')
  return openRecording(directory)
}

/**
 * Looks at a machine and returns the report: the whole way of the data, one stage a line.
 *
 * @throws {StaleLibsError} when there is nothing to look at
 */
export async function scan(
  world: World,
  options: ScanOptions,
  config: Config,
  { version, sudoUid }: Pick<Caller, 'version' | 'sudoUid'>,
  log: Log,
): Promise<Scan> {
  const host = world.machine.host()
  const mayHaveChanged = world.packages.mayHaveChangedSince(host.bootSeconds)
  const [swept, after] = await Promise.all([
    sweep({ ...world, log }, leftOut(world, options.hook)),
    // systemd answers while processes are read.
    mayHaveChanged ? afterEffects(world, options) : NO_EFFECTS,
  ])
  const upgraded =
    mayHaveChanged && host.bootSeconds !== null && config.packageUpgraded !== false
      ? await world.upgradedServices(host.bootSeconds, new Date())
      : NO_UPGRADED
  const stale = withUpgraded(swept.stale, upgraded.processes)
  const groups = onSide(groupByOwner(stale), options.side)
  const rules = mergeConfigs(config, configOf(options)).ignore
  const labels = {
    userNames: world.machine.userNames(),
    packages: await packagesFor(groups, rules, world),
  }
  const { kept, ignored } = applyIgnoreRules(groups, rules, labels)
  const tables = tablesWith(config)
  const { knowledge, limits } = await knowledgeOf(kept, world, tables, labels.userNames)
  const cases = kept.flatMap((group) => casesOf(group, knowledge))
  const copies = distinctCopies(cases.flatMap((subject) => copiesOf(subject, host.bootSeconds)))
  const bootFacts = mayHaveChanged ? await world.bootFacts(host) : null
  const targets =
    copies.length > 0 && options.targets !== null ? readTargets(options.targets) : null
  const changes = await world.packages.changes(copies, new Date(), targets)
  const attributions = new Map(
    copies.map((copy, at) => [copyKey(copy), changes.attributions[at] ?? UNKNOWN]),
  )
  const named = cases.map((subject) => findingOf(subject, host.bootSeconds, attributions, targets))
  const tracked = advisoriesFor(named, config, world)
  const findings =
    tracked === null
      ? named
      : named.map((finding) => findingWithAdvisories(finding, tracked.groups))
  const { reboot, limit: kernelLimit } = rebootOf({
    ...host,
    facts: bootFacts,
    findings,
  })
  const isShown = ({ unit }: AfterEffect) => !rules.unit.some(({ glob }) => glob.matches(unit))
  const { counts } = swept
  const processes = counts.clean + counts.marked + counts.denied + counts.failed + counts.stuck
  const report = {
    version,
    isRoot: world.uid === 0,
    callerUid: world.uid === 0 && world.machine.tree !== null ? parseUid(sudoUid) : null,
    host,
    ...world.clock(),
    processes,
    unreadable: counts.denied,
    vanished: counts.gone,
    limits: [
      ...limitsOf(
        swept,
        withoutTwins([...packageLimit(changes.limit, copies), ...limits, ...upgraded.limits]),
        world,
        host.bootSeconds === null,
      ),
      ...limitIf(kernelLimit !== null, 'kernel-unknown', 1),
      ...limitIf(tracked?.isUnreadable ?? false, 'advisories-unreadable', 1),
      ...limitIf(after.isUnknown, 'after-effects-unknown', 1),
    ],
    findings,
    reboot,
    afterEffects: after.effects.filter(isShown),
    temporaryCode: swept.temporary,
    ignored,
    commands: commandsOf(findings),
    summary: summaryOf(
      findings,
      processes,
      knowledge.setting.canSoftReboot && reboot.needed !== 'full',
    ),
  }
  return { report, cases }
}

/** Only where somebody named the list, and a package changed, is it read; `null`: nobody asked for it. */
function advisoriesFor(
  findings: readonly Finding[],
  { advisories: file }: Config,
  world: World,
): { readonly groups: readonly TrackedGroup[]; readonly isUnreadable: boolean } | null {
  if (file === null || findings.every((finding) => changesOf(finding).length === 0)) return null
  const groups = world.advisories(file)
  return { groups: groups ?? [], isUnreadable: groups === null }
}

const UNKNOWN = { kind: 'unknown' } as const

/** Most services have the same libraries from the same start of the machine. */
function distinctCopies(copies: readonly StaleCopy[]): readonly StaleCopy[] {
  return [...new Map(copies.map((copy) => [copyKey(copy), copy])).values()]
}

const NO_EFFECTS = { effects: [], isUnknown: false } as const

/**
 * What the transaction broke otherwise. systemd is asked by hand, and in a hook only where a unit started
 * or ended since the transaction began: most touch no service.
 */
async function afterEffects(
  { services }: World,
  { hook, side, format }: ScanOptions,
): Promise<{ readonly effects: readonly AfterEffect[]; readonly isUnknown: boolean }> {
  if (services === null || side === 'user' || format === 'names') return NO_EFFECTS
  const start = services.transactionStart()
  if (hook && (start === null || !services.haveChangedSince(start))) return NO_EFFECTS
  const states = await services.states()
  if (states === null) return { effects: [], isUnknown: true }
  return { effects: afterEffectsOf(states, start, hook), isUnknown: states.isBusSilent }
}

/**
 * Ourselves; for a hook also whoever called it and has the same owner: pacman and the shell are stale
 * after every upgrade and end by themselves, but the sshd they came through is named.
 */
function leftOut(world: World, isHook: boolean): (pid: number, owner: Owner) => boolean {
  return (pid, owner) => {
    const { self } = world
    if (self === null) return false
    const isOurs = owner.unit === self.owner.unit && owner.uid === self.owner.uid
    return pid === self.pid || (isHook && isOurs && self.ancestors.has(pid))
  }
}

/** The ignore rules of the command line, as a configuration. */
function configOf({ ignoreUnits, ignorePaths }: ScanOptions): Config {
  const ignore = {
    ...NO_CONFIG.ignore,
    unit: compiled(ignoreUnits, 'unit'),
    path: compiled(ignorePaths, 'path'),
  }
  return { ...NO_CONFIG, ignore }
}

function compiled(globs: readonly string[], subject: IgnoreSubject): readonly IgnoreRule[] {
  return globs.flatMap((source) => {
    const glob = ignoreGlob(source, subject)
    return typeof glob === 'string' ? [] : [{ glob, reason: null }]
  })
}

function limitsOf(
  swept: Sweep,
  unitLimits: readonly Limit[],
  world: World,
  noBootTime: boolean,
): readonly Limit[] {
  const failed = swept.counts.failed + swept.cut
  return [
    ...limitIf(swept.counts.denied > 0, 'maps-denied', swept.counts.denied),
    ...limitIf(failed > 0, 'maps-failed', failed),
    ...limitIf(swept.counts.stuck > 0, 'maps-stuck', swept.counts.stuck),
    ...limitIf(world.machine.isLive && !swept.sawInit, 'processes-hidden', 0),
    ...limitIf(swept.withoutTree > 0, 'tree-unknown', swept.withoutTree),
    ...limitIf(swept.dropped > 0, 'mappings-dropped', swept.dropped),
    ...limitIf(swept.withoutGroup > 0, 'group-unreadable', swept.withoutGroup),
    ...limitIf(noBootTime && swept.stale.length > 0, 'boot-time-unknown', swept.stale.length),
    ...limitIf(
      world.machine.isLive && swept.counts.marked > 0 && world.self === null,
      'self-unknown',
      0,
    ),
    ...unitLimits,
  ]
}

/** The same trouble met by two questions is said once, with the count of the first. */
function withoutTwins(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter(({ code }, at) => limits.findIndex((one) => one.code === code) === at)
}

function packageLimit(code: LimitCode | null, copies: readonly StaleCopy[]): readonly Limit[] {
  return code === null ? [] : [{ code, count: new Set(copies.map(({ path }) => path)).size }]
}

function limitIf(applies: boolean, code: LimitCode, count: number): readonly Limit[] {
  return applies ? [{ code, count }] : []
}
