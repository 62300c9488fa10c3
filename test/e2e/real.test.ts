import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { mustRun, openSession } from './lab.ts'
import { bootWithReal, holds, lostOf, reaches, sameProcess, shell } from './real.ts'
import { startUnits, until, upgradeReal, verdicts, writeUserUnits } from './real.ts'
import type { Holdings, RealMachine } from './real.ts'
import { LIBRARY, cautionCodes, makeTree, namesIn, report, startInSession } from './toys.ts'

const PROGRAMS = [
  'usr/sbin/atd',
  'usr/bin/bindfs',
  'usr/bin/gpg-agent',
  'usr/bin/ssh-agent',
  'usr/bin/systemd-nspawn',
  'usr/bin/tmux',
]
const skip = whySkipped([...PROGRAMS, 'usr/bin/supervisord'])

/** Arch's unit files, where Debian's differ in what decides. */
const AS_ON_ARCH = '[Service]\nKillMode=control-group\n'
const SSH_AGENT = [
  '[Service]',
  'Environment=SSH_AUTH_SOCK=%t/ssh-agent.socket',
  'ExecStart=/usr/bin/ssh-agent -D -a $SSH_AUTH_SOCK',
  '',
].join('\n')
const TREE = '/var/lib/machines/web'
const UNITS = {
  'box.service': `ExecStart=/usr/bin/systemd-nspawn --quiet --bind-ro=/usr -D ${TREE} sleep 4001`,
  'files.service': 'ExecStart=/usr/bin/bindfs -f /srv/original /srv/view',
}
const OWN_FILES = [
  '[Service]',
  'ExecStartPre=/bin/mkdir -p %h/view',
  'ExecStart=/usr/bin/bindfs --no-allow-other -f /srv/original %h/view',
  // The mount of a server that ended may still be there where somebody works in it.
  'ExecStopPost=-/usr/bin/fusermount3 -u -z %h/view',
  '',
].join('\n')
const SUPERVISED = [
  '[program:web]',
  'command=/usr/bin/python3 -m http.server 8000',
  `environment=LD_PRELOAD="${LIBRARY}"`,
  '',
].join('\n')

const JOB = '^sleep 4002'

/** What is done by hand, and what goes with it. */
const BY_HAND = [
  ['atd.service', 'the job of at'],
  ['box.service', 'the machine'],
  ['files.service', 'the file system'],
  ['ssh-agent.service', 'the key'],
  ['gpg-agent.service', 'the passphrase'],
  ['own-files.service', 'the own file system'],
] as const

const OWN = new Set(['gpg-agent.service', 'own-files.service', 'ssh-agent.service'])

