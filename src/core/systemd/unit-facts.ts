import { isMarker } from './markers.ts'
import { firstValue, parsePropertyBlocks } from './property-blocks.ts'
import type { PropertyBlock } from './property-blocks.ts'
import { isUnitName, unitType, parseUnitList } from './unit-name.ts'

/** Properties of one unit as `systemctl show` prints them; an absent property is an empty text. */
export type UnitFacts = Readonly<Record<UnitProperty, string>>

/**
 * The properties that give a unit files of its own in the place of the machine's (systemd.exec(5)).
 */
export const OWN_FILES = [
  'RootDirectory',
  'RootImage',
  'BindPaths',
  'BindReadOnlyPaths',
  'TemporaryFileSystem',
  'MountImages',
  'ExtensionImages',
  'ExtensionDirectories',
] as const

/** The properties of a unit that `systemctl show` is asked for. */
export const UNIT_PROPERTIES = [
  'Id',
  'Names',
  'FragmentPath',
  'SourcePath',
  'DropInPaths',
  'LoadState',
  'ActiveState',
  'Type',
  'User',
  'MainPID',
  'NotifyAccess',
  'ControlPID',
  'KillMode',
  'RefuseManualStart',
  'RefuseManualStop',
  'CanReload',
  'Transient',
  'TriggeredBy',
  'OnSuccessOf',
  'OnFailureOf',
  'Accept',
  'Refs',
  'Job',
  'FreezerState',
  'NeedDaemonReload',
  'Markers',
  'ControlGroup',
  'FileDescriptorStoreMax',
  'SendSIGKILL',
  'TimeoutStopUSec',
  'StandardInput',
  'TTYPath',
  'TTYVHangup',
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
  ...OWN_FILES,
  'WantedBy',
  'Wants',
  'Requires',
  'BindsTo',
  'ConsistsOf',
  'BoundBy',
  'RequiredBy',
  'PropagatesStopTo',
] as const

/** A property of a unit that `systemctl show` is asked for. */
export type UnitProperty = (typeof UNIT_PROPERTIES)[number]

/**
 * Returns one record for each unit, in the order of the question.
 *
 * Reads the output of `systemctl show --property=... -- UNIT...`. Values are one character a byte.
 * The question must not name a property that can have any text (ExecStart=, Description=): a blank
 * line in it would begin the next unit.
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

/**
 * The properties that are printed with a line for each item. Of any other property the first line
 * counts.
 */
const LISTS: ReadonlySet<string> = new Set(['EnvironmentFiles'])

/**
 * Says whether a record is an answer about a unit. It is none if it is incomplete, if it is about
 * another unit, or if it has a value that systemd does not have: a program in the place of
 * systemctl must not decide anything.
 *
 * @param unit the name in the question: an alias answers with another Id
 */
export function isAnswerAbout(unit: string, facts: UnitFacts): boolean {
  const { Id, Names, LoadState, ActiveState } = facts
  if (Id === '' || LoadState === '' || ActiveState === '') return false
  if (Id !== unit && !parseUnitList(Names).some((name) => name === unit)) return false
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

/** Any text, for example a path. The renderer makes it printable. */
const TEXT: Form = () => true

const SERVICE_TYPE = oneOf('simple exec forking oneshot dbus notify notify-reload idle')
const ACTION = oneOf(
  'none reboot reboot-force reboot-immediate poweroff poweroff-force poweroff-immediate exit ' +
    'exit-force soft-reboot soft-reboot-force kexec kexec-force halt halt-force halt-immediate',
)

/**
 * The form of each property that is not empty. The words are those of systemd 262 (`*_table` of
 * src/basic/unit-def.c, src/core/*.c) and of older versions. A unit with a newer word counts as one
 * that could not be asked, since no advice fits a state that the rules do not know.
 */
const FORMS: Readonly<Record<UnitProperty, Form>> = {
  Id: isUnitName,
  Names: UNITS,
  FragmentPath: TEXT,
  SourcePath: TEXT,
  DropInPaths: TEXT,
  LoadState: oneOf('stub loaded not-found bad-setting error merged masked'),
  ActiveState: oneOf(
    'active reloading inactive failed activating deactivating maintenance refreshing',
  ),
  // The type of a mount is that of its file system.
  Type: matches(/^[\w.+-]{1,64}$/),
  // A name or a number. What it names need not be known here (User=, systemd.exec(5)).
  User: matches(/^[^:/]{1,256}$/),
  MainPID: NUMBER,
  NotifyAccess: oneOf('none main exec all'),
  ControlPID: NUMBER,
  KillMode: oneOf('control-group process mixed none'),
  RefuseManualStart: FLAG,
  RefuseManualStop: FLAG,
  CanReload: FLAG,
  Transient: FLAG,
  TriggeredBy: UNITS,
  OnSuccessOf: UNITS,
  OnFailureOf: UNITS,
  Accept: FLAG,
  Refs: TEXT,
  Job: NUMBER,
  FreezerState: oneOf('running freezing frozen thawing freezing-by-parent frozen-by-parent'),
  NeedDaemonReload: FLAG,
  Markers: (value) => value.split(' ').every(isMarker),
  ControlGroup: matches(/^\//),
  FileDescriptorStoreMax: NUMBER,
  SendSIGKILL: FLAG,
  TimeoutStopUSec: TEXT,
  StandardInput: matches(
    /^(?:null|tty|tty-force|tty-fail|socket|data|(?:fd|file|append|truncate)(?::.*)?)$/,
  ),
  TTYPath: TEXT,
  TTYVHangup: FLAG,
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
 * argv[]=... ; ignore_errors=no ; ...` of one unit. The arguments can have any text, so the
 * question names nothing else but the commands and the names of the unit. An answer about another
 * unit has no programs.
 */
export function parsePrograms(text: string, unit: string): readonly string[] {
  const names = [...text.matchAll(/^(?:Id|Names)=(.*)$/gm)].flatMap(([, list = '']) =>
    parseUnitList(list),
  )
  if (!names.some((name) => name === unit)) return []
  return text.split('\n').flatMap((line) => {
    const [, path = ''] = /^Exec\w+=\{ path=(.*?) ; argv\[\]=/.exec(line) ?? []
    return path === '' || / ; ignore_errors=yes ; /.test(line) ? [] : [path]
  })
}

/**
 * Says whether a process is the main or the control process of a unit. With `KillMode=process` a
 * restart ends no others (systemd.kill(5)).
 */
export function isMainOrControl(
  pid: number,
  { MainPID, ControlPID }: Pick<UnitFacts, 'MainPID' | 'ControlPID'>,
): boolean {
  return [MainPID, ControlPID].includes(String(pid))
}

/** A manager of systemd: the system's, or that of the user with the id. */
export type Manager = 'system' | number
