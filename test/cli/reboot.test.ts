import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { logTransaction } from '../support/pacman-tree.ts'
import { makeRecording } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { RecordedProcess, Tree } from '../support/tree.ts'
import { printed } from '../support/printed.ts'
import type { Printable } from '../../src/core/printable.ts'
import type { UnitState } from '../../src/core/systemd/unit-states.ts'
import type { BootFacts } from '../../src/core/reboot/boot-facts.ts'

/** `btime` of `procTree`, whose kernel is 6.18.1-arch1-1. */
const BOOT = 1_790_000_000
const RUNNING = '6.18.1-arch1-1'
const NEXT = '6.18.2-arch1-1'

/** A package of pacman's local database. */
function installed(name: string, version: string, at: number, ...files: readonly string[]): Tree {
  const directory = `var/lib/pacman/local/${name}-${version}`
  return {
    [`${directory}/desc`]: `%NAME%\n${name}\n\n%VERSION%\n${version}\n\n%INSTALLDATE%\n${at}\n\n`,
    [`${directory}/files`]: ['%FILES%', 'usr/', 'usr/lib/', ...files, ''].join('\n'),
  }
}

/** The directory of a kernel's modules, as a package brings it. */
function modules(release: string, pkgbase: string): Tree {
  const directory = `usr/lib/modules/${release}`
  return {
    [`${directory}/pkgbase`]: `${pkgbase}\n`,
    [`${directory}/vmlinuz`]: '',
    [`${directory}/kernel/fs`]: {},
  }
}

function owned(release: string, name: string, version: string, at: number): Tree {
  const directory = `usr/lib/modules/${release}/`
  return {
    ...modules(release, name),
    ...installed(name, version, at, directory, `${directory}pkgbase`),
  }
}

const LTS = owned('6.12.60-1-lts', 'linux-lts', '6.12.60-1', BOOT - 9)
const SAME = owned(RUNNING, 'linux', '6.18.1.arch1-1', BOOT - 9)
const UPGRADED = owned(NEXT, 'linux', '6.18.2.arch1-1', BOOT + 9)

function argvOf(root: Tree, proc: Tree = {}, processes: Record<number, RecordedProcess> = {}) {
  return ['--proc', makeTree({ ...procTree(processes), ...proc }), '--root', makeTree(root)]
}

function answer({ reboot, limits }: ReportDocument): readonly unknown[] {
  return [reboot.needed, reboot.reasons.map(({ code }) => code), limits.map(({ code }) => code)]
}

const said = (root: Tree, proc: Tree = {}) => answer(scanDocument(argvOf(root, proc)))

const NONE = ['none', [], []]
const UNKNOWN = ['none', [], ['kernel-unknown']]
const CPU = 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme'
const UCODE = installed('intel-ucode', '20261110-1', BOOT + 9, 'usr/share/')
const METAL = { cpuinfo: `${CPU}\n\n` }
const VIRTUAL = { cpuinfo: `${CPU} hypervisor\n\n` }
const NVIDIA = { 'sys/module/nvidia/version': '580.95.05\n' }
const libraries = (version: string) => ({
  'usr/lib/libnvidia-ml.so.1': { link: `libnvidia-ml.so.${version}` },
})

