import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import microcode from '../../../share/reboot-packages.json' with { type: 'json' }
import type { LimitCode } from '../limits.ts'
import type { Finding, Reboot, RebootReason } from '../report/report.ts'
import type { InstalledPackage, InstalledKernel, BootFacts, ChangeSinceBoot } from './boot-facts.ts'

/** Says whether a change of a package since boot may need a reboot. */
export function isForReboot(name: string): boolean {
  return /^linux\d*(?:-|$)/.test(name) || REBOOT_PACKAGES.some((row) => row.packages.includes(name))
}

/** What the need for a reboot is judged from. */
export type RebootQuestion = {
  /** The text of `uname -r`; `null` when not known. */
  readonly kernelRelease: Printable | null
  /** Seconds since 1970 at which the kernel was booted; `null` when not known. */
  readonly bootSeconds: number | null
  /** `null` where the machine's files are not at hand. */
  readonly facts: BootFacts | null
  readonly findings: readonly Finding[]
}

type KernelReason = Extract<RebootReason, { readonly release: string }>

/** A row of `share/reboot-packages.json`. */
export type RebootPackageRule = {
  readonly packages: readonly string[]
  /** The processors that the rule concerns: `vendor_id` of `/proc/cpuinfo`. */
  readonly vendor: string
  readonly reason: string
  readonly source: string
}

/**
 * The packages whose change takes effect only after a boot. There is no row for code that a process
 * maps (glibc, dbus, systemd): the mappings show whether a process still uses it, and the finding
 * has the cheapest step. A soft reboot would not end the hint of such a row either, because it
 * keeps the boot time.
 */
export const REBOOT_PACKAGES: readonly RebootPackageRule[] = microcode

/**
 * Returns how much of a reboot is needed and why, and the limits of this answer.
 *
 * A finding is a reason only where its step is a reboot. A finding that a restart or a re-execution
 * clears never asks for a reboot.
 */
export function rebootOf(question: RebootQuestion): {
  readonly reboot: Reboot
  readonly limit: LimitCode | null
} {
  const { facts, findings } = question
  const kernel = facts === null || facts.isGuestOfKernel ? null : kernelReason(question, facts)
  const reasons = [
    ...(kernel === null || kernel === 'unknown' ? [] : [kernel]),
    ...(facts === null || facts.isGuestOfKernel ? [] : microcodeReasons(question, facts)),
    ...(facts === null || facts.isGuestOfKernel ? [] : nvidiaReasons(facts)),
    ...findingReasons(findings),
  ]
  const full = reasons.filter(({ level }) => level === 'full')
  const soft = reasons.filter(({ level }) => level === 'soft')
  return {
    reboot: {
      needed: full.length > 0 ? 'full' : soft.length > 0 ? 'soft' : 'none',
      reasons: [...full, ...soft],
    },
    limit: kernel === 'unknown' ? 'kernel-unknown' : null,
  }
}

function findingReasons(findings: readonly Finding[]): readonly RebootReason[] {
  return findings.flatMap((finding): readonly RebootReason[] => {
    if (finding.action === 'reboot') return [{ code: 'finding', level: 'full', finding }]
    if (finding.action === 'soft-reboot') return [{ code: 'finding', level: 'soft', finding }]
    return []
  })
}

/**
 * Returns the reason that the modules of the running kernel are gone, if they are.
 *
 * An upgrade of a kernel removes the modules of the running one. The directory alone does not show
 * this: kernel-modules-hook restores it, and DKMS leaves parts of it. The modules are there if a
 * package owns the directory. A kernel of no package (an own build, the kernel of a hypervisor) is
 * not judged.
 */
function kernelReason(
  { kernelRelease: release, bootSeconds }: RebootQuestion,
  { kernels, hasDatabase, changes }: BootFacts,
): KernelReason | 'unknown' | null {
  if (release === null) return 'unknown'
  const running = kernels.find((kernel) => kernel.release === release)
  const hasModules = running?.hasModules === true
  if (running?.package) return null
  if (hasModules && (running.pkgbase === null || !hasDatabase)) return null
  const next = successorOf(release, running?.pkgbase ?? null, kernels)
  const successor = next && { package: next.package.name, release: next.release }
  if (hasModules) return { code: 'kernel-modules-kept', level: 'full', release, successor }
  if (next === null && !wasRemoved(release, bootSeconds, changes)) return 'unknown'
  const wasThereAtBoot = next !== null && isBefore(next.package.installedAt, bootSeconds)
  return {
    code: wasThereAtBoot ? 'kernel-older-than-installed' : 'kernel-modules-gone',
    level: 'full',
    release,
    successor,
  }
}

