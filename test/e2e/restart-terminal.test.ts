import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { ASKED, CTRL_C, CTRL_D, assertSaid, makeOld, onTerminal, renewedSince } from './acting.ts'
import { staleLibs, statesOf, waitUntilRenewed } from './acting.ts'
import type { Keys } from './acting.ts'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import { LIBRARY, bootWithProgram, namesIn, replace, report, service } from './toys.ts'
import { startInSession, writeUnits } from './toys.ts'

const skip = whySkipped(['usr/sbin/sshd', 'usr/bin/ssh', 'usr/bin/tmux', 'usr/bin/script'])

/** Lets the services end that take their time to stop. */
const END = '/srv/end'
const STARTS = '/srv/starts'
const SLOW = [
  // Each start leaves a line.
  `ExecStartPre=/bin/sh -c 'echo %n >>${STARTS}'`,
  `ExecStop=/bin/sh -c 'until [ -e ${END} ]; do sleep 0.1; done'`,
]
const WORK = 'sleep 5555'
const UNITS: Readonly<Record<string, string>> = {
  'one.service': service(),
  'two.service': service(),
  // The table knows it by its name.
  'bluetooth.service': service(),
  'caller.service': service('KillSignal=KILL', 'SuccessExitStatus=KILL'),
  'slow.service': service(...SLOW),
  'many@.service': service(...SLOW),
  'screen.service': service(
    `ExecStart=/usr/bin/script -qc "exec ${WORK}" /dev/null`,
    // script(1) takes seconds to end otherwise.
    'KillSignal=KILL',
    'SuccessExitStatus=KILL',
  ),
}
const MANY = Array.from({ length: 20 }, (_, at) => `many@${at + 1}.service`).toSorted()
const CONFIG = 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n'
const HERE = 'root@127.0.0.1'
const STOPS = (unit: string) => `systemctl list-jobs | grep -q "${unit}.* running"`
const IS_OVER = 'while pgrep -f "^[^ ]*node.*stale-libs" >/dev/null; do sleep 0.05; done'