const MACHINES: readonly (readonly [string, unknown, Tree, Tree?])[] = [
  ['nothing was upgraded', NONE, { ...SAME, ...LTS }],
  [
    'another kernel was upgraded',
    NONE,
    { ...SAME, ...owned('6.12.61-1-lts', 'linux-lts', '6.12.61-1', BOOT + 9) },
  ],
  ['the kernel was upgraded', ['full', ['kernel-modules-gone'], []], { ...UPGRADED, ...LTS }],
  [
    'kernel-modules-hook keeps the modules',
    ['full', ['kernel-modules-kept'], []],
    { ...UPGRADED, ...modules(RUNNING, 'linux') },
  ],
  [
    'booted a kernel that was replaced before',
    ['full', ['kernel-older-than-installed'], []],
    owned(NEXT, 'linux', '6.18.2.arch1-1', BOOT - 9),
  ],
  [
    'headers and drivers own no kernel',
    ['full', ['kernel-modules-kept'], []],
    {
      ...UPGRADED,
      ...modules(RUNNING, 'linux'),
      ...installed(
        'linux-headers',
        '6.18.1.arch1-1',
        BOOT - 9,
        `usr/lib/modules/${RUNNING}/`,
        `usr/lib/modules/${RUNNING}/build/`,
      ),
    },
  ],
  [
    'a package that is called otherwise owns it',
    NONE,
    {
      ...modules(RUNNING, 'linux-tkg'),
      ...installed('linux618-tkg-bore', '6.18.1-1', BOOT - 9, `usr/lib/modules/${RUNNING}/pkgbase`),
    },
  ],
  ['no modules at all', UNKNOWN, installed('glibc', '2.42-1', BOOT - 9)],
  ['no database', UNKNOWN, {}],
  [
    'a container',
    NONE,
    { ...UPGRADED, ...UCODE, ...NVIDIA, ...libraries('1.0'), 'run/systemd/container': 'lxc\n' },
    METAL,
  ],
  [
    'a container that only PID 1 tells of',
    NONE,
    UPGRADED,
    { '1/environ': 'PATH=/bin\0container=oci\0' },
  ],
  ['WSL', NONE, UPGRADED, { 'sys/kernel/osrelease': '6.6.87.2-microsoft-standard-WSL2\n' }],
  ['microcode on the metal', ['full', ['microcode-newer'], []], { ...SAME, ...UCODE }, METAL],
  ['microcode in a virtual machine', NONE, { ...SAME, ...UCODE }, VIRTUAL],
  [
    'microcode older than boot',
    NONE,
    { ...SAME, ...installed('intel-ucode', '1-1', BOOT - 9) },
    METAL,
  ],
  [
    'nvidia of two versions',
    ['full', ['nvidia-mismatch'], []],
    { ...SAME, ...NVIDIA, ...libraries('580.105.08') },
  ],
  ['nvidia of one version', NONE, { ...SAME, ...NVIDIA, ...libraries('580.95.05') }],
  ['nvidia without libraries', NONE, { ...SAME, ...NVIDIA }],
  ['libraries without a module', NONE, { ...SAME, ...libraries('580.95.05') }],
]

for (const [what, expected, root, proc] of MACHINES)
  test(`a reboot: ${what}`, () => assert.deepEqual(said(root, proc), expected))

const LOG_OF_BOOT = logTransaction(new Date((BOOT - 9) * 1000), [
  'installed linux (6.18.1.arch1-1)',
])
const LOG = logTransaction(new Date((BOOT + 9) * 1000), [
  'upgraded linux (6.18.1.arch1-1 -> 6.18.2.arch1-1)',
  'installed intel-ucode (20261110-1)',
])

/** What an administrator left behind who moved pacman's log or database before the boot. */
const LEFT_BEHIND = {
  'var/log/pacman.log': LOG_OF_BOOT,
  ...installed('linux', '6.18.1.arch1-1', BOOT - 9, `usr/lib/modules/${RUNNING}/`),
}

function movedBelow(directory: string, tree: Tree): Tree {
  const usual = 'var/lib/pacman/'
  return Object.fromEntries(
    Object.entries(tree).map(([name, entry]) => [
      name.startsWith(usual) ? `${directory}/${name.slice(usual.length)}` : name,
      entry,
    ]),
  )
}

const KERNEL_AND_MICROCODE = { ...UPGRADED, ...UCODE }
const conf = (...lines: readonly string[]) => ({
  'etc/pacman.conf': ['[options]', ...lines, '[core]', 'Include = /etc/mirrors', ''].join('\n'),
  'etc/mirrors': 'Server = https://example.org/$repo\n',
})

/**
 * Where a machine keeps what pacman writes: its kernel and its microcode were upgraded since the
 * boot.
 */
const PLACES: readonly (readonly [string, Tree])[] = [
  ['the usual places', { ...conf(), ...KERNEL_AND_MICROCODE, 'var/log/pacman.log': LOG }],
  [
    'LogFile moved',
    { ...conf('LogFile = /srv/pacman.log'), ...KERNEL_AND_MICROCODE, 'srv/pacman.log': LOG },
  ],
  [
    'LogFile moved, an old log left behind',
    {
      ...LEFT_BEHIND,
      ...conf('LogFile = /srv/pacman.log'),
      ...KERNEL_AND_MICROCODE,
      'srv/pacman.log': LOG,
    },
  ],
  [
    'DBPath moved, an old database left behind',
    {
      ...LEFT_BEHIND,
      ...conf('DBPath = /srv/pacman/'),
      ...movedBelow('srv/pacman', KERNEL_AND_MICROCODE),
      'var/log/pacman.log': LOG,
    },
  ],
  [
    'both moved by an included file, both left behind',
    {
      ...LEFT_BEHIND,
      ...conf('Include = /etc/pacman.d/*.conf'),
      'etc/pacman.d/places.conf': 'DBPath = /srv/db\nLogFile = /srv/log\n',
      ...movedBelow('srv/db', KERNEL_AND_MICROCODE),
      'srv/log': LOG,
    },
  ],
]

