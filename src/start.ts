#!/usr/bin/env node
import { openBundle } from './io/compiled.ts'

openBundle(import.meta.dirname).run('program.js')
