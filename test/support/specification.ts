import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { skip as whyNoProcess } from './preload.ts'

/** The ways to show a verdict, the strongest last. */
export const PROOFS = ['tree', 'recording', 'live', 'booted'] as const
export type Proof = (typeof PROOFS)[number]

/** Tests of another file that show a verdict. */
type Shown = {
  /** Below `test/`. */
  readonly file: string
  readonly titles: readonly string[]
}

type Proofs = {
  /** The program over a recorded `/proc` alone. */
  readonly tree?: () => void
  /**
   * The program over a recorded machine: systemd's answers, what lies at paths, who is logged in.
   */
  readonly recording?: () => void
  /** Real processes of this machine. */
  readonly live?: Shown | (() => void | Promise<void>)
  /**
   * A machine that was booted for it: always tests of `test/e2e`, which `npm test` does not run.
   */
  readonly booted?: Shown
}

/** A case that was specified, with its proofs. */
export type Specified = {
  readonly number: number
  readonly proofs: readonly Proof[]
  /** Whether `npm test` runs a proof of it; all that another case has is named there. */
  readonly isRun: boolean
  /** The files below `test/` whose tests it names. */
  readonly files: readonly (readonly [kind: Proof, file: string])[]
}

export const SPECIFIED: Specified[] = []

/**
 * Declares one case of the specification: its number, the verdict as a sentence, and what shows it.
 */
export function specify(number: number, verdict: string, proofs: Proofs): void {
  const given = PROOFS.filter((kind) => proofs[kind] !== undefined)
  const isRun = given.some((kind) => kind !== 'booted')
  const files = given.flatMap((kind) => {
    const proof = proofs[kind]
    return typeof proof === 'object' ? [[kind, proof.file] as const] : []
  })
  SPECIFIED.push({ number, proofs: given, isRun, files })
  const mark = isRun ? '' : ` (named, not run here: test/${proofs.booted?.file})`
  test(`${number}. ${verdict}${mark}`, async (context: TestContext) => {
    assert.notEqual(given.length, 0)
    for (const kind of given) {
      const proof = proofs[kind]
      if (typeof proof === 'object') assertNamed(proof)
      else if (kind === 'live' && whyNoProcess !== false) context.skip(whyNoProcess)
      else await proof?.()
    }
  })
}

/**
 * Names the tests that show a verdict. The case only fails when that file has a title no more:
 * `npm test` runs those of `test/cli`, and not those of `test/e2e`.
 *
 * @param file below `test/`
 */
export function shownBy(file: string, ...titles: readonly string[]): Shown {
  return { file, titles }
}

function assertNamed({ file, titles }: Shown): void {
  const known = titlesIn(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
  for (const title of titles)
    assert.ok(known.has(title), `test/${file} has no test that is called "${title}"`)
}

/** Titles that are made from a table are not among them. */
function titlesIn(source: string): ReadonlySet<string> {
  const titles = source.matchAll(/^\s*test\(\s*('|")((?:\\.|(?!\1).)*)\1,/gm)
  return new Set([...titles].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1')))
}
