import { factsKey } from '../../core/advice/groups.ts'
import { NOTHING_HELD } from '../../core/owner/holding.ts'
import type { Locks } from '../../core/owner/locks.ts'
import { printable } from '../../core/printable.ts'
import { copyKey } from '../../core/report/stale-copies.ts'
import {
  ATTRIBUTION,
  BOOT_FACTS,
  CONSOLE_LOGIN,
  FILE_NOW,
  GUEST,
  INHABITANTS,
  LEFT_BEHIND,
  LEFT_SESSION,
  LIMIT_CODE,
  LOCK,
  NETWORK_PATH,
  PACKAGE_LIMIT_CODE,
  PATH_CONDITION,
  RUNNING_PROCESS,
  SERVICE_STATES,
  TRACKED_GROUP,
  UNATTENDED,
  UNIT_FACTS,
  UNLINKED,
  WORKER,
} from '../../core/recording/answers.ts'
import { HOLDING } from '../../core/recording/holding-answers.ts'
import {
  count,
  flag,
  listOf,
  mapOf,
  nullable,
  plain,
  table,
  text,
} from '../../core/recording/schema.ts'
import type { ProcessFacts, Mapping } from '../../core/proc/process.ts'
import { isAnswerAbout } from '../../core/systemd/unit-facts.ts'
import type { MappedFile } from '../proc/mapped-file.ts'
import type { PackageChanges } from '../pacman/changes.ts'
import { NOTHING_LOGGED } from '../pacman/log.ts'
import type { ChangedPackages, MayHaveChanged } from '../pacman/packages.ts'
import type { UnitAnswer } from '../systemd/systemctl.ts'
import type { World } from '../world.ts'
import { later, many, manyLater, single, unasked } from './question.ts'
import type { Question } from './question.ts'

/** The ports of the world whose answers a recording keeps. */
export type Ports = Pick<
  World,
  | 'files'
  | 'packages'
  | 'systemctl'
  | 'logind'
  | 'network'
  | 'controlGroups'
  | 'holdings'
  | 'members'
  | 'running'
> & {
  readonly machine: Pick<
    World['machine'],
    | 'isBooted'
    | 'canSoftReboot'
    | 'hasMarkingHook'
    | 'userNames'
    | 'missing'
    | 'isLingering'
    | 'hasRootProgram'
  >
  readonly services: NonNullable<World['services']>
  readonly world: Pick<World, 'bootFacts' | 'advisories'>
}

/** How each method of a port is recorded. */
export type Questions<Port> = { readonly [Name in keyof Port]: Question<Port[Name]> }

const once = () => ''
const itself = (name: string) => name
const ofFile = ({ path }: Pick<Mapping, 'path'>, { pid }: Pick<ProcessFacts, 'pid'>) =>
  `${pid} ${path}`
const membersOf = <Item>(answer: readonly Item[]) => {
  const members = new Set(answer)
  return (item: Item) => members.has(item)
}

/** Returns the items for which the answer is true. */
function chosen<Item>(parts: readonly (readonly [Item, boolean])[]): readonly Item[] {
  return parts.flatMap(([item, isChosen]) => (isChosen ? [item] : []))
}

