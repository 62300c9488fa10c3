import assert from 'node:assert/strict'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import { makeRecording } from '../support/recording.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { RecordedProcess } from '../support/tree.ts'

/** The mapping of a library that was replaced. */
export const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'

export type Processes = Readonly<Record<number, RecordedProcess>>

/** Returns what the program reports of a recorded `/proc`. */
export function ofTree(processes: Processes, ...argv: readonly string[]): ReportDocument {
  return scanDocument(['--proc', makeTree(procTree(processes)), ...argv])
}

/** Returns what the program reports of a recorded machine. */
export function ofMachine(machine: RecordedMachine, ...argv: readonly string[]): ReportDocument {
  return scanDocument(['--from', makeRecording(machine), ...argv])
}

/** Returns what the program prints of a recorded machine. */
export function textOf(machine: RecordedMachine, ...argv: readonly string[]): string {
  const { status, stdout, stderr } = staleLibs(['--from', makeRecording(machine), ...argv])
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

/** A machine where each of the control groups has one process that uses a replaced library. */
export function staleIn(...groups: readonly string[]): Processes {
  const stale = groups.map((cgroup, at) => [10 + at, { maps: [LIBC], cgroup }] as const)
  return Object.fromEntries(stale)
}

export function only<T>(items: readonly T[]): T {
  assert.equal(items.length, 1, JSON.stringify(items))
  return items[0] as T
}

/** What is said of something in one word each: what it is, its name, what to do. */
export function verdict({ kind, name, action }: FindingDocument): readonly string[] {
  return [kind, name, action]
}

export function verdicts({ findings }: ReportDocument): readonly (readonly string[])[] {
  return findings.map(verdict)
}

export function cautions({ cautions: all }: FindingDocument): readonly string[] {
  return all.map(({ code }) => code)
}

export const restart = (...units: readonly string[]) => ['systemctl', 'restart', '--', ...units]
