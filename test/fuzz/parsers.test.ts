import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { functionsOfText, importedNames, parseSource } from '../support/source.ts'
import { PARSERS } from './parsers.ts'
import { check, faultAt, faultOf, shortest } from './property.ts'
import type { Parser } from './property.ts'

/** `npm run fuzz` makes the many. These show that the tables and the machinery are whole. */
const FEW = 60

for (const parser of PARSERS)
  test(`${parser.name}: bears what was slow once, and a few hostile texts`, () => {
    assert.equal(faultOf(parser, FEW, 1), null)
  })

test('a parser reads its own seeds as they are', () => {
  for (const parser of PARSERS) for (const seed of parser.seeds) check(parser, seed)
})

test('a parser has a name of its own', () => {
  assert.equal(new Set(PARSERS.map(({ name }) => name)).size, PARSERS.length)
})

/** Functions of `core` with a text that comes from no stranger, or that others have read. */
const NOT_FUZZED: Readonly<Record<string, string>> = {
  explanationsOf: 'the words of a command line, compared with names',
  isCarrier: 'the name of a process, looked up in a table',
  isOwnerRule: 'a code of the program',
  mayHaveTakenOver: 'a name out of the local database, compared with others',
  nearestNames: 'a word of a command line',
  isOneLetterOff: 'a word of a command line',
  ofOtherPackages: 'paths of programs, looked up as they are',
  planOf: 'the names of units of the report',
  renamableRules: 'rules of the configuration, which others have read',
  runningReached: 'the name of a unit of the report',
  stayOf: 'a role of a table of the program',
  uidNamed: 'a word of a command line',
  unmatchedRules: 'the names of units of the report and of control groups, which others have read',
}

const sourcesIn = (directory: string) =>
  readdirSync(fileURLToPath(new URL(directory, import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(`${directory}/${file}`, import.meta.url), 'utf8'))
    .map(parseSource)

test('every function of core that reads a text is fuzzed', () => {
  const fuzzed = new Set(sourcesIn('.').flatMap((source) => importedNames(source, '/src/core/')))
  const readers = sourcesIn('../../src/core').flatMap(functionsOfText)
  assert.ok(readers.length > 80, 'the functions were read')
  assert.deepEqual(
    readers.filter((name) => !fuzzed.has(name)).toSorted(),
    Object.keys(NOT_FUZZED).toSorted(),
  )
})

test('functions that read a text are told from others', () => {
  const text = `
    export function a(text: string): number {}
    export function b(lines: Iterable<string>, at: number) {}
    export function c({ d }: { readonly d: string | null }) {}
    export function e(value: unknown) {}
    export function f(value: number): string {}
    export function g(mapping: Mapping) {}
    function h(text: string) {}`
  assert.deepEqual(functionsOfText(parseSource(text)), ['a', 'b', 'c', 'e'])
  const imports = `import { a, b as c } from '../src/core/x.ts'
    import type { d } from '../src/core/y.ts'
    import { e } from '../src/io/z.ts'`
  assert.deepEqual(importedNames(parseSource(imports), '/src/core/'), ['a', 'b', 'd'])
})

function parserOf(read: Parser['read']): Parser {
  return { name: 'a', seeds: ['abc\n', 'Id=a.service\n'], patience: 100, read }
}

const BROKEN: readonly (readonly [fact: string, read: Parser['read'], shortest: string | null])[] =
  [
    ['throws', (text) => (text.includes('\0') ? raise() : {}), '\0'],
    ['gives an escape sequence as it is', (text) => ({ plain: [text.slice(0, 9)] }), null],
    ['does not end', (text) => ({ plain: [String(waste(text.length))] }), null],
  ]

function raise(): never {
  throw new Error('a NUL')
}

function waste(length: number): number {
  let steps = 0
  while (steps < (length > 100_000 ? Infinity : 1)) steps += 1
  return steps
}

for (const [fact, read, short] of BROKEN)
  test(`a parser that ${fact} is found, and the fault is found again`, () => {
    const broken = parserOf(read)
    const fault = faultOf(broken, 2000, 1)
    assert.ok(fault !== null)
    if (short !== null) assert.equal(fault.text, short)
    assert.equal(faultAt(broken, 1, fault.path)?.text, fault.text)
  })

test('the shortest text is what cannot be left out', () => {
  assert.equal(
    shortest('a long text with an x and a y', (text) => /x.*y/.test(text)),
    'xy',
  )
})
