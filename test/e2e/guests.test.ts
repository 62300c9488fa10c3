import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import { readHand } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import {
  LIBRARY,
  bootWithProgram,
  cautionCodes,
  findingOf,
  makeTree,
  namesIn,
  replace,
  report,
  service,
  start,
  startInSession,
  waitUntilLoaded,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/systemd-nspawn'])

/**
 * The library of the guests, as they see it: it lies in the tree of each, and not in the machine's.
 */
const OWN = '/opt/libguest.so.1'
const SLEEP = ['/usr/bin/env', `LD_PRELOAD=${OWN}`, '/usr/bin/sleep', 'infinity']

const MACHINES = ['web', 'hand', 'quiet', 'inner'].map((name) => `/var/lib/machines/${name}`)
const JAIL = '/srv/jail'
const ALICES = '/home/alice/tree'

const NSPAWN = ['systemd-nspawn', '--quiet', '--bind-ro=/usr']
const UNREGISTERED = [...NSPAWN, '--keep-unit', '--register=no']
const WEB = ['[Exec]', 'Boot=no', `Parameters=${SLEEP.join(' ')}`, 'PrivateUsers=no']
  .concat(['[Files]', 'BindReadOnly=/usr'])
  .concat(['[Network]', 'VirtualEthernet=no', 'Private=no', ''])
  .join('\n')

const UNSHARE = ['unshare', '--user', '--map-root-user']
const APART = [...UNSHARE, '--mount', '--pid', '--fork']
/** The end of it makes the tree "/", as runtimes do; chroot(8) alone leaves it where it is. */
const BY_CHROOT = `mount --rbind /usr usr && exec chroot . ${SLEEP.join(' ')}`
const BY_MOUNT = `mount --bind . . && cd "$PWD" && mount --rbind /usr usr && mount --no-mtab --move . / && exec chroot . ${SLEEP.join(' ')}`

/** Each is the machine's own, however little it sees of the machine. */
const SANDBOXES: Readonly<Record<string, string>> = {
  'private-mounts.service': service('PrivateMounts=yes'),
  'private-network.service': service('PrivateNetwork=yes', 'PrivateIPC=yes', 'ProtectHostname=yes'),
  'private-pids.service': service('PrivatePIDs=yes', 'KillSignal=SIGKILL'),
  'temporary.service': service('TemporaryFileSystem=/var:ro', 'ProtectControlGroups=yes'),
}

const CHROOTED = `Type=exec\nExecStart=/usr/sbin/chroot ${JAIL} ${SLEEP.join(' ')}`

describe('guests and sandboxes', { skip }, () => {
  let lab: Lab
  let session = ''
  let stale: ReportDocument

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'alice', 1000)
    session = openSession(lab, 'alice')
    for (const tree of [...MACHINES, JAIL, ALICES]) {
      makeTree(lab, tree)
      mustRun(lab, ['cp', LIBRARY, `${tree}${OWN}`])
    }
    startMachines()
    startRootless()
    startServices()
    waitUntilMapped(lab, OWN, MACHINES.length + 3)
    waitUntilMapped(lab, LIBRARY, Object.keys(SANDBOXES).length + 3)
    for (const tree of [...MACHINES, JAIL, ALICES]) replace(lab, `${tree}${OWN}`)
    replace(lab, LIBRARY)
    stale = report(lab)
  })
  after(() => lab.stop())

  const startMachines = () => {
    lab.write('/etc/systemd/nspawn/web.nspawn', WEB)
    for (const tree of MACHINES) lab.write(`${tree}/etc/os-release`, 'ID=toy\n')
    const [, hand = '', quiet = '', inner = ''] = MACHINES
    mustRun(lab, ['systemctl', 'start', 'systemd-nspawn@web.service'])
    startInSession(lab, [...NSPAWN, '-D', hand, ...SLEEP])
    startInSession(lab, [...UNREGISTERED, '-D', quiet, ...SLEEP])
    const unit = ['systemd-run', '--quiet', '--unit=inner.service']
    mustRun(lab, [...unit, ...UNREGISTERED, '-D', inner, ...SLEEP])
  }
  const startRootless = () => {
    mustRun(lab, ['chown', '-R', 'alice', ALICES])
    const asAlice = { uid: 1000, cgroup: session, cwd: ALICES }
    startInSession(lab, [...APART, 'sh', '-c', BY_CHROOT], asAlice)
    startInSession(lab, [...APART, 'sh', '-c', BY_MOUNT], asAlice)
    const preloaded = ['env', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    startInSession(lab, [...UNSHARE, ...preloaded], asAlice)
    startInSession(lab, [...APART, ...preloaded], asAlice)
  }
  const startServices = () => {
    mustRun(lab, ['mount', '--bind', '/usr', `${JAIL}/usr`])
    writeUnits(lab, { 'host.service': service(), 'chrooted.service': CHROOTED, ...SANDBOXES })
    start(lab, ['host.service', ...Object.keys(SANDBOXES)])
    mustRun(lab, ['systemctl', 'start', 'chrooted.service'])
    waitUntilLoaded(lab, ['chrooted.service'], 1, OWN)
  }
  const namespaceOf = (unit: string, name: string) => {
    const pid = mustRun(lab, ['systemctl', 'show', '--value', '-p', 'MainPID', unit]).trim()
    return mustRun(lab, ['readlink', `/proc/${pid}/ns/${name}`])
  }
  const of = (unit: RegExp) => stale.findings.filter((one) => unit.test(one.unit ?? ''))
  const assertContainer = (finding: FindingDocument | undefined) => {
    const { kind, action, command, files } = finding ?? {}
    assert.deepEqual([kind, action, command], ['container', 'container', null])
    assert.deepEqual(files?.length, 1)
    assert.ok(files?.[0]?.path.endsWith(OWN))
  }
  const pidsInContainers = () => {
    const containers = report(lab).findings.filter(({ kind }) => kind === 'container')
    return containers.flatMap(({ processes }) => processes.map(({ pid }) => pid)).toSorted()
  }
  const restartable = ['chrooted.service', 'host.service', ...Object.keys(SANDBOXES)].toSorted()

  test('a container of nspawn is told by its name', () => {
    const web = findingOf(stale, 'systemd-nspawn@web.service')
    assertContainer(web)
    assert.deepEqual([web.name, web.container], ['web', { runtime: 'nspawn', name: 'web' }])
  })

  test('a container that somebody starts by hand is one', () => {
    const found = of(/^(?:machine-)?hand\.scope$/)
    assert.equal(found.length, 1)
    assertContainer(found[0])
  })

  test('a container that nobody registered is one, whatever unit it runs in', () => {
    assertContainer(findingOf(stale, 'inner.service'))
    const inSession = of(new RegExp(`^${lab.session.split('/').at(-1)}$`))
    assert.equal(inSession.length, 1)
    assertContainer(inSession[0])
    assert.equal(inSession[0]?.container?.runtime, 'other')
  })

  test('a container of a user without rights is not the session of that user', () => {
    const own = of(new RegExp(`^${session.split('/').at(-1)}$`))
    const containers = own.filter(({ kind }) => kind === 'container')
    assert.equal(containers.length, 2)
    containers.forEach(assertContainer)
    assert.ok(containers.every(({ container }) => container?.runtime === 'other'))
  })

  test('a user namespace alone makes no container', () => {
    const sessions = stale.findings.filter(({ kind }) => kind === 'session')
    assert.deepEqual(
      sessions.map(({ user, action, processes }) => [user?.name, action, processes.length]),
      [['alice', 'relogin', 2]],
    )
    assert.deepEqual(
      sessions[0]?.files.map(({ path }) => path),
      [LIBRARY],
    )
  })

  test('services stay services, whatever they see of the machine', () => {
    const services = stale.findings.filter(({ kind }) => kind === 'service')
    assert.deepEqual(
      services.map(({ unit, action }) => [unit, action]),
      restartable.map((unit) => [unit, 'restart']),
    )
    assert.deepEqual(stale.commands, [['systemctl', 'restart', '--', ...restartable]])
    const property = ['systemctl', 'show', '--value', '-p', 'PrivatePIDs', 'private-pids.service']
    const isApart = namespaceOf('private-pids.service', 'pid') !== namespaceOf('host', 'pid')
    assert.equal(isApart, mustRun(lab, property).trim() === 'yes')
  })

  test('a service that calls chroot(2) is stale by the library of its tree', () => {
    const { files, processes } = findingOf(stale, 'chrooted.service')
    assert.deepEqual(files, [
      { path: `${JAIL}${OWN}`, kind: 'library', state: 'replaced', package: null },
    ])
    assert.deepEqual(
      processes.map(({ comm, main }) => [comm, main]),
      [['sleep', true]],
    )
  })

  test('the printed command restarts the services, and no container', () => {
    const old = pidsInContainers()
    const { commands } = readHand(mustRun(lab, ['stale-libs']))
    assert.deepEqual(commands, ['stale-libs restart'])
    mustRun(lab, ['sh', '-c', `${commands.join()} --yes`])
    waitUntilLoaded(lab, Object.keys(SANDBOXES))
    waitUntilLoaded(lab, ['chrooted.service'], 1, OWN)
    assert.deepEqual(
      namesIn(report(lab)),
      stale.findings.filter(({ kind }) => kind !== 'service').map(({ name }) => name),
    )
    assert.deepEqual(pidsInContainers(), old)
    assert.equal(old.length, 6)
  })

  test('a service that is stale itself is not restarted blindly while a container runs in it', () => {
    replace(lab, '/usr/bin/systemd-nspawn')
    const found = report(lab)
    const inner = found.findings.filter(({ unit }) => unit === 'inner.service')
    assert.deepEqual(
      inner.map((one) => [one.kind, one.action, ...cautionCodes(one)]),
      [
        ['service', 'manual', 'ends-guests'],
        ['container', 'container'],
      ],
    )
    assert.deepEqual(found.commands, [])
  })
})
