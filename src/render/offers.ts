import { say } from '../core/printable.ts'
import type { Printable } from '../core/printable.ts'
import type { Offer } from '../core/complete/offers.ts'
import { listed } from './words/words.ts'

/** The bound on the packages that are told beside one name. */
const MOST_PACKAGES = 4

/**
 * Returns one line for each name that a shell offers: the name, which has no blank, and behind a
 * blank what is told of it.
 */
export function renderOffers(offers: readonly Offer[]): readonly Printable[] {
  return offers.map((offer) => {
    const about = aboutText(offer)
    return about === '' ? offer.name : say`${offer.name} ${about}`
  })
}

function aboutText({ packages, change }: Offer): Printable {
  if (change === null) return listed(packages, MOST_PACKAGES)
  const { from, to } = change
  return to === null || to === from
    ? say`package ${from} ${change.change}`
    : say`package ${from} -> ${to}`
}
