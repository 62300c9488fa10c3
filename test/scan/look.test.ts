import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StaleProcess } from '../../src/core/advice/stale-process.ts'
import { isMachineFile } from '../../src/core/proc/process.ts'
import type { Inspection } from '../../src/core/proc/process.ts'
import type { SelfProcess } from '../../src/io/proc/owners.ts'
import type { MarkedProcess } from '../../src/io/reading/marked-processes.ts'
import type { Tally, World } from '../../src/io/world.ts'
import type { ShareHolder } from '../../src/core/owner/share.ts'
import { say } from '../../src/core/printable.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import { renderNagios } from '../../src/render/nagios.ts'
import { renderPrometheus } from '../../src/render/prometheus.ts'
import { renderText } from '../../src/render/text/text.ts'
import { look } from '../../src/scan/look/look.ts'
import { shown } from '../support/door.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { reportOf } from '../support/report.ts'
import type { RecordedProcess } from '../support/tree.ts'
import { never, noted, walkOf, worldOf } from '../support/world.ts'

const BOOT = 1_790_000_000
const LIBRARY = 'r-xp /usr/lib/libz.so.1 (deleted)'
const CGROUP = '/system.slice/a.service'
const stale = (some: Partial<RecordedProcess> = {}): RecordedProcess => ({
  maps: [LIBRARY],
  cgroup: CGROUP,
  ...some,
})
const log = () => {}
const NOTHING_MARKED = { maps: ['r-xp /usr/lib/libz.so.1'] }

type Changed = (inspection: Inspection, pid: number) => Inspection | undefined

/** Looks at a recorded machine, whose processes ended as told instead. */
async function looked(
  machine: RecordedMachine,
  ports: Partial<World> = {},
  { changed = (one) => one, hook = false, boot = BOOT }: Given = {},
) {
  const world = worldOf(machine, ports)
  const { pids, inspections } = world.proc.walk()
  const ended = await inspections()
  const endings = new Map<number, Inspection>()
  for (const [at, pid] of pids.entries()) {
    const one = ended[at]
    const now = one === undefined ? undefined : changed(one, pid)
    if (now !== undefined) endings.set(pid, now)
  }
  const { value, limits } = await look(walkOf(endings, pids), world, hook, boot, log)
  return { ...value, pids: value.stale.map(({ pid }) => pid), limits }
}

type Given = {
  readonly changed?: Changed
  readonly hook?: boolean
  readonly boot?: number | null
}

const TALLY: Tally = {
  clean: 0,
  empty: 0,
  gone: 0,
  denied: 0,
  failed: 0,
  stuck: 0,
  long: 0,
  cut: 0,
  ofSystem: 0,
  longOf: [],
  sawInit: true,
}

/** Only a process that is marked can be changed to one that is cut. */
const withMarks =
  (some: Partial<MarkedProcess>): Changed =>
  (one) =>
    one.kind === 'marked' ? { ...one, ...some } : one

const ENDINGS: readonly (readonly [
  kind: Exclude<Inspection['kind'], 'marked'>,
  numbers: readonly [processes: number, unreadable: number, vanished: number],
  limit: string | null,
])[] = [
  ['clean', [3, 0, 0], null],
  ['empty', [1, 0, 0], null],
  ['gone', [1, 0, 2], null],
  ['denied', [3, 2, 0], 'maps-denied'],
  ['failed', [3, 0, 0], 'maps-failed'],
  ['stuck', [3, 0, 0], 'maps-stuck'],
]
for (const [kind, numbers, code] of ENDINGS)
  test(`processes that ended ${kind} are counted, here and by a recording`, async () => {
    const processes = { 4: NOTHING_MARKED, 5: NOTHING_MARKED }
    const limits = code === null ? [] : [{ code, count: 2 }]
    const here = await looked(
      { processes },
      {},
      { changed: (one, pid) => (pid > 1 ? { kind } : one) },
    )
    assert.deepEqual([here.processes, here.unreadable, here.vanished], numbers)
    assert.deepEqual(here.limits, limits)
    const kept = await looked({ processes: {} }, { tally: { ...TALLY, [kind]: 2 } })
    assert.deepEqual([kept.processes, kept.unreadable, kept.vanished], numbers)
    assert.deepEqual(kept.limits, limits)
  })

