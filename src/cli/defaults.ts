import type { ScanOptions } from '../core/options.ts'

/** The options of `scan` without arguments. */
export const DEFAULTS: ScanOptions = {
  format: 'text',
  hook: false,
  targets: null,
  all: false,
  quiet: false,
  side: 'both',
  of: null,
  ignoreUnits: [],
  ignorePaths: [],
  config: null,
  exitCode: false,
  color: 'auto',
  output: null,
  proc: '/proc',
  root: '/',
  from: null,
  logLevel: 'silent',
}
