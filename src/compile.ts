import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBundle } from './io/compiled.ts'
import { messageOf } from './io/error.ts'
import { writeFile } from './io/write.ts'

/**
 * Keeps what V8 compiles of the program for later runs. Whoever builds or installs it runs this, and again
 * after an upgrade of Node. V8 compiles a function when it is called first, so the program is run.
 */
const FORMS = [
  [],
  ['--hook'],
  ...['text', 'json', 'nagios', 'prometheus'].map((form) => ['--format', form]),
]

/** A process that uses a replaced library, in the form of /proc: what most functions are for. */
const STALE_PROCESS: Readonly<Record<string, string>> = {
  maps: '7f0000000000-7f0000001000 r-xp 00000000 00:01 7   /usr/lib/libc.so.6 (deleted)\n',
  cgroup: '0::/system.slice/a.service\n',
  comm: 'a\n',
  stat: '1 (a) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n',
}

async function compile(directory: string): Promise<void> {
  // What was kept before may be of a Node of the same version that was built in another way.
  const compiled = join(directory, 'compiled')
  mkdirSync(compiled, { recursive: true })
  for (const old of readdirSync(compiled)) rmSync(join(compiled, old))
  const machine = mkdtempSync(join(tmpdir(), 'stale-libs-'))
  try {
    mkdirSync(join(machine, '1'))
    for (const [name, text] of Object.entries(STALE_PROCESS))
      writeFileSync(join(machine, '1', name), text)
    const bundle = openBundle(directory, require)
    const around = ['--proc', machine, '--root', machine, '--output', join(machine, 'report')]
    for (const form of FORMS) {
      process.argv.splice(2, Number.POSITIVE_INFINITY, ...form, ...around)
      bundle.run('program.js')
      await once(process, 'beforeExit')
    }
    for (const { file, bytes } of bundle.compiled()) writeFile(file, bytes)
  } finally {
    rmSync(machine, { recursive: true })
  }
}

compile(import.meta.dirname).then(
  () => {
    process.exitCode = 0
  },
  (error: unknown) => {
    process.stderr.write(`stale-libs: ${messageOf(error, false)}\n`)
    process.exitCode = 3
  },
)
