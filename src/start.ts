#!/usr/bin/env node
import { openBundle } from './io/compiled.ts'
import { messageOf } from './io/error.ts'

try {
  openBundle(import.meta.dirname, require).run('program.js')
} catch (error) {
  process.stderr.write(`stale-libs: ${messageOf(error, false)}\n`)
  process.exitCode = 3 // as EXIT.failed, whose file brings much along
}
