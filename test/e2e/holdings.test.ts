import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import { installProgram, SILENT, whySkippedWithFuse } from './silent.ts'
import {
  LIBRARY,
  bootWithProgram,
  cautionCodes,
  findingOf,
  makeTree,
  replace,
  report,
  service,
  start,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/systemd-nspawn', 'usr/bin/script']) || whySkippedWithFuse()

/** A login whose processes are in a scope of their own: the unit has the master, and no more. */
const login = (scope: string) =>
  `/usr/bin/script -qc "exec systemd-run --quiet --scope --unit=${scope} ` +
  `setpriv --reuid=1000 sleep infinity" /dev/null`
/** Runs beside a main process that holds nothing. */
const beside = (command: string) =>
  `ExecStart=/bin/sh -c '${command} >/dev/null & exec /usr/bin/sleep infinity'`
const served = (directory: string) => `${SILENT} served ${directory}`
const LOGINS = ['of-group', 'of-main', 'of-kept']
/** What an X server and a program with a window do, as far as the kernel shows it. */
const SOCKET = '/tmp/.X11-unix/X7'
const SERVER = `/usr/bin/node -e "require('node:net').createServer(()=>{}).listen('${SOCKET}')"`
const WINDOW = `/usr/bin/node -e "require('node:net').connect('${SOCKET}').on('close',()=>process.exit())"`
/** TUNSETIFF with IFF_TUN and IFF_NO_PI of the kernel's include/uapi/linux/if_tun.h. */
const TUNNEL =
  `/usr/bin/perl -e 'open F, "+<", "/dev/net/tun"; ` +
  `$$r = pack("a16s", "toy0", 0x1001); ioctl(F, 0x400454ca, $$r) or die; sleep 9999'`
const NSPAWN = 'systemd-nspawn --quiet --bind-ro=/usr -D /srv/web /usr/bin/sleep infinity'
const INHIBIT = 'systemd-inhibit --what=shutdown'
const LOCKS = ['toy work', 'toy pause']
const TALK = '/usr/local/bin/talk'
/**
 * usage: talk listen|itself|fork|opened|connect ADDRESS...
 *
 * Takes connections at ports and paths; `itself` is its own client, a child of `fork` takes each,
 * and systemd has made the socket of `opened`. Who connects writes down what is cut.
 */
const TALKS = `#!/usr/bin/perl
use strict; use IO::Select; use IO::Socket::INET; use IO::Socket::UNIX;
my ($how, @addresses) = @ARGV;
my ($all, %at) = (IO::Select->new);
for my $at (@addresses) {
  my $isPath = $at =~ m{^/};
  my %peer = $isPath ? (Peer => $at) : (PeerAddr => "127.0.0.1:$at");
  my %own = $isPath ? (Local => $at, Listen => 5) : (LocalPort => $at, Listen => 5);
  my $class = $isPath ? "IO::Socket::UNIX" : "IO::Socket::INET";
  my $server = $how eq "opened" ? IO::Socket::INET->new_from_fd(3, "r+") : undef;
  $server ||= $class->new(%own) or die $! if $how ne "connect";
  $all->add($server) if $server;
  next if $how ne "connect" and $how ne "itself";
  my $client = $class->new(%peer) or die $!;
  $at{$client} = $at;
  $all->add($client);
}
while (1) {
  for my $one ($all->can_read) {
    if ($at{$one}) {
      sysread($one, my $text, 1) and next;
      system "echo $at{$one} >>/tmp/cut";
      $all->remove($one);
      next;
    }
    my $client = $one->accept;
    if ($how eq "fork") { fork or do { close $one; sleep 9999 } }
    else { $at{$client} = "client"; $all->add($client) }
  }
}
`
const talk = (how: string, ...lines: readonly string[]) =>
  service(`ExecStart=${TALK} ${how}`, ...lines)
/** Services that listen, some of them with a client. */
const SERVERS: Readonly<Record<string, string>> = {
  'serves-itself.service': talk('itself 7003 /run/self.sock'),
  'serves-kept.service': talk('fork 7004', 'KillMode=process'),
  'serves-local.service': talk('listen /run/toy.sock'),
  'serves-nobody.service': talk('listen 7002'),
  'serves-opened.service': talk('opened 7005'),
  'serves-tcp.service': talk('listen 7001'),
}
const SOCKET_UNIT = '[Socket]\nListenStream=7005\n'
const CONNECTED = [7001, 7003, 7004, 7005]

const UNITS: Readonly<Record<string, string>> = {
  'plain.service': service(),
  'disk.service': service(beside(served('/mnt/disk'))),
  'needed.service': service(),
  'terminal.service': service(beside(login('of-group'))),
  'terminal-main.service': service('KillMode=process', `ExecStart=${login('of-main')}`),
  'machine.service': service(`ExecStart=${NSPAWN}`),
  'screen.service': service(`ExecStart=${SERVER}`),
  'block.service': service(`ExecStart=${INHIBIT} --mode=block "--why=toy work" sleep infinity`),
  'delay.service': service(`ExecStart=${INHIBIT} --mode=delay "--why=toy pause" sleep infinity`),
}
/** What their restarts leave alone. */
const KEPT: Readonly<Record<string, string>> = {
  'disk-kept.service': service('KillMode=process', beside(served('/mnt/kept'))),
  'terminal-kept.service': service('KillMode=process', beside(login('of-kept'))),
}

const hasTun = /^ *200 tun$/m.test(readFileSync('/proc/misc', 'utf8'))

describe('what a restart would take from others', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'zoe', 1000)
    installProgram(lab, 'silent')
    makeTree(lab, '/srv/web')
    lab.write('/srv/web/etc/os-release', 'ID=toy\n')
    mustRun(lab, ['mkdir', '-p', '/mnt/disk', '/mnt/kept', '/tmp/.X11-unix', '/dev/net'])
    if (hasTun) mustRun(lab, ['mknod', '/dev/net/tun', 'c', '10', '200'])
    lab.write('/etc/systemd/system/disk.service.d/a.conf', '[Unit]\nPartOf=needed.service\n')
    const tunnel = hasTun ? { 'tunnel.service': service(`ExecStart=${TUNNEL}`) } : {}
    const units = { ...UNITS, ...KEPT, ...SERVERS, ...tunnel }
    lab.write(TALK, TALKS, 0o755)
    writeUnits(lab, {
      ...units,
      'window.service': `ExecStart=${WINDOW}`,
      'clients.service': `ExecStart=${TALK} connect 7001 7004 7005 /run/toy.sock`,
      'serves-opened.socket': SOCKET_UNIT,
    })
    mustRun(lab, ['systemctl', 'start', 'serves-opened.socket'])
    start(lab, Object.keys(units))
    await until(() => lab.run(['test', '-e', SOCKET]).status === 0)
    mustRun(lab, ['systemctl', 'start', 'window.service'])
    await until(() => / 03 .*X7$/m.test(lab.read('/proc/net/unix')))
    await until(() => hasTcp('0A', 7001, 7004) && unix().includes(' /run/toy.sock\n'))
    mustRun(lab, ['systemctl', 'start', 'clients.service'])
    await until(() => hasTcp('01', ...CONNECTED))
    await until(() => ['toy', 'self'].every((name) => hasAccepted(`/run/${name}.sock`)))
    if (hasTun) await until(() => lab.run(['test', '-e', '/sys/class/net/toy0']).status === 0)
    for (const path of ['/mnt/disk', '/mnt/kept']) await until(() => isMounted(path))
    for (const scope of LOGINS) await until(() => worker(scope) !== '')
    await until(() => lab.run(['test', '-e', '/run/systemd/machines/web']).status === 0)
    await until(() => LOCKS.every((why) => inhibitors().includes(why)))
    replace(lab, LIBRARY)
  })
  after(() => lab.stop())

  const stateOf = (unit: string) => lab.run(['systemctl', 'is-active', unit]).stdout.trim()
  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo(); tries += 1) {
      assert.ok(tries < 200, 'it never was so')
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
  }
  const unix = () => lab.read('/proc/net/unix')
  const hasAccepted = (path: string) => new RegExp(` 03 +[1-9]\\d* ${path}$`, 'm').test(unix())
  const hasTcp = (state: string, ...ports: readonly number[]) => {
    const lines = lab.read('/proc/net/tcp') + lab.read('/proc/net/tcp6')
    const own = (port: number) => port.toString(16).toUpperCase()
    return ports.every((port) => new RegExp(`:${own(port)} [0-9A-F:]+ ${state} `).test(lines))
  }
  const isMounted = (path: string) => lab.run(['stat', `${path}/x.so`]).status === 0
  const inhibitors = () => mustRun(lab, ['systemd-inhibit', '--list', '--no-legend', '--no-pager'])
  /** The process of a login; empty where there is none. */
  const worker = (scope: string) => {
    const group = `/sys/fs/cgroup/system.slice/${scope}.scope/cgroup.procs`
    return lab.run(['sh', '-c', `pgrep -u zoe -x sleep | grep -xFf ${group}`]).stdout.trim()
  }
  const lives = (pid: string) => lab.run(['test', '-e', `/proc/${pid}/exe`]).status === 0
  const leaderOfMachine = () =>
    /^LEADER=(\d+)$/m.exec(lab.read('/run/systemd/machines/web'))?.[1] ?? assert.fail('no leader')
  const explained = (unit: string) => mustRun(lab, ['stale-libs', 'explain', unit, '--facts'])
  const sentences = (unit: string) => {
    const { action } = findingOf(report(lab), unit)
    return [action, /^ {2}Because: (.*)$/m.exec(explained(unit))?.[1] ?? '']
  }

  test('a mounted file system is named, by its mount point where the kernel tells', () => {
    const tells = lab.run(['sh', '-c', 'grep -qs fuse_connection /proc/[0-9]*/fdinfo/*'])
    const what = tells.status === 0 ? '/mnt/disk' : 'mount point unknown'
    assert.deepEqual(sentences('disk.service'), [
      'manual',
      `a restart disconnects file systems that it serves: ${what}`,
    ])
    assert.deepEqual(sentences('needed.service'), ['manual', 'a restart also restarts disk'])
  })

  test('who works at a terminal whose other end a unit has is named, wherever that is', () => {
    for (const unit of ['terminal.service', 'terminal-main.service']) {
      const [action, text = ''] = sentences(unit)
      assert.equal(action, 'manual')
      assert.match(text, /^a restart hangs up pts\/\d+ \(zoe\), and ends what runs there$/)
    }
  })

  test('a machine that a service started is named, though it has a scope of its own', () => {
    assert.deepEqual(sentences('machine.service'), ['manual', 'a restart stops container web'])
    assert.match(explained('machine'), /^ {2}PID \d+ runs: container web$/m)
  })

  test('a display is named where a program has a window on it', () => {
    assert.deepEqual(sentences('screen.service'), [
      'manual',
      'a restart closes all windows on the displays that it serves: :7',
    ])
    assert.match(explained('screen'), /^ {2}PID \d+ serves the display: :7$/m)
  })

  test('who asked not to be interrupted is named, and why', () => {
    assert.deepEqual(sentences('block.service'), [
      'manual',
      `a restart interrupts what it asked not to interrupt: "sleep infinity" ("toy work")`,
    ])
    assert.match(explained('block'), /^ {2}Asked not to be interrupted: "sleep infinity" /m)
  })

  const testWithTun = hasTun ? test : async () => undefined
  void testWithTun('a network interface is named by the service that made it', () => {
    assert.deepEqual(sentences('tunnel.service'), [
      'manual',
      'a restart takes away network interfaces that it made: toy0',
    ])
    assert.match(explained('tunnel'), /^ {2}PID \d+ made the interface: toy0$/m)
  })

  test('clients are told where a restart cuts off those from elsewhere', () => {
    const { findings } = report(lab)
    const told = findings.filter((one) => cautionCodes(one).includes('cuts-clients'))
    assert.deepEqual(
      told.map(({ name, action }) => [name, action]),
      ['serves-local', 'serves-opened', 'serves-tcp'].map((one) => [`${one}.service`, 'restart']),
    )
  })

  test('the printed command takes nothing from anybody', () => {
    const { commands, findings } = report(lab)
    const [command = [], ...rest] = commands
    assert.deepEqual(rest, [])
    assert.deepEqual(command.slice(3), [
      'delay.service',
      'disk-kept.service',
      'plain.service',
      ...Object.keys(SERVERS),
      'terminal-kept.service',
    ])
    const workers = LOGINS.map(worker)
    mustRun(lab, command)
    assert.ok(isMounted('/mnt/disk') && isMounted('/mnt/kept'))
    assert.ok(workers.every(lives))
    assert.equal(stateOf('window.service'), 'active')
    if (hasTun) mustRun(lab, ['test', '-e', '/sys/class/net/toy0'])
    assert.ok(inhibitors().includes('toy work'))
    const cut = lab.read('/tmp/cut').trim().split('\n')
    assert.deepEqual(cut.toSorted(), ['/run/toy.sock', '7001', '7005'])
    assert.ok(findings.some((one) => cautionCodes(one).includes('ends-guests')))
  })

  test('what was said would have been lost', async () => {
    const lost = [worker('of-group'), worker('of-main'), leaderOfMachine()]
    mustRun(lab, ['systemctl', 'restart', 'terminal.service', 'terminal-main.service'])
    mustRun(lab, ['systemctl', 'restart', 'machine.service', 'screen.service'])
    mustRun(lab, ['systemctl', 'stop', 'disk.service'])
    assert.match(lab.run(['stat', '/mnt/disk']).stderr, /not connected/)
    await until(() => !lost.some(lives) && stateOf('window.service') === 'inactive')
    if (!hasTun) return
    mustRun(lab, ['systemctl', 'stop', 'tunnel.service'])
    assert.equal(lab.run(['test', '-e', '/sys/class/net/toy0']).status, 1)
  })
})
