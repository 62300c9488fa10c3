import type { Anonymizer } from './anonymizer.ts'

/** The members of answers whose values systemd, pacman or this program chose, never a person. */
const KEPT: ReadonlySet<string> = new Set([
  'version',
  'at',
  'kind',
  'runtime',
  'now',
  'state',
  'code',
  'limit',
  'change',
  'operation',
  'severity',
  'action',
  'of',
  'role',
  'result',
  'LoadState',
  'ActiveState',
  'Type',
  'MainPID',
  'NotifyAccess',
  'ControlPID',
  'KillMode',
  'RefuseManualStart',
  'RefuseManualStop',
  'CanReload',
  'Transient',
  'Accept',
  'Job',
  'FreezerState',
  'NeedDaemonReload',
  'Markers',
  'FileDescriptorStoreMax',
  'SendSIGKILL',
  'TimeoutStopUSec',
  'TTYVHangup',
  'SuccessAction',
  'FailureAction',
  'StartLimitAction',
  'StartLimitBurst',
  'StartLimitIntervalUSec',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
])

/** The members whose values are names of units or control groups, however they look. */
const NAMES: ReadonlySet<string> = new Set(['ControlGroup', 'cgroup', 'name', 'unit', 'busName'])

/** The members whose values are login names. */
const LOGINS: ReadonlySet<string> = new Set(['users', 'User', 'longOf'])

/** The place of a value in a recording. */
type Place = {
  /** The question that it answers; empty elsewhere. */
  readonly question: string
  /** The name of the nearest member above. */
  readonly member: string
}

/** Returns the members of `recording.json` with other words in the place of those of people. */
export function anonymized(document: unknown, anonymizer: Anonymizer): unknown {
  return valueIn(document, { question: '', member: '' }, anonymizer)
}

function valueIn(value: unknown, place: Place, anonymizer: Anonymizer): unknown {
  if (typeof value === 'string') return textIn(value, place, anonymizer)
  if (place.member === 'answers' && isCall(value)) {
    const [question, , answer] = value
    const inside = { question, member: '' }
    return [question, keyOf(value, anonymizer), answerIn(answer, inside, anonymizer)]
  }
  if (Array.isArray(value)) return value.map((one: unknown) => valueIn(one, place, anonymizer))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([member, one]) => [
      member,
      valueIn(one, { ...place, member: isOfUsers(place, member) ? 'users' : member }, anonymizer),
    ]),
  )
}

/** Says whether a member is the glob of a rule for users. */
function isOfUsers(place: Place, member: string): boolean {
  return place.member === 'users' && member === 'glob'
}

/** A question, the key of what it is about, and the answer. */
type Call = readonly [string, string, unknown]

function isCall(value: unknown): value is Call {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string'
  )
}

/** The ports that are asked about a control group. */
const ASKED_BY_GROUP: ReadonlySet<string> = new Set(['controlGroups', 'holdings', 'members'])

/** Returns the key of a call, as the replay of the same call makes it. */
function keyOf([question, key, answer]: Call, anonymizer: Anonymizer): string {
  const [port] = question.split('.')
  if (question === 'machine.isLingering') return anonymizer.login(key)
  if (port !== undefined && ASKED_BY_GROUP.has(port)) return anonymizer.name(key)
  // A path below /usr that no package has is made of the name of a unit, which may be a person's.
  if (question === 'packages.filesOf' && answer === false) return anonymizer.name(key)
  if (port !== 'files') return anonymizer.text(key)
  const path = key.indexOf(' ') + 1
  return `${key.slice(0, path)}${anonymizer.bytePath(key.slice(path))}`
}

function answerIn(answer: unknown, place: Place, anonymizer: Anonymizer): unknown {
  const process = place.question === 'running.process' ? answer : null
  if (typeof process !== 'object' || process === null || !('comm' in process))
    return valueIn(answer, place, anonymizer)
  const exe = 'exe' in process && typeof process.exe === 'string' ? process.exe : null
  const rest = valueIn({ ...process, comm: null }, place, anonymizer)
  return { ...(rest as object), comm: anonymizer.comm(String(process.comm), exe) }
}

function textIn(text: string, { question, member }: Place, anonymizer: Anonymizer): string {
  if (KEPT.has(member) || isConsole(text, member)) return text
  if (question === 'files.machinePath') return anonymizer.bytePath(text)
  if (question === 'machine.userNames' || LOGINS.has(member)) return anonymizer.login(text)
  if (/^(?:packages|world)\./.test(question)) return anonymizer.system(text)
  return NAMES.has(member) ? anonymizer.name(text) : anonymizer.text(text)
}

/** Says whether a text is the device of a virtual console (console(4)), which no person names. */
function isConsole(text: string, member: string): boolean {
  return member === 'TTYPath' && /^\/dev\/tty\d{1,2}$/.test(text)
}

/**
 * Returns a line of `/proc/PID/maps` with the kind of its file (proc_pid_maps(5)).
 *
 * @param line one character a byte
 */
export function anonymizedMaps(line: string, { bytePath }: Pick<Anonymizer, 'bytePath'>): string {
  const [, columns, path] = /^((?:\S+ ){4}\S+ +(?:\(deleted\)(?=\/))?)(\S.*)$/s.exec(line) ?? []
  return columns === undefined || path === undefined ? '' : `${columns}${bytePath(path)}`
}
