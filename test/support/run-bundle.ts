import { createRequire } from 'node:module'
/** Runs a file of a bundle in a process of its own: within one, V8 remembers what it compiled before. */
import { openBundle } from '../../src/io/compiled.ts'

const [directory = '', name = ''] = process.argv.slice(2)
const bundle = openBundle(directory, createRequire(import.meta.url))
const result = bundle.run(name)
const used = bundle.compiled().map(({ isUsed }) => isUsed)
process.stdout.write(JSON.stringify({ result, used }))