describe('restart on a terminal', { skip }, () => {
  let lab: Lab
  let sshd = ''

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    writeUnits(lab, UNITS)
    serve()
  })
  afterEach(() => {
    mustRun(lab, ['touch', END])
    const all = Object.keys(UNITS).map((unit) => unit.replace('@', '@*'))
    mustRun(lab, ['systemctl', 'stop', ...all])
    mustRun(lab, ['sh', '-c', IS_OVER])
    mustRun(lab, ['rm', '-f', END, STARTS])
  })
  after(() => lab?.stop())

  const serve = () => {
    mustRun(lab, ['ssh-keygen', '-A'])
    mustRun(lab, ['mkdir', '-p', '-m700', '/root/.ssh', '/run/sshd'])
    mustRun(lab, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
    lab.write('/root/.ssh/config', CONFIG, 0o600)
    lab.write('/root/.ssh/authorized_keys', lab.read('/root/.ssh/id_ed25519.pub'), 0o600)
    lab.write('/etc/ssh/sshd_config', 'UsePAM yes\nPermitRootLogin yes\n')
    sshd = mustRun(lab, ['systemctl', 'show', '--value', '-p', 'Id', 'sshd.service']).trim()
    mustRun(lab, ['systemctl', 'restart', sshd])
  }
  const old = (...units: readonly string[]) => makeOld(lab, units)
  const renewed = (since: ReturnType<typeof old>) => renewedSince(lab, since)
  const ask = (words: string, ...keys: readonly Keys[]) =>
    onTerminal(lab, `exec stale-libs restart ${words}`, keys)

  const UNDECIDED: readonly (readonly [name: string, ...Keys])[] = [
    ['n', ASKED, String.raw`n\n`],
    ['another word', ASKED, String.raw`what\nn\n`],
    ['the end of the input', ASKED, CTRL_D],
    ['an interrupt', ASKED, CTRL_C],
    ['no terminal any more', `${ASKED} && pkill -KILL -x script`, ''],
  ]
  test('does nothing without a yes', () => {
    const was = old('one.service', 'two.service')
    for (const [name, ...keys] of UNDECIDED) {
      const said = ask('', keys)
      mustRun(lab, ['sh', '-c', IS_OVER])
      assertSaid(said, said.status, 'restart one two', '[Y/n]')
      assert.doesNotMatch(said.text, /\d restarted/)
      assert.deepEqual(renewed(was), [], name)
      assert.deepEqual(mustRun(lab, ['systemctl', '--no-legend', 'list-jobs']), '', name)
    }
  })

  test('wants a whole yes for what costs something', () => {
    const was = old('bluetooth.service', 'screen.service')
    mustRun(lab, ['sh', '-c', `until pgrep -fx "${WORK}"; do sleep 0.05; done`])
    assertSaid(ask(''), 0, 'bluetooth', 'screen')
    const price = ['keyboards and mice', 'somebody works', '[y/N]']
    assertSaid(ask('bluetooth screen', [ASKED, String.raw`\n`]), 0, ...price)
    assert.deepEqual(renewed(was), [])
    const said = ask('bluetooth screen', [ASKED, String.raw`y\n`])
    assertSaid(said, 0, ...price, '2 restarted')
    assert.deepEqual(renewed(was), ['bluetooth.service', 'screen.service'])
  })

  test('stops to watch at an interrupt, and cancels nothing', () => {
    const was = old('one.service', 'slow.service')
    const said = ask('', [ASKED, String.raw`y\n`], [STOPS('slow'), CTRL_C])
    assertSaid(said, 4, 'slow')
    assert.doesNotMatch(said.text, /slow[^.]* is NOT running/)
    assert.deepEqual(renewed(was), ['one.service'])
    mustRun(lab, ['touch', END])
    waitUntilRenewed(lab, was, ['slow.service'])
  })

  test('tells what goes on also at an interrupt while it asks systemd', () => {
    const was = old('one.service', 'slow.service')
    const [real, called] = ['/usr/bin/systemctl.real', '/srv/called']
    mustRun(lab, ['mv', '/usr/bin/systemctl', real])
    const slow = `case "$*" in *--no-block*) touch ${called}; sleep 1 ;; esac`
    lab.write('/usr/bin/systemctl', `#!/bin/sh\n${slow}\nexec ${real} "$@"\n`, 0o755)
    const said = ask('', [ASKED, String.raw`y\n`], [`[ -e ${called} ]`, CTRL_C])
    mustRun(lab, ['mv', real, '/usr/bin/systemctl'])
    // The other one may have been seen to run long enough, or not yet.
    assertSaid(said, 4)
    assert.match(
      said.text,
      /(?:\b|\[1m)slow (?:was|were) not done when the watching was interrupted/,
    )
    mustRun(lab, ['touch', END])
    waitUntilRenewed(lab, was)
  })

  test('starts nothing that is stopped at the last moment', () => {
    const was = old('one.service', 'two.service')
    const real = '/usr/bin/systemctl.real'
    mustRun(lab, ['mv', '/usr/bin/systemctl', real])
    const stop = `case "$*" in *--no-block*) ${real} stop two ;; esac`
    lab.write('/usr/bin/systemctl', `#!/bin/sh\n${stop}\nexec ${real} "$@"\n`, 0o755)
    const said = ask('', [ASKED, String.raw`y\n`])
    mustRun(lab, ['mv', real, '/usr/bin/systemctl'])
    assertSaid(said, 4, 'two stopped and is NOT running')
    assert.deepEqual(renewed(was), ['one.service'])
  })

  test('is done as a whole although it ends its own caller', () => {
    mustRun(lab, ['touch', END])
    const was = old('caller.service', ...MANY)
    const inside = { cgroup: '/system.slice/caller.service' }
    const plan = staleLibs(lab, ['restart', '--dry-run'], inside)
    assertSaid(plan, 0, 'restart many@1', 'caller')
    const words = ['restart', 'caller', ...MANY, '--yes']
    // systemd ends it at some moment of its watching.
    assert.notEqual(staleLibs(lab, words, inside).status, 0)
    waitUntilRenewed(lab, was)
  })

  test('tells the end to an ssh login, whose server it restarts', () => {
    replace(lab, '/usr/sbin/sshd')
    const was = { ...old('one.service'), ...statesOf(lab, [sshd]) }
    const command = `ssh -tt ${HERE} "stale-libs restart; echo left"`
    const said = onTerminal(lab, command, [[ASKED, String.raw`y\n`]])
    assertSaid(said, 0, 'If this connection breaks', '2 restarted', 'left')
    assert.deepEqual(renewed(was), ['one.service', sshd].toSorted())
    mustRun(lab, ['ssh', HERE, 'true'])
  })

  test('goes on when the connection breaks in the middle', () => {
    const was = old(...MANY)
    const login = `ssh -tt ${HERE} stale-libs restart --yes`
    startInSession(lab, ['script', '-qc', login, '/dev/null'])
    mustRun(lab, ['sh', '-c', `until ${STOPS('many@7')}; do sleep 0.05; done`])
    mustRun(lab, ['pkill', '-KILL', '-f', '^sshd.*root@pts|^ssh -tt'])
    mustRun(lab, ['touch', END])
    waitUntilRenewed(lab, was)
    assert.deepEqual(renewed(was), MANY)
    assert.deepEqual(lab.read(STARTS).trim().split('\n').toSorted().length, 40)
  })

  test('is done in tmux, which stays', () => {
    const was = old('one.service', 'two.service')
    const tmux = (...words: readonly string[]) => mustRun(lab, ['tmux', ...words])
    tmux('new-session', '-d', '-x', '80', '-y', '24', 'sh')
    tmux('send-keys', 'stale-libs restart; echo left with $?', 'Enter')
    const screen = (words: string) =>
      mustRun(lab, ['sh', '-c', `until tmux capture-pane -p | grep ${words}; do sleep 0.05; done`])
    screen('"\\[Y/n\\]"')
    tmux('send-keys', 'Enter')
    screen('"left with 0"')
    assert.match(tmux('capture-pane', '-p'), /2 restarted/)
    assert.deepEqual(renewed(was), ['one.service', 'two.service'])
    tmux('kill-server')
  })

  test('waits for another one, and does nothing a second time', () => {
    const was = old('slow.service', 'two.service')
    const another = '{ touch begun; setsid stale-libs restart --yes >/dev/null 2>&1 <&1 & }'
    const begin = `${ASKED} && { [ -e begun ] || ${another}; } && ${STOPS('slow')}`
    const end = `grep -q "Another stale-libs restart" said && touch ${END}`
    const said = ask('', [begin, String.raw`y\n`], [end, ''])
    assertSaid(said, 0, 'Nothing was restarted.')
    assert.doesNotMatch(said.text, /\d restarted/)
    assert.deepEqual(renewed(was), ['slow.service', 'two.service'])
    assert.equal(lab.read(STARTS), 'slow.service\n'.repeat(2))
    const left = namesIn(report(lab))
    assert.ok(!left.includes('slow.service') && !left.includes('two.service'), left.join())
  })

  test('is done once where two begin at the same time without a question', () => {
    const was = old('slow.service', 'two.service')
    mustRun(lab, ['touch', END])
    const both = 'for i in 1 2; do stale-libs restart --yes & done; wait'
    mustRun(lab, ['sh', '-c', both])
    assert.deepEqual(renewed(was), ['slow.service', 'two.service'])
    assert.equal(lab.read(STARTS), 'slow.service\n'.repeat(2))
  })
})