/** Nobody writes to a log that was left behind: it is from before the boot. */
function agedArgv(root: Tree): readonly string[] {
  const argv = argvOf(root, METAL)
  const log = join(argv[3] ?? '', 'var/log/pacman.log')
  if (root['var/log/pacman.log'] === LOG_OF_BOOT) utimesSync(log, BOOT - 9, BOOT - 9)
  return argv
}

for (const [what, root] of PLACES)
  test(`a reboot is asked for wherever pacman writes: ${what}`, () => {
    const { reboot, limits, scan } = scanDocument(agedArgv(root))
    assert.deepEqual(
      [reboot.needed, reboot.reasons.map(({ code }) => code), limits, scan.complete],
      ['full', ['kernel-modules-gone', 'microcode-newer'], [], true],
    )
    assert.match(reboot.reasons[0]?.text ?? '', /\(linux brought 6\.18\.2-arch1-1\)/)
  })

for (const [what, code, root] of [
  ['the log that pacman.conf names is missing', 'package-log-missing', conf('LogFile = /srv/log')],
  ['no log is kept', 'package-log-unreadable', conf('LogFile = /etc')],
  ['pacman.conf cannot be read', 'package-log-unreadable', { 'etc/pacman.conf': {} }],
] as const)
  test(`an old log clears nobody: ${what}`, () => {
    const argv = agedArgv({ ...LEFT_BEHIND, ...KERNEL_AND_MICROCODE, ...root })
    const { reboot, limits, scan } = scanDocument(argv)
    assert.deepEqual(
      [reboot.needed, limits.map((limit) => limit.code), scan.complete],
      ['full', [code], false],
    )
    const calm = { ...conf(), ...SAME, 'var/log/pacman.log': LOG_OF_BOOT }
    assert.deepEqual(answer(scanDocument(agedArgv(calm))), NONE)
    assert.deepEqual(answer(scanDocument(agedArgv({ ...calm, ...root }))), ['none', [], [code]])
  })

test('what hides the log is replayed from a recording', () => {
  const recording = join(makeTree({}), 'recording')
  const argv = agedArgv({ ...conf('LogFile = /srv/log'), ...SAME })
  assert.equal(staleLibs(['record', recording, ...argv]).status, 0)
  assert.deepEqual(answer(scanDocument(['--from', recording])), [
    'none',
    [],
    ['package-log-missing'],
  ])
})

test('the text says why, by hand and in a hook; a hook says nothing of what it does not know', () => {
  const text = (root: Tree, ...argv: readonly string[]) =>
    staleLibs([...argvOf(root), ...argv]).stdout
  assert.equal(
    text(UPGRADED),
    `Nothing uses old code, but reboot soon: new devices may not work.

Reboot       kernel  6.18.2-arch1-1 is installed, 6.18.1-arch1-1 runs: what it
                     has not loaded yet (USB, VPN, disks) cannot load
`,
  )
  assert.match(
    text(UPGRADED, '--hook'),
    /^  Reboot soon: new devices may not work\.\n  Reboot +kernel +6\.18\.2-arch1-1 is installed, /,
  )
  assert.equal(text(SAME, '--hook'), '')
  assert.equal(text({}, '--hook'), '')
  const stale = { 9: { maps: ['r-xp /usr/lib/libc.so.6 (deleted)'] } }
  const isNoted = (...argv: readonly string[]) =>
    /no package is known/.test(staleLibs([...argvOf({}, {}, stale), ...argv]).stdout)
  assert.deepEqual([isNoted(), isNoted('--hook')], [true, false])
  assert.match(
    text({}),
    /^Nothing uses old code [^]*[ \n]No reason to reboot was seen\.\n[^]*no package is known to/,
  )
})

