import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { exportedNames, longFunctions, moduleState, parseSource } from './support/source.ts'

const src = fileURLToPath(new URL('../src', import.meta.url))

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }))

/** Imports of a file: relative ones as paths below `src`, packages by their name. */
function importsOf({ file, text }: (typeof files)[number]): string[] {
  const specifiers = [...text.matchAll(/(?:\sfrom |\bimport\(|^import )'([^']+)'/gm)].map(
    ([, name]) => name ?? '',
  )
  return specifiers.map((name) =>
    name.startsWith('.') ? relative(src, join(src, dirname(file), name)) : name,
  )
}

/**
 * The subjects of `core` and of `io`, the lowest first: each may import those before it. A file
 * that stands in no room of a subject is one by itself.
 */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  core: [
    'exit.ts',
    'glob.ts',
    'printable.ts',
    'limits.ts',
    'options.ts',
    'time-limits.ts',
    'systemd',
    'proc',
    'machine',
    'owner',
    'pacman',
    'work',
    'advice',
    'config',
    'report',
    'reboot',
    'act',
    'explain',
    'complete',
    'hook',
    'answer',
    'recording',
  ],
  io: [
    'clock.ts',
    'error.ts',
    'fast-glob.ts',
    'log.ts',
    'shares.ts',
    'smol-toml.ts',
    'files',
    'config.ts',
    'write.ts',
    'process',
    'reading',
    'proc',
    'program.ts',
    'pacman',
    'systemd',
    'groups',
    'machine',
    'act',
    'world.ts',
    'recording',
  ],
}
/** A room that has more has a subject more. */
const MOST_FILES = 12
const MOST_LINES = 250
const MOST_LINES_OF_A_FUNCTION = 40
/** Files that are one table: a row more is a line more. */
const TABLES: readonly string[] = ['core/advice/unit-rules.ts']

/** What a room may import: folders below `src`, single files, or packages. */
const ALLOWED: Readonly<Record<string, RegExp>> = {
  'core/': /^(?:core\/|leven$|\.\.\/share\/.*\.json$)/,
  'render/': /^(?:(?:core|render)\/|get-east-asian-width$)/,
  'io/': /^(?:(?:core|io)\/|node:|fast-glob$|pino$|smol-toml$)/,
  'scan/': /^(?:core|io|scan)\//,
  'act/': /^(?:act|core|io|render|scan)\//,
  'cli/': /^(?:(?:core|cli)\/|yargs$)/,
  'commands.ts': /^(?:act|core|io|render|scan)\//,
  'main.ts': /^(?:core\/|io\/|cli\/(?:cli|node-version)\.ts$|commands\.ts$|\.\.\/package\.json$)/,
}

test('every source file stands in a room of the plan', () => {
  const homeless = files.filter(
    ({ file }) => !Object.keys(ALLOWED).some((room) => file.startsWith(room)),
  )
  assert.deepEqual(
    homeless.map(({ file }) => file),
    [],
  )
  assert.ok(files.length > 20, 'the sources were read')
  for (const [room, subjects] of Object.entries(SUBJECTS)) {
    const found = files.flatMap(({ file }) => (subjectOf(file)?.room === room ? [file] : []))
    const names = new Set(found.map((file) => subjectOf(file)?.subject))
    assert.deepEqual([...names].toSorted(), subjects.toSorted())
  }
})

