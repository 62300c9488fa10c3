import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../src/core/advice/case.ts'
import { casesOf } from '../../src/core/advice/cases.ts'
import { groupByOwner } from '../../src/core/advice/groups.ts'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import { NO_CONFIG } from '../../src/core/config/config.ts'
import type { Limit } from '../../src/core/limits.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import type { TrackedGroup } from '../../src/core/pacman/advisories.ts'
import { parseControlGroup } from '../../src/core/proc/control-group.ts'
import type { PackageChanges } from '../../src/io/pacman/changes.ts'
import type { Packages } from '../../src/io/pacman/packages.ts'
import { attribute } from '../../src/scan/attribute.ts'
import { addFixes } from '../../src/scan/fixes.ts'
import { mayHaveChanged } from '../../src/scan/may-have-changed.ts'
import { judgeReboot } from '../../src/scan/reboot.ts'
import { reportOf } from '../../src/scan/report.ts'
import { limitIf, limitsOfStages } from '../../src/scan/stage.ts'
import { findUpgraded } from '../../src/scan/upgraded.ts'
import { knowledge } from '../support/knowledge.ts'
import { file, finding } from '../support/report.ts'
import { never, noted, worldOf } from '../support/world.ts'
import { printableText, say } from '../../src/core/printable.ts'
import { printed } from '../support/printed.ts'
import type { Host } from '../../src/core/machine/host.ts'

const BOOT = 1_790_000_000
const WORLD = worldOf({ processes: {} })

test('a limit is one where it applies, and the first of a sort stands', () => {
  assert.deepEqual(limitIf(true, 'maps-denied', 3), [{ code: 'maps-denied', count: 3 }])
  assert.deepEqual(limitIf(false, 'maps-denied', 3), [])
  const limits: readonly Limit[] = [
    { code: 'maps-failed', count: 1 },
    { code: 'maps-denied', count: 2 },
    { code: 'maps-failed', count: 3 },
  ]
  const stages = limits.map((limit) => ({ value: null, limits: [limit] }))
  assert.deepEqual(limitsOfStages(stages), limits.slice(0, 2))
})

test('whether pacman may have changed anything is asked since the boot', async () => {
  for (const [value, limit, limits] of [
    [true, 'package-log-missing', [{ code: 'package-log-missing', count: 0 }]],
    [false, null, []],
  ] as const) {
    const asked = noted<
      Parameters<Packages['mayHaveChangedSince']>,
      ReturnType<Packages['mayHaveChangedSince']>
    >(async () => ({ value, limit }))
    const packages: Packages = { ...WORLD.packages, mayHaveChangedSince: asked.port }
    assert.deepEqual(await mayHaveChanged({ ...WORLD, packages }, BOOT), { value, limits })
    assert.deepEqual(asked.asked, [[BOOT]])
  }
})

test('upgraded services are looked for since the boot, unless that is forbidden', async () => {
  const rows = [
    [BOOT, null, true],
    [BOOT, true, true],
    [BOOT, false, false],
    [null, true, false],
  ] as const
  for (const [boot, packageUpgraded, isAsked] of rows) {
    const asked = noted<Parameters<Packages['changedSince']>, ReturnType<Packages['changedSince']>>(
      async () => ({ names: [], limit: 'package-log-missing' }),
    )
    const packages: Packages = { ...WORLD.packages, changedSince: asked.port }
    const config = { ...NO_CONFIG, packageUpgraded }
    const { value, limits } = await findUpgraded({ ...WORLD, packages }, config, boot)
    assert.deepEqual(
      asked.asked.map(([since]) => since.getTime() / 1000),
      isAsked ? [BOOT] : [],
    )
    const missed = { code: 'package-log-missing', count: 0 }
    assert.deepEqual([value, limits], [[], isAsked ? [missed] : []])
  }
})

const HOST: Host = {
  hostname: say`kestrel`,
  kernelRelease: say`6.18.1-arch1-1`,
  bootSeconds: BOOT,
}

