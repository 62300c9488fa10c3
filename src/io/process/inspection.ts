import { closeSync, readdirSync, statSync } from 'node:fs'
import { isCodeByPermission } from '../../core/proc/classify.ts'
import { isMarked } from '../../core/proc/deleted-mark.ts'
import type { Inspection, Mapping, ProcessFacts } from '../../core/proc/process.ts'
import { parseStat } from '../../core/proc/stat.ts'
import { errorCode, isDenied, isGone, unlessUnreadable } from '../error.ts'
import { readText } from '../files/proc-file.ts'
import type { MapsLines } from './marked-lines.ts'
import { readPersonality } from './personality.ts'
import { isExecutableGone, readFacts } from './process-facts.ts'
import type { ProcessRead } from './read-context.ts'

/** A process without a deleted mapping that counts. */
export const CLEAN: Inspection = { kind: 'clean' }

/**
 * Returns the inspection of a process that cannot be read. An error that is not of the system is
 * thrown.
 */
export async function inspectionOfError(error: unknown): Promise<Inspection> {
  if (isGone(error)) return { kind: 'gone' }
  if (isDenied(error)) return { kind: 'denied' }
  if (errorCode(error) !== '') return { kind: 'failed' }
  throw error
}

/**
 * Returns how reading a process ended, and reads its facts where a deleted mapping counts.
 *
 * @param maps descriptor of its maps, which is closed
 * @param failure the error that ended reading before the end of maps
 */
export async function inspectionOf(
  process: ProcessRead,
  maps: number,
  lines: MapsLines,
  failure: Error | null,
): Promise<Inspection> {
  const { directory, context } = process
  try {
    const isCut = failure !== null
    if (isCut && (isGone(failure) || isDenied(failure) || errorCode(failure) === '')) throw failure
    lines.end()
    if (lines.isEmpty && !isCut) return await inspectThreads(process)
    const mappings = lines.marked?.kept() ?? []
    if (mappings.length === 0 && !(lines.marked !== null && isExecutableGone(directory)))
      return isCut ? { kind: 'failed' } : CLEAN
    const facts = await withPersonality(
      await readFacts(process, mappings),
      process,
      mappings,
      lines,
    )
    if (!(await context.calls.hasBeginning(maps))) return { kind: 'gone' }
    const dropped = lines.dropped + (lines.marked?.dropped ?? 0)
    const code = codeIn(mappings, facts)
    const isClean = code.length === 0 && !isMarked(facts.exe ?? '') && dropped === 0 && !isCut
    return isClean ? CLEAN : { kind: 'marked', facts, mappings: code, dropped, isCut }
  } catch (error) {
    return await inspectionOfError(error)
  } finally {
    closeSync(maps)
  }
}

/**
 * Returns the facts, and whether all that the process reads is executable. That is asked only where
 * nothing but the execute permission tells that a mapping is of code. Where it may not be read, the
 * heap tells, and where there is no heap, the permission counts.
 */
async function withPersonality(
  facts: ProcessFacts,
  process: ProcessRead,
  mappings: readonly Mapping[],
  { isHeapExecutable }: MapsLines,
): Promise<ProcessFacts> {
  if (!mappings.some((mapping) => isCodeByPermission(mapping, facts.exe))) return facts
  const isImplied = (await readPersonality(process)) ?? isHeapExecutable ?? false
  return isImplied ? { ...facts, impliesExecution: true } : facts
}

/** Returns the mappings of code. */
function codeIn(
  mappings: readonly Mapping[],
  { impliesExecution, exe }: ProcessFacts,
): readonly Mapping[] {
  if (!impliesExecution) return mappings
  return mappings.filter((mapping) => !isCodeByPermission(mapping, exe))
}

/**
 * Reads the other threads of a process whose first thread has ended. Such a process shows no
 * mappings, but lives on in its other threads (pthread_exit(3)). The first thread that has mappings
 * counts.
 */
async function inspectThreads(process: ProcessRead): Promise<Inspection> {
  const { context, directory, pid, openThreads } = process
  if (openThreads === null || (context.isKernels && isAlone(directory))) return { kind: 'empty' }
  const stat = parseStat(readText(`${directory}/stat`) ?? '')
  if (stat === null || stat.isKernelThread || stat.threads < 2) return { kind: 'empty' }
  const threads = unlessUnreadable(() => readdirSync(`${directory}/task`)) ?? []
  const reader = openThreads()
  for (const thread of threads.filter((name) => name !== String(pid))) {
    const inspection = await reader.inspect(`${directory}/task/${thread}`, pid)
    if (inspection.kind !== 'empty' && inspection.kind !== 'gone') return inspection
  }
  return { kind: 'empty' }
}

/**
 * Says whether a process has one thread. Each thread is a directory in `task`, and each directory
 * is a link of its parent (fs/proc/base.c).
 */
function isAlone(directory: string): boolean {
  const task = unlessUnreadable(() => statSync(`${directory}/task`))
  return task === null || task.nlink <= LINKS_OF_ONE_THREAD
}

const LINKS_OF_ONE_THREAD = 3
