import { join } from 'node:path'
import { readConfig } from '../../core/config/config.ts'
import type { Config } from '../../core/config/config.ts'
import { anyTable, WRONG } from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'
import { errorCode, StaleLibsError } from '../error.ts'
import { readWhole } from '../files/small-file.ts'
import { hostIn } from '../machine/machine.ts'
import { openOwners } from '../proc/owners.ts'
import { openProc } from '../proc/proc.ts'
import type { Proc } from '../proc/proc.ts'
import type { World } from '../world.ts'
import { CallLog } from './call-log.ts'
import type { Call } from './call-log.ts'
import { FORM, MEMBERS } from './form.ts'
import type { RecordingDocument } from './form.ts'
import { replayed } from './ports.ts'
import { QUESTIONS } from './questions.ts'

/** A recording as a world, with the configuration of the scan that made it. */
export type Recording = { readonly world: World; readonly config: Config }

/**
 * The bound on a recording: ten times that of ten thousand stale processes. V8 allows 512 MiB for a
 * text.
 */
const MAX_BYTES = 256 * 1024 * 1024

/**
 * Opens a recording.
 *
 * @throws {StaleLibsError} when it is missing, damaged or of another form, and says which
 */
export function openRecording(directory: string): Recording {
  const document = readDocument(directory)
  const proc = openProc(join(directory, 'proc'), { pids: document.processes })
  for (const pid of document.processes)
    if (proc.read(`${pid}/maps`) === null) throw damaged(directory, `proc/${pid}/maps is missing`)
  const config = readConfig(document.config, 'recording.json')
  if ('key' in config) throw damaged(directory, `config, ${config.key}: ${config.message}`)
  return { world: worldOf(document, proc), config }
}

function worldOf(document: RecordingDocument, proc: Proc): World {
  const { self, uid, tally, isLive, at, durationMs } = document
  const log = new CallLog()
  for (const call of document.answers) log.note(...call)
  const { world, machine, services, ...ports } = replayed(log)
  return {
    ...ports,
    ...world,
    proc,
    owners: openOwners(proc),
    machine: {
      ...machine,
      isLive,
      tree: null,
      ownTree: null,
      people: () => [],
      host: () => hostIn(proc),
    },
    services: log.wasAsked('services.states') ? services : null,
    tally,
    self: self && { pid: 0, ...self },
    uid,
    clock: () => ({ at: new Date(at), durationMs }),
  }
}

function readDocument(directory: string): RecordingDocument {
  const value = readJson(directory)
  const { form } = value
  if (form !== FORM && typeof form === 'number')
    throw new StaleLibsError(
      `Cannot replay "${directory}": it was made by ${form > FORM ? 'a newer' : 'an older'} ` +
        `stale-libs (form ${form}, this one reads ${FORM})`,
    )
  const member = <Name extends keyof RecordingDocument>(name: Name): RecordingDocument[Name] => {
    // TypeScript does not relate the schema to the type of the same name.
    const schema: Schema<RecordingDocument[Name]> = MEMBERS[name]
    const read = schema(value[name])
    if (read === WRONG) throw damaged(directory, `recording.json, "${name}" is not what it must be`)
    return read
  }
  const document: RecordingDocument = {
    form: member('form'),
    version: member('version'),
    at: member('at'),
    durationMs: member('durationMs'),
    uid: member('uid'),
    isLive: member('isLive'),
    self: member('self'),
    processes: member('processes'),
    tally: member('tally'),
    config: member('config'),
    answers: member('answers'),
  }
  const wrong = document.answers.find((call) => !isAnswer(call))
  if (wrong !== undefined)
    throw damaged(directory, `recording.json, an answer of "${wrong[0]}" is not what it must be`)
  return document
}

const SCHEMAS: ReadonlyMap<string, Schema<unknown>> = new Map(
  Object.entries(QUESTIONS).flatMap(([port, questions]) =>
    Object.entries(questions).map(([name, { schema }]) => [`${port}.${name}`, schema] as const),
  ),
)

function isAnswer([question, , answer]: Call): boolean {
  const schema = SCHEMAS.get(question)
  return schema !== undefined && schema(answer) !== WRONG
}

function readJson(directory: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(readWhole(join(directory, 'recording.json'), MAX_BYTES).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(directory, 'recording.json is no JSON')
    const code = errorCode(error)
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    throw new StaleLibsError(
      isMissing
        ? `No recording in "${directory}" (there is no recording.json)`
        : `Cannot replay "${directory}": recording.json: ${code}`,
      { cause: error },
    )
  }
  const document = anyTable(value)
  if (document === WRONG) throw damaged(directory, 'recording.json is no table')
  return document
}

function damaged(directory: string, what: string): StaleLibsError {
  return new StaleLibsError(`Cannot replay "${directory}": it is damaged: ${what}`)
}