test(`no room has more than ${MOST_FILES} files`, () => {
  const counts = new Map<string, number>()
  for (const { file } of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  const full = [...counts].filter(([, count]) => count > MOST_FILES)
  assert.deepEqual(full, [])
})

test(`no file has more than ${MOST_LINES} lines but tables`, () => {
  const long = files.filter(({ text }) => text.trimEnd().split('\n').length > MOST_LINES)
  assert.deepEqual(
    long.map(({ file }) => file),
    TABLES,
  )
})

test(`no function has more than ${MOST_LINES_OF_A_FUNCTION} lines`, () => {
  const long = files.flatMap(({ file, text }) =>
    longFunctions(parseSource(text), MOST_LINES_OF_A_FUNCTION).map((line) => `${file}:${line}`),
  )
  assert.deepEqual(long, [])
})

test('a function is measured whatever its form', () => {
  const forms = [
    'export function f(\n  a: number,\n): number {\n  return a\n}',
    'const f = () =>\n  g(\n    1,\n    2,\n  )',
    'const o = {\n  async f(\n  ) {\n    g()\n    g()\n  },\n}',
  ]
  for (const text of forms) {
    assert.equal(longFunctions(parseSource(text), 4).length, 1, text)
    assert.deepEqual(longFunctions(parseSource(text), 5), [], text)
  }
})

test('a name is exported once', () => {
  const homes = new Map<string, string[]>()
  for (const { file, text } of files)
    for (const name of exportedNames(parseSource(text)))
      homes.set(name, [...(homes.get(name) ?? []), file])
  assert.ok(homes.size > 400, 'the names were read')
  assert.deepEqual(
    [...homes].filter(([, some]) => some.length > 1),
    [],
  )
})

test('names are read of every form of export', () => {
  const text = `
    export const a = 1, b = 2
    export function c() {}
    export async function d() {}
    export class e {}
    export type f = 1
    export interface g {}
    export { h } from './h.ts'
    const i = 1`
  assert.deepEqual(exportedNames(parseSource(text)), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
})

test('core and render keep no state in a module', () => {
  const found = files
    .filter(({ file }) => /^(?:core|render)\//.test(file))
    .flatMap(({ file, text }) => moduleState(parseSource(text)).map((name) => `${file}: ${name}`))
  assert.deepEqual(found, [])
})

test('state of a module is told from constants', () => {
  const state = [
    'let a = 1',
    'export let a: number',
    'const a = new Map<string, number>()',
    'const a: Map<string, number> = new Map()',
    'const a = new Set([1])',
    'const a = new WeakMap()',
    'const a = new Uint8Array(8)',
    'const a: string[] = []',
    'const a = {}',
    'const a = [1]; function f() { a.push(2) }',
    'const a = { b: [1] }; function f() { a.b[0] = 2 }',
    'const a = { b: 1 }; const f = () => { a.b += 1 }',
    'const a = { b: 1 }; const f = () => { delete a.b }',
    'const a = { b: 1 }; const f = () => a.b++',
    'const a = /x/y; const f = () => a.exec("")',
    'export const a = /x/g; const f = () => a.test("")',
    "const a = new RegExp(`x`, 'g'); const f = () => a.test('')",
    'class B { static a = 1 }',
  ]
  for (const text of state) assert.deepEqual(moduleState(parseSource(text)), ['a'], text)
  const constant = [
    'const a: ReadonlySet<number> = new Set([1])',
    'const a: ReadonlyMap<string, number> = new Map([["b", 1]])',
    'const a: readonly string[] = []',
    'const a = [1, 2] as const',
    'const a = { b: 1 }; function f() { let b = 0; b += a.b; return b }',
    'const a = /x/; const f = () => a.exec("")',
    'const a = /x/g; const f = () => "".replaceAll(a, "")',
    'function f() { const a = new Map(); a.set(1, 2) }',
    'class B { a = 1 }',
  ]
  for (const text of constant) assert.deepEqual(moduleState(parseSource(text)), [], text)
})

/** Returns the room and the subject of a file below `src`; `null` where it stands in no room. */
function subjectOf(file: string): { readonly room: string; readonly subject: string } | null {
  const [room = '', subject] = file.split('/')
  return subject === undefined ? null : { room, subject }
}

for (const [room, subjects] of Object.entries(SUBJECTS))
  test(`${room}: a subject imports only those before it`, () => {
    const at = (file: string) => subjects.indexOf(subjectOf(file)?.subject ?? '')
    const wrong = files
      .filter(({ file }) => subjectOf(file)?.room === room)
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => subjectOf(name)?.room === room && at(name) > at(file.file))
          .map((name) => `${file.file} imports ${name}`),
      )
    assert.deepEqual(wrong, [])
  })

test('no import leads in a circle', () => {
  const imports = new Map(
    files.map((file) => [file.file, importsOf(file).filter((name) => name.endsWith('.ts'))]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' > '))
    if (done.has(file)) return
    done.add(file)
    for (const next of imports.get(file) ?? []) walk(next, [...way, file])
  }
  for (const { file } of files) walk(file, [])
  assert.deepEqual(circles, [])
})

for (const [room, allowed] of Object.entries(ALLOWED)) {
  test(`${room} imports only what its room may`, () => {
    const wrong = files
      .filter(({ file }) => file.startsWith(room))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => !allowed.test(name))
          .map((name) => `${file.file} imports ${name}`),
      )
    assert.deepEqual(wrong, [])
  })
}

