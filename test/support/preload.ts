import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  accessSync,
  constants,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scanDocument } from './bundle.ts'

/** What is deleted below /tmp is temporary code, so the files of these tests must lie elsewhere. */
const place = [
  fileURLToPath(new URL('../../dist', import.meta.url)),
  homedir(),
  '/srv',
  '/opt',
].find(
  (candidate) => !/^\/(?:tmp|var\/tmp|run|dev)\//.test(`${candidate}/`) && isWritable(candidate),
)
/** Why tests with real processes cannot run here; `false` where they can. */
export const skip = place === undefined && 'no directory outside of /tmp is writable here'
/** Where the libraries of these tests lie. */
export const directory = place === undefined ? '' : mkdtempSync(join(place, 'live-'))

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  if (directory !== '') rmSync(directory, { recursive: true, force: true })
})

/** A library that is mapped into this very process: no compiler is needed for a real one. */
export const LIBRARY =
  /\s(\/\S*\/(?:libgcc_s|libm|libdl|libpthread)[^/]*\.so\S*)$/m.exec(
    readFileSync('/proc/self/maps', 'utf8'),
  )?.[1] ?? ''

const STAY = ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)']

/**
 * Starts a process that has a copy of a real library mapped, under the name (text, or bytes where
 * it is none). LD_PRELOAD splits at blanks and colons, so it is given a link: maps shows where that
 * leads.
 *
 * @param argv arguments with which the executable says something and stays
 */
export async function withLibrary(
  name: string | Buffer,
  executable = process.execPath,
  argv: readonly string[] = STAY,
): Promise<{ pid: number; path: string }> {
  const bytes = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name)])
  const link = join(directory, `link-${children.length}`)
  copyFileSync(LIBRARY, bytes)
  symlinkSync(bytes, link)
  const child = spawn(executable, argv, {
    env: { LD_PRELOAD: link },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  // The kernel writes a newline as \012.
  const mapped = bytes.toString('latin1').replaceAll('\n', String.raw`\012`)
  assert.ok(
    child.pid !== undefined && readFileSync(`/proc/${child.pid}/maps`, 'latin1').includes(mapped),
  )
  return { pid: child.pid, path: bytes.toString() }
}

/** Returns path, kind and state of the stale files of one process. */
export function staleFiles(
  pid: number,
): readonly (readonly [path: string, kind: string, state: string])[] {
  return scanDocument([]).findings.flatMap(({ processes, files }) =>
    processes
      .filter((process) => process.pid === pid)
      .flatMap((process) => process.files.map((at) => files[at]))
      .flatMap((file) => (file === undefined ? [] : [[file.path, file.kind, file.state] as const])),
  )
}