test('the machine’s files are read for a reboot where pacman may have changed them', async () => {
  const asked = noted(async () => null)
  await judgeReboot([], HOST, { ...WORLD, bootFacts: asked.port })
  assert.deepEqual(asked.asked, [[HOST]])
  const { value, limits } = await judgeReboot([], HOST, null)
  assert.deepEqual([value.needed, limits], ['none', []])
  const boot = {
    isGuestOfKernel: false,
    hasDatabase: true,
    kernels: [],
    packages: [],
    changes: [],
    processor: null,
    nvidia: null,
  }
  const nameless = { ...HOST, kernelRelease: null }
  const unknown = await judgeReboot([], nameless, { ...WORLD, bootFacts: async () => boot })
  assert.deepEqual(unknown.limits, [{ code: 'kernel-unknown', count: 1 }])
})

const AVG = printed<TrackedGroup>({
  name: 'AVG-1',
  severity: 'High',
  issues: ['CVE-2026-0001'],
  packages: ['zlib'],
  fixed: '1.3.2-1',
})
const CHANGED = finding({ files: [file('libz.so.1', 'zlib 1.3.1-1 1.3.2-1')] })

test('the list of advisories is read where one is named and a package changed', () => {
  const advisories = noted<[string], readonly TrackedGroup[]>(() => [AVG])
  const world = { ...WORLD, advisories: advisories.port }
  const config = { ...NO_CONFIG, advisories: '/var/lib/avg.json' }
  const untouched = [finding()]
  assert.deepEqual(addFixes([CHANGED], NO_CONFIG, world), { value: [CHANGED], limits: [] })
  assert.deepEqual(addFixes(untouched, config, world), { value: untouched, limits: [] })
  assert.deepEqual(advisories.asked, [])
  const { value, limits } = addFixes([...untouched, CHANGED], config, world)
  assert.deepEqual(
    value[1]?.files[0]?.package?.advisories?.map(({ name }) => name),
    ['AVG-1'],
  )
  assert.deepEqual([limits, advisories.asked], [[], [['/var/lib/avg.json']]])
})

test('a list of advisories that cannot be read is said', () => {
  const config = { ...NO_CONFIG, advisories: '/nowhere' }
  const { value, limits } = addFixes([CHANGED], config, { ...WORLD, advisories: () => null })
  assert.deepEqual(limits, [{ code: 'advisories-unreadable', count: 1 }])
  assert.equal(value[0]?.files[0]?.package?.name, 'zlib')
})

function process(
  path: string,
  pid: number,
  paths: readonly string[] = [],
  startTicks = 1000,
): StaleProcess {
  return printed<StaleProcess>({
    pid,
    comm: 'a',
    startTicks,
    cgroup: parseControlGroup(`0::${path}\n`),
    owner: ownerOf(path),
    files: paths.map((one) => ({ path: one, kind: 'library', state: 'replaced' })),
    unlinked: paths.map(() => null),
    isForeign: false,
  })
}

function casesWith(...processes: readonly StaleProcess[]): readonly Case[] {
  return groupByOwner(processes).flatMap((group) => casesOf(group, knowledge()))
}

const A = '/usr/lib/liba.so'
const B = '/usr/lib/libb.so'

/** Packages that have each file of these from `pkg`, and of others say nothing. */
function packagesOf(limit: PackageChanges['limit'] = null) {
  const changes = noted<Parameters<Packages['changes']>, ReturnType<Packages['changes']>>(
    async (copies) => ({
      attributions: copies.slice(0, 1).map(({ path }) => ({
        kind: 'changed',
        isNew: true,
        change: {
          name: printableText(path),
          from: say`1`,
          to: say`2`,
          change: 'upgraded',
          at: say``,
        },
      })),
      limit,
    }),
  )
  return { world: { ...WORLD, packages: { ...WORLD.packages, changes: changes.port } }, changes }
}

