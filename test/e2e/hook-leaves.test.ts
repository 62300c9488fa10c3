import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { labRoot } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageFile, PackageSpec } from './packages.ts'
import {
  assertWaits,
  endSilent,
  installProgram,
  startSilent,
  whySkippedWithFuse,
} from './silent.ts'
import { PACMAN, bootWithProgram, hookLines, packageFile } from './toys.ts'

const skip = whySkippedWithFuse()

const SERVED = '/srv/served'
const GAVE_UP = ['  stale-libs: gave up after 20 seconds; run stale-libs by hand']
const FAILED = [
  '  stale-libs: could not look for programs that use old code (/usr/bin/node failed)',
]
const REPORT = ['  what node found']
/** The script gives up after 20 seconds. The rest is for pacman. */
const TIME_LIMIT_MS = 25_000
/** Where node has ended there is nothing to wait for; all transactions begin at the same time. */
const SOON_S = 15

type Case = {
  /** The program that stands in for node. */
  readonly node: readonly string[]
  readonly said: readonly string[]
}

const says = `echo "${REPORT[0]}"`

const CASES: Readonly<Record<string, Case>> = {
  'waits for a file system that does not answer': {
    node: [`exec /usr/bin/stat ${SERVED}/x.so`],
    said: GAVE_UP,
  },
  'waits so, and has said something': {
    node: [says, `exec /usr/bin/stat ${SERVED}/x.so`],
    said: GAVE_UP,
  },
  'stops itself': { node: ['kill -STOP $$'], said: GAVE_UP },
  'ignores what a process can ignore': {
    node: ['trap "" HUP INT TERM PIPE USR1 USR2', 'while :; do /usr/bin/sleep 1000; done'],
    said: GAVE_UP,
  },
  'says a line that never ends': {
    // Some 60 MB until the script gives up: without a pause it is the memory that ends first.
    node: ['while /usr/bin/head -c 65536 /dev/zero | /usr/bin/tr "\\0" x', 'do sleep 0.02', 'done'],
    said: GAVE_UP,
  },
  'says more lines than anybody can read': {
    node: ['while /usr/bin/seq 10000', 'do sleep 0.02', 'done'],
    said: FAILED,
  },
  'ends, but a process of it keeps the standard output': {
    node: ['/usr/bin/setsid /usr/bin/sleep 1000 </dev/null 2>/dev/null &', says],
    said: REPORT,
  },
  'ends, but a process of it keeps the standard input': {
    node: ['/usr/bin/setsid /usr/bin/sleep 1000 <&0 >/dev/null 2>&1 &', says],
    said: REPORT,
  },
  'ends, but a process of it keeps all that it was given': {
    node: ['/usr/bin/setsid /usr/bin/sleep 1000 <&0 &', says],
    said: REPORT,
  },
  'never reads what pacman tells it': { node: ['exec /usr/bin/sleep 1000'], said: GAVE_UP },
  'ends without reading what pacman tells it': { node: [says], said: REPORT },
}

/** Arch's sh is bash, and Debian's is dash. They differ in which descriptors they keep beside. */
const SHELLS = ['bash', 'dash'].filter((shell) => existsSync(`${labRoot()}/usr/bin/${shell}`))
const NAMES = Object.keys(CASES)
/**
 * Where the packages have their files; each transaction has a directory of its own mounted there.
 */
const FILES = '/usr/lib/toy'
/** pacman tells the hook of each file: more than two megabytes, where a pipe takes 64 KiB. */
const MANY = 1000
const LONG = Array.from({ length: 10 }, () => 'x'.repeat(220)).join('/')

function packageWith(name: string, count: number): PackageSpec {
  const files = Array.from({ length: count }, (_, at): readonly [string, PackageFile] => [
    `${FILES.slice(1)}/${LONG}/${at}`,
    { text: '' },
  ])
  return { name, files: Object.fromEntries(files) }
}

const packageFor = (name: string) =>
  packageFile(name.includes('what pacman tells it') ? 'toy-many' : 'toy', '1.0-1')

describe('the hook ends when node', { skip }, () => {
  let lab: Lab
  let startedAt = 0

  before(async () => {
    lab = await bootWithProgram([packageWith('toy', 1), packageWith('toy-many', MANY)])
    installProgram(lab, 'silent')
    mustRun(lab, ['mkdir', SERVED, FILES])
    startSilent(lab, ['mounted', SERVED, '0'])
    assertWaits(lab, `${SERVED}/x.so`)
    startedAt = Date.now()
    for (const shell of SHELLS) for (const name of NAMES) startTransaction(name, shell)
  })
  after(async () => {
    if (lab === undefined) return
    endSilent(lab)
    await lab.stop()
  })

  const placeOf = (name: string, shell: string) => `/srv/${NAMES.indexOf(name)}-${shell}`
  /** Each has a mount namespace with a node, a shell and a database of pacman of its own. */
  const startTransaction = (name: string, shell: string) => {
    const place = placeOf(name, shell)
    const node = ['#!/bin/sh', ...(CASES[name]?.node ?? []), ''].join('\n')
    lab.write(`${place}/node`, node, 0o755)
    mustRun(lab, ['mkdir', '-p', `${place}/files`])
    mustRun(lab, ['cp', '-a', '/var/lib/pacman', `${place}/database`])
    const script =
      'place=$1 shell=$2; shift 2\n' +
      // Two of it at the same time take each other's new file away.
      'mount --bind /usr/bin/true "$(realpath /sbin/ldconfig)" &&\n' +
      'mount --bind "$place/node" /usr/bin/node &&\n' +
      `mount --bind "$place/files" ${FILES} &&\n` +
      'mount --bind "$place/database" /var/lib/pacman &&\n' +
      'mount --bind "/usr/bin/$shell" "$(realpath /bin/sh)" || exit\n' +
      'started=$(date +%s); "$@" >"$place/said" 2>&1\n' +
      'echo "exit $? after $(($(date +%s) - started))" >"$place/status"'
    const words = ['transaction', place, shell, ...PACMAN, '-U', packageFor(name)]
    const apart = ['unshare', '--mount', 'sh', '-c', script, ...words]
    const inBackground = 'setsid "$@" >/dev/null 2>&1 </dev/null &'
    mustRun(lab, ['sh', '-c', inBackground, 'background', ...apart])
  }

  const assertEnds = (name: string, shell: string) => {
    const { said } = CASES[name] ?? {}
    const place = placeOf(name, shell)
    const wait = 'until [ -s "$1" ]; do sleep 0.1; done; cat "$1"'
    const left = Math.max(TIME_LIMIT_MS - (Date.now() - startedAt), 500)
    const { stdout } = lab.run(['sh', '-c', wait, 'wait', `${place}/status`], { timeoutMs: left })
    const start = mustRun(lab, ['head', '-c', '100000', `${place}/said`])
    const [, seconds] = /^exit 0 after (\d+)\n$/.exec(stdout) ?? []
    assert.ok(seconds !== undefined, `pacman has not ended well:\n${start.slice(0, 3000)}`)
    assert.doesNotMatch(start, /error:/)
    assert.deepEqual(hookLines(start), said)
    if (said !== GAVE_UP) assert.ok(Number(seconds) < SOON_S, `it took ${seconds} seconds`)
    assert.equal(lab.run(['test', '-e', `${place}/database/db.lck`]).status, 1)
  }

  for (const shell of SHELLS)
    for (const name of NAMES) test(`${name} (${shell})`, () => assertEnds(name, shell))
})
