import type { AfterEffect, RebootReason } from '../../core/report/report.ts'
import { cautionText } from './cautions.ts'

/** Returns the sentence of a reason to reboot. It is in lower case and has no full stop. */
export function rebootText(reason: RebootReason): string {
  switch (reason.code) {
    case 'finding':
      return [reason.finding.name, ...reason.finding.cautions.map(cautionText)].join(': ')
    case 'kernel-modules-gone':
      return (
        `the modules of the running kernel ${reason.release} are gone${successorText(reason)}: ` +
        'what is not loaded yet cannot be loaded'
      )
    case 'kernel-modules-kept':
      return (
        `the running kernel ${reason.release} is no longer installed${successorText(reason)}; ` +
        'a copy of its modules was kept'
      )
    case 'kernel-older-than-installed':
      return (
        `the running kernel ${reason.release} was booted although it was no longer installed` +
        `${successorText(reason)}: look at what the boot loader starts, ` +
        'and whether /boot is mounted when packages are installed'
      )
    case 'microcode-newer':
      return `${reason.package} was installed after boot: ${reason.reason}`
    case 'nvidia-mismatch':
      return (
        `the nvidia module that is loaded is ${reason.loaded}, ` +
        `its libraries are ${reason.installed}: they refuse to work together`
      )
    default:
      return reason satisfies never
  }
}

function successorText({
  successor,
}: Pick<Extract<RebootReason, { readonly release: string }>, 'successor'>): string {
  return successor === null ? '' : ` (${successor.package} brought ${successor.release})`
}

/** Returns the text of an after-effect, without the name of its unit. */
export function afterEffectText(effect: AfterEffect): string {
  switch (effect.code) {
    case 'failed':
      return `failed since the upgrade began${effect.result === '' ? '' : ` (${effect.result})`}`
    case 'bus-name-lost':
      return `is not on the bus as ${effect.busName}`
    default:
      return effect satisfies never
  }
}