const number = fc.nat({ max: 9 })
const tallies = fc
  .record({
    clean: number,
    gone: number,
    denied: number,
    failed: number,
    stuck: number,
    long: number,
    cut: number,
  })
  .filter(({ clean, cut }) => cut <= clean)

test('the numbers of a look add up, and each answer says the number that was read', async () => {
  await fc.assert(
    fc.asyncProperty(tallies, async (tally) => {
      const given = { tally: { ...TALLY, ...tally } }
      const { limits, ...value } = await looked({ processes: {} }, given)
      const { processes, read, unreadable, vanished } = value
      const missed = limits.reduce((sum, limit) => sum + limit.count, 0)
      assert.equal(read + missed, processes)
      assert.equal(read, 1 + tally.clean - tally.cut)
      assert.deepEqual([unreadable, vanished], [tally.denied, tally.gone])
      const report = reportOf({ processes, read, unreadable, vanished, limits })
      const text = shown(renderText(report, { hook: false, all: false })).replaceAll('\n', ' ')
      const seen = missed === 0 ? '' : 'that was seen '
      const programs = `${read} ${read === 1 ? 'program' : 'programs'} looked at`
      assert.ok(text.includes(`Nothing ${seen}uses old code (${programs}).`), text)
      assert.equal(text.includes('No reboot needed.'), missed === 0)
      const [status = ''] = renderNagios(report, { all: false })
      assert.match(status, new RegExp(`nothing uses old code in ${read} `))
      assert.match(status, new RegExp(` unreadable=${missed};`))
      const unread = `stale_libs_processes_unreadable ${missed}`
      assert.ok(renderPrometheus(report).some((line) => line === unread))
    }),
  )
})

test('more processes that were read in part than there are make no number below 0', async () => {
  const { read, processes } = await looked({ processes: {} }, { tally: { ...TALLY, cut: 9 } })
  assert.deepEqual([read, processes], [0, 1])
})

test('a process that nothing was told of is stuck', async () => {
  const { limits } = await looked(
    { processes: { 4: stale() } },
    {},
    {
      changed: (one, pid) => (pid === 1 ? one : undefined),
    },
  )
  assert.deepEqual(limits, [{ code: 'maps-stuck', count: 1 }])
})

test('the maps of a kernel thread are not missed', async () => {
  for (const kind of ['denied', 'failed'] as const) {
    const processes = { 4: { maps: [], isKernelThread: true }, 5: NOTHING_MARKED }
    const changed: Changed = (one, pid) => (pid > 1 ? { kind } : one)
    const { limits, processes: count } = await looked({ processes }, {}, { changed })
    assert.deepEqual([limits, count], [[{ code: `maps-${kind}`, count: 1 }], 2])
  }
})

test('what was cut or not kept is said of who is named, with what a recording counted', async () => {
  const self = { cgroup: '/user.slice/user-0.slice/session-1.scope', ancestors: { 6: CGROUP } }
  const processes = { 4: stale(), 5: stale(), 6: stale() }
  const changed = withMarks({ isCut: true, dropped: 3 })
  const { limits } = await looked({ processes, self }, {}, { changed })
  assert.deepEqual(limits, [
    { code: 'maps-failed', count: 3 },
    { code: 'mappings-dropped', count: 9 },
  ])
  const recorded = await looked({ processes: {} }, { tally: { ...TALLY, cut: 2, failed: 1 } })
  assert.deepEqual(recorded.limits, [{ code: 'maps-failed', count: 3 }])
})

test('what is left out is missed by nobody', async () => {
  const world = { self: selfAt(4) }
  const changed = withMarks({ isCut: true, dropped: 3 })
  const { limits, pids } = await looked({ processes: { 4: stale() } }, world, { changed })
  assert.deepEqual([limits, pids], [[], []])
})

test('where no process can be read, it is no proc file system', async () => {
  const changed: Changed = () => ({ kind: 'gone' })
  const machine = { processes: { 4: stale() } }
  const message = /Cannot scan ".*": not a proc file system, no process in it has maps$/
  await assert.rejects(looked(machine, {}, { changed }), message)
  // Those that a recording counted were processes.
  await assert.rejects(looked(machine, { tally: { ...TALLY, gone: 7 } }, { changed }), message)
  const one = await looked(
    machine,
    {},
    { changed: (it, pid) => (pid === 1 ? it : { kind: 'gone' }) },
  )
  assert.deepEqual([one.vanished, one.limits], [1, []])
  const { vanished } = (await look(walkOf(new Map()), worldOf({ processes: {} }), false, BOOT, log))
    .value
  assert.equal(vanished, 0)
})

