import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { skip as whyNoProcess } from './preload.ts'

/** The ways to show a verdict, the strongest last. */
export const PROOFS = ['tree', 'recording', 'live', 'booted'] as const
export type Proof = (typeof PROOFS)[number]

type Proofs = {
  /** The program over a recorded `/proc` alone. */
  readonly tree?: () => void
  /** The program over a recorded machine: systemd's answers, what lies at paths, who is logged in. */
  readonly recording?: () => void
  /** Real processes of this machine. */
  readonly live?: () => void | Promise<void>
  /** A machine that was booted for it: always tests of `test/e2e`. */
  readonly booted?: () => void
}

/** Every case that was specified, with its proofs. */
export const SPECIFIED: { readonly number: number; readonly proofs: readonly Proof[] }[] = []

/** Declares one case of the specification: its number, the verdict as a sentence, and what shows it. */
export function specify(number: number, verdict: string, proofs: Proofs): void {
  const given = PROOFS.filter((kind) => proofs[kind] !== undefined)
  SPECIFIED.push({ number, proofs: given })
  test(`${number}. ${verdict}`, async (context: TestContext) => {
    assert.notEqual(given.length, 0)
    for (const kind of given)
      if (kind === 'live' && whyNoProcess !== false) context.skip(whyNoProcess)
      else await proofs[kind]?.()
  })
}

/**
 * Returns a proof that other tests give: it fails when one of the titles is not in that file any more.
 *
 * @param file below `test/`
 */
export function shownBy(file: string, ...titles: readonly string[]): () => void {
  return () => {
    const known = titlesIn(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
    for (const title of titles)
      assert.ok(known.has(title), `test/${file} has no test that is called "${title}"`)
  }
}

/** Titles that are made from a table are not among them. */
function titlesIn(source: string): ReadonlySet<string> {
  const titles = source.matchAll(/^\s*test\(\s*('|")((?:\\.|(?!\1).)*)\1,/gm)
  return new Set([...titles].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1')))
}
