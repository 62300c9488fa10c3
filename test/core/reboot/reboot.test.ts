import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flavourOf, REBOOT_PACKAGES, rebootOf } from '../../../src/core/reboot/reboot.ts'
import { parseProcessor } from '../../../src/core/machine/processor.ts'
import type { RebootQuestion } from '../../../src/core/reboot/reboot.ts'
import type { BootFacts, InstalledKernel } from '../../../src/core/reboot/boot-facts.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { say } from '../../../src/core/printable.ts'
import { printed } from '../../support/printed.ts'
import type { Plain } from '../../support/printed.ts'

const BOOT = 1_790_000_000
const BEFORE = BOOT - 1000
const SINCE = BOOT + 1000

const FACTS: BootFacts = {
  isGuestOfKernel: false,
  hasDatabase: true,
  kernels: [],
  packages: [],
  changes: [],
  processor: null,
  nvidia: null,
}

const kernel = (
  release: string,
  pkgbase: string | null,
  owner: string | null = pkgbase,
  installedAt: number | null = BEFORE,
): InstalledKernel =>
  printed<InstalledKernel>({
    release,
    pkgbase,
    hasModules: true,
    package: owner === null ? null : { name: owner, installedAt },
  })

const RUNNING = say`6.18.1-arch1-1`
const LTS = kernel('6.12.60-1-lts', 'linux-lts')

function ask(
  facts: Plain<Partial<BootFacts>> | null,
  question: Plain<Partial<RebootQuestion>> = {},
) {
  const { reboot, limit } = rebootOf(
    printed<RebootQuestion>({
      kernelRelease: RUNNING,
      bootSeconds: BOOT,
      facts: facts === null ? null : { ...FACTS, ...facts },
      findings: [],
      ...question,
    }),
  )
  return [reboot.needed, reboot.reasons.map(({ code }) => code), limit]
}

const NONE = ['none', [], null]
const UNKNOWN = ['none', [], 'kernel-unknown']
const gone = (code: string) => ['full', [code], null]
const UPGRADED = kernel('6.18.2-arch1-1', 'linux', 'linux', SINCE)

const KERNELS: readonly (readonly [string, readonly InstalledKernel[], unknown])[] = [
  ['the running one is owned', [kernel(RUNNING, 'linux')], NONE],
  [
    'the running one is owned and was reinstalled',
    [kernel(RUNNING, 'linux', 'linux', SINCE)],
    NONE,
  ],
  [
    'another one was upgraded',
    [kernel(RUNNING, 'linux'), kernel('6.12.61-1-lts', 'linux-lts', 'linux-lts', SINCE)],
    NONE,
  ],
  ['a newer one beside it', [kernel(RUNNING, 'linux-old'), UPGRADED], NONE],
  ['the running one was upgraded', [UPGRADED, LTS], gone('kernel-modules-gone')],
  [
    'kernel-modules-hook put it back',
    [kernel(RUNNING, 'linux', null), UPGRADED],
    gone('kernel-modules-kept'),
  ],
  [
    'kernel-modules-hook put it back, its package was removed',
    [kernel(RUNNING, 'linux', null), LTS],
    gone('kernel-modules-kept'),
  ],
  [
    'DKMS left parts of it',
    [{ ...kernel(RUNNING, null), hasModules: false }, UPGRADED],
    gone('kernel-modules-gone'),
  ],
  [
    'booted although it was replaced before',
    [kernel('6.18.2-arch1-1', 'linux')],
    gone('kernel-older-than-installed'),
  ],
  ['a kernel of its own build, with modules', [kernel(RUNNING, null), UPGRADED], NONE],
  ['only another flavour is installed', [LTS], UNKNOWN],
  ['a successor without a package is none', [{ ...UPGRADED, package: null }], UNKNOWN],
  ['no modules at all', [], UNKNOWN],
]

for (const [what, kernels, expected] of KERNELS)
  test(`the kernel: ${what}`, () => assert.deepEqual(ask({ kernels }), expected))

test('the kernel: the log tells that its package was removed', () => {
  const removed = (name: string, at: number) =>
    ask({
      kernels: [LTS],
      changes: [{ name, at, operation: 'removed', from: '1-1', to: null }],
    })
  assert.deepEqual(removed('linux', SINCE), gone('kernel-modules-gone'))
  assert.deepEqual(removed('linux', BEFORE), UNKNOWN)
  assert.deepEqual(removed('linux-zen', SINCE), UNKNOWN)
  assert.deepEqual(removed('linux-headers', SINCE), UNKNOWN)
  assert.deepEqual(removed('linux-firmware', SINCE), UNKNOWN)
})

test('the kernel: without a database nobody knows who owns it', () => {
  const kernels = [kernel(RUNNING, 'linux', null), kernel('6.18.2-arch1-1', 'linux', null)]
  assert.deepEqual(ask({ kernels, hasDatabase: false }), NONE)
  assert.deepEqual(ask({ kernels: kernels.slice(1), hasDatabase: false }), UNKNOWN)
})

test('the kernel: its release is not known', () => {
  assert.deepEqual(ask({ kernels: [UPGRADED] }, { kernelRelease: null }), UNKNOWN)
})