const HIDDEN: readonly (readonly [
  fact: string,
  isLive: boolean,
  sawInit: boolean,
  first: number,
  isHidden: boolean,
])[] = [
  ['PID 1 is there', true, false, 1, false],
  ['PID 1 was there when it was recorded', true, true, 4, false],
  ['PID 1 is not there', true, false, 4, true],
  ['it is a tree of files', false, false, 4, false],
]
for (const [fact, isLive, sawInit, first, isHidden] of HIDDEN)
  test(`processes are ${isHidden ? '' : 'not '}hidden where ${fact}`, async () => {
    const world = worldOf({ processes: { 4: NOTHING_MARKED } })
    const seen = { ...world, machine: { ...world.machine, isLive }, tally: { ...TALLY, sawInit } }
    const walk = walkOf(new Map([[first, { kind: 'clean' }]]))
    const { limits } = await look(walk, seen, false, BOOT, log)
    assert.deepEqual(limits, isHidden ? [{ code: 'processes-hidden', count: 0 }] : [])
  })

function selfAt(pid: number, ancestors: Readonly<Record<number, string>> = {}): SelfProcess {
  const owners = Object.entries(ancestors).map(([id, path]) => [Number(id), ownerOf(path)] as const)
  return { pid, owner: ownerOf(CGROUP), ancestors: new Map(owners), terminal: null }
}

const user = (uid: number) =>
  `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/a.service`
const LEFT_OUT: readonly (readonly [
  fact: string,
  self: SelfProcess | null,
  hook: boolean,
  named: readonly number[],
])[] = [
  ['ourselves', selfAt(4), false, [5, 6]],
  ['our ancestors by hand', selfAt(7, { 4: CGROUP, 5: CGROUP }), false, [4, 5, 6]],
  ['our ancestors in a hook', selfAt(7, { 4: CGROUP }), true, [5, 6]],
  ['an ancestor of another unit', selfAt(7, { 6: CGROUP }), true, [4, 5, 6]],
  ['where we are not known', null, true, [4, 5, 6]],
]
for (const [fact, self, hook, named] of LEFT_OUT)
  test(`who is left out: ${fact}`, async () => {
    const processes = { 4: stale(), 5: stale(), 6: stale({ cgroup: '/system.slice/b.service' }) }
    const { pids } = await looked({ processes }, { self }, { hook })
    assert.deepEqual(pids, named)
  })

test('the unit of another user is not ours, though it has the name of ours', async () => {
  const processes = { 4: stale({ cgroup: user(1000) }), 5: stale({ cgroup: user(1001) }) }
  const ancestors = new Map([4, 5].map((pid) => [pid, ownerOf(user(1000))] as const))
  const self = { pid: 7, owner: ownerOf(user(1000)), ancestors, terminal: null }
  const { pids } = await looked({ processes }, { self }, { hook: true })
  assert.deepEqual(pids, [5])
})

test('who we are is missed only on a machine that runs, where something is marked', async () => {
  const missed = [{ code: 'self-unknown', count: 0 }]
  const rows = [
    [true, stale(), missed],
    [true, NOTHING_MARKED, []],
    [false, stale(), []],
  ] as const
  for (const [isLive, process, limits] of rows) {
    const { machine } = worldOf({ processes: {} })
    const ports = { self: null, machine: { ...machine, isLive } }
    assert.deepEqual((await looked({ processes: { 4: process } }, ports)).limits, limits)
  }
})

test('the tree of a process is missed where a file of it is stale', async () => {
  const facts = { isTreeUnknown: true } as const
  const changed: Changed = (one) =>
    one.kind === 'marked' ? { ...one, facts: { ...one.facts, ...facts } } : one
  const machine = { processes: { 4: stale(), 5: stale({ maps: ['r-xp /memfd:jit (deleted)'] }) } }
  const { limits, stale: found } = await looked(machine, {}, { changed })
  assert.deepEqual(limits, [{ code: 'tree-unknown', count: 1 }])
  assert.equal(found[0]?.isTreeUnknown, true)
  assert.ok(!('isTreeUnknown' in ((await looked(machine)).stale[0] ?? {})))
})

