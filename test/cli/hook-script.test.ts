import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const SCRIPT = readFileSync(new URL('../../hooks/stale-libs', import.meta.url), 'utf8')
/** The part that chooses what the look gets of the environment of pacman. */
const [CHOICE = ''] = /^LC_ALL=C\n[^]*?(?=^# timeout kills)/m.exec(SCRIPT) ?? []
const SHELLS = ['/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell))
const LONG = 'a'.repeat(300)

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
}
