import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_CONFIG } from '../../src/core/config/config.ts'
import type { LimitCode } from '../../src/core/limits.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { openMachine } from '../../src/io/machine/machine.ts'
import { packagesIn } from '../../src/io/pacman/packages.ts'
import { openOwners } from '../../src/io/proc/owners.ts'
import { openProc } from '../../src/io/proc/proc.ts'
import type { Systemctl } from '../../src/io/systemd/systemctl.ts'
import { liveRunningServices } from '../../src/io/systemd/running-services.ts'
import { findUpgraded } from '../../src/scan/upgraded.ts'
import { facts } from '../support/knowledge.ts'
import { localDatabase, logTransaction } from '../support/pacman-tree.ts'
import type { LocalPackage } from '../support/pacman-tree.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { RecordedProcess, Tree } from '../support/tree.ts'
import { never, noted, worldOf } from '../support/world.ts'

/** `btime` of a recorded tree. */
const BOOT = 1_790_000_000
/** When the processes started, ten seconds after the boot. */
const START = BOOT + 10
const at = (seconds: number) => new Date(seconds * 1000)

const OLD = logTransaction(at(BOOT - 86_400), ['installed base (1-1)'])
const LATER = logTransaction(at(BOOT + 3600), ['upgraded a (1-1 -> 2-1)'])
const FILE = 'usr/lib/systemd/system/a.service'
const USER_FILE = 'usr/lib/systemd/user/a.service'
const PACKAGE: LocalPackage = {
  name: 'a',
  version: '2-1',
  installedAt: at(BOOT + 3600),
  files: [FILE, USER_FILE, 'usr/bin/a'],
}
const SERVICE: RecordedProcess = { maps: [], cgroup: '/system.slice/a.service' }
const ofUser = (uid: number): RecordedProcess => ({
  maps: [],
  cgroup: `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/a.service`,
})
const RUNS = { 'run/systemd/units/invocation:a.service': { link: 'x' } }
const RUNS_OF_USER = { 'run/user/1000/systemd/units/invocation:a.service': { link: 'x' } }

/** A machine on which the package of a service that runs was upgraded, and what differs from it. */
type Given = {
  readonly processes?: Readonly<Record<number, RecordedProcess>>
  readonly units?: Readonly<Record<string, Partial<UnitFacts>>>
  readonly limit?: LimitCode
  readonly packages?: readonly LocalPackage[]
  readonly log?: string | null
  readonly root?: Tree
  readonly unitFile?: string
  readonly inGroup?: (group: string) => readonly number[]
  readonly uid?: number
}

async function found({
  processes = { 4: SERVICE },
  units = { 'a.service': {} },
  limit,
  packages = [PACKAGE],
  log = OLD + LATER,
  root = RUNS,
  unitFile = '[Service]\nExecStart=/usr/bin/a\n',
  inGroup = never,
  uid = 0,
}: Given = {}) {
  const base = makeTree({
    proc: procTree(processes),
    root: {
      ...root,
      [FILE]: unitFile,
      [USER_FILE]: unitFile,
      'usr/bin': {},
      'var/lib/pacman/local': localDatabase(packages),
      ...(log === null ? {} : { 'var/log/pacman.log': log }),
    },
  })
  const proc = openProc(join(base, 'proc'))
  const simple = { MainPID: '4', FragmentPath: `/${FILE}` }
  const show = noted<Parameters<Systemctl['show']>, ReturnType<Systemctl['show']>>(
    async (names) => ({
      facts: new Map(
        names.flatMap((name) => {
          const some = units[name]
          return some === undefined ? [] : [[name, facts({ Id: name, ...simple, ...some })]]
        }),
      ),
      limit: limit ?? null,
    }),
  )
  const tree = join(base, 'root')
  const owners = openOwners(proc)
  const machine = openMachine(proc, tree, uid)
  const world = worldOf(
    { processes: {} },
    {
      proc,
      owners,
      machine: { ...machine, isLive: true, isBooted: () => true },
      systemctl: { show: show.port, programs: never, version: never, marked: never },
      controlGroups: { processes: inGroup, inhabitants: never, guests: never, inContainers: never },
      packages: packagesIn(tree),
      running: liveRunningServices(tree, proc, owners, machine.ownTree),
      uid,
    },
  )
  const told = await findUpgraded(world, NO_CONFIG, BOOT)
  const names = told.value.map(({ pid, owner, ownPackage }) => {
    const { name, from, to } = ownPackage?.change ?? { name: '', from: '', to: '' }
    return `${pid} ${owner.unit} ${name} ${from} ${to}`
  })
  return { names, limits: told.limits, asked: show.asked, processes: told.value }
}

