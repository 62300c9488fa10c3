import assert from 'node:assert/strict'
import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import { inText, readHook } from './hook-output.ts'
import { labRoot, whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import {
  LIBRARY,
  PACMAN,
  bootWithProgram,
  cautionCodes,
  findingOf,
  packageFile,
  report,
  service,
  start,
  startInSession,
  toyLibrary,
  transaction,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/sbin/sshd', 'usr/bin/ssh'])

/**
 * From OpenSSH 9.8 on a connection has programs of its own; distributions keep them in either
 * directory.
 */
const PROGRAMS = [
  'usr/sbin/sshd',
  ...['ssh', 'openssh'].flatMap((name) => [
    `usr/lib/${name}/sshd-session`,
    `usr/lib/${name}/sshd-auth`,
  ]),
]
const UPGRADE = [...PACMAN, '-U', '--overwrite=*', packageFile('toyssh', '1.0-1')]

const USERS = ['alice', 'root']
/** Passes connections on, as a proxy in front of the server does. */
const DOOR =
  "const net = require('net'); net.createServer((one) => {" +
  "const other = net.connect(22, '127.0.0.1'); one.pipe(other).pipe(one);" +
  "for (const end of [one, other]) end.on('error', () => {})}).listen(2200, '127.0.0.1')"
const CLIENT = 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n'

describe('an OpenSSH server', { skip }, () => {
  let lab: Lab
  let sshd = ''
  let printed = ''

  before(async () => {
    lab = await bootWithProgram([{ name: 'toyssh', files: filesOfServer() }])
    addUser(lab, 'alice', 1000)
    mustRun(lab, UPGRADE)
    allowLogins()
    sshd = mustRun(lab, ['systemctl', 'show', '--value', '-p', 'Id', 'sshd.service']).trim()
    writeUnits(lab, { 'another.service': service() })
    start(lab, ['another.service'])
    serve('UsePAM yes')
  })
  after(() => lab.stop())

  const filesOfServer = () => {
    const present = PROGRAMS.filter((path) => existsSync(join(labRoot(), path)))
    const copies = present.map((path) => realpathSync(join(labRoot(), path)))
    const files = copies.map((copyOf) => [relative(labRoot(), copyOf), { copyOf }] as const)
    return { ...Object.fromEntries(files), [LIBRARY.slice(1)]: toyLibrary() }
  }
  const allowLogins = () => {
    mustRun(lab, ['ssh-keygen', '-A'])
    mustRun(lab, ['mkdir', '-p', '-m700', '/root/.ssh'])
    mustRun(lab, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
    lab.write('/root/.ssh/config', CLIENT, 0o600)
    const key = lab.read('/root/.ssh/id_ed25519.pub')
    lab.write('/root/.ssh/authorized_keys', key, 0o600)
    lab.write('/home/alice/.ssh/authorized_keys', key)
    mustRun(lab, ['chown', '-R', 'alice', '/home/alice/.ssh'])
  }
  /** Starts the server with other settings, and logs everybody in anew. */
  const serve = (options: string, ...section: readonly string[]) => {
    for (const user of USERS) lab.run(['ssh', ...connection(user), '-O', 'exit', host(user)])
    lab.write('/etc/ssh/sshd_config', `${options}\nPermitRootLogin yes\n`)
    lab.write(`/etc/systemd/system/${sshd}.d/toy.conf`, ['[Service]', ...section, ''].join('\n'))
    mustRun(lab, ['systemctl', 'daemon-reload'])
    mustRun(lab, ['systemctl', 'stop', sshd])
    const isOver = 'until ! grep -qs "^sshd" /proc/[0-9]*/comm; do sleep 0.01; done'
    mustRun(lab, ['sh', '-c', isOver])
    mustRun(lab, ['systemctl', 'start', sshd])
    for (const user of USERS) connect(user)
  }
  const host = (user: string) => `${user}@127.0.0.1`
  const connection = (user: string) => ['-S', `/run/connection-of-${user}`]
  const connect = (user: string) => {
    const background = '"$@" >/dev/null 2>&1 </dev/null'
    const argv = ['ssh', '-M', ...connection(user), '-f', '-N', host(user)]
    mustRun(lab, ['sh', '-c', background, 'connect', ...argv])
    mustRun(lab, through(user, 'true'))
  }
  /** The words that run a command through the connection of a user, and through no new one. */
  const through = (user: string, ...command: readonly string[]) => {
    const alone = ['-o', 'ControlMaster=no', '-o', 'ProxyCommand=false']
    return ['ssh', ...connection(user), ...alone, host(user), '--', ...command]
  }
  const lives = (user: string) => lab.run(through(user, 'echo', 'yes')).stdout === 'yes\n'
  const reportThrough = (user: string) =>
    reportDocument(mustRun(lab, through(user, 'stale-libs', '--format', 'json')))
  const shown = (property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, sshd]).trim()
  const findingsOf = ({ findings }: ReportDocument) => findings.filter(({ unit }) => unit === sshd)
  const verdict = (finding: FindingDocument) => [finding.action, ...cautionCodes(finding)]
  const sessionsIn = ({ findings }: ReportDocument) =>
    findings
      .filter(({ kind }) => kind === 'session')
      .map(({ user, action, command }) => [user?.name, action, command])
  const staleConnections = [
    ['alice', 'relogin', null],
    ['root', 'relogin', null],
  ]

  test('is named first, with a command, as what people log in through', () => {
    const lines = transaction(lab, through('root', ...UPGRADE))
    const { said, groups, commands } = readHook(lines)
    const name = inText(sshd)
    assert.ok(said.startsWith(`New logins may fail: ${name} still uses the old toyssh `), said)
    assert.match(said, / This ssh login stays open\. Keep it until a new login works\. /)
    // What carries a login is new with the next one.
    assert.deepEqual(groups, { Restart: 'another' })
    assert.deepEqual(commands, [`systemctl restart ${name}`, 'systemctl restart another'])
    printed = commands.join(' && ')
  })

  test('carries the connection of whoever looks, which survives', () => {
    const here = findingOf(report(lab), sshd)
    assert.deepEqual([here.action, ...cautionCodes(here)], ['restart', 'logins-may-fail'])
    const seen = reportThrough('root')
    const { action, cautions } = findingOf(seen, sshd)
    assert.equal(action, 'restart')
    assert.deepEqual(
      cautions.map(({ code, blocking }) => [code, blocking]),
      [
        ['carries-your-connection', false],
        ['logins-may-fail', false],
      ],
    )
    assert.deepEqual(sessionsIn(seen).toSorted(), staleConnections)
  })

  test('is fresh after the printed command, and old connections live on', () => {
    const old = shown('MainPID')
    mustRun(lab, through('root', printed))
    assert.notEqual(shown('MainPID'), old)
    assert.deepEqual(USERS.map(lives), [true, true])
    const later = report(lab)
    assert.deepEqual(
      later.findings.filter(({ kind }) => kind === 'service'),
      [],
    )
    assert.deepEqual(sessionsIn(later).toSorted(), staleConnections)
    assert.deepEqual(later.commands, [])
    mustRun(lab, ['ssh', host('alice'), 'true'])
  })

  test('is not restarted again and again for connections that stay old', () => {
    const fresh = shown('MainPID')
    const follow = 'stale-libs --format names | xargs -r -d "\\n" systemctl restart --'
    for (let round = 0; round < 5; round += 1) mustRun(lab, through('root', follow))
    assert.deepEqual([shown('MainPID'), shown('ActiveState')], [fresh, 'active'])
    assert.deepEqual(sessionsIn(report(lab)).toSorted(), staleConnections)
  })

  test('is named first, without a command, where systemd does not answer', () => {
    lab.write('/srv/hangs', '#!/bin/sh\nexec sleep 1000\n', 0o755)
    mustRun(lab, ['mount', '--bind', '/srv/hangs', '/usr/bin/systemctl'])
    const { said, commands } = readHook(transaction(lab, UPGRADE))
    mustRun(lab, ['umount', '/usr/bin/systemctl'])
    assert.ok(
      said.startsWith(`New logins may fail: ${inText(sshd)} still uses the old toyssh `),
      said,
    )
    assert.match(
      said,
      / Not all was seen \(\d+ without an answer of systemd\): (?:run0 )?stale-libs$/,
    )
    assert.deepEqual(commands, [])
  })

  test('ends no connection that PAM gave a session, whatever it is told to end', () => {
    serve('UsePAM yes', 'KillMode=control-group')
    mustRun(lab, UPGRADE)
    const { action, processes } = findingOf(report(lab), sshd)
    assert.deepEqual([action, processes.length], ['restart', 1])
    mustRun(lab, ['systemctl', 'restart', sshd])
    assert.deepEqual(USERS.map(lives), [true, true])
  })

  test('leaves connections behind that it keeps itself, and is not restarted for them', () => {
    serve('UsePAM no', 'KillMode=process')
    mustRun(lab, UPGRADE)
    const [listener, ...connections] = findingsOf(report(lab))
    assert.deepEqual([listener?.action, listener?.processes.length], ['restart', 1])
    assert.deepEqual(connections.map(verdict), [['wait', 'goes-on']])
    mustRun(lab, ['systemctl', 'restart', sshd])
    assert.deepEqual(USERS.map(lives), [true, true])
    const later = report(lab)
    assert.deepEqual(findingsOf(later).map(verdict), [['wait', 'left-over']])
    assert.ok(!later.commands.flat().includes(sshd))
  })

  test('is not restarted blindly while somebody works at a terminal that ends with it', () => {
    serve('UsePAM no', 'KillMode=control-group')
    const work = 'tty >terminal; exec sleep infinity'
    startInSession(lab, ['ssh', ...connection('alice'), '-tt', host('alice'), work])
    mustRun(lab, ['sh', '-c', 'until grep -qs pts /home/alice/terminal; do sleep 0.01; done'])
    const { said } = readHook(transaction(lab, UPGRADE))
    assert.ok(said.startsWith(`New logins may fail: ${inText(sshd)} `), said)
    const stale = report(lab)
    assert.deepEqual(findingsOf(stale).map(verdict), [['manual', 'ends-terminals']])
    assert.ok(!stale.commands.flat().includes(sshd))
    mustRun(lab, ['systemctl', 'restart', sshd])
    assert.deepEqual(USERS.map(lives), [false, false])
  })

  test('has logins that another service passes on, and that end with a restart of that one', () => {
    serve('UsePAM yes')
    lab.write('/srv/door.cjs', DOOR)
    writeUnits(lab, { 'door.service': service('ExecStart=/usr/bin/node /srv/door.cjs') })
    start(lab, ['door.service'])
    const login = '-tt -p 2200 alice@127.0.0.1 exec sleep 7777'
    startInSession(lab, ['sh', '-c', `until ssh ${login}; do sleep 0.1; done`])
    const pid = () => lab.run(['pgrep', '-fx', 'sleep 7777']).stdout.trim()
    mustRun(lab, ['sh', '-c', 'until pgrep -fx "sleep 7777"; do sleep 0.1; done'])
    mustRun(lab, UPGRADE)
    const worker = pid()
    const stale = report(lab)
    const scope = /session-(\w+)\.scope/.exec(lab.read(`/proc/${worker}/cgroup`))?.[1]
    const { action, cautions } = findingOf(stale, 'door.service')
    assert.deepEqual(
      [action, cautions.map(({ text }) => text)],
      ['manual', [`a restart cuts logins that come through it: session ${scope} (alice)`]],
    )
    assert.ok(!stale.commands.flat().includes('door.service'))
    mustRun(lab, ['systemctl', 'stop', 'door.service'])
    mustRun(lab, ['sh', '-c', `while test -e /proc/${worker}/exe; do sleep 0.1; done`])
  })
})
