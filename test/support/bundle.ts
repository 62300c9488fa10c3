import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The program as it ships. */
export const BUNDLE = fileURLToPath(new URL('../../dist/stale-libs.js', import.meta.url))

export type Outcome = {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Invocation = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly bundle?: string
  readonly timeoutMs?: number
}

/** Runs the bundled program and returns what came out of it. */
export function staleLibs(argv: readonly string[], invocation: Invocation = {}): Outcome {
  const { env = {}, cwd = '/', bundle = BUNDLE, timeoutMs = 60_000 } = invocation
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...argv], {
    cwd,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...env },
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 256 * 1024 * 1024,
  })
  return { status, stdout, stderr }
}

const schema: unknown = JSON.parse(
  readFileSync(new URL('../../share/stale-libs.schema.json', import.meta.url), 'utf8'),
)
const validate = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
}).compile(schema as object)

/** The parts of a document that tests look at; the schema holds the whole. */
export type ReportDocument = {
  readonly host: { readonly hostname: string | null; readonly bootedAt: string | null }
  readonly scan: {
    readonly processes: number
    readonly unreadable: number
    readonly vanished: number
    readonly complete: boolean
  }
  readonly limits: readonly {
    readonly code: string
    readonly count: number
    readonly text: string
  }[]
  readonly findings: readonly FindingDocument[]
  readonly temporaryCode: readonly {
    readonly pid: number
    readonly comm: string
    readonly unit: string | null
    readonly path: string
  }[]
  readonly ignored: readonly { readonly rule: string; readonly findings: number }[]
  readonly reboot: {
    readonly needed: 'none' | 'soft' | 'full'
    readonly urgency: 'soon' | 'whenever' | null
    readonly reasons: readonly { readonly code: string; readonly text: string }[]
  }
  readonly afterEffects?: readonly {
    readonly code: string
    readonly unit: string
    readonly text: string
  }[]
  readonly commands: readonly (readonly string[])[]
  readonly summary: {
    readonly steps: readonly { readonly action: string; readonly findings: number }[]
    readonly simpler: 'soft-reboot' | 'reboot' | null
  }
}

export type PackageChangeDocument = {
  readonly name: string
  readonly from: string
  readonly to: string | null
  readonly change: string
  readonly at: string
  readonly advisories?: readonly object[]
}

export type FindingDocument = {
  readonly kind: string
  readonly name: string
  readonly unit: string | null
  readonly user: { readonly uid: number; readonly name: string | null } | null
  readonly container: { readonly runtime: string; readonly name: string } | null
  readonly action: string
  readonly command: readonly string[] | null
  readonly clears: boolean
  readonly cautions: readonly {
    readonly code: string
    readonly blocking: boolean
    readonly text: string
  }[]
  readonly markers?: readonly string[]
  readonly causes: readonly string[]
  readonly package?: PackageChangeDocument | null
  readonly processes: readonly {
    readonly pid: number
    readonly comm: string
    readonly startedAt: string | null
    readonly main: boolean
    readonly files: readonly number[]
  }[]
  readonly files: readonly {
    readonly path: string
    readonly kind: string
    readonly state: string
    readonly package: PackageChangeDocument | null
  }[]
}

/** Reads a document and holds it against the JSON Schema. */
export function reportDocument(text: string): ReportDocument {
  const document: unknown = JSON.parse(text)
  assert.ok(validate(document), JSON.stringify(validate.errors, null, 2))
  return document as ReportDocument
}

/**
 * Runs a scan with `--format json` and returns the document that came out of it, held against the
 * schema.
 */
export function scanDocument(argv: readonly string[], invocation: Invocation = {}): ReportDocument {
  const { status, stdout, stderr } = staleLibs(['--format', 'json', ...argv], invocation)
  assert.equal(status, 0, stderr)
  return reportDocument(stdout)
}
