import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { shortName } from '../../core/act/names.ts'
import type { AfterEffect } from '../../core/report/report.ts'
import { counted, enumerated, quoted } from '../words/words.ts'

const MAX_NAMES = 3

/** How the sentences about services that broke are written. */
export type BrokenPage = {
  /** What they failed since: by hand it may be days ago. */
  readonly since: Printable
  /** The command that looks again. */
  readonly look: Printable
}

/**
 * Returns the sentences about services that broke since the transaction began: one for each, or
 * one for all that have failed and one for all that run without their names.
 *
 * @param most the number of services that have a sentence of their own
 */
export function failedTexts(
  effects: readonly AfterEffect[],
  most: number,
  page: BrokenPage,
): readonly Printable[] {
  if (effects.length <= most) return effects.map((effect) => failedText(effect, page.since))
  const kinds = [ofCode(effects, 'failed'), ofCode(effects, 'bus-name-lost')]
  return kinds.flatMap((some) => {
    const [only] = some
    if (only === undefined) return []
    if (some.length === 1) return [failedText(only, page.since)]
    const names = some.slice(0, MAX_NAMES).map(({ unit }) => shortName(unit))
    const more = some.length - names.length
    const who = enumerated([...names, ...(more > 0 ? [say`${more} more`] : [])])
    return [manyText(who, only.code, page)]
  })
}

/** Returns the number of services that broke, in one sentence. */
export function failedNumber(effects: readonly AfterEffect[], page: BrokenPage): Printable {
  const number = counted(effects.length, 'service', 'services')
  const codes = new Set(effects.map(({ code }) => code))
  const [code = 'failed'] = codes
  return codes.size > 1
    ? say`${number} have failed or run without their bus names: ${page.look}`
    : manyText(number, code, page)
}

function ofCode(effects: readonly AfterEffect[], code: AfterEffect['code']) {
  return effects.filter((effect) => effect.code === code)
}

/** systemctl lists those that have failed, and nothing of systemd lists the others. */
function manyText(who: Printable, code: AfterEffect['code'], { since, look }: BrokenPage) {
  return code === 'failed'
    ? say`${who} have failed since ${since}: systemctl --failed`
    : say`${who} run, but not under their names on the bus: ${look}`
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
