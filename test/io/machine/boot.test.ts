import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootFacts } from '../../../src/core/reboot/boot-facts.ts'
import { readBootFacts } from '../../../src/io/machine/boot.ts'
import { packagesIn } from '../../../src/io/pacman/packages.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { localDatabase, logTransaction } from '../../support/pacman-tree.ts'
import type { LocalPackage } from '../../support/pacman-tree.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'
import { say } from '../../../src/core/printable.ts'

/** `btime` of `procTree`. */
const BOOT = 1_790_000_000
const RUNNING = '6.18.1-arch1-1'
const NEXT = '6.18.2-arch1-1'
const CHANGED = BOOT + 3600
const CPU = { cpuinfo: 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n' }

const date = (seconds: number) => new Date(seconds * 1000)

function kernel(release: string, name: string, version: string, at: number): LocalPackage {
  const directory = `usr/lib/modules/${release}/`
  return { name, version, installedAt: date(at), files: [directory, `${directory}pkgbase`] }
}

function modules(release: string, pkgbase: string): Tree {
  return { [`usr/lib/modules/${release}`]: { pkgbase: `${pkgbase}\n`, vmlinuz: '', kernel: {} } }
}

const UPGRADED: readonly LocalPackage[] = [
  kernel(NEXT, 'linux', '6.18.2.arch1-1', CHANGED + 1),
  { name: 'linux-firmware', version: '1-1', files: ['usr/lib/firmware/a'] },
  { name: 'intel-ucode', version: '2-1', installedAt: date(CHANGED + 2) },
]
const LOG = logTransaction(date(CHANGED), [
  'upgraded linux (6.18.1.arch1-1 -> 6.18.2.arch1-1)',
  'upgraded intel-ucode (1-1 -> 2-1)',
  'upgraded glibc (1-1 -> 2-1)',
])
const DATABASE = localDatabase(UPGRADED)
const OLD_DATABASE = localDatabase([kernel(RUNNING, 'linux', '6.18.1.arch1-1', BOOT - 9)])
const OLD_LOG = logTransaction(date(BOOT - 9), ['installed linux (6.18.1.arch1-1)'])
const OLD = { 'var/lib/pacman/local': OLD_DATABASE, 'var/log/pacman.log': OLD_LOG }

async function factsOf(
  tree: Tree,
  proc: Tree = {},
  { isLive = false, bootSeconds = BOOT }: Given = {},
): Promise<BootFacts> {
  const root = makeTree(tree)
  const opened = openProc(makeTree({ ...procTree({}), ...CPU, ...proc }))
  const host = { kernelRelease: say`${RUNNING}`, bootSeconds }
  return readBootFacts(opened, root, host, isLive, packagesIn(root))
}

type Given = { readonly isLive?: boolean; readonly bootSeconds?: number | null }

const linux = { name: say`linux`, installedAt: CHANGED + 1 }
const RIGHT: BootFacts = {
  isGuestOfKernel: false,
  hasDatabase: true,
  kernels: [{ release: say`${NEXT}`, pkgbase: say`linux`, hasModules: true, package: linux }],
  packages: [{ name: say`intel-ucode`, installedAt: CHANGED + 2 }],
  changes: [
    {
      name: 'linux',
      at: CHANGED + 1,
      operation: 'upgraded',
      from: '6.18.1.arch1-1',
      to: '6.18.2.arch1-1',
    },
    { name: 'intel-ucode', at: CHANGED + 2, operation: 'upgraded', from: '1-1', to: '2-1' },
  ],
  processor: { vendor: 'GenuineIntel', isVirtual: false },
  nvidia: null,
}

const PLACES: readonly (readonly [string, Tree])[] = [
  ['the usual places', { 'var/lib/pacman/local': DATABASE, 'var/log/pacman.log': LOG }],
  [
    'a log of another name',
    {
      ...OLD,
      'etc/pacman.conf': '[options]\nLogFile = /srv/p.log\n',
      'srv/p.log': LOG,
      'var/lib/pacman/local': DATABASE,
    },
  ],
  [
    'another database',
    {
      ...OLD,
      'etc/pacman.conf': '[options]\nDBPath = /srv/pacman/\n',
      'srv/pacman/local': DATABASE,
      'var/log/pacman.log': LOG,
    },
  ],
  [
    'both, named by an included file',
    {
      ...OLD,
      'etc/pacman.conf': '[options]\nInclude = /etc/places\n',
      'etc/places': 'DBPath = /d\nLogFile = /l\n',
      'd/local': DATABASE,
      l: LOG,
    },
  ],
]

for (const [what, tree] of PLACES)
  test(`what decides about a reboot is read from ${what}`, async () => {
    assert.deepEqual(await factsOf({ ...tree, ...modules(NEXT, 'linux') }), RIGHT)
  })

/** Who owns the running kernel, by what is installed. */
const OWNERS: readonly (readonly [string, string | null, string, readonly LocalPackage[]])[] = [
  ['its package', 'linux', 'linux', [kernel(RUNNING, 'linux', '1-1', BOOT)]],
  [
    'a package of another name',
    'linux618-tkg-bore',
    'linux-tkg',
    [
      { name: 'linux618-tkg-bore-headers', version: '1-1', files: [`usr/lib/modules/${RUNNING}/`] },
      kernel(RUNNING, 'linux618-tkg-bore', '1-1', BOOT),
    ],
  ],
  [
    'nobody: headers list the directory only',
    null,
    'linux',
    [
      kernel(NEXT, 'linux', '2-1', BOOT),
      { name: 'linux-headers', version: '1-1', files: [`usr/lib/modules/${RUNNING}/`] },
    ],
  ],
  [
    'nobody: one package lists the kernel of another name only',
    null,
    'linux',
    [kernel(`${RUNNING}0`, 'linux', '1-1', BOOT)],
  ],
]

for (const [what, owner, pkgbase, installed] of OWNERS)
  test(`the owner of the running kernel is ${what}`, async () => {
    const tree = { 'var/lib/pacman/local': localDatabase(installed), ...modules(RUNNING, pkgbase) }
    const { kernels } = await factsOf(tree)
    assert.deepEqual(
      kernels.map((one) => [one.release, one.package?.name ?? null]),
      [[RUNNING, owner]],
    )
  })

test('the other kernels are read only where no package owns the running one', async () => {
  const releases = async (...installed: readonly LocalPackage[]) => {
    const local = { 'var/lib/pacman/local': localDatabase(installed) }
    const { kernels } = await factsOf({
      ...local,
      ...modules(RUNNING, 'linux'),
      ...modules(NEXT, 'linux-next'),
    })
    return kernels.map(({ release }) => release)
  }
  assert.deepEqual(await releases(kernel(RUNNING, 'linux', '1-1', BOOT)), [RUNNING])
  assert.deepEqual(await releases(kernel(NEXT, 'linux-next', '1-1', BOOT)), [RUNNING, NEXT])
})

test('after a crash the newer of two entries of a package counts', async () => {
  const { 'linux-1-1': older, 'linux-2-1': newer } = localDatabase([
    kernel(RUNNING, 'linux', '1-1', BOOT - 9),
    kernel(NEXT, 'linux', '2-1', BOOT + 9),
  ])
  const local = { 'linux-1-1': older ?? '', 'linux-2-1': newer ?? '' }
  const tree = { 'var/lib/pacman/local': local, ...modules(NEXT, 'linux') }
  const { kernels } = await factsOf(tree)
  assert.deepEqual(
    kernels.map((one) => one.package),
    [{ name: 'linux', installedAt: BOOT + 9 }],
  )
})

test('without a database nobody is known to own anything', async () => {
  const { hasDatabase, kernels, packages, changes } = await factsOf({
    'var/log/pacman.log': LOG,
    ...modules(NEXT, 'linux'),
  })
  assert.deepEqual([hasDatabase, packages, changes], [false, [], []])
  assert.deepEqual(
    kernels.map((one) => one.package),
    [null],
  )
})

test('nothing is asked about a kernel that another machine boots', async () => {
  const tree = { 'var/lib/pacman/local': DATABASE, 'var/log/pacman.log': LOG, '.dockerenv': '' }
  const { isGuestOfKernel, packages, changes, kernels } = await factsOf(tree)
  assert.deepEqual([isGuestOfKernel, packages, changes, kernels], [true, [], [], []])
})

/** PID 1 and ourselves, by what identifies their root directories; `null`: it cannot be read. */
const ROOTS: readonly (readonly [
  fact: string,
  isLive: boolean,
  init: string | null,
  isGuest: boolean,
])[] = [
  ['PID 1 has our root', true, '2', false],
  ['PID 1 has another root', true, '1', true],
  ['the root of PID 1 may not be asked', true, null, false],
  ['it is another machine', false, '1', false],
]
for (const [fact, isLive, init, isGuest] of ROOTS)
  test(`we are ${isGuest ? '' : 'not '}in a chroot where ${fact}`, async () => {
    const proc = { 1: init === null ? {} : { root: init }, self: { root: '2' } }
    assert.equal((await factsOf({}, proc, { isLive })).isGuestOfKernel, isGuest)
  })

const ENVIRONMENTS = [
  ['container=lxc\0', true],
  ['PATH=/usr/bin\0container=\0', true],
  ['PATH=/usr/bin\0mycontainer=x\0', false],
  ['', false],
] as const
for (const [environ, isGuest] of ENVIRONMENTS)
  test(`PID 1 with ${JSON.stringify(environ)} is ${isGuest ? '' : 'not '}in a container`, async () => {
    assert.equal((await factsOf({}, { 1: { environ } })).isGuestOfKernel, isGuest)
  })

test('the processor is asked about where a package is newer than the boot', async () => {
  const local = (at: number) => ({
    'var/lib/pacman/local': localDatabase([
      { name: 'intel-ucode', version: '1-1', installedAt: date(at) },
    ]),
  })
  const newer = await factsOf(local(BOOT + 9))
  assert.equal(newer.processor?.vendor, 'GenuineIntel')
  assert.equal((await factsOf(local(BOOT - 9))).processor, null)
  const unknown = await factsOf(local(BOOT + 9), {}, { bootSeconds: null })
  assert.deepEqual([unknown.processor, unknown.changes], [null, []])
})

test('a kernel has its modules, or is there itself', async () => {
  const rows: readonly (readonly [Tree, boolean])[] = [
    [{ kernel: {} }, true],
    [{ vmlinuz: '' }, true],
    [{ pkgbase: 'linux\n' }, false],
  ]
  for (const [files, hasModules] of rows) {
    const { kernels } = await factsOf({ [`usr/lib/modules/${RUNNING}`]: files })
    assert.deepEqual(
      kernels.map((one) => one.hasModules),
      [hasModules],
    )
  }
})

test('a driver that lists the kernel does not own it', async () => {
  const driver = { ...kernel(RUNNING, 'nvidia-open', '1-1', BOOT), name: 'nvidia-open' }
  const local = { 'var/lib/pacman/local': localDatabase([driver]) }
  const { kernels } = await factsOf({ ...local, ...modules(RUNNING, 'linux') })
  assert.deepEqual(
    kernels.map((one) => one.package),
    [null],
  )
})
