import type { Inhabitants, NetworkPath } from '../advice/case.ts'
import type { RunningProcess, Unlinked } from '../advice/stale-process.ts'
import { LIMIT_CODES, PACKAGE_LIMIT_CODES } from '../limits.ts'
import type { Guest } from '../owner/guest.ts'
import type { Lock } from '../owner/locks.ts'
import type { ConsoleLogin, LeftSession, Unattended } from '../systemd/sessions.ts'
import { KINDS, RUNTIMES } from '../owner/kinds.ts'
import type { Container, Owner } from '../owner/kinds.ts'
import { SEVERITIES } from '../pacman/advisories.ts'
import type { TrackedGroup } from '../pacman/advisories.ts'
import type { Attribution } from '../pacman/attribution.ts'
import type { Advisory, PackageChange } from '../pacman/package-change.ts'
import { parseControlGroup } from '../proc/control-group.ts'
import type { ControlGroup } from '../proc/control-group.ts'
import { FILE_STATES } from '../proc/process.ts'
import type { ServiceStates } from '../report/after-effects.ts'
import type {
  BootFacts,
  ChangeSinceBoot,
  InstalledKernel,
  InstalledPackage,
} from '../reboot/boot-facts.ts'
import type { Processor } from '../machine/processor.ts'
import { UNIT_PROPERTIES } from '../systemd/unit-facts.ts'
import type { UnitFacts } from '../systemd/unit-facts.ts'
import type { PathCondition } from '../systemd/unit-file.ts'
import type { Worker } from '../work/jobs.ts'
import type { LeftBehind } from '../work/left-behind.ts'
import type { UnitState } from '../systemd/unit-states.ts'
import {
  count,
  date,
  either,
  flag,
  listOf,
  nullable,
  number,
  oneOf,
  optional,
  plain,
  table,
  text,
  unitName,
  withDefault,
  WRONG,
} from './schema.ts'
import type { Schema } from './schema.ts'

/** The schemas of the answers in a recording: one for each noun. */

/** Schema of the code of a limit. */
export const LIMIT_CODE = oneOf(LIMIT_CODES)

/** Schema of the code of a limit that concerns packages. */
export const PACKAGE_LIMIT_CODE = oneOf(PACKAGE_LIMIT_CODES)

const CONTAINER = table<Container>({ runtime: oneOf(RUNTIMES), name: plain })

/** Schema of the owner of a process. */
export const OWNER = table<Owner>({
  kind: oneOf(KINDS),
  name: nullable(plain),
  unit: nullable(unitName),
  uid: nullable(count),
  container: nullable(CONTAINER),
  isSupervisor: optional(oneOf([true] as const)),
  isOfBus: optional(oneOf([true] as const)),
})

/**
 * Schema of what a mapped path names now. `live`: an existing file whose name ends like the mark.
 * `initramfs`: a file of the initramfs.
 */
export const FILE_NOW = oneOf([...FILE_STATES, 'live', 'initramfs', 'unjudged'] as const)

/** Schema of the times at which a mapped file lost its name. */
export const UNLINKED = table<Unlinked>({ at: number, replacedAt: nullable(number) })

const ADVISORY = table<Advisory>({
  name: plain,
  severity: oneOf(SEVERITIES),
  issues: listOf(plain),
})

const PACKAGE_CHANGE = table<PackageChange>({
  name: plain,
  from: plain,
  to: nullable(plain),
  change: oneOf(['upgraded', 'downgraded', 'reinstalled', 'removed'] as const),
  at: date,
  advisories: optional(listOf(ADVISORY)),
})

/** Schema of what made a file stale. */
export const ATTRIBUTION: Schema<Attribution> = either(
  table<Extract<Attribution, { kind: 'changed' }>>({
    kind: oneOf(['changed'] as const),
    change: PACKAGE_CHANGE,
    isNew: nullable(flag),
  }),
  table<Exclude<Attribution, { kind: 'changed' }>>({
    kind: oneOf(['unowned', 'unchanged', 'unknown'] as const),
  }),
)

/** Schema of a group of vulnerabilities. */
export const TRACKED_GROUP = table<TrackedGroup>({
  name: plain,
  severity: oneOf(SEVERITIES),
  issues: listOf(plain),
  packages: listOf(plain),
  fixed: plain,
})

