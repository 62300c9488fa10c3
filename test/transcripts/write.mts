import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { documentAt, SAMPLED, withSamples } from './samples.ts'
import { screenOf } from './screen.ts'
import { SITUATIONS } from './situations.ts'

/**
 * Writes all transcripts anew, and the samples of the documents that are taken from them:
 * `npm run build && node --import tsx test/transcripts/write.mts`
 */
for (const [name, situation] of Object.entries(SITUATIONS)) {
  const { text, status } = await screenOf(situation)
  writeFileSync(fileURLToPath(new URL(`${name}.txt`, import.meta.url)), text)
  if (status !== null && status !== (situation.status ?? 0))
    console.error(`${name}: exit status ${status}`)
}
for (const name of SAMPLED) {
  const path = documentAt(name)
  writeFileSync(path, withSamples(name, readFileSync(path, 'utf8')))
}
