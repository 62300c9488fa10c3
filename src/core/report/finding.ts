import { mayFailOf } from './may-fail.ts'
import { adviceFor } from '../advice/advice.ts'
import type { Attribution } from '../pacman/attribution.ts'
import type { StaleCopy } from '../pacman/former-owner.ts'
import { carriesUs, keepsProcesses } from '../advice/case.ts'
import type { Case, Setting } from '../advice/case.ts'
import type { StaleProcess } from '../advice/stale-process.ts'
import { copiesOf, copyKey, startOf } from './stale-copies.ts'
import type { Attributions } from './stale-copies.ts'
import { nameOf } from '../advice/groups.ts'
import { compareText, printable, words } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { isTarget } from '../pacman/targets.ts'
import type { Targets } from '../pacman/targets.ts'
import { jobOf, markedCommand, parseMarkers } from '../systemd/markers.ts'
import type { Marking } from '../systemd/markers.ts'
import type { StaleFile } from '../proc/process.ts'
import type { Finding, FindingFile } from './report.ts'

/**
 * Returns the finding of one case.
 *
 * @param bootSeconds seconds since 1970 at which the machine booted; `null` when not known
 * @param attributions what pacman did to the files
 * @param targets what the newest transaction changed; `null` when not known
 */
export function findingOf(
  subject: Case,
  bootSeconds: number | null,
  attributions: Attributions,
  targets: Targets | null,
): Finding {
  const { owner, user, processes, lifeline } = subject
  const copies = new Map(copiesOf(subject, bootSeconds).map((copy) => [copy.path, copy]))
  const files = distinctFiles(processes.flatMap((process) => process.files))
  const found = files.map((file) => withPackage(file, copies, attributions, targets))
  const advice = adviceFor(subject)
  const ownPackage = processes.find((process) => process.ownPackage)?.ownPackage ?? null
  return {
    kind: owner.kind,
    name: nameOf(subject),
    unit: owner.unit,
    user,
    carriesReader: isRestartable(owner.kind) && carriesUs(subject) && !keepsProcesses(subject),
    isYours: (owner.kind === 'session' || owner.kind === 'app') && carriesUs(subject),
    container: owner.container,
    lifeline: lifeline?.reason ?? null,
    ...advice,
    mayFail: isLeftAlone(advice) ? null : mayFailOf(subject, advice, found),
    outlivesLogout: subject.isLingering || subject.pinnedBy.length > 0,
    marking: markingOf(subject),
    causes: [
      ...(files.length > 0 ? (['stale-files'] as const) : []),
      ...(ownPackage === null ? [] : (['package-upgraded'] as const)),
    ],
    ownPackage,
    processes: processesOf(subject, files, bootSeconds),
    isPartial: processes.some((process) => process.isPartial),
    files: found,
  }
}

function isRestartable(kind: Finding['kind']): boolean {
  return kind === 'service' || kind === 'user-service'
}

/** @param files the files of all of them, which each process has by their places */
function processesOf(
  { processes, facts }: Case,
  files: readonly StaleFile[],
  bootSeconds: number | null,
): Finding['processes'] {
  const index = new Map(files.map((file, at) => [file.path, at]))
  return processes.map((process) => ({
    pid: process.pid,
    comm: process.comm,
    startedAt: startText(process, bootSeconds),
    main: facts?.MainPID === String(process.pid),
    // A process can have a library twice: it loaded the library again, and that was replaced
    // again. These are two mapped files with one path.
    files: [...new Set(process.files.map((file) => index.get(file.path) ?? 0))].toSorted(
      (a, b) => a - b,
    ),
  }))
}

/** Returns the marks of a unit, for the processes of it that a restart ends. */
function markingOf({ owner: { kind }, facts, staying, setting }: Case): Marking | null {
  const isService = kind === 'service' || kind === 'user-service'
  if (!isService || facts === null || staying !== null) return null
  const markers = parseMarkers(facts.Markers)
  const job = jobOf(markers, facts.CanReload === 'yes')
  if (job === null) return null
  const isOfUser = kind === 'user-service'
  const isAtUpgrade = setting.hasMarkingHook && !isOfUser
  return { markers, job, isAtUpgrade, command: markedCommand(setting.systemctlVersion, isOfUser) }
}

