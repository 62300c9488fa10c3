#!/usr/bin/env node
import { openBundle } from './io/compiled.ts'

openBundle(import.meta.dirname, require).run('program.js')