type OwnedKernel = InstalledKernel & { readonly package: InstalledPackage }

/**
 * Returns the kernel that replaced the running one. Several kernels may be installed, and only one
 * of the same flavour is a successor.
 */
function successorOf(
  release: string,
  pkgbase: string | null,
  kernels: readonly InstalledKernel[],
): OwnedKernel | null {
  const flavour = flavourOf(release)
  const isSame = (kernel: InstalledKernel) =>
    pkgbase === null ? flavourOf(kernel.release) === flavour : kernel.pkgbase === pkgbase
  const candidates = kernels.filter(isOwned).filter(isSame)
  return candidates.toSorted(byInstallation).at(-1) ?? null
}

function isOwned(kernel: InstalledKernel): kernel is OwnedKernel {
  return kernel.package !== null && kernel.hasModules
}

function byInstallation(a: OwnedKernel, b: OwnedKernel): number {
  return (a.package.installedAt ?? 0) - (b.package.installedAt ?? 0)
}

/**
 * Returns the words of a release that name its flavour: `arch` of `6.18.1-arch1-1`, `lts` of
 * `6.12.60-1-lts`. The marks of a release candidate or a commit are no such words.
 */
export function flavourOf(release: string): string {
  const withoutCommit = release.replace(/-g[0-9a-f]{7,40}\b/, '')
  const words = withoutCommit.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'rc')
  return words.join(' ').toLowerCase()
}

/** Packages that have the name of a kernel, and contain none. */
const NO_KERNEL = /-(?:headers|docs)$|^linux-(?:firmware|tools|api)/

/** Says whether a package of the running kernel's flavour was removed or replaced since boot. */
function wasRemoved(
  release: string,
  bootSeconds: number | null,
  changes: readonly ChangeSinceBoot[],
): boolean {
  const flavour = flavourOf(release)
  return changes.some(({ name, at, operation }) => {
    if (operation !== 'removed' && operation !== 'upgraded' && operation !== 'downgraded')
      return false
    const [, own] = /^linux\d*(?:-(.+))?$/.exec(name) ?? []
    const isKernel = /^linux\d*(?:-|$)/.test(name) && !NO_KERNEL.test(name)
    const isOfFlavour = flavour.split(' ').includes(own ?? 'arch')
    return isKernel && isOfFlavour && isBefore(bootSeconds, at)
  })
}

/** Returns the reasons of changed microcode. In a virtual machine the hypervisor loads it. */
function microcodeReasons(
  { bootSeconds }: RebootQuestion,
  { packages, processor, changes }: BootFacts,
): readonly RebootReason[] {
  if (processor === null || processor.isVirtual) return []
  return packages.flatMap(({ name, installedAt }): readonly RebootReason[] => {
    const row = REBOOT_PACKAGES.find((one) => one.packages.includes(name))
    if (row === undefined || row.vendor !== processor.vendor) return []
    if (!isBefore(bootSeconds, installedAt) || isAsBefore(name, bootSeconds, changes)) return []
    return [
      { code: 'microcode-newer', level: 'full', package: name, reason: printableText(row.reason) },
    ]
  })
}

/**
 * Says whether a package has the version that it had at boot, as the log shows: it was reinstalled,
 * or put back.
 */
function isAsBefore(
  name: string,
  bootSeconds: number | null,
  changes: readonly ChangeSinceBoot[],
): boolean {
  const own = changes.filter((change) => change.name === name && isBefore(bootSeconds, change.at))
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return false
  const before = first.operation === 'reinstalled' ? first.to : first.from
  return before !== null && before === last.to
}

/**
 * Returns the reason that the libraries of NVIDIA refuse a loaded module of another version
 * ("Driver/library version mismatch").
 */
function nvidiaReasons({ nvidia }: BootFacts): readonly RebootReason[] {
  if (nvidia === null || nvidia.installed === null || nvidia.loaded === nvidia.installed) return []
  const { loaded, installed } = nvidia
  return [{ code: 'nvidia-mismatch', level: 'full', loaded, installed }]
}

function isBefore(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a < b
}
