#!/usr/bin/env node
import { EXIT } from './core/exit.ts'
import { openBundle } from './io/compiled.ts'
import { messageOf } from './io/error.ts'

try {
  openBundle(import.meta.dirname, require).run('program.js')
} catch (error) {
  process.stderr.write(`stale-libs: ${messageOf(error, false)}\n`)
  process.exitCode = process.argv.includes('--hook') ? EXIT.looked : EXIT.failed
}
