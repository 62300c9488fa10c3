import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readHook } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import {
  LIBRARY,
  PACMAN,
  SCRIPT,
  bootWithProgram,
  namesIn,
  packageFile,
  report,
  service,
  start,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

const FAILED = [
  '  stale-libs: could not look for programs that use old code (/usr/bin/node failed)',
]
const REINSTALL = [...PACMAN, '-U', packageFile('libtoy', '1.0-1')]
const JAIL = '/srv/jail'
const HANGING = ['/srv/hangs', '/srv/hangs-on']

describe('the hook', { skip }, () => {
  let lab: Lab
  let hangingSince = 0

  before(async () => {
    lab = await bootWithProgram([
      { name: 'libtoy', files: { 'usr/lib/libtoy.so.1': toyLibrary() } },
    ])
    mustRun(lab, REINSTALL)
    startHangingNodes()
    writeUnits(lab, { 'one.service': service() })
    start(lab, ['one.service'])
    // From here on the service is stale, so that silence means something.
    assertNamed(transaction(lab, REINSTALL))
  })
  after(() => lab.stop())

  /**
   * Each in a mount namespace of its own: the time limit of the script is longer than all other
   * tests.
   */
  const startHangingNodes = () => {
    hangingSince = Date.now()
    lab.write('/srv/hangs', '#!/bin/sh\nexec sleep 1000\n', 0o755)
    lab.write('/srv/hangs-on', '#!/bin/sh\ntrap "" TERM\nexec sleep 1000\n', 0o755)
    const script = `mount --bind "$1" /usr/bin/node; ${SCRIPT} >"$1.said" 2>&1; echo "exit $?" >>"$1.said"`
    for (const node of HANGING) {
      const inBackground = 'setsid unshare --mount sh -c "$@" >/dev/null 2>&1 &'
      mustRun(lab, ['sh', '-c', inBackground, 'background', script, 'hang', node])
    }
  }
  const runScript = () => lab.run([SCRIPT])
  /** What was stale before a transaction is only counted. */
  const renew = () => {
    mustRun(lab, ['systemctl', 'restart', 'one.service'])
    waitUntilLoaded(lab, ['one.service'])
  }
  const assertSilent = (argv: readonly string[]) =>
    assert.deepEqual(lab.run(argv), { status: 0, stdout: '', stderr: '' })
  /** Lets another file stand in for a program, for as long as `use` runs. */
  const withInstead = (path: string, text: string, use: () => void, mode = 0o755) => {
    lab.write('/srv/instead', text, mode)
    mustRun(lab, ['chmod', mode.toString(8), '/srv/instead'])
    mustRun(lab, ['mount', '--bind', '/srv/instead', path])
    try {
      use()
    } finally {
      mustRun(lab, ['umount', path])
    }
  }

  test('does not follow the environment that pacman was called with', () => {
    for (const command of ['node', 'env', 'timeout', 'systemctl', 'sh']) {
      lab.write(`/srv/poison/${command}`, '#!/bin/sh\n: >/srv/poisoned\nexit 1\n', 0o755)
    }
    const script = '#!/bin/sh\n: >/srv/poisoned\n'
    lab.write('/srv/poison/inject.cjs', 'require("fs").writeFileSync("/srv/poisoned", "")\n')
    lab.write('/srv/poison/env.sh', script)
    const poison = {
      PATH: '/srv/poison:/usr/sbin:/usr/bin',
      NODE_OPTIONS: '--bogus',
      NODE_PATH: '/srv/poison',
      ENV: '/srv/poison/env.sh',
      BASH_ENV: '/srv/poison/env.sh',
      SUDO_UID: '0 NODE_OPTIONS=--bogus',
      DOAS_USER: 'root NODE_OPTIONS=--bogus',
      PKEXEC_UID: '0 NODE_OPTIONS=--bogus',
      TZ: 'UTC NODE_OPTIONS=--bogus',
    }
    renew()
    assertNamed(transaction(lab, REINSTALL, { env: poison }))
    const injecting = { ...poison, NODE_OPTIONS: '--require /srv/poison/inject.cjs' }
    renew()
    assertNamed(transaction(lab, REINSTALL, { env: injecting }))
    assert.equal(lab.run(['test', '-e', '/srv/poisoned']).status, 1)
  })

  test('tells node who became root and the zone of the days, and nothing else', () => {
    const known = { SUDO_UID: '1000', DOAS_USER: 'zoe', PKEXEC_UID: '1001', TZ: 'Europe/Berlin' }
    const own = ['LC_ALL=C', 'NODE_NO_WARNINGS=1', 'PATH=/usr/bin']
    const passed = Object.entries(known).map(([name, value]) => `${name}=${value}`)
    withInstead('/usr/bin/node', '#!/bin/bash\n/usr/bin/env | /usr/bin/sort\n', () => {
      const lines = transaction(lab, REINSTALL, { env: { ...known, COLUMNS: '200' } })
      const ofShell = /^(?:PWD|SHLVL|_|OLDPWD)=/
      assert.deepEqual(
        lines.filter((line) => !ofShell.test(line)),
        [...own, ...passed].toSorted(),
      )
    })
  })

  test('says one plain line when node fails, and pacman does not mind', () => {
    const instead = '#!/bin/sh\necho not found >&2\nexit 127\n'
    withInstead('/usr/bin/node', instead, () =>
      assert.deepEqual(transaction(lab, REINSTALL), FAILED),
    )
  })

  for (const [how, text, mode] of [
    ['is killed by a signal', '#!/bin/sh\nkill -SEGV $$\n', 0o755],
    ['is not executable', '#!/bin/sh\n', 0o644],
    ['is no program', '\x7fELF\x02\x01\x01', 0o755],
    ['is for another interpreter', '#!/nowhere/ld.so\n', 0o755],
  ] as const) {
    test(`says the same line when node ${how}`, () => {
      const expected = { status: 0, stdout: `${FAILED.join('')}\n`, stderr: '' }
      withInstead('/usr/bin/node', text, () => assert.deepEqual(runScript(), expected), mode)
    })
  }

  for (const part of ['stale-libs.js', 'rolldown-runtime.js']) {
    test(`says the same line when ${part} is missing`, () => {
      const file = `/usr/lib/stale-libs/${part}`
      mustRun(lab, ['mv', file, '/srv/part.js'])
      try {
        assert.deepEqual(transaction(lab, REINSTALL), FAILED)
      } finally {
        mustRun(lab, ['mv', '/srv/part.js', file])
      }
    })
  }

  test('says the same line when the program is cut off', () => {
    const program = '/usr/lib/stale-libs/stale-libs.js'
    withInstead(program, lab.read(program).slice(0, 20_000), () =>
      assert.deepEqual(transaction(lab, REINSTALL), FAILED),
    )
  })

  test('reports in time, with a note, when systemctl does not answer', () => {
    renew()
    withInstead('/usr/bin/systemctl', '#!/bin/sh\nsleep 1000\n', () => {
      const started = Date.now()
      const lines = transaction(lab, REINSTALL)
      assert.ok(Date.now() - started < 8000)
      assertUnanswered(lines)
    })
  })

  test('believes no systemctl that answers for another unit, or with words of no systemd', () => {
    const answer = (unit: string, state: string) =>
      `#!/bin/sh\nprintf 'Id=${unit}\\nNames=${unit}\\nLoadState=${state}\\nActiveState=active\\n'\n`
    for (const text of [
      answer('sshd.service', 'loaded'),
      answer('one.service', '\\033[2A\\033[2K\\r  systemctl poweroff'),
    ]) {
      renew()
      withInstead('/usr/bin/systemctl', text, () => {
        assertUnanswered(transaction(lab, REINSTALL))
      })
    }
  })

  test('does not name pacman, nor the shells that it was called from', () => {
    // Each shell fails unless it has become stale itself.
    const isStale = `grep -qF "${LIBRARY} (deleted)" /proc/$$/maps`
    const shells = ['sh', '-c', `"$@" && ${isStale}`, 'outer', 'sh', '-c', `"$@" && ${isStale}`]
    const preloaded = ['env', `LD_PRELOAD=${LIBRARY}`, ...shells, 'inner', ...REINSTALL]
    renew()
    const lines = transaction(lab, preloaded)
    assertNamed(lines)
    assert.equal(readHook(lines).commands.length, 1)
  })

  test('names what else is stale in the session that pacman is called from', () => {
    const background = `LD_PRELOAD=${LIBRARY} sleep 1000 >/dev/null 2>&1 & echo $!`
    const pid = mustRun(lab, ['sh', '-c', background]).trim()
    try {
      mustRun(lab, ['sh', '-c', `until grep -qs ${LIBRARY} /proc/${pid}/maps; do :; done`])
      renew()
      const { groups, commands } = readHook(transaction(lab, REINSTALL))
      assert.deepEqual(groups, { Restart: 'one', 'Log out': 'your session' })
      assert.deepEqual(commands, ['systemctl restart one'])
    } finally {
      mustRun(lab, ['kill', pid])
    }
  })

  test('does not tell to restart the unit that pacman runs in', () => {
    const preloaded = ['-E', `LD_PRELOAD=${LIBRARY}`]
    const unit = ['--quiet', '--wait', '--pipe', '--unit=upgrade', ...preloaded]
    renew()
    assertNamed(transaction(lab, ['systemd-run', ...unit, ...REINSTALL]))
    const isLoaded = `until grep -qs ${LIBRARY} /proc/$!/maps; do :; done`
    // systemd-run itself expands what begins with "$".
    const script = `sleep 1000 & ${isLoaded}; ${REINSTALL.join(' ')}`
    const shell = ['sh', '-c', script.replaceAll('$', '$$$$')]
    renew()
    const lines = transaction(lab, ['systemd-run', ...unit, ...shell])
    assertNamed(lines)
    assert.deepEqual(readHook(lines).commands, ['systemctl restart one'])
    // It ends by itself.
    assert.ok(!lines.join('\n').includes('upgrade'), lines.join('\n'))
  })

  test('ends without an error by a signal, when the look has ended', () => {
    const node = '#!/bin/sh\n: >/srv/looks\nuntil [ -e /srv/seen ]; do sleep 0.1; done\n'
    const script = [
      'rm -f /srv/looks /srv/seen',
      `${SCRIPT} >/dev/null & script=$!`,
      'until [ -e /srv/looks ]; do sleep 0.1; done',
      'kill -s "$1" "$script"; : >/srv/seen; wait "$script"',
    ].join('\n')
    withInstead('/usr/bin/node', node, () => {
      for (const signal of ['HUP', 'TERM'])
        assert.equal(lab.run(['sh', '-c', script, 'send', signal]).status, 0, signal)
    })
  })

  test('is silent in a chroot, whatever is mounted there', () => {
    const mount = 'lowerdir=/,upperdir=/tmp/jail/upper,workdir=/tmp/jail/work'
    mustRun(lab, ['mkdir', '-p', '/tmp/jail/upper', '/tmp/jail/work', JAIL])
    mustRun(lab, ['mount', '-t', 'overlay', '-o', mount, 'jail', JAIL])
    assertSilent(['chroot', JAIL, SCRIPT])
    mustRun(lab, ['mount', '--bind', '/run', `${JAIL}/run`])
    assertSilent(['chroot', JAIL, SCRIPT])
    mustRun(lab, ['mount', '--bind', '/proc', `${JAIL}/proc`])
    assertSilent(['chroot', JAIL, SCRIPT])
    mustRun(lab, ['umount', `${JAIL}/run`])
    assertSilent(['chroot', JAIL, SCRIPT])
    renew()
    assertNamed(transaction(lab, REINSTALL))
  })

  test('is silent for pacman --root', () => {
    const argv = [...PACMAN, '--root', JAIL, '-U', packageFile('libtoy', '1.0-1')]
    assert.deepEqual(transaction(lab, argv), [])
    mustRun(lab, ['umount', `${JAIL}/proc`])
    assert.deepEqual(transaction(lab, argv), [])
    assert.ok(namesIn(report(lab)).includes('one.service'))
  })

  test('is silent without /proc, and where systemd is not the init', () => {
    assertSilent(['unshare', '--mount', 'sh', '-c', `umount -l /proc && ${SCRIPT}`])
    const hidden = 'mount -t tmpfs none /run/systemd'
    for (const there of [hidden, `${hidden} && ln -s /run /run/systemd/system`])
      assertSilent(['unshare', '--mount', 'sh', '-c', `${there} && ${SCRIPT}`])
  })

  test('gives up when node hangs, also when it does not want to end', () => {
    const script = 'until grep -qs ^exit "$1"; do sleep 0.1; done; cat "$1"'
    const expected = '  stale-libs: gave up after 20 seconds; run stale-libs by hand\nexit 0\n'
    for (const node of HANGING) {
      const left = 30_000 - (Date.now() - hangingSince)
      const argv = ['sh', '-c', script, 'wait', `${node}.said`]
      assert.equal(mustRun(lab, argv, { timeoutMs: Math.max(left, 1000) }), expected)
    }
  })
})

function assertNamed(lines: readonly string[]): void {
  assert.deepEqual(readHook(lines).named, ['one'], lines.join('\n'))
}

/** The hook names the unit of which nothing was heard, gives no command, and says so. */
function assertUnanswered(lines: readonly string[]): void {
  const { said, groups, commands } = readHook(lines)
  assert.match(said, /^one still uses the old libtoy \(1\.0-1, installed again\)\. /)
  assert.match(said, /Not all was seen \(1 without an answer of systemd\): (?:run0 )?stale-libs$/)
  assert.doesNotMatch(said, /No reboot needed/)
  assert.equal(groups['Restart'], undefined)
  assert.deepEqual(commands, [])
}
