import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fastGlob from 'fast-glob'

const root = fileURLToPath(new URL('..', import.meta.url))
const filesOf = (...patterns: string[]) =>
  fastGlob.sync(patterns, { cwd: root, ignore: ['test/fixtures/*/**'] }).toSorted()
const linesOf = (file: string) => readFileSync(`${root}${file}`, 'utf8').split('\n')

const COLUMNS = 100
/** Texts, templates and patterns, on one line: prettier breaks none of them. */
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?![/*])(?:[^/\\]|\\.)+\//g
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:[ /]|$)|#)/

/** Says whether a line is too long, and could be broken: code and prose can. */
function isTooLong(line: string, isProse = COMMENT.test(line)): boolean {
  if (line.length <= COLUMNS || /https?:\S{40}/.test(line)) return false
  return isProse || line.replaceAll(LITERAL, "''").length > COLUMNS
}

const FILES = filesOf(
  'src/**/*.ts',
  'test/**/*.{ts,mts,c}',
  'test/e2e/{boot,btrfs}',
  'hooks/*',
  '*.mjs',
  'CONTRIBUTING.md',
  'SECURITY.md',
)

test('no line has more than 100 columns, but for a text that cannot be broken', () => {
  assert.ok(FILES.length > 200)
  const long = FILES.flatMap((file) =>
    linesOf(file).flatMap((line, at) =>
      isTooLong(line, file.endsWith('.md') || COMMENT.test(line)) ? [`${file}:${at + 1}`] : [],
    ),
  )
  assert.deepEqual(long, [])
})

test('only texts are spared by the limit of columns', () => {
  const long = 'x'.repeat(COLUMNS)
  assert.equal(isTooLong(`const text = '${long}'`), false)
  assert.equal(isTooLong(`// a comment with '${long}'`), true)
  assert.equal(isTooLong(` * a docstring of ${long}`), true)
  assert.equal(isTooLong(`const ${long} = 'x'`), true)
  assert.equal(isTooLong(`// https://${long}`), false)
})

/** Returns the exported types, functions and classes that no docstring stands before. */
function withoutDoc(lines: readonly string[]): readonly string[] {
  return lines.filter(
    (line, at) =>
      /^export (?:default )?(?:abstract |async )?(?:type|interface|function|class)\b(?! \{)/.test(
        line,
      ) && !(lines[at - 1] ?? '').endsWith('*/'),
  )
}

test('a docstring says what each exported type, function and class of src is', () => {
  const files = filesOf('src/**/*.ts')
  assert.deepEqual(
    files.flatMap((file) => withoutDoc(linesOf(file)).map((line) => `${file}: ${line}`)),
    [],
  )
})

test('a docstring stands right before what it is about', () => {
  assert.deepEqual(withoutDoc(['/** A. */', 'export type A = 1', 'export async function b() {']), [
    'export async function b() {',
  ])
  assert.deepEqual(withoutDoc(["export type { A } from './a.ts'"]), [])
})

/** Words that hide who does something; a text in quotes is not ours. */
const HIDING = /\b(?:whoever|whom|somebody|someone)\b/i

test('no comment of src hides its subject', () => {
  const hiding = filesOf('src/**/*.ts').flatMap((file) =>
    linesOf(file).flatMap((line, at) =>
      COMMENT.test(line) && HIDING.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [],
    ),
  )
  assert.deepEqual(hiding, [])
})

/** What a document calls a file or a room of the project, in backquotes or as the aim of a link. */
function pathsIn(document: string): readonly string[] {
  const named = [...document.matchAll(/`([^`\n]+)`|\]\(([^)\s]+)\)/g)]
  return named
    .map(([, quoted, linked]) => quoted ?? linked ?? '')
    .filter((path) => /^(?:src|test|share|hooks|\.ci)\/[\w./-]*$|^[\w-]+\.(?:mjs|md)$/.test(path))
}

test('the files that the documents name are there', () => {
  for (const document of ['CONTRIBUTING.md', 'README.md', 'SECURITY.md']) {
    const paths = pathsIn(readFileSync(`${root}${document}`, 'utf8'))
    assert.deepEqual(
      paths.filter((path) => !existsSync(`${root}${path}`)),
      [],
      document,
    )
    assert.ok(paths.length > 2, document)
  }
  assert.deepEqual(pathsIn('`src/a.ts`, [b](share/b.8), `npm test`, `build.mjs`'), [
    'src/a.ts',
    'share/b.8',
    'build.mjs',
  ])
})