/** Schema of a control group. A recording has the text of `/proc/PID/cgroup`. */
const CONTROL_GROUP: Schema<ControlGroup> = (value) =>
  typeof value === 'string' ? parseControlGroup(value) : WRONG

/** Schema of a running process. */
export const RUNNING_PROCESS = table<RunningProcess>({
  comm: text,
  startTicks: count,
  cgroup: CONTROL_GROUP,
  owner: OWNER,
  exe: nullable(text),
  uid: optional(count),
})

/** Schema of the properties of a unit. A recording of an older program lacks some of them. */
export const UNIT_FACTS = table<UnitFacts>(
  Object.fromEntries(
    UNIT_PROPERTIES.map((name) => [name, withDefault(text, '')] as const),
  ) as Readonly<Record<keyof UnitFacts, Schema<string>>>,
)

/** Schema of a running container or virtual machine. */
export const GUEST = table<Guest>({
  runtime: oneOf([...RUNTIMES, 'vm'] as const),
  name: plain,
})

/** Schema of a terminal in use. */
export const TERMINAL_USE = table<Inhabitants['terminals'][number]>({ name: plain, uid: count })

/** Schema of what lives in the control group of a unit. */
export const INHABITANTS = table<Inhabitants>({
  terminals: listOf(TERMINAL_USE),
  guests: listOf(GUEST),
  processes: count,
  isPartial: optional(oneOf([true] as const)),
})

/** Schema of an inhibitor lock. */
export const LOCK = table<Lock>({ isBlocking: flag, who: plain, why: plain })
/** Schema of a login at a virtual terminal. */
export const CONSOLE_LOGIN = table<ConsoleLogin>({ terminal: text, uid: count })
/** Schema of a session that its user has left. */
export const LEFT_SESSION = table<LeftSession>({ id: plain, uid: count })
/** Schema of the sessions that no person has logged in to. */
export const UNATTENDED = table<Unattended>({ greeters: listOf(count), commands: listOf(text) })

/** Schema of a process of a unit that executed a program. */
export const WORKER = table<Worker>({
  pid: count,
  comm: plain,
  uid: count,
  startTicks: count,
  leadsSession: flag,
  exe: nullable(text),
  isCommanded: optional(flag),
})

/** Schema of a process that systemd would leave alone. */
export const LEFT_BEHIND = table<LeftBehind>({
  isBelowMain: flag,
  isOlder: optional(flag),
  listens: nullable(listOf(plain)),
  isConnected: flag,
  guest: nullable(GUEST),
})

/** Schema of the way of a remote login. */
export const NETWORK_PATH = table<NetworkPath>({ interface: plain, units: listOf(text) })

const INSTALLED = table<InstalledPackage>({ name: plain, installedAt: nullable(count) })
const KERNEL = table<InstalledKernel>({
  release: plain,
  pkgbase: nullable(plain),
  hasModules: flag,
  package: nullable(INSTALLED),
})
const SINCE_BOOT = table<ChangeSinceBoot>({
  name: plain,
  at: count,
  operation: oneOf(['installed', 'upgraded', 'downgraded', 'reinstalled', 'removed'] as const),
  from: nullable(plain),
  to: nullable(plain),
})
const PROCESSOR = table<Processor>({ vendor: plain, isVirtual: flag })

/** Schema of what a machine says of its boot. */
export const BOOT_FACTS = table<BootFacts>({
  isGuestOfKernel: flag,
  hasDatabase: flag,
  kernels: listOf(KERNEL),
  packages: listOf(INSTALLED),
  changes: listOf(SINCE_BOOT),
  processor: nullable(PROCESSOR),
  nvidia: nullable(
    table<NonNullable<BootFacts['nvidia']>>({ loaded: plain, installed: nullable(plain) }),
  ),
})

/** Schema of a path on which a start depends. */
export const PATH_CONDITION = table<PathCondition>({ path: text, isNegated: flag })

const UNIT_STATE = table<UnitState>({
  unit: unitName,
  isFailed: flag,
  result: plain,
  busName: plain,
  since: nullable(count),
})

/** Schema of the states of the services. */
export const SERVICE_STATES = table<ServiceStates>({
  at: count,
  units: listOf(UNIT_STATE),
  busNames: nullable(listOf(plain)),
  isBusSilent: flag,
})
