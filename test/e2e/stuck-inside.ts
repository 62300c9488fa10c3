import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUNDLE } from '../support/bundle.ts'

/**
 * Run by stuck.test.ts as root in namespaces of its own, in an empty directory; prints what it saw
 * as JSON. All processes end with the namespace, also the one that is stuck.
 */
const [directory = ''] = process.argv.slice(2)
/** Node reads with at most four threads: what comes after waits for them. */
const MORE_THAN_THE_POOL = 6
const before = await startStale('before')
const stuck: number[] = []
while (stuck.length < MORE_THAN_THE_POOL) stuck.push(await startStuck(`stuck-${stuck.length}`))
const stale = [before, await startStale('after')]
const cat = run('timeout', ['--signal=KILL', '3', 'cat', `/proc/${stuck[0]}/maps`])
const scan = run(process.execPath, [BUNDLE, '--format', 'json', '--exit-code'])
const wrong = run(process.execPath, [BUNDLE, '--config', '/nonexistent'])
const unwritten = run(process.execPath, [BUNDLE, '--output', '/nonexistent/report'])
const hook = run('sh', [hookScript()])
process.stdout.write(JSON.stringify({ stale, stuck, cat, scan, wrong, unwritten, hook }))
process.exit()

function run(program: string, argv: readonly string[]): object {
  const { status, signal, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  return { status, signal, stdout, stderr }
}

/**
 * Writes the hook's script, but with the bundle of this checkout, on what looks like a machine with
 * systemd.
 */
function hookScript(): string {
  spawnSync('mount', ['-t', 'tmpfs', 'stuck', '/run'])
  mkdirSync('/run/systemd/system', { recursive: true })
  const script = readFileSync(new URL('../../hooks/stale-libs', import.meta.url), 'utf8')
  const path = join(directory, 'hook')
  const ours = script
    .replace('/usr/lib/stale-libs/stale-libs.js', BUNDLE)
    .replace('/usr/bin/node', process.execPath)
  writeFileSync(path, ours, { mode: 0o755 })
  return path
}

/** Starts a program and removes its file. */
async function startStale(name: string): Promise<number> {
  const program = join(directory, name)
  copyFileSync('/bin/sleep', program)
  const child = spawn(program, ['1000'], { stdio: 'ignore' })
  await once(child, 'spawn')
  rmSync(program)
  return child.pid ?? 0
}

async function startStuck(name: string): Promise<number> {
  const [program, file] = [join(directory, name), join(directory, `${name}.file`)]
  const source = fileURLToPath(new URL('stuck.c', import.meta.url))
  const argv = ['-O', '-Wall', '-Werror', '-pthread', '-o', program, source]
  const compiled = spawnSync('cc', argv, { encoding: 'utf8' })
  if (compiled.status !== 0) throw new Error(`Cannot compile stuck.c: ${compiled.stderr}`)
  writeFileSync(file, '')
  const child = spawn(program, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [pid] = await once(child.stdout, 'data')
  const wchan = () => readFileSync(`/proc/${Number(pid)}/wchan`, 'latin1')
  const deadline = Date.now() + 20_000
  while (!wchan().includes('folio_lock'))
    if (Date.now() > deadline) throw new Error(`It is not stuck: ${wchan()}`)
  return Number(pid)
}
