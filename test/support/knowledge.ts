import type { Case, Setting } from '../../src/core/advice/case.ts'
import type { UnitContext } from '../../src/core/advice/case.ts'
import { SHIPPED_TABLES } from '../../src/core/advice/sensitive-units.ts'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import { NOTHING_HELD } from '../../src/core/owner/holding.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import { parseControlGroup } from '../../src/core/proc/control-group.ts'
import { UNIT_PROPERTIES } from '../../src/core/systemd/unit-facts.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'

/** root looks at a recorded machine with a systemd of today. */
export const SETTING: Setting = {
  isLive: false,
  canSoftReboot: true,
  self: null,
  selfUid: 0,
  graphicalSessions: null,
  systemctlVersion: null,
  marked: {},
  hasMarkingHook: false,
  guests: [],
  paths: [],
}

/** The properties of a simple service that runs, and those that differ from it. */
export function facts(some: Partial<UnitFacts>): UnitFacts {
  const simple = {
    LoadState: 'loaded',
    ActiveState: 'active',
    Type: 'simple',
    MainPID: '10',
    NotifyAccess: 'none',
    ControlPID: '0',
    KillMode: 'control-group',
    RefuseManualStart: 'no',
    RefuseManualStop: 'no',
    CanReload: 'no',
    Transient: 'no',
    FreezerState: 'running',
    NeedDaemonReload: 'no',
    SendSIGKILL: 'yes',
    SuccessAction: 'none',
    FailureAction: 'none',
    StartLimitAction: 'none',
    StartLimitBurst: '5',
    StartLimitIntervalUSec: '10s',
    ConditionResult: 'yes',
    ConditionTimestampMonotonic: '1',
    InactiveExitTimestampMonotonic: '1',
  }
  const empty = Object.fromEntries(UNIT_PROPERTIES.map((property) => [property, '']))
  return { ...empty, ...simple, ...some } as UnitFacts
}

/** Everything beside the processes of which nothing is known, and what is. */
export function knowledge(some: Partial<UnitContext> = {}): UnitContext {
  return {
    setting: SETTING,
    facts: new Map(),
    tables: SHIPPED_TABLES,
    userNames: new Map(),
    mains: new Map(),
    inhabitants: new Map(),
    holdings: new Map(),
    consoleLogins: [],
    locks: new Map(),
    jobs: new Map(),
    tasks: new Map(),
    leftBehind: new Map(),
    succeeded: new Set(),
    programs: new Map(),
    missing: new Set(),
    unmet: new Map(),
    left: new Set(),
    pins: new Map(),
    lingering: new Set(),
    greeters: new Set(),
    commandScopes: new Set(),
    ...some,
  }
}

/** A process in a control group, the main one of a simple service, and what differs from it. */
export function staleProcess(path: string, some: Plain<Partial<StaleProcess>> = {}): StaleProcess {
  return printed<StaleProcess>({
    pid: 10,
    comm: 'd',
    startTicks: 1,
    cgroup: parseControlGroup(`0::${path}\n`),
    owner: ownerOf(path),
    files: [],
    unlinked: [],
    isForeign: false,
    ...some,
  })
}

/** The case of a simple service that nothing speaks against, and what differs from it. */
export function caseOf(path: string, some: Partial<Case> = {}): Case {
  return {
    owner: ownerOf(path),
    user: null,
    processes: [staleProcess(path)],
    isUsersWork: false,
    staying: null,
    isSucceeded: false,
    facts: facts({}),
    socket: null,
    sensitive: undefined,
    lifeline: undefined,
    runner: undefined,
    dependents: [],
    stopsToo: [],
    startsToo: [],
    missing: [],
    unmet: [],
    terminals: [],
    guests: [],
    jobs: [],
    tasks: [],
    hasMoreMembers: false,
    holding: NOTHING_HELD,
    consoles: [],
    locks: [],
    members: 0,
    remains: null,
    pinnedBy: [],
    isLingering: false,
    unattended: null,
    setting: SETTING,
    ...some,
  }
}
