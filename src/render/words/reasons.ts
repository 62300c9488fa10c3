import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { AfterEffect, RebootReason } from '../../core/report/report.ts'
import { cautionText } from './cautions.ts'

/** Returns the sentence of a reason to reboot. It is in lower case and has no full stop. */
export function rebootText(reason: RebootReason): Printable {
  switch (reason.code) {
    case 'finding':
      return joined([reason.finding.name, ...reason.finding.cautions.map(cautionText)], ': ')
    case 'kernel-modules-gone':
    case 'kernel-modules-kept':
    case 'kernel-older-than-installed':
      return kernelText(reason)
    case 'microcode-newer':
      return say`${reason.package} was installed after boot: ${reason.reason}`
    case 'nvidia-mismatch':
      return joined(
        [
          say`the nvidia module that is loaded is ${reason.loaded}, `,
          say`its libraries are ${reason.installed}: they refuse to work together`,
        ],
        '',
      )
    default:
      return reason satisfies never
  }
}

type KernelReason = Extract<RebootReason, { readonly release: string }>

function kernelText(reason: KernelReason): Printable {
  switch (reason.code) {
    case 'kernel-modules-gone':
      return joined(
        [
          say`the modules of the running kernel ${reason.release} are gone${successorText(reason)}: `,
          say`what is not loaded yet cannot be loaded`,
        ],
        '',
      )
    case 'kernel-modules-kept':
      return joined(
        [
          say`the running kernel ${reason.release} is no longer installed${successorText(reason)}; `,
          say`a copy of its modules was kept`,
        ],
        '',
      )
    case 'kernel-older-than-installed':
      return joined(
        [
          say`the running kernel ${reason.release} was booted although it was no longer installed`,
          say`${successorText(reason)}: look at what the boot loader starts, `,
          say`and whether /boot is mounted when packages are installed`,
        ],
        '',
      )
    default:
      return reason.code satisfies never
  }
}

function successorText({ successor }: Pick<KernelReason, 'successor'>): Printable {
  return successor === null ? say`` : say` (${successor.package} brought ${successor.release})`
}

/** Returns the text of an after-effect, without the name of its unit. */
export function afterEffectText(effect: AfterEffect): Printable {
  switch (effect.code) {
    case 'failed':
      return effect.result === ''
        ? say`failed since the upgrade began`
        : say`failed since the upgrade began (${effect.result})`
    case 'bus-name-lost':
      return say`is not on the bus as ${effect.busName}`
    default:
      return effect satisfies never
  }
}

/** A reason to reboot as a row: what it is about, and why; `short` takes one line. */
export type ReasonRow = {
  readonly name: Printable
  readonly text: Printable
  readonly short: Printable
}

/** Returns a reason to reboot that is no finding as a row. */
export function reasonRow(reason: Exclude<RebootReason, { readonly code: 'finding' }>): ReasonRow {
  switch (reason.code) {
    case 'nvidia-mismatch': {
      const text = say`${reason.installed} is installed, module ${reason.loaded} is loaded`
      return { name: say`nvidia`, text, short: text }
    }
    case 'microcode-newer':
      return {
        name: reason.package,
        text: say`takes effect at boot`,
        short: say`takes effect at boot`,
      }
    default:
      return { name: say`kernel`, ...kernelRow(reason) }
  }
}

function kernelRow(reason: KernelReason): Omit<ReasonRow, 'name'> {
  const { code, release, successor } = reason
  const short =
    successor === null
      ? say`${release} runs, and is no longer installed`
      : say`${successor.release} is installed, ${release} runs`
  switch (code) {
    case 'kernel-modules-gone':
      return {
        short,
        text: say`${short}: what it has not loaded yet (USB, VPN, disks) cannot load`,
      }
    case 'kernel-modules-kept':
      return { short, text: say`${short}; its modules were kept` }
    case 'kernel-older-than-installed':
      return {
        short,
        text: joined(
          [
            say`${short}, and was booted after that: look at what the boot loader starts,`,
            say`and whether /boot is mounted when packages are installed`,
          ],
          ' ',
        ),
      }
    default:
      return code satisfies never
  }
}
