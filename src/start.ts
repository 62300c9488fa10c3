#!/usr/bin/env node
import { openBundle } from './io/compiled.ts'
import { messageOf } from './io/error.ts'

try {
  openBundle(import.meta.dirname, require).run('program.js')
} catch (error) {
  process.stderr.write(`stale-libs: ${messageOf(error, false)}\n`)
  // As EXIT of core/exit-status.ts, which brings much along.
  process.exitCode = process.argv.includes('--hook') ? 0 : 3
}
