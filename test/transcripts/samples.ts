import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SITUATIONS } from './situations.ts'

/** How a document marks a sample, and how a screen stands in it. */
type Form = {
  readonly marker: RegExp
  readonly begin: (names: string) => string
  readonly body: (screens: string) => string
  readonly end: string
}

const MARKDOWN: Form = {
  marker: /^<!-- transcripts? ([\w -]+?) -->\n[^]*?^<!-- end -->$/gm,
  begin: (names) => `<!-- transcript ${names} -->`,
  body: (screens) => `\n\`\`\`\n${screens}\`\`\`\n`,
  end: '<!-- end -->',
}

/** A backslash begins an escape of roff(7), and a dot or a quote at the left edge a request. */
const MANUAL: Form = {
  marker: /^\.\\" transcripts? ([\w -]+)\n[^]*?^\.\\" end$/gm,
  begin: (names) => String.raw`.\" transcript ${names}`,
  body: (screens) => {
    const escaped = screens
      .replaceAll('\\', String.raw`\e`)
      .replaceAll(/^(?=[.'])/gm, String.raw`\&`)
    return `.Bd -literal\n${escaped}.Ed`
  },
  end: String.raw`.\" end`,
}

/** The documents with samples, by their paths in the repository. */
export const SAMPLED = ['README.md', 'share/man/stale-libs.8', 'share/doc/for-programs.md'] as const

/** Returns the path of a document. */
export function documentAt(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url))
}

/** Returns a document with the samples of the transcripts as they are now. */
export function withSamples(name: string, text: string): string {
  const { marker, begin, body, end } = name.endsWith('.md') ? MARKDOWN : MANUAL
  return text.replaceAll(marker, (_, names: string) => {
    const screens = names.split(' ').map(transcript)
    return `${begin(names)}\n${body(screens.join('\n'))}\n${end}`
  })
}

/** Returns the names of the transcripts that a document shows. */
export function samplesIn(name: string, text: string): readonly string[] {
  const { marker } = name.endsWith('.md') ? MARKDOWN : MANUAL
  return [...text.matchAll(marker)].flatMap(([, names = '']) => names.split(' '))
}

function transcript(name: string): string {
  if (!(name in SITUATIONS)) throw new Error(`No transcript is called "${name}"`)
  return readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8')
}