const FOUND = ['4 a.service a 1-1 2-1']
const at2 = { ...SERVICE, startTicks: 2000 }
const OWN = { FragmentPath: '/etc/systemd/system/a.service' }
const util = {
  name: 'util',
  version: '1-1',
  files: ['agetty', 'python3', 'timeout', 'sudo', 'unshare', 'b'].map((name) => `usr/bin/${name}`),
}
const ROWS: readonly (readonly [fact: string, given: Given, names: readonly string[]])[] = [
  ['its package was upgraded', {}, FOUND],
  [
    'its file is below /lib',
    { units: { 'a.service': { FragmentPath: `/${FILE.slice(4)}` } } },
    FOUND,
  ],
  ['its work is done once', { units: { 'a.service': { Type: 'oneshot' } } }, []],
  ['its file is the administrator’s own', { units: { 'a.service': OWN } }, []],
  ['systemd says nothing of it', { units: {} }, []],
  ['its main process is gone', { processes: {} }, []],
  [
    'its main process is another unit’s',
    { processes: { 4: { ...SERVICE, cgroup: '/b.service' } } },
    [],
  ],
  ['its main process is a user’s', { processes: { 4: ofUser(1000) } }, []],
  ['its program is the new one', { processes: { 4: { ...SERVICE, exe: '/usr/bin/a' } } }, []],
  [
    'its program is an interpreter, of a package that did not change',
    {
      packages: [PACKAGE, util],
      unitFile: '[Service]\nExecStart=/usr/bin/python3 /usr/bin/a\n',
      processes: { 4: { ...SERVICE, exe: '/usr/bin/python3' } },
    },
    FOUND,
  ],
  [
    'its program is of a package that did not change',
    { packages: [PACKAGE, util], unitFile: '[Service]\nExecStart=/usr/bin/agetty\n' },
    [],
  ],
  [
    'its program is behind another, which did not change',
    {
      packages: [PACKAGE, util],
      unitFile: '[Service]\nExecStart=/usr/bin/timeout 5 /usr/bin/a\n',
      processes: { 4: { ...SERVICE, exe: '/usr/bin/timeout' } },
    },
    FOUND,
  ],
  [
    'its program stands without its path behind another',
    {
      packages: [PACKAGE, util],
      unitFile: "[Service]\nExecStart=-/usr/bin/sudo -u nobody \\\n  sh -c 'exec a --now'\n",
      processes: { 4: { ...SERVICE, exe: '/usr/bin/sudo' } },
    },
    FOUND,
  ],
  [
    'an interpreter is behind another program',
    {
      packages: [PACKAGE, util],
      unitFile: '[Service]\nExecStart=/usr/bin/timeout 5 python3 -m a.server\n',
      processes: { 4: { ...SERVICE, exe: '/usr/bin/timeout' } },
    },
    FOUND,
  ],
  [
    'its program is the new one, which another executed',
    {
      packages: [PACKAGE, util],
      unitFile: '[Service]\nExecStart=/usr/bin/unshare --mount /usr/bin/a\n',
      processes: { 4: { ...SERVICE, exe: '/usr/bin/a' } },
    },
    [],
  ],
  [
    'a program of another package has an argument that is no file of it',
    {
      packages: [PACKAGE, util],
      unitFile: '[Service]\nExecStart=/usr/bin/timeout 5 /usr/bin/agetty -f /etc/a b\n',
      processes: { 4: { ...SERVICE, exe: '/usr/bin/timeout' } },
    },
    [],
  ],
  ['its program is of no package', { unitFile: '[Service]\nExecStart=/opt/a\n' }, FOUND],
  ['it starts no program', { unitFile: '[Service]\n' }, FOUND],
  [
    'it was upgraded in the second of its start, and once more',
    {
      packages: [{ ...PACKAGE, version: '3-1' }],
      log:
        OLD +
        logTransaction(at(START), ['upgraded a (1-1 -> 2-1)']) +
        logTransaction(at(BOOT + 3600), ['upgraded a (2-1 -> 3-1)']),
    },
    ['4 a.service a 2-1 3-1'],
  ],
]
for (const [fact, given, names] of ROWS)
  test(`a service is ${names.length === 0 ? 'not ' : ''}told of where ${fact}`, async () => {
    const told = await found(given)
    assert.deepEqual([told.names, told.limits], [names, []])
    assert.deepEqual(told.asked, [[['a.service'], 'system']])
  })