test('the successor is the kernel of the same pkgbase, or of the same flavour', () => {
  const successor = (kernels: readonly InstalledKernel[]) => {
    const [reason] = rebootOf({
      kernelRelease: RUNNING,
      bootSeconds: BOOT,
      facts: { ...FACTS, kernels },
      findings: [],
    }).reboot.reasons
    return reason !== undefined && 'successor' in reason ? reason.successor : undefined
  }
  const kept = kernel(RUNNING, 'linux-mine', null)
  const mine = kernel('6.19.0-mine1', 'linux-mine', 'linux-mine', SINCE)
  assert.deepEqual(successor([kept, UPGRADED, mine]), {
    package: 'linux-mine',
    release: '6.19.0-mine1',
  })
  assert.deepEqual(successor([kept, UPGRADED]), null)
  const older = kernel('6.17.9-arch1-1', 'linux-old', 'linux-old', BEFORE)
  assert.deepEqual(successor([UPGRADED, older, LTS]), {
    package: 'linux',
    release: '6.18.2-arch1-1',
  })
})

for (const [release, flavour] of [
  ['6.18.1-arch1-1', 'arch'],
  ['6.19.0-rc3-arch1-1', 'arch'],
  ['6.12.60-1-lts', 'lts'],
  ['6.18.1-zen1-1-zen', 'zen zen'],
  ['6.17.8-hardened1-1-hardened', 'hardened hardened'],
  ['6.12.58-1-MANJARO', 'manjaro'],
  ['6.19.0-rc1-1-git-00123-gdeadbeef0123', 'git'],
  ['6.18.1', ''],
] as const)
  test(`the flavour of ${release} is "${flavour}"`, () => assert.equal(flavourOf(release), flavour))

const INTEL = { vendor: 'GenuineIntel', isVirtual: false }
const UCODE = { name: 'intel-ucode', installedAt: SINCE }
const KERNEL = [kernel(RUNNING, 'linux')]

test('microcode newer than boot counts on the metal, for its own processor', () => {
  const said = (processor: BootFacts['processor'], ucode = UCODE, question = {}) =>
    ask({ kernels: KERNEL, packages: [ucode], processor }, question)
  assert.deepEqual(said(INTEL), gone('microcode-newer'))
  assert.deepEqual(said({ ...INTEL, isVirtual: true }), NONE)
  assert.deepEqual(said({ vendor: 'AuthenticAMD', isVirtual: false }), NONE)
  assert.deepEqual(said(null), NONE)
  assert.deepEqual(said(INTEL, { name: 'intel-ucode', installedAt: BEFORE }), NONE)
  assert.deepEqual(said(INTEL, UCODE, { bootSeconds: null }), NONE)
})

test('microcode that the log knows to be the same as at boot needs no reboot', () => {
  const change = (
    operation: 'reinstalled' | 'upgraded' | 'downgraded',
    from: string,
    to: string,
  ) => ({
    name: 'intel-ucode',
    at: SINCE,
    operation,
    from,
    to,
  })
  const said = (...changes: readonly ReturnType<typeof change>[]) =>
    ask({ kernels: KERNEL, packages: [UCODE], processor: INTEL, changes })
  assert.deepEqual(said(change('reinstalled', '1-1', '1-1')), NONE)
  assert.deepEqual(said(change('upgraded', '1-1', '2-1'), change('downgraded', '2-1', '1-1')), NONE)
  assert.deepEqual(said(change('upgraded', '1-1', '2-1')), gone('microcode-newer'))
})

test('the loaded nvidia module and its libraries must be of one version', () => {
  const said = (loaded: string, installed: string | null) =>
    ask({ kernels: KERNEL, nvidia: { loaded, installed } })
  assert.deepEqual(said('580.95.05', '580.105.08'), gone('nvidia-mismatch'))
  assert.deepEqual(said('580.95.05', '580.95.05'), NONE)
  assert.deepEqual(said('580.95.05', null), NONE)
})

test('a container, a chroot: whoever boots the kernel is asked, not they', () => {
  const facts = { isGuestOfKernel: true, kernels: [UPGRADED], packages: [UCODE], processor: INTEL }
  assert.deepEqual(ask({ ...facts, nvidia: { loaded: '1.0', installed: '2.0' } }), NONE)
  assert.deepEqual(ask(null), NONE)
})

test('a finding counts by the step that clears it: what a restart clears asks for no reboot', () => {
  const finding = (action: Finding['action']) => ({ action, name: action }) as Finding
  const said = (...actions: readonly Finding['action'][]) =>
    ask({ kernels: KERNEL }, { findings: actions.map(finding) })
  assert.deepEqual(said('restart', 'reexec', 'relogin', 'manual', 'wait'), NONE)
  assert.deepEqual(said('restart', 'soft-reboot'), ['soft', ['finding'], null])
  assert.deepEqual(said('soft-reboot', 'reboot'), ['full', ['finding', 'finding'], null])
  const both = ask({ kernels: [UPGRADED] }, { findings: [finding('soft-reboot')] })
  assert.deepEqual(both, ['full', ['kernel-modules-gone', 'finding'], null])
})

test('the processor is read of the first block of cpuinfo', () => {
  const text = 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n\n'
  assert.deepEqual(parseProcessor(text), INTEL)
  assert.deepEqual(parseProcessor(text.replace('vme', 'hypervisor vme')), {
    ...INTEL,
    isVirtual: true,
  })
  for (const other of ['', 'processor\t: 0\nFeatures\t: fp asimd\n'])
    assert.equal(parseProcessor(other), null)
})

test('each row has its reason and source', () => {
  assert.ok(REBOOT_PACKAGES.length > 0)
  for (const { packages, reason, source } of REBOOT_PACKAGES)
    assert.ok(packages.length > 0 && reason !== '' && source !== '')
})