test('a control group that could not be read is said', async () => {
  const processes = { 4: stale({ cgroup: '12' }), 5: stale() }
  const changed: Changed = (one, pid) =>
    one.kind === 'marked' && pid === 4
      ? { ...one, facts: { ...one.facts, cgroup: { text: '', path: null } } }
      : one
  const { limits } = await looked({ processes }, {}, { changed })
  assert.deepEqual(limits, [{ code: 'group-unreadable', count: 1 }])
})

test('the time of the boot is missed by stale processes alone', async () => {
  const temporary = stale({ maps: ['r-xp /memfd:jit (deleted)'] })
  const rows = [
    [stale(), null, [{ code: 'boot-time-unknown', count: 1 }]],
    [stale(), BOOT, []],
    [temporary, null, []],
  ] as const
  for (const [process, boot, limits] of rows)
    assert.deepEqual((await looked({ processes: { 4: process } }, {}, { boot })).limits, limits)
})

test('a file that is still there is not stale, and temporary code is told apart', async () => {
  const maps = [LIBRARY, 'r-xp /usr/lib/liba.so (deleted)', 'r-xp /memfd:j\u001b (deleted)']
  const { stale: found, temporary } = await looked({
    processes: { 4: stale({ maps, comm: 'a\u001b' }) },
    files: { '/usr/lib/liba.so': 'live' },
  })
  assert.deepEqual(
    found.map(({ files }) => files.map(({ path }) => path)),
    [['/usr/lib/libz.so.1']],
  )
  assert.deepEqual(
    found.map(({ comm, unlinked }) => [comm, unlinked]),
    [['a\\x1b', [null]]],
  )
  assert.deepEqual(temporary, [
    { pid: 4, comm: 'a\\x1b', unit: 'a.service', path: '/memfd:j\\x1b' },
  ])
})

test('a process is foreign where it sees another tree, and a file where the machine has it not', async () => {
  const processes = { 4: stale({ apart: { root: '2' } }), 5: stale() }
  const foreign = (at: { readonly stale: readonly StaleProcess[] }) =>
    at.stale.map(({ isForeign, files }) => [isForeign, files.map(isMachineFile)])
  assert.deepEqual(foreign(await looked({ processes })), [
    [true, [false]],
    [false, [false]],
  ])
  const lookAt = () => ({ now: 'replaced', isAtSamePath: true }) as const
  const files = { lookAt, machinePath: () => null, unlinked: () => null, isOfRoot: never }
  assert.deepEqual(foreign(await looked({ processes }, { files })), [
    [true, [true]],
    [false, [true]],
  ])
})

test('a file of the machine behind a prefix counts as it does there, and keeps both paths', async () => {
  const behind = (path: string) => `r-xp /tmp/root${path} (deleted)`
  const own = 'r-xp /tmp/jit.so (deleted)'
  const maps = [behind('/usr/lib/libz.so.1'), behind('/tmp/a.so'), own, 'r-xp /memfd:a (deleted)']
  const world = worldOf({ processes: {} })
  const { asked, port } = noted<[{ path: string }, unknown], string | null>(({ path }) =>
    path.startsWith('/tmp/root/') ? path.slice('/tmp/root'.length) : null,
  )
  const files = { ...world.files, machinePath: port }
  const { stale: found, temporary } = await looked({ processes: { 4: stale({ maps }) } }, { files })
  assert.deepEqual(
    found.map((one) => one.files.map(({ path, machinePath, kind }) => [path, machinePath, kind])),
    [[['/tmp/root/usr/lib/libz.so.1', '/usr/lib/libz.so.1', 'library']]],
  )
  assert.deepEqual(
    temporary.map(({ path }) => path),
    ['/tmp/root/tmp/a.so', '/tmp/jit.so', '/memfd:a'],
  )
  // What was never a file is not asked about.
  assert.ok(!asked.some(([{ path }]) => path === '/memfd:a'))
})

test('each process is judged once, while others are read', async () => {
  const world = worldOf({ processes: { 4: stale(), 5: stale() } })
  let judged = 0
  const lookAt: World['files']['lookAt'] = (...asked) => {
    judged += 1
    return world.files.lookAt(...asked)
  }
  const walk = world.proc.walk()
  let before = 0
  const inspections: typeof walk.inspections = async (onMarked) => {
    const all = await walk.inspections(onMarked)
    before = judged
    return all
  }
  const seen = { ...world, files: { ...world.files, lookAt } }
  await look({ ...walk, inspections }, seen, false, BOOT, log)
  assert.deepEqual([before, judged], [2, 2])
})

