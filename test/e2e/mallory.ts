import assert from 'node:assert/strict'
import { reportDocument } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { inText, readHook } from './hook-output.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { installProgram } from './silent.ts'
import { PACMAN, bootWithProgram, findingOf, packageFile, toyLibrary, transaction } from './toys.ts'

/** A user who would like root to wait for ever, or to be told something wrong. */
export const MALLORY = { name: 'mallory', uid: 1001, home: '/home/mallory' }

export const REINSTALL = [...PACMAN, '-U', packageFile('libtoy', '1.0-1')]

/** Boots a machine with the toy library, mallory, and C programs of this directory. */
export async function bootWithMallory(...programs: readonly string[]): Promise<Lab> {
  const libtoy = { name: 'libtoy', files: { 'usr/lib/libtoy.so.1': toyLibrary() } }
  const lab = await bootWithProgram([libtoy])
  mustRun(lab, REINSTALL)
  for (const program of programs) installProgram(lab, program)
  addUser(lab, MALLORY.name, MALLORY.uid)
  return lab
}

/** The hook of a transaction names a stale service, and how to restart it. */
export function assertHookNames(lab: Lab, unit: string, bound: RunOptions): void {
  const lines = transaction(lab, REINSTALL, bound)
  const { named, commands } = readHook(lines)
  assert.ok(named.includes(inText(unit)), lines.join('\n'))
  const isWhole = (command: string) => command === 'stale-libs restart'
  const words = commands.flatMap((command) => command.split(' '))
  assert.ok(words.includes(inText(unit)) || commands.some(isWhole), lines.join('\n'))
}

/** So does a look by hand, whose report is returned. */
export function assertReportNames(lab: Lab, unit: string, bound: RunOptions): ReportDocument {
  const document = reportDocument(mustRun(lab, ['stale-libs', '--format', 'json'], bound))
  const restart = ['systemctl', 'restart', '--', unit]
  assert.deepEqual(findingOf(document, unit).command, restart)
  return document
}
