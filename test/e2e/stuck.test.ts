import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { reportDocument } from '../support/bundle.ts'
import { whySkipped } from './host.ts'

const INSIDE = fileURLToPath(new URL('stuck-inside.ts', import.meta.url))
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

type Ended = {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}
type Seen = {
  readonly stale: readonly number[]
  readonly stuck: readonly number[]
  readonly cat: Ended
  readonly scan: Ended
  readonly wrong: Ended
  readonly unwritten: Ended
  readonly hook: Ended
}

/** Before 22.15 Node has no exec(3), and can end only by a signal. */
const isOldNode = !('execve' in process)

function whySkippedHere(): string | false {
  const reason = whySkipped()
  if (reason !== false) return reason
  const lacks = [
    ...(existsSync('/dev/fuse') ? [] : ['/dev/fuse']),
    ...(spawnSync('cc', ['--version']).error === undefined ? [] : ['a C compiler']),
  ]
  if (lacks.length > 0 && process.env['CI']) throw new Error(`Cannot test: no ${lacks.join(', ')}`)
  return lacks.length > 0 && `no ${lacks.join(', ')}`
}

test('processes whose maps nobody can read hold nobody up', { skip: whySkippedHere() }, () => {
  const directory = mkdtempSync(`${CHECKOUT}/dist/stuck-`)
  after(() => rmSync(directory, { recursive: true }))
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const script = '"$@" & wait $!'
  const node = [process.execPath, '--import', 'tsx', INSIDE, directory]
  const { stdout, stderr } = spawnSync(
    'unshare',
    [...namespaces, 'sh', '-c', script, 'sh', ...node],
    { encoding: 'utf8', timeout: 120_000, killSignal: 'SIGKILL', cwd: CHECKOUT },
  )
  assert.equal(stderr, '')
  const { stale, stuck, cat, scan, wrong, unwritten, hook } = JSON.parse(stdout) as Seen

  assert.deepEqual([cat.stdout, cat.signal ?? cat.status], ['', 'SIGKILL'], 'it is not stuck')

  const ended = isOldNode ? [null, 'SIGUSR2'] : [1, null]
  assert.deepEqual([scan.status, scan.signal, scan.stderr], [...ended, ''])
  const document = reportDocument(scan.stdout)
  assert.equal(document.scan.complete, false)
  const said = document.limits.filter(({ code }) => code === 'maps-stuck')
  assert.deepEqual(
    said.map(({ count }) => count),
    [stuck.length],
  )
  const pids = document.findings.flatMap(({ processes }) => processes.map(({ pid }) => pid))
  assert.deepEqual(pids.toSorted(), stale.toSorted(), `${stuck.join()} are stuck`)

  // The configuration is read before any process is.
  assert.deepEqual([wrong.status, wrong.signal], [2, null])
  assert.match(wrong.stderr, /^stale-libs: [^\n]*\/nonexistent[^\n]*\n$/)

  assert.deepEqual([unwritten.status, unwritten.signal], isOldNode ? [null, 'SIGUSR2'] : [3, null])
  assert.match(unwritten.stderr, /^stale-libs: [^\n]*\/nonexistent[^\n]*\n$/)

  assert.deepEqual([hook.status, hook.signal, hook.stderr], [0, null, ''])
  assert.match(hook.stdout, /\b(?:before|after) \(PID/m)
  const unreadable = /^ {2}Not all was seen \((\d+) unreadable\b.*\): /m.exec(hook.stdout)?.[1]
  assert.ok(Number(unreadable) >= stuck.length, hook.stdout)
})
