import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspectionKind } from '../support/inspection.ts'

/** Run by pid-reuse.test.ts as root in a process id namespace; prints what it saw as JSON. */
const directory = mkdtempSync(fileURLToPath(new URL('../../dist/reuse-', import.meta.url)))
try {
  const program = join(directory, 'program')
  copyFileSync('/bin/sleep', program)
  const pid = orphan(program)
  rmSync(program)
  const first = await inspectionKind(pid)
  let taken = 0
  const second = await inspectionKind(pid, () => {
    process.kill(pid, 'SIGKILL')
    waitUntil(() => !existsSync(`/proc/${pid}`))
    for (let tries = 0; taken !== pid && tries < 50; tries += 1) {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 2))
      taken = orphan('/bin/sleep')
    }
  })
  const afterwards = await inspectionKind(pid)
  const isOther = !readlinkSync(`/proc/${pid}/exe`).startsWith(program)
  process.stdout.write(
    JSON.stringify({ isSameId: taken === pid, isOther, first, second, afterwards }),
  )
} finally {
  rmSync(directory, { recursive: true })
}

/** Starts a program that the first process of the namespace inherits, and returns its id. */
function orphan(program: string): number {
  const argv = ['-c', '"$0" 1000 >/dev/null 2>&1 & echo $!', program]
  const pid = Number(execFileSync('/bin/sh', argv, { encoding: 'utf8' }))
  waitUntil(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(program))
  return pid
}

function waitUntil(condition: () => boolean): void {
  const never = new Int32Array(new SharedArrayBuffer(4))
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not happen')
    Atomics.wait(never, 0, 0, 2)
  }
}