test('core and render touch nothing outside: no process, console, clock, Buffer or network', () => {
  const outside =
    /\b(?:process\.(?:env|argv|exit|std|cwd|getuid)|console\.|Date\.now|new Date\(\)|performance\.|Buffer\.|globalThis|fetch\(|setTimeout|eval\(|Function\()/
  const wrong = files.filter(
    ({ file, text }) => /^(?:core|render)\//.test(file) && outside.test(text),
  )
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  )
})

test('only main.ts knows the process it runs in', () => {
  const wrong = files.filter(
    ({ file, text }) =>
      file !== 'main.ts' && /\bprocess\.(?:env|argv|exit|std|cwd|getuid)/.test(text),
  )
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  )
})

test('nothing is run through a shell or evaluated', () => {
  const children = files.flatMap(
    ({ text }) => /const (.*) = await import\('node:child_process'\)/.exec(text)?.[1] ?? [],
  )
  assert.deepEqual(new Set(children), new Set(['{ spawn }']))
  const wrong = files.filter(({ text }) =>
    /shell:|\beval\(|new Function|process\.exit\(|node:vm/.test(text),
  )
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  )
})

test('nothing that a process keeps to itself is read', () => {
  // The environment of PID 1 tells whether the machine is a container.
  const secret = /(?<!'1\/)\b(?:environ|cmdline|auxv|mem)['"`]/
  const wrong = files.filter(({ file, text }) => file.startsWith('io/') && secret.test(text))
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  )
})

test('main.ts is a page', () => {
  const main = files.find(({ file }) => file === 'main.ts')?.text ?? ''
  const lines = main.trimEnd().split('\n')
  assert.ok(lines.length <= 66, `${lines.length} lines`)
})

test('a file is read into memory by two files alone, one for the kernel and one with a limit', () => {
  const wrong = files.filter(
    ({ file, text }) =>
      /\breadFile(?:Sync)?\b/.test(text) && !/^io\/files\/(?:proc|small)-file\.ts$/.test(file),
  )
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  )
})

/** Comments, what is exempt, and texts. */
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/
const TEXT = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/
/**
 * Rows say their reason and source; systemd's own words stand in lists; an error says what could
 * not be done.
 */
const EXEMPT = new RegExp(
  String.raw`\b(?:source|reason):\s*(?:${TEXT.source})|\boneOf\([^)]*\)|'[^'\n]*'\.split\(' '\)|.Cannot [^\n]*`,
)
/** Two words, or a word beside a value. */
const ENGLISH = /(?<![\w$-])[a-z]+ [a-z]+(?!\w)|\} [a-z]+(?!\w)|(?<![\w$-])[a-z]+ \$\{/
/**
 * What a person calls a session is a value of the contract; the others are what is wrong with a
 * configuration.
 */
const ENGLISH_IN_CORE = [
  '`session ${session}`',
  '`chroot ${link}`',
  "'a list'",
  '`a ${typeof value}`',
  "'it is empty'",
  "'it names no unit'",
  "'it must be true or false'",
  `'it must begin with "/" or "*"'`,
  '`it has more than ${MAX_GLOB} characters`',
  '`it must be a list, not ${typeName(value)}`',
  '`it must be a table, not ${typeName(value)}`',
  '`it must be a text, not ${typeName(value)}`',
  "`it must be one of ${choices.join(', ')}, not ${typeName(value)}`",
  '`the "[" at position ${at + 1} has no "]"`',
  '`the glob "${source}" is wrong: ${glob}`',
  '`"${file}" is not an absolute path`',
  `'the name of a unit has no "/"'`,
  "`unknown key; known are ${known.join(', ')}`",
]

/** Returns the texts of a source that read like English. */
function englishIn(source: string): string[] {
  const tokens = new RegExp(`${COMMENT.source}|${EXEMPT.source}|(${TEXT.source})`, 'g')
  return [...source.matchAll(tokens)].flatMap(([, text]) =>
    text !== undefined && ENGLISH.test(text) ? [text] : [],
  )
}

test('core has codes and values, and no English', () => {
  const found = files.flatMap(({ file, text }) => (file.startsWith('core/') ? englishIn(text) : []))
  assert.deepEqual(found.toSorted(), ENGLISH_IN_CORE.toSorted())
})

test('English is told from codes, comments, reasons, sources and errors', () => {
  const english = ["'; running now: '", '`${more} more`', '`virtual machine ${name}`', '"is it so"']
  for (const text of english) assert.deepEqual(englishIn(`const a = f(${text}) // it's so`), [text])
  const other = [
    "const a = 'not-a-service'",
    "// 'it is so'",
    "/* 'it is so' */ 'a'",
    "{ reason: 'it is so', source:\n 'and so' }",
    "throw new RangeError('Cannot do it: it is so')",
    "oneOf('yes no')",
    "new Set('yes no'.split(' '))",
    'const a = `${one} ${two}`',
  ]
  for (const text of other) assert.deepEqual(englishIn(text), [], text)
})

test('render runs no rule: of advice it takes types, and the list of steps', () => {
  const taken = files
    .filter(({ file }) => file.startsWith('render/'))
    .flatMap(({ text }) => [...text.matchAll(/^import \{([^}]*)\} from '[./]*\/core\/advice\//gm)])
    .map(([, names]) => names?.trim())
  assert.deepEqual(taken, ['ACTIONS'])
})

/** What makes a text printable for the compiler, and not for the terminal. */
const MADE_PRINTABLE = /\bas (?:readonly )?Printable\b|\bis Printable\b/

test('text becomes printable in one file, and the names of units where they are told', () => {
  const makers = files.filter(({ text }) => MADE_PRINTABLE.test(text)).map(({ file }) => file)
  assert.deepEqual(makers.toSorted(), ['core/printable.ts', 'core/systemd/unit-name.ts'])
})

test('what is written to a result comes through the door', () => {
  const calls = files
    .filter(({ file }) => file === 'commands.ts')
    .flatMap(({ text }) => [...text.matchAll(/\b(?:write|couldWrite)\((?:await )?(\w+)/g)])
    .map(([, from]) => from)
  assert.ok(calls.length >= 5, 'the calls were read')
  assert.deepEqual(
    calls.filter((from) => !from?.startsWith('render')),
    ['recordCommand'],
  )
})
