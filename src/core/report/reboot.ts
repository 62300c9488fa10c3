import microcode from '../../../share/reboot-packages.json' with { type: 'json' }
import type { LimitCode } from '../limits.ts'
import type { Finding, Reboot, RebootReason } from './report.ts'
import type { InstalledPackage, InstalledKernel, BootFacts, ChangeSinceBoot } from './boot-facts.ts'

/** Says whether a package is one whose changes since the boot are asked for. */
export function isForReboot(name: string): boolean {
  return /^linux\d*(?:-|$)/.test(name) || REBOOT_PACKAGES.some((row) => row.packages.includes(name))
}

export type RebootQuestion = {
  /** What `uname -r` says; `null` when not known. */
  readonly kernelRelease: string | null
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
  /** The processors that it concerns: `vendor_id` of `/proc/cpuinfo`. */
  readonly vendor: string
  readonly reason: string
  readonly source: string
}

/**
 * Packages whose change only a boot brings into effect. There is no row for what a program keeps
 * (glibc, dbus, systemd): whether a program still uses it shows in its mappings, as a finding with
 * the cheapest step; and a soft reboot would not end such a row's hint, because it leaves the boot
 * time as it was.
 */
export const REBOOT_PACKAGES: readonly RebootPackageRule[] = microcode

/**
 * Returns how much of a reboot is needed and why, and what could not be told.
 *
 * A reason that is a finding comes from the step that clears it: what a restart or a re-execution
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
 * An upgrade of a kernel removes the modules of the one that runs. The directory alone says little:
 * kernel-modules-hook puts it back, DKMS leaves parts of it. What counts is whether a package owns
 * it. A kernel that nobody packaged (its own build, the hypervisor's) is not judged.
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

/** Several kernels may be installed: only one of the same flavour took the running one's place. */
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
 * Returns the words of a release, which name its flavour: `arch` of `6.18.1-arch1-1`, `lts` of
 * `6.12.60-1-lts`. What marks a candidate or a commit is none of them.
 */
export function flavourOf(release: string): string {
  const withoutCommit = release.replace(/-g[0-9a-f]{7,40}\b/, '')
  const words = withoutCommit.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'rc')
  return words.join(' ').toLowerCase()
}

/** What belongs to a kernel by its name and is none. */
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

/** In a virtual machine the hypervisor loads the microcode. */
function microcodeReasons(
  { bootSeconds }: RebootQuestion,
  { packages, processor, changes }: BootFacts,
): readonly RebootReason[] {
  if (processor === null || processor.isVirtual) return []
  return packages.flatMap(({ name, installedAt }): readonly RebootReason[] => {
    const row = REBOOT_PACKAGES.find((one) => one.packages.includes(name))
    if (row === undefined || row.vendor !== processor.vendor) return []
    if (!isBefore(bootSeconds, installedAt) || isAsBefore(name, bootSeconds, changes)) return []
    return [{ code: 'microcode-newer', level: 'full', package: name, reason: row.reason }]
  })
}

/**
 * Says whether the log knows that a package is again what it was at boot: reinstalled, or put back.
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

/** The libraries refuse a module of another version ("Driver/library version mismatch"). */
function nvidiaReasons({ nvidia }: BootFacts): readonly RebootReason[] {
  if (nvidia === null || nvidia.installed === null || nvidia.loaded === nvidia.installed) return []
  const { loaded, installed } = nvidia
  return [{ code: 'nvidia-mismatch', level: 'full', loaded, installed }]
}

function isBefore(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a < b
}
