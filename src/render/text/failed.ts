import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { shortName } from '../../core/act/names.ts'
import type { AfterEffect } from '../../core/report/report.ts'
import { enumerated, quoted } from '../words/words.ts'

const MAX_NAMES = 3

/**
 * Returns the sentences about services that broke since the transaction began: one for each, or
 * one for many.
 *
 * @param since what they failed since: by hand it may be days ago
 * @param most the number of services that have a sentence of their own
 */
export function failedTexts(
  effects: readonly AfterEffect[],
  since: Printable,
  most: number,
): readonly Printable[] {
  if (effects.length <= most) return effects.map((effect) => failedText(effect, since))
  const names = effects.slice(0, MAX_NAMES).map(({ unit }) => shortName(unit))
  const more = effects.length - names.length
  const who = enumerated([...names, ...(more > 0 ? [say`${more} more`] : [])])
  return [say`${who} have failed since ${since}: systemctl --failed`]
}

function failedText(effect: AfterEffect, since: Printable): Printable {
  const name = quoted(shortName(effect.unit))
  switch (effect.code) {
    case 'failed':
      return say`${name} has failed since ${since}: journalctl -eu ${name}`
    case 'bus-name-lost':
      return say`${name} runs, but not as ${effect.busName} on the bus: systemctl status ${name}`
    default:
      return effect satisfies never
  }
}