describe('real programs', { skip }, () => {
  let real: RealMachine
  let holdings: Holdings

  before(async () => {
    real = await bootWithReal(PROGRAMS)
    startServices()
    startAgents()
    startOwnFiles()
    leaveTmux()
    holdings = holdingsNow()
    assert.deepEqual(lostOf(holdings), [])
    upgradeReal(real.lab)
  })
  after(() => real.lab.stop())

  const startServices = () => {
    const { lab } = real
    lab.write('/etc/systemd/system/atd.service.d/arch.conf', AS_ON_ARCH)
    lab.write('/etc/supervisor/conf.d/web.conf', SUPERVISED)
    makeTree(lab, TREE)
    lab.write(`${TREE}/etc/os-release`, 'ID=toy\n')
    lab.write('/srv/original/document', 'text\n')
    mustRun(lab, ['mkdir', '/srv/view'])
    startUnits(lab, UNITS)
    mustRun(lab, ['systemctl', 'start', 'atd', 'supervisor'])
    startJob()
    shell(lab, until('[ -e /srv/view/document ]'))
    startInSession(lab, ['sleep', '4004'], { cwd: '/srv/view' })
    for (const command of ['sleep 4001', 'sleep 4004', '/usr/bin/python3 -m http'])
      shell(lab, until(`pgrep -f "^${command}"`))
  }
  const startJob = () => {
    const { lab, asAlice } = real
    shell(lab, 'echo "exec sleep 4002" | at now', { ...asAlice, cwd: '/' })
    shell(lab, until(`pgrep -f "${JOB}"`))
  }
  const startAgents = () => {
    const { lab, asAlice } = real
    writeUserUnits(real, { 'ssh-agent.service': SSH_AGENT })
    mustRun(lab, ['systemctl', '--user', 'start', 'ssh-agent', 'gpg-agent'], asAlice)
    shell(lab, until('[ -S "$SSH_AUTH_SOCK" ]'), asAlice)
    shell(lab, 'ssh-keygen -q -t ed25519 -N "" -f ~/key && ssh-add -q ~/key', asAlice)
    const preset =
      'echo allow-preset-passphrase >~/.gnupg/gpg-agent.conf && gpgconf --reload gpg-agent && ' +
      'gpg -q --batch --passphrase secret --pinentry-mode loopback --quick-gen-key a@b default default never && ' +
      'grip=$(gpg -K --with-keygrip | sed -n "s/.*Keygrip = //p" | head -n 1) && ' +
      '"$(gpgconf --list-dirs libexecdir)"/gpg-preset-passphrase --preset -P secret "$grip"'
    shell(lab, `mkdir -p -m 700 ~/.gnupg && ${preset}`, asAlice)
  }
  const startOwnFiles = () => {
    const { lab, asAlice } = real
    writeUserUnits(real, { 'own-files.service': OWN_FILES })
    mustRun(lab, ['systemctl', '--user', 'start', 'own-files'], asAlice)
    shell(lab, until('[ -e ~/view/document ]'), asAlice)
    startInSession(lab, ['sh', '-c', 'cd ~/view && exec sleep 4005'], asAlice)
    shell(lab, until('pgrep -f "^sleep 4005"'))
  }
  /** tmux(1) stays when the login ends that it was started in. */
  const leaveTmux = () => {
    const { lab } = real
    const left = openSession(lab, 'alice')
    shell(lab, 'tmux new-session -d sleep 4003', { uid: 1000, cgroup: left })
    const logins = 'systemctl list-units --plain --no-legend "lab-login-alice-*"'
    shell(lab, `systemctl stop "$(${logins} | sort | tail -n 1 | cut -d " " -f 1)"`)
  }
  const holdingsNow = (): Holdings => {
    const { lab, asAlice } = real
    return {
      'the job of at': sameProcess(lab, JOB),
      'the machine': sameProcess(lab, '^sleep 4001'),
      'the file system': reaches(lab, '^sleep 4004'),
      'the own file system': reaches(lab, '^sleep 4005', asAlice),
      'the key': () => holds(lab, 'ssh-add -l', asAlice),
      'the passphrase': () =>
        holds(lab, 'echo | gpg -q --batch --pinentry-mode error -s -o /dev/null', asAlice),
      'what runs in tmux': sameProcess(lab, '^sleep 4003'),
    }
  }

  test('a tmux that a login left is told with the terminals that end with it', () => {
    const found = report(real.lab).findings.find((one) =>
      cautionCodes(one).includes('session-left'),
    )
    assert.ok(found !== undefined)
    assert.match(
      found.cautions[0]?.text ?? '',
      /^the user has logged out of this session; end these processes, which also ends 1 open terminal \(pts\/\d+ \(alice\)\)$/,
    )
  })

  const names = () => namesIn(report(real.lab)).filter((name) => !name.startsWith('session '))

  test('each is told what a restart takes away', () => {
    const said = verdicts(report(real.lab)).map((line) => line.replace(/ session c\d+:/, ':'))
    assert.deepEqual(said, [
      'service atd.service: manual jobs-inside',
      'service box.service: manual ends-guests',
      'service files.service: manual takes-mounts-away',
      'service supervisor.service: restart',
      'user-service gpg-agent.service: manual sensitive',
      'user-service own-files.service: manual takes-mounts-away',
      'user-service ssh-agent.service: manual sensitive',
      'session: manual session-left',
    ])
  })

  test('the printed command clears what it names, and takes nothing away', () => {
    const { commands } = report(real.lab)
    assert.deepEqual(commands, [['systemctl', 'restart', '--', 'supervisor.service']])
    for (const command of commands) mustRun(real.lab, command)
    assert.deepEqual(lostOf(holdings), [])
    assert.deepEqual(names(), [
      'atd.service',
      'box.service',
      'files.service',
      'gpg-agent.service',
      'own-files.service',
      'ssh-agent.service',
    ])
  })

  test('what is named beside the others is what a restart takes away, and no more', () => {
    const { lab, asAlice } = real
    const lost: string[] = []
    for (const [unit, holding] of BY_HAND) {
      const isOwn = OWN.has(unit)
      const [manager, options] = isOwn ? [['--user'], asAlice] : [[], {}]
      mustRun(lab, ['systemctl', ...manager, 'restart', unit], options)
      lost.push(holding)
      assert.deepEqual(lostOf(holdings).toSorted(), lost.toSorted())
      assert.ok(!names().includes(unit), unit)
    }
    assert.deepEqual(names(), [])
  })

  test('a job of at survives the printed command where the unit keeps it', () => {
    const { lab } = real
    mustRun(lab, ['rm', '/etc/systemd/system/atd.service.d/arch.conf'])
    mustRun(lab, ['systemctl', 'daemon-reload'])
    startJob()
    const lives = sameProcess(lab, JOB)
    upgradeReal(lab)
    const found = report(lab).findings.filter(({ unit }) => unit === 'atd.service')
    assert.deepEqual(
      found.map(({ action, ...one }) => [action, ...cautionCodes({ action, ...one })]),
      [['restart'], ['wait', 'goes-on']],
    )
    mustRun(lab, ['systemctl', 'restart', 'atd.service'])
    assert.ok(lives())
    assert.deepEqual(
      verdicts(report(lab)).filter((line) => line.includes('atd')),
      ['service atd.service: wait left-over'],
    )
  })
})
