import { firstValue, parsePropertyBlocks } from './property-blocks.ts'
import type { PropertyBlock } from './property-blocks.ts'
import { isUnitName, unitType, parseUnitList } from './unit-name.ts'

/** Properties of one unit as `systemctl show` prints them; an absent property is an empty text. */
export type UnitFacts = Readonly<Record<UnitProperty, string>>

export const UNIT_PROPERTIES = [
  'Id',
  'Names',
  'FragmentPath',
  'LoadState',
  'ActiveState',
  'Type',
  'MainPID',
  'ControlPID',
  'KillMode',
  'RefuseManualStart',
  'RefuseManualStop',
  'CanReload',
  'Transient',
  'TriggeredBy',
  'Accept',
  'Refs',
  'Job',
  'FreezerState',
  'NeedDaemonReload',
  'ControlGroup',
  'SendSIGKILL',
  'StandardInput',
  'SuccessAction',
  'FailureAction',
  'StartLimitAction',
  'StartLimitBurst',
  'StartLimitIntervalUSec',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
  'WorkingDirectory',
  'EnvironmentFiles',
  'RootDirectory',
  'RootImage',
  'BindPaths',
  'BindReadOnlyPaths',
  'TemporaryFileSystem',
  'MountImages',
  'ExtensionImages',
  'ExtensionDirectories',
  'WantedBy',
  'Wants',
  'Requires',
  'BindsTo',
  'ConsistsOf',
  'BoundBy',
  'RequiredBy',
  'PropagatesStopTo',
] as const

export type UnitProperty = (typeof UNIT_PROPERTIES)[number]

/**
 * Returns one record a unit, in the order in which the units were asked.
 *
 * Reads the output of `systemctl show --property=... -- UNIT...`. Values are one character a byte.
 * No property may be asked here that can hold any text (ExecStart=, Description=): a blank line in
 * it would begin the next unit.
 */
export function parseUnitFacts(text: string): UnitFacts[] {
  return parsePropertyBlocks(text).map(factsOf)
}

function factsOf(block: PropertyBlock): UnitFacts {
  const entries = UNIT_PROPERTIES.map((name) => [
    name,
    LISTS.has(name) ? (block.get(name) ?? []).join('\n') : firstValue(block, name),
  ])
  return Object.fromEntries(entries) as UnitFacts
}

/** Printed with a line for each item; of any other property the first line counts. */
const LISTS: ReadonlySet<string> = new Set(['EnvironmentFiles'])

/**
 * Says whether a record is an answer about a unit. Half of one, one about another unit, or one with
 * a value that systemd does not have is no answer: a program in the place of systemctl must not
 * decide anything.
 *
 * @param unit the name that was asked about: an alias answers with another Id
 */
export function isAnswerAbout(unit: string, facts: UnitFacts): boolean {
  const { Id, Names, LoadState, ActiveState } = facts
  if (Id === '' || LoadState === '' || ActiveState === '') return false
  if (Id !== unit && !parseUnitList(Names).includes(unit)) return false
  const isService = unitType(Id) === 'service'
  const isRight = (name: UnitProperty) =>
    name === 'Type' && isService ? SERVICE_TYPE(facts.Type) : FORMS[name](facts[name])
  return UNIT_PROPERTIES.every((name) => facts[name] === '' || isRight(name))
}

type Form = (value: string) => boolean

const oneOf = (words: string): Form => {
  const known = new Set(words.split(' '))
  return (value) => known.has(value)
}

const matches =
  (pattern: RegExp): Form =>
  (value) =>
    pattern.test(value)

const FLAG = oneOf('yes no')

const NUMBER = matches(/^\d{1,20}$/)

const UNITS: Form = (value) => parseUnitList(value).every(isUnitName)

/** Any text, as that of a path: it is made printable where it is shown. */
const TEXT: Form = () => true

const SERVICE_TYPE = oneOf('simple exec forking oneshot dbus notify notify-reload idle')

const ACTION = oneOf(
  'none reboot reboot-force reboot-immediate poweroff poweroff-force poweroff-immediate exit exit-force' +
    ' soft-reboot soft-reboot-force kexec kexec-force halt halt-force halt-immediate',
)

/**
 * What each property can be, besides nothing. The words are those of systemd 262 (`*_table` of
 * src/basic/unit-def.c, src/core/*.c) and of older versions. A word that comes later makes its unit
 * one that could not be asked about: better no advice than one for a state that nobody here knows.
 */
const FORMS: Readonly<Record<UnitProperty, Form>> = {
  Id: isUnitName,
  Names: UNITS,
  FragmentPath: TEXT,
  LoadState: oneOf('stub loaded not-found bad-setting error merged masked'),
  ActiveState: oneOf(
    'active reloading inactive failed activating deactivating maintenance refreshing',
  ),
  // Of a mount the type of the file system.
  Type: matches(/^[\w.+-]{1,64}$/),
  MainPID: NUMBER,
  ControlPID: NUMBER,
  KillMode: oneOf('control-group process mixed none'),
  RefuseManualStart: FLAG,
  RefuseManualStop: FLAG,
  CanReload: FLAG,
  Transient: FLAG,
  TriggeredBy: UNITS,
  Accept: FLAG,
  Refs: TEXT,
  Job: NUMBER,
  FreezerState: oneOf('running freezing frozen thawing freezing-by-parent frozen-by-parent'),
  NeedDaemonReload: FLAG,
  ControlGroup: matches(/^\//),
  SendSIGKILL: FLAG,
  StandardInput: matches(
    /^(?:null|tty|tty-force|tty-fail|socket|data|(?:fd|file|append|truncate)(?::.*)?)$/,
  ),
  SuccessAction: ACTION,
  FailureAction: ACTION,
  StartLimitAction: ACTION,
  StartLimitBurst: NUMBER,
  StartLimitIntervalUSec: matches(/^(?:infinity|[0-9a-z. ]{1,64})$/),
  ConditionResult: FLAG,
  ConditionTimestampMonotonic: NUMBER,
  InactiveExitTimestampMonotonic: NUMBER,
  WorkingDirectory: TEXT,
  EnvironmentFiles: TEXT,
  RootDirectory: TEXT,
  RootImage: TEXT,
  BindPaths: TEXT,
  BindReadOnlyPaths: TEXT,
  TemporaryFileSystem: TEXT,
  MountImages: TEXT,
  ExtensionImages: TEXT,
  ExtensionDirectories: TEXT,
  WantedBy: UNITS,
  Wants: UNITS,
  Requires: UNITS,
  BindsTo: UNITS,
  ConsistsOf: UNITS,
  BoundBy: UNITS,
  RequiredBy: UNITS,
  PropagatesStopTo: UNITS,
}

/**
 * Returns the programs that a start runs, without those that may fail: `ExecStart={ path=... ;
 * argv[]=... ; ignore_errors=no ; ...` of one unit. The arguments can hold any text, so nothing
 * else is asked with them but the unit's names: an answer about another unit has none.
 */
export function parsePrograms(text: string, unit: string): readonly string[] {
  const names = [...text.matchAll(/^(?:Id|Names)=(.*)$/gm)].flatMap(([, list = '']) =>
    parseUnitList(list),
  )
  if (!names.includes(unit)) return []
  return text.split('\n').flatMap((line) => {
    const [, path = ''] = /^Exec\w+=\{ path=(.*?) ; argv\[\]=/.exec(line) ?? []
    return path === '' || / ; ignore_errors=yes ; /.test(line) ? [] : [path]
  })
}

/** A manager of systemd: the system's, or that of the user with the id. */
export type Manager = 'system' | number