test('what is told of a process has no stale file, and a name that can be printed', async () => {
  const evil = 'a\u001b[2J'
  const { processes } = await found({ processes: { 4: { ...SERVICE, comm: evil } } })
  assert.deepEqual(
    processes.map(({ comm, startTicks, files, unlinked }) => [comm, startTicks, files, unlinked]),
    [['a\\x1b[2J', 1000, [], []]],
  )
})

test('systemd is asked about no unit whose package is the same', async () => {
  const same = { ...PACKAGE, version: '1-1' }
  const logs = ['reinstalled a (1-1)', 'upgraded b (1-1 -> 2-1)', 'installed a (1-1)']
  for (const line of logs) {
    const log = OLD + logTransaction(at(BOOT + 3600), [line])
    assert.deepEqual((await found({ log, packages: [same] })).asked, [])
  }
  assert.deepEqual((await found({ root: {} })).asked, [])
})

test('a name that is none of a unit is not asked about', async () => {
  const bad = 'a b.service'
  const { asked } = await found({
    root: { ...RUNS, [`run/systemd/units/invocation:${bad}`]: { link: 'x' } },
    packages: [{ ...PACKAGE, files: [FILE, `usr/lib/systemd/system/${bad}`] }],
  })
  assert.deepEqual(asked, [[['a.service'], 'system']])
})

test('of a service without a main process the oldest of its group is told', async () => {
  const units = { 'a.service': { MainPID: '0', ControlGroup: '/system.slice/a.service' } }
  const asked: string[] = []
  const inGroup = (group: string) => {
    asked.push(group)
    return [4, 5, 6, 7]
  }
  const other = { ...SERVICE, cgroup: '/system.slice/b.service', startTicks: 1 }
  const processes = { 4: at2, 5: SERVICE, 6: { ...SERVICE, startTicks: 1500 }, 7: other }
  const { names } = await found({ units, inGroup, processes })
  assert.deepEqual([names, asked], [['5 a.service a 1-1 2-1'], ['/system.slice/a.service']])
})

test('root asks no manager of a user; a user asks the own one, which names no group', async () => {
  const root = { ...RUNS_OF_USER, 'run/user/0/systemd/units/invocation:a.service': { link: 'x' } }
  const units = { 'a.service': { FragmentPath: `/${USER_FILE}` } }
  const processes = { 4: ofUser(1000) }
  assert.deepEqual((await found({ root, units, processes })).asked, [])
  const own = await found({ root, units, processes, uid: 1000 })
  assert.deepEqual([own.names, own.asked], [FOUND, [[['a.service'], 1000]]])
  const theirs = await found({ root, units, processes: { 4: ofUser(1001) }, uid: 1000 })
  assert.deepEqual(theirs.names, [])
  const grouped = { 'a.service': { ...units['a.service'], MainPID: '0', ControlGroup: '/' } }
  assert.deepEqual((await found({ root, units: grouped, processes, uid: 1000 })).names, [])
})

test('what the log does not tell is a limit, but not that it begins after the boot', async () => {
  assert.deepEqual((await found({ log: LATER })).limits, [])
  const { names, limits } = await found({ log: null })
  assert.deepEqual([names, limits], [[], [{ code: 'package-log-missing', count: 0 }]])
})

test('no more units are asked about than any machine has, and the rest is counted', async () => {
  const units = Array.from({ length: 300 }, (_, n) => `u${n}.service`)
  const root = Object.fromEntries(
    units.map((unit) => [`run/systemd/units/invocation:${unit}`, { link: 'x' }]),
  )
  const files = units.map((unit) => `usr/lib/systemd/system/${unit}`)
  const packages = [{ ...PACKAGE, files }]
  const { asked, limits } = await found({ root, packages, limit: 'systemctl-timeout' })
  assert.deepEqual(
    asked.map(([names]) => names.length),
    [256],
  )
  assert.deepEqual(limits, [
    { code: 'systemctl-failed', count: 44 },
    { code: 'systemctl-timeout', count: 256 },
  ])
})