test('look() says which stale file is the program of the process', async () => {
  const maps = [LIBRARY, 'r-xp /usr/lib/a.node (deleted)', 'r-xp /usr/bin/a (deleted)']
  const programs = async (exe: string) =>
    (await looked({ processes: { 10: stale({ maps, exe }) } })).stale.flatMap(({ files }) =>
      files.flatMap(({ path, isProgram }) => (isProgram ? [path] : [])),
    )
  assert.deepEqual(await programs('/usr/bin/a (deleted)'), ['/usr/bin/a'])
  assert.deepEqual(await programs('/usr/bin/a'), [])
  assert.deepEqual(await programs('/usr/bin/b'), [])
})

test('the program’s own file counts, also where nothing of it is mapped', async () => {
  const process = stale({ exe: '/usr/bin/a\u001b (deleted)' })
  const { stale: found, processes } = await looked({ processes: { 4: process } })
  assert.deepEqual(
    found.flatMap(({ files }) => files.map(({ path, kind }) => [path, kind])),
    [
      ['/usr/lib/libz.so.1', 'library'],
      ['/usr/bin/a\x1b', 'executable'],
    ],
  )
  assert.equal(processes, 2)
})

test('a process that the initramfs started is not stale by the files of it', async () => {
  const maps = [LIBRARY, 'r-xp /usr/lib/libply.so.5 (deleted)']
  const lookAt: World['files']['lookAt'] = ({ path }) => ({
    now: path.includes('ply') ? 'initramfs' : 'replaced',
    isAtSamePath: false,
  })
  const files = { lookAt, machinePath: () => null, unlinked: () => null, isOfRoot: never }
  const processes = { 4: stale({ maps }), 5: stale({ maps: maps.slice(1) }) }
  const { stale: found, temporary } = await looked({ processes }, { files })
  assert.deepEqual(
    found.map(({ pid, files: some }) => [pid, some.map(({ path }) => path)]),
    [[4, ['/usr/lib/libz.so.1']]],
  )
  assert.deepEqual(temporary, [])
})

test('one file that the machine has is enough: the process is in a sandbox, and in no container', async () => {
  const maps = [LIBRARY, 'r-xp /usr/lib/liba.so (deleted)']
  const apart = { root: '2', mnt: '2', pid: '2', uts: '2' }
  const processes = { 4: stale({ maps, apart }) }
  const looking = async (own: string) => {
    const lookAt: World['files']['lookAt'] = ({ path }) => ({
      now: 'replaced',
      isAtSamePath: own.includes(path),
    })
    const files = { lookAt, machinePath: () => null, unlinked: () => null, isOfRoot: never }
    const { stale: found } = await looked({ processes }, { files })
    return found.map((one) => [one.owner.kind, one.files.map(isMachineFile)])
  }
  assert.deepEqual(await looking(maps[0] ?? ''), [['service', [true, false]]])
  assert.deepEqual(await looking(maps[1] ?? ''), [['service', [false, true]]])
  assert.deepEqual(await looking(''), [['container', [false, false]]])
})

/** A recorded machine whose processes are of these users, as the running one says it. */
function ofUsers(
  recorded: RecordedMachine,
  holders: Readonly<Record<number, ShareHolder>> = USERS,
): Partial<World> {
  const { proc, machine } = worldOf(recorded)
  const holderOf = (pid: number) => holders[pid] ?? 'system'
  const of = (uid: number | null) => holderOf(uid ?? 0)
  return {
    proc: { ...proc, holderOf, holders: { ...proc.holders, of, ofDirectory: () => 'system' } },
    machine: { ...machine, userNames: () => new Map([[1000, say`mallory`]]) },
    uid: 0,
  }
}

const USERS = { 4: 1000, 5: 1001, 6: 'others', 7: 'system', 8: 33 } as const
const PIDS = [4, 5, 6, 7, 8] as const

