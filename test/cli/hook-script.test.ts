import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const SCRIPT = readFileSync(new URL('../../hooks/stale-libs', import.meta.url), 'utf8')
/** The part that chooses what the look gets of the environment of pacman. */
const [CHOICE = ''] = /^LC_ALL=C\n[^]*?(?=^# timeout kills)/m.exec(SCRIPT) ?? []
const SHELLS = ['/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell))
const LONG = 'a'.repeat(300)
const FAILED =
  '  stale-libs: could not look for programs that use old code (/usr/bin/node failed)\n'
const NOBODY = 65534

const directory = mkdtempSync(join(tmpdir(), 'stale-libs-hook-'))
chmodSync(directory, 0o755)
after(() => rmSync(directory, { recursive: true }))

/** Returns the words that run the script where a look is possible, with another node. */
function scriptWith(shell: string, node: string): readonly string[] {
  const file = join(directory, `${shell.replaceAll('/', '-')}-${Math.random()}`)
  const guards = /^\[ (?:\/proc\/1\/root|-d \/run\/systemd).*\n/gm
  const text = SCRIPT.replace('#!/bin/sh', `#!${shell}`)
    .replace(guards, '')
    .replace('/usr/bin/node /usr/lib/stale-libs/stale-libs.js', () => `${shell} -c '${node}' node`)
  assert.equal(SCRIPT.match(guards)?.length, 2)
  writeFileSync(file, text, { mode: 0o755 })
  return [file, '--targets']
}

function run([program = '', ...argv]: readonly string[], input = 'usr/lib/libc.so.6\n') {
  const limits = { timeout: 40_000, killSignal: 'SIGKILL' } as const
  const { status, stdout } = spawnSync(program, argv, { ...limits, input, encoding: 'utf8' })
  return { status, stdout }
}

/** Returns the words for env(1). */
function passedOn(shell: string, env: Readonly<Record<string, string>>): readonly string[] {
  const script = `${CHOICE}\nprintf '%s\\n' "$@"`
  const argv = ['-c', script, 'stale-libs', '--targets']
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const { status, stdout, stderr } = spawnSync(shell, argv, {
    env,
    encoding: 'utf8',
    stdio: [...stdio],
  })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.split('\n').filter((line) => line !== '')
}

test('the shells are there, and the part of the script is', () => {
  assert.ok(SHELLS.length > 0)
  assert.match(CHOICE, /SUDO_UID/)
})

for (const shell of SHELLS) {
  test(`the hook passes on who became root, and the zone, in ${shell}`, () => {
    const all = { SUDO_UID: '1000', PKEXEC_UID: '1001', DOAS_USER: 'Zoe.b-2_', TZ: 'Etc/GMT+5' }
    const hasZones = existsSync('/usr/share/zoneinfo/Etc/GMT+5')
    const { TZ, ...callers } = all
    const lines = Object.entries(callers).map(([name, value]) => `${name}=${value}`)
    assert.deepEqual(passedOn(shell, all), [...lines, ...(hasZones ? [`TZ=${TZ}`] : [])])
    assert.deepEqual(passedOn(shell, {}), [])
    const others = { COLUMNS: '200', SUDO_USER: 'zoe', NODE_OPTIONS: '--bogus', LC_TIME: 'de_DE' }
    assert.deepEqual(passedOn(shell, others), [])
  })

  test(`the hook passes on nothing of another form, in ${shell}`, () => {
    const wrong = {
      SUDO_UID: ['', '-1', '1000 NODE_OPTIONS=--bogus', '1000\n', '0x1', '*', '1e3', '\u0661'],
      PKEXEC_UID: ['', '+1', '1 2', '$(id)', '1;2'],
      DOAS_USER: ['', '1000', '-zoe', 'zoe NODE_OPTIONS=1', 'zo\u00e9', '../zoe', 'zoe\n', '$zoe'],
      TZ: [
        '',
        ':Europe/Berlin',
        '/etc/localtime',
        '../zoneinfo/UTC',
        'Etc/../UTC',
        'Etc',
        'UTC ',
        'UTC\nNODE_OPTIONS=1',
        'No/Such',
        LONG,
      ],
    }
    for (const [name, values] of Object.entries(wrong))
      for (const value of values)
        for (const locale of ['C', 'C.UTF-8'])
          assert.deepEqual(passedOn(shell, { [name]: value, LC_ALL: locale }), [], value)
  })

  test(`the hook says that node failed where somebody killed it, in ${shell}`, () => {
    const killed = scriptWith(shell, 'echo "  half of it"; kill -KILL $$')
    assert.deepEqual(run(killed), { status: 0, stdout: FAILED })
  })

  test(`the hook ends with its report where its standard input is closed, in ${shell}`, () => {
    const argv = scriptWith(shell, 'while read -r path; do echo "  $path"; done; echo "  ended"')
    assert.deepEqual(run(argv), { status: 0, stdout: '  usr/lib/libc.so.6\n  ended\n' })
    const closed = run([shell, '-c', 'exec "$@" <&-', 'closed', ...argv])
    assert.deepEqual(closed, { status: 0, stdout: '  ended\n' })
  })

  // bash tries to make a process for 15 seconds.
  if (shell !== '/bin/bash')
    test(`the hook ends with 0, and reads to the end, where it can start no process`, () => {
      const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
      const words = process.getuid?.() === 0 ? ['setpriv', ...user] : []
      const alone = [...words, 'prlimit', '--nproc=1', ...scriptWith(shell, 'echo')]
      const long = `${LONG}\n`.repeat(10_000)
      assert.deepEqual(run(['sh', '-c', 'exec "$@" 2>/dev/null', 'alone', ...alone], long), {
        status: 0,
        stdout: FAILED,
      })
    })
}