test('what lies there is never printed raw, and no device is read', () => {
  const evil = '6.18.9-arch1-1\u001b[31'
  const { reboot } = scanDocument(
    argvOf({ ...modules(RUNNING, 'linux'), ...owned(evil, 'linux', '6.18.9-1', BOOT + 9) }),
  )
  assert.match(reboot.reasons[0]?.text ?? '', /6\.18\.9-arch1-1\\x1b\[31/)
  // A device says nothing of a package: this is a kernel of its own build.
  const device = { [`usr/lib/modules/${RUNNING}/pkgbase`]: { link: '/dev/zero' } }
  const modulesOnly = { [`usr/lib/modules/${RUNNING}/vmlinuz`]: '' }
  assert.deepEqual(said({ ...UPGRADED, ...modulesOnly, ...device }), NONE)
})

const AT = 1_795_437_000
const failed = printed<UnitState>({
  unit: 'toy.service',
  isFailed: true,
  result: 'exit-code',
  busName: '',
  since: AT,
})
const nameless = printed<UnitState>({
  unit: 'name.service',
  isFailed: false,
  result: 'success',
  busName: 'org.example.Name',
  since: AT,
})
const states = { at: AT + 60, units: [failed, nameless], busNames: [], isBusSilent: false }
const services = { transactionStart: AT, haveChanged: true, states }

test('what the transaction broke is said, and replayed from a recording', () => {
  const from = makeRecording({ processes: {}, services })
  assert.deepEqual(scanDocument(['--from', from]).afterEffects, [
    {
      code: 'failed',
      unit: 'toy.service',
      text: 'toy.service failed since the upgrade began (exit-code)',
    },
    {
      code: 'bus-name-lost',
      unit: 'name.service',
      text: 'name.service is not on the bus as org.example.Name',
    },
  ])
  assert.equal(
    staleLibs(['--from', from, '--hook']).stdout,
    `  toy has failed since this upgrade began: journalctl -eu toy
  name runs, but not as org.example.Name on the bus: systemctl status name
`,
  )
  const ignored = scanDocument(['--from', from, '--ignore-unit', 'toy.*'])
  assert.deepEqual(
    ignored.afterEffects?.map(({ unit }) => unit),
    ['name.service'],
  )
  assert.deepEqual(scanDocument(['--from', from, '--user']).afterEffects, [])
})

test('a hook leaves out a name that may have been lost before the transaction', () => {
  const older = { ...states, units: [{ ...nameless, since: AT - 1 }] }
  const from = makeRecording({ processes: {}, services: { ...services, states: older } })
  assert.equal(staleLibs(['--from', from, '--hook']).stdout, '')
  assert.equal(scanDocument(['--from', from]).afterEffects?.length, 1)
})

test('a soft reboot is not enough where the kernel was replaced', () => {
  const bus = { maps: ['r-xp /usr/lib/libc.so.6 (deleted)'], cgroup: '/system.slice/dbus.service' }
  const machine = { processes: { 10: bus }, units: { 'dbus.service': {} } }
  const steps = (from: string) => {
    const { reboot, summary } = scanDocument(['--from', from])
    return [reboot.needed, reboot.reasons.map(({ code }) => code), summary.steps]
  }
  assert.deepEqual(steps(makeRecording(machine)), [
    'soft',
    ['sensitive'],
    [{ action: 'soft-reboot', findings: 1 }],
  ])
  const boot = printed<BootFacts>({
    isGuestOfKernel: false,
    hasDatabase: true,
    kernels: [
      {
        release: NEXT,
        pkgbase: 'linux',
        hasModules: true,
        package: { name: 'linux', installedAt: BOOT + 9 },
      },
    ],
    packages: [],
    changes: [],
    processor: null,
    nvidia: null,
  })
  assert.deepEqual(steps(makeRecording({ ...machine, boot })), [
    'full',
    ['kernel-modules-gone', 'sensitive'],
    [{ action: 'reboot', findings: 1 }],
  ])
})

test('a hook does not ask where no unit started or ended in the transaction', () => {
  const quiet = makeRecording({ processes: {}, services: { ...services, haveChanged: false } })
  assert.equal(staleLibs(['--from', quiet, '--hook']).stdout, '')
  assert.equal(scanDocument(['--from', quiet]).afterEffects?.length, 2)
})

test('systemd or a bus that does not answer is a limit', () => {
  for (const silent of [null, { ...states, units: [], busNames: null, isBusSilent: true }]) {
    const from = makeRecording({ processes: {}, services: { ...services, states: silent } })
    const { limits, afterEffects } = scanDocument(['--from', from])
    assert.deepEqual(
      [limits.map(({ code }) => code), afterEffects],
      [['after-effects-unknown'], []],
    )
  }
})

test('a recording that has something else than units in their place is damaged', () => {
  const unit = 'toy\u001b[2J.service' as Printable
  const evil = { ...states, units: [{ ...failed, unit }] }
  const from = makeRecording({ processes: {}, services: { ...services, states: evil } })
  const { status, stderr } = staleLibs(['--from', from])
  assert.deepEqual([status, /"services\.states" is not what it must be/.test(stderr)], [3, true])
})