test('processes with too many mappings are those of users, or of the system', async () => {
  const processes = Object.fromEntries(PIDS.map((pid) => [pid, NOTHING_MARKED]))
  const changed: Changed = (one, pid) => (pid > 1 ? { kind: 'long' } : one)
  const { limits, unseenOfSystem } = await looked({ processes }, ofUsers({ processes }), {
    changed,
  })
  assert.deepEqual(limits, [
    { code: 'maps-stuck', count: 2 },
    { code: 'user-processes-cut', count: 3, whose: ['1001', 'mallory', null] },
  ])
  assert.equal(unseenOfSystem, 2)
  const tally = { ...TALLY, stuck: 2, long: 3, ofSystem: 2, longOf: [say`mallory`] }
  const recorded = await looked({ processes: {} }, { tally })
  const whose = ['mallory']
  assert.deepEqual(recorded.limits, [limits[0], { code: 'user-processes-cut', count: 3, whose }])
  assert.equal(recorded.unseenOfSystem, 2)
})

for (const kind of ['denied', 'failed', 'stuck'] as const)
  test(`of processes that ended ${kind}, those of the system are counted for themselves`, async () => {
    const processes = Object.fromEntries(PIDS.map((pid) => [pid, NOTHING_MARKED]))
    const changed: Changed = (one, pid) => (pid > 1 ? { kind } : one)
    const unseen = async (uid: number) =>
      (await looked({ processes }, { ...ofUsers({ processes }), uid }, { changed })).unseenOfSystem
    assert.equal(await unseen(0), 2)
    assert.equal(await unseen(1000), kind === 'denied' ? 0 : 2)
  })

test('whose share was spent is said of users, and what the system lacks by itself', async () => {
  const processes = Object.fromEntries(PIDS.map((pid) => [pid, stale()]))
  const changed: Changed = (one, pid) =>
    one.kind === 'marked' && pid > 1
      ? { ...one, dropped: pid === 5 ? 0 : pid, facts: { ...one.facts, uid: pid } }
      : one
  const files: World['files'] = {
    lookAt: (_, { pid }) => ({ now: pid === 4 ? 'replaced' : 'unjudged', isAtSamePath: true }),
    machinePath: () => null,
    unlinked: () => null,
    isOfRoot: () => true,
  }
  const world = { ...ofUsers({ processes }), files }
  const { limits, stale: found } = await looked({ processes }, world, { changed })
  assert.deepEqual(limits, [
    { code: 'mappings-dropped', count: 15 },
    { code: 'files-unjudged', count: 2 },
    { code: 'user-share-spent', count: 3, whose: ['1001', 'mallory', null] },
  ])
  assert.deepEqual(
    found.map(({ files: [file], isPartial = false }) => [file?.state, file?.isUnjudged, isPartial]),
    [
      ['replaced', undefined, true],
      ['unknown', true, false],
      ['unknown', true, true],
      ['unknown', true, true],
      ['unknown', true, true],
    ],
  )
})

const OTHERS: readonly (readonly [
  fact: string,
  process: Partial<RecordedProcess>,
  isAsked: boolean,
])[] = [
  ['a user in a service', { uid: 1001 }, true],
  ['root', { uid: 0 }, false],
  ['nobody knows whom', {}, false],
  [
    'a user in a session',
    { uid: 1001, cgroup: '/user.slice/user-1001.slice/session-1.scope' },
    false,
  ],
]
for (const [fact, process, isAsked] of OTHERS)
  test(`whose a file is ${isAsked ? 'is' : 'is not'} asked where the process is that of ${fact}`, async () => {
    const lookAt = () => ({ now: 'replaced', isAtSamePath: true }) as const
    for (const isOfRoot of [true, false]) {
      const asked = noted(() => isOfRoot)
      const files = { lookAt, machinePath: () => null, unlinked: () => null, isOfRoot: asked.port }
      const { stale: found } = await looked({ processes: { 4: stale(process) } }, { files })
      assert.equal(asked.asked.length, isAsked ? 1 : 0)
      assert.equal(found[0]?.uid, process.uid)
      const mayBeOfUser = isAsked && !isOfRoot ? true : undefined
      assert.deepEqual(
        found[0]?.files.map((file) => file.mayBeOfUser),
        [mayBeOfUser],
      )
    }
  })

test('of a tree without a systemd that could be asked, nobody asks whose a file is', async () => {
  const { machine } = worldOf({ processes: {} })
  const lookAt = () => ({ now: 'replaced', isAtSamePath: false }) as const
  const files = { lookAt, machinePath: () => null, unlinked: () => null, isOfRoot: never }
  const ports = { files, machine: { ...machine, isLive: false } }
  const { pids } = await looked({ processes: { 4: stale({ uid: 1001 }) } }, ports)
  assert.deepEqual(pids, [4])
})
