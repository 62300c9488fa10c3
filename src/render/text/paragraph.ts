import type { Printable } from '../../core/printable.ts'
import type { Line } from '../door.ts'
import type { Tone } from '../style.ts'
import { flowed } from './layout.ts'
import type { Page } from './layout.ts'

/** Returns sentences as lines at the left edge. */
export function paragraph(
  sentences: Printable | readonly Printable[],
  page: Page,
  tone?: Tone,
): readonly Line[] {
  const lines = flowed(typeof sentences === 'string' ? [sentences] : sentences, page)
  return tone === undefined ? lines : lines.map((text) => ({ spans: [{ text, tone }] }))
}