/**
 * Returns the findings with the commands for all marked units of a manager only where each of them
 * is a finding, and its restart is safe. Nothing is known of what others would lose.
 *
 * @param marked see `Setting`
 */
export function withSafeMarks(
  findings: readonly Finding[],
  marked: Setting['marked'],
): readonly Finding[] {
  const isSafe = (unit: string, kind: Finding['kind']) => {
    const found = findings.filter((one) => one.kind === kind && one.unit === unit && one.marking)
    return found.length > 0 && found.every(isRestarted)
  }
  const areSafe = (kind: Finding['kind']) =>
    marked[kind]?.every((unit) => isSafe(unit, kind)) ?? false
  return findings.map((finding) =>
    finding.marking === null || areSafe(finding.kind)
      ? finding
      : { ...finding, marking: { ...finding.marking, command: null } },
  )
}

/** Says whether the marks of a unit lead to a restart that nothing speaks against. */
function isRestarted({ action, cautions, marking }: Finding): boolean {
  const isSafe = action === 'restart' || action === 'user-restart'
  return isSafe && marking?.job === 'restart' && !cautions.some(({ blocking }) => blocking)
}

function startText(process: StaleProcess, bootSeconds: number | null): Printable | null {
  const startedAt = startOf(process, bootSeconds)
  return startedAt === null ? null : printable(startedAt.toISOString())
}

/**
 * Returns the files, sorted by path. A state that only some of the processes know is the state of
 * the file.
 */
function distinctFiles(files: readonly StaleFile[]): readonly StaleFile[] {
  const byPath = new Map<string, StaleFile>()
  for (const file of files) {
    const known = byPath.get(file.path)
    if (known === undefined || known.state === 'unknown') byPath.set(file.path, file)
  }
  return [...byPath.values()].toSorted((a, b) => compareText(printable(a.path), printable(b.path)))
}

function withPackage(
  file: StaleFile,
  copies: ReadonlyMap<string, StaleCopy>,
  attributions: Attributions,
  targets: Targets | null,
): FindingFile {
  const { path, machinePath = path, ...rest } = file
  const copy = copies.get(machinePath)
  const found = copy === undefined ? undefined : attributions.get(copyKey(copy))
  const isTouched = copy === undefined ? null : isTarget(machinePath, targets)
  return {
    ...rest,
    path: printable(path),
    package: found?.kind === 'changed' ? found.change : null,
    isUnowned: found?.kind === 'unowned',
    isUnchanged: found?.kind === 'unchanged',
    goneAt: copy?.unlinkedAt ?? null,
    replacedAt: copy?.replacedAt ?? null,
    isNew: isTouched === true || isNewBy(file.isUnjudged ? undefined : found, isTouched),
  }
}

/** Returns what the log says of a file that is no target of the newest transaction. */
function isNewBy(found: Attribution | undefined, isTouched: false | null): boolean | null {
  if (found?.kind === 'changed') return found.isNew
  return found?.kind === 'unowned' || found?.kind === 'unchanged' ? false : isTouched
}

/** Says whether a restart of its unit leaves the processes of a finding alone. */
export function isLeftAlone({ rule }: Pick<Finding, 'rule'>): boolean {
  return LEFT_ALONE.has(rule)
}

/** The rules about processes that systemd does not end. */
const LEFT_ALONE: ReadonlySet<Finding['rule']> = new Set([
  'left-over',
  'goes-on',
  'still-listens',
  'holds-guest',
  'left-alone',
  'below-main',
])

/**
 * Returns the safe commands in the order to run them: the re-execution of the manager, then one
 * `systemctl restart`, so that systemd orders the restarts.
 */
export function commandsOf(findings: readonly Finding[]): readonly (readonly Printable[])[] {
  const safe = findings.filter(({ cautions }) => !cautions.some(({ blocking }) => blocking))
  const reexec = safe.find(({ action }) => action === 'reexec')?.command
  const units = safe.flatMap(({ action, unit }) => (action === 'restart' && unit ? [unit] : []))
  return [
    ...(reexec ? [reexec] : []),
    ...(units.length === 0 ? [] : [words('systemctl', 'restart', '--', ...units)]),
  ]
}