test('pacman is asked once about the same copy of several units', async () => {
  const { world, changes } = packagesOf('package-log-short')
  const cases = casesWith(
    process('/system.slice/a.service', 4, [A, B]),
    process('/system.slice/b.service', 5, [A]),
    process('/system.slice/c.service', 6, [A], 2000),
  )
  const { value, limits } = await attribute(cases, world, () => null, BOOT)
  const [copies = [], , targets] = changes.asked[0] ?? []
  assert.deepEqual(
    copies.map(({ path, startedAt }) => [path, (startedAt?.getTime() ?? 0) / 1000 - BOOT]),
    [
      [A, 10],
      [B, 10],
      [A, 20],
    ],
  )
  assert.equal(targets, null)
  // Of each path once, though it is two copies.
  assert.deepEqual(limits, [{ code: 'package-log-short', count: 2 }])
  const told = value.map(({ files }) => files.map((one) => one.package?.name ?? null))
  assert.deepEqual(told, [[A, null], [A], [null]])
})

test('what pacman gave to the hook is read only where something is stale', async () => {
  const list = noted(() => new Set(['usr/lib/liba.so']))
  const { world, changes } = packagesOf()
  const cases = casesWith(process('/system.slice/a.service', 4, [A]))
  const { limits } = await attribute(cases, world, list.port, BOOT)
  await attribute([], world, list.port, BOOT)
  assert.equal(list.asked.length, 1)
  const targets = changes.asked.map(([, , some]) => some !== null)
  assert.deepEqual([targets, limits], [[true, false], []])
})

const PARTS = {
  host: HOST,
  looked: {
    stale: [],
    temporary: [],
    processes: 7,
    read: 4,
    unreadable: 2,
    vanished: 1,
    unseenOfSystem: 3,
  },
  findings: [],
  ignored: [],
  effects: [],
  reboot: { needed: 'none', reasons: [] },
  canSoftReboot: true,
  isOneSide: false,
  limits: [],
} as const
const ASKER = { version: '0.1.0', environment: { SUDO_UID: '1000' } }

test('who reads the text is asked on the running machine, where there is something to tell', () => {
  const told = { ...PARTS, limits: [{ code: 'maps-denied', count: 1 }] } as const
  const rows = [
    [0, true, told, { uid: 1000, asRoot: 'run0' }, ['sudo', 'run0']],
    [0, true, PARTS, { uid: null, asRoot: null }, []],
    [0, false, told, { uid: null, asRoot: null }, []],
    [1000, true, PARTS, { uid: null, asRoot: 'run0' }, ['sudo', 'doas', 'run0']],
  ] as const
  for (const [uid, isLive, parts, reader, looks] of rows) {
    const asked: string[] = []
    const hasRootProgram = (program: string) => asked.push(program) > 0 && program === 'run0'
    const world = { ...WORLD, uid, machine: { ...WORLD.machine, isLive, hasRootProgram } }
    const report = reportOf(world, ASKER, parts)
    assert.deepEqual([report.reader, report.isRoot, asked], [reader, uid === 0, looks])
  }
  const { processes, unreadable, vanished, unseenOfSystem } = reportOf(WORLD, ASKER, PARTS)
  assert.deepEqual([processes, unreadable, vanished, unseenOfSystem], [7, 2, 1, 3])
})

test('a soft reboot does where systemd has it, and no full one is needed', () => {
  const rows = [
    [true, 'none', true],
    [true, 'soft', true],
    [true, 'full', false],
    [false, 'soft', false],
  ] as const
  for (const [canSoftReboot, needed, can] of rows) {
    const parts = { ...PARTS, canSoftReboot, reboot: { needed, reasons: [] } }
    assert.equal(reportOf(WORLD, ASKER, parts).canSoftReboot, can)
  }
})

test('nothing of pacman is asked where no copy is stale', async () => {
  const packages = { ...WORLD.packages, ownersOf: never, since: never, installed: never }
  const { value, limits } = await attribute([], { ...WORLD, packages }, never, BOOT)
  assert.deepEqual([value, limits], [[], []])
})