/** How each method of a port is recorded. A new question to the world is a new line. */
export const QUESTIONS: { readonly [Port in keyof Ports]: Questions<Ports[Port]> } = {
  files: {
    lookAt: single(ofFile, table<MappedFile>({ now: FILE_NOW, isAtSamePath: flag }), {
      now: 'unknown',
      isAtSamePath: false,
    }),
    machinePath: single(ofFile, nullable(text), null),
    unlinked: single(ofFile, nullable(UNLINKED), null),
    isOfRoot: single(ofFile, flag, false),
  },
  packages: {
    mayHaveChangedSince: later(
      once,
      table<MayHaveChanged>({ value: flag, limit: nullable(PACKAGE_LIMIT_CODE) }),
      { value: true, limit: null },
    ),
    transactionStart: later(once, nullable(count), null),
    since: unasked(async () => NOTHING_LOGGED),
    hookMemory: unasked(async () => null),
    changedSince: later(
      once,
      table<ChangedPackages>({ names: listOf(text), limit: nullable(PACKAGE_LIMIT_CODE) }),
      { names: [], limit: null },
    ),
    filesOf: manyLater({
      key: itself,
      parts: membersOf,
      whole: chosen,
      schema: flag,
      otherwise: false,
    }),
    ownersOf: manyLater({
      key: (path) => printable(path),
      parts: (owners: ReadonlyMap<string, string>) => (path) => owners.get(path) ?? null,
      whole: (parts) =>
        new Map(parts.flatMap(([path, name]) => (name === null ? [] : [[path, name] as const]))),
      schema: nullable(text),
      otherwise: null,
    }),
    installed: unasked(async () => null),
    versions: unasked(async () => null),
    changes: manyLater({
      key: (copy) => printable(copyKey(copy)),
      parts:
        ({ attributions, limit }: PackageChanges) =>
        (_, at) => ({
          attribution: attributions[at] ?? ({ kind: 'unknown' } as const),
          limit,
        }),
      whole: (parts) => ({
        attributions: parts.map(([, { attribution }]) => attribution),
        limit: parts.find(([, { limit }]) => limit !== null)?.[1].limit ?? null,
      }),
      schema: table({ attribution: ATTRIBUTION, limit: nullable(PACKAGE_LIMIT_CODE) }),
      otherwise: { attribution: { kind: 'unknown' }, limit: null },
    }),
    olderFileOf: unasked(async () => null),
    isAtWork: unasked(async () => false),
  },
  machine: {
    isBooted: single(once, flag, false),
    canSoftReboot: single(once, flag, false),
    hasMarkingHook: single(once, flag, false),
    userNames: single(once, mapOf(count, plain), new Map()),
    missing: many({ key: itself, parts: membersOf, whole: chosen, schema: flag, otherwise: false }),
    isLingering: single(itself, flag, false),
    hasRootProgram: single(itself, flag, false),
  },
  systemctl: {
    show: manyLater({
      key: (unit, manager) => factsKey(manager, unit),
      parts:
        ({ facts, limit }: UnitAnswer) =>
        (unit) => ({ facts: facts.get(unit) ?? null, limit }),
      whole(parts): UnitAnswer {
        const told = parts.flatMap(([unit, { facts }]) =>
          facts === null ? [] : [[unit, facts] as const],
        )
        const known = told.filter(([unit, facts]) => isAnswerAbout(unit, facts))
        const limit = parts.find((part) => part[1].limit !== null)?.[1].limit ?? null
        const wrong = known.length < told.length ? 'systemctl-failed' : null
        return { facts: new Map(known), limit: limit ?? wrong }
      },
      schema: table({ facts: nullable(UNIT_FACTS), limit: nullable(LIMIT_CODE) }),
      otherwise: { facts: null, limit: null },
    }),
    version: later(once, nullable(count), null),
    marked: later((manager) => String(manager), nullable(listOf(text)), null),
    programs: later((unit, manager) => factsKey(manager, unit), listOf(text), []),
  },
  logind: {
    graphicalSessions: later(once, nullable(count), null),
    consoleLogins: later(once, nullable(listOf(CONSOLE_LOGIN)), []),
    remoteHosts: unasked(async () => []),
    leftSessions: manyLater({
      key: itself,
      parts: membersOf,
      whole: chosen,
      schema: flag,
      otherwise: false,
    }),
    closingSessions: later(once, listOf(LEFT_SESSION), []),
    unattended: later(once, UNATTENDED, { greeters: [], commands: [] }),
    locksOf: manyLater({
      key: String,
      parts: (locks: Locks | null) => (pid: number) => locks && (locks.get(pid) ?? []),
      whole: (parts) =>
        parts.some(([, locks]) => locks === null)
          ? null
          : new Map(parts.map(([pid, locks]) => [pid, locks ?? []] as const)),
      schema: nullable(listOf(LOCK)),
      otherwise: null,
    }),
  },
  network: { paths: later(once, listOf(NETWORK_PATH), []) },
  controlGroups: {
    inhabitants: single(itself, INHABITANTS, { terminals: [], guests: [], processes: 0 }),
    processes: single(itself, listOf(count), []),
    guests: single(once, nullable(listOf(GUEST)), null),
    inContainers: single(once, count, 0),
  },
  members: {
    workers: single((group, main) => `${group} ${main}`, listOf(WORKER), []),
    leftBehind: single((pid, main) => `${pid} ${main}`, nullable(LEFT_BEHIND), null),
  },
  holdings: { of: single(itself, HOLDING, NOTHING_HELD) },
  running: {
    units: single(String, listOf(text), []),
    process: single(String, nullable(RUNNING_PROCESS), null),
    programs: single(itself, listOf(text), []),
    arguments: single(itself, listOf(text), []),
    unmet: single((files) => files.join('\n'), listOf(PATH_CONDITION), []),
  },
  services: {
    haveChangedSince: single(once, flag, true),
    states: later(once, nullable(SERVICE_STATES), null),
  },
  world: {
    bootFacts: later(once, nullable(BOOT_FACTS), null),
    advisories: single(once, nullable(listOf(TRACKED_GROUP)), null),
  },
}
