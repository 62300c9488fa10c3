import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SAMPLED, samplesIn, withSamples } from './transcripts/samples.ts'

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const read = (name: string) => readFileSync(at(name), 'utf8')

test('the README has less than 120 lines, and what a run of the tests needs', () => {
  const text = read('README.md')
  assert.ok(text.split('\n').length - 1 < 120)
  for (const command of [
    'npm ci && npm start',
    'npm ci && npm test',
    'npm run package && makepkg -si',
  ])
    assert.ok(text.includes(command), command)
})

for (const name of SAMPLED)
  test(`the samples of ${name} are the transcripts as they are now`, () => {
    const text = read(name)
    assert.equal(text, withSamples(name, text))
    assert.ok(samplesIn(name, text).length >= 2)
  })

test('a sample that has drifted is seen, in both forms', () => {
  const markdown = withSamples('a.md', '<!-- transcript names -->\nold\n<!-- end -->\n')
  assert.match(markdown, /^<!-- transcript names -->\n\n```\n\$ sudo [^]+```\n\n<!-- end -->\n$/)
  const page = withSamples('a.8', '.\\" transcript restart-failed\n.\\" end\n')
  assert.match(page, /^\.\\" transcript restart-failed\n\.Bd -literal\n\$ sudo [^]+ \\e\n/)
  assert.match(page, /\n\.Ed\n\.\\" end\n$/)
  assert.throws(() => withSamples('a.md', '<!-- transcript no-such -->\n<!-- end -->'), /no-such/)
})

test('the newest version in the CHANGELOG is the one of the program', () => {
  const manifest = JSON.parse(read('package.json')) as { version: string }
  const [, released, date] = /^## \[(.+)\] - (.+)$/m.exec(read('CHANGELOG.md')) ?? []
  assert.equal(released, manifest.version)
  assert.match(date ?? '', /^\d{4}-\d\d-\d\d$/)
})

test('the hook has only keys that alpm knows, and runs what the package installs', () => {
  const lines = read('hooks/zz-stale-libs.hook')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const keys = lines.map((line) => line.replace(/ = .*/, ''))
  assert.deepEqual(
    [...new Set(keys)],
    [
      '[Trigger]',
      'Operation',
      'Type',
      'Target',
      '[Action]',
      'Description',
      'When',
      'Exec',
      'NeedsTargets',
    ],
  )
  assert.ok(lines.includes('Exec = /usr/share/libalpm/scripts/stale-libs --targets'))
})

/** Returns the names of the tests in a file; a `*` stands for what is put into them. */
function testNames(source: string): readonly string[] {
  const tests = /\b(?:test|describe)\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|`([^`]*)`)/g
  return [...source.matchAll(tests)].map(([, single = '', double = '', template = '']) =>
    (single || double || template).replaceAll(/\\(.)/g, '$1').replaceAll(/\$\{[^}]*\}/g, '*'),
  )
}

/** Returns the tests that a document names: a file in backquotes, and names in quotes behind it. */
function testsNamedIn(document: string): readonly (readonly [file: string, name: string])[] {
  const text = document.replaceAll(/\s+/g, ' ')
  return [...text.matchAll(/`(test\/[\w/.-]+\.test\.ts)`((?:,? "[^"]+")+)/g)].flatMap(
    ([, file = '', names = '']) =>
      [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => [file, name] as const),
  )
}

test('the tests that SECURITY.md names are there', () => {
  const document = read('SECURITY.md')
  const named = testsNamedIn(document)
  assert.ok(named.length > 20, `${named.length} tests are named`)
  const quoted = document.match(/"[^"]+"/g) ?? []
  assert.equal(named.length, quoted.length, 'a name stands behind its file')
  const missing = named.filter(
    ([file, name]) => !existsSync(at(file)) || !testNames(read(file)).includes(name),
  )
  assert.deepEqual(missing, [])
})

test('SECURITY.md is a page, and names the faults of others one by one', () => {
  const document = read('SECURITY.md')
  assert.ok(document.split('\n').length <= 140)
  const needrestart = ['2022-30688', '2024-48990', '2024-48991', '2024-48992', '2024-10224']
  for (const fault of [...needrestart, '2024-11003', '2007-3912'])
    assert.match(document, new RegExp(`^\\| ${fault} `, 'm'))
})

test('names of tests are read of every form', () => {
  const source =
    "test('a \\'b\\'', () => {\ndescribe(\"c's\", () => {\n  test(`d ${e.f(1)} g`, {\ntest(\n  'h',\n"
  assert.deepEqual(testNames(source), ["a 'b'", "c's", 'd * g', 'h'])
  assert.deepEqual(
    testsNamedIn('- A (`test/a.test.ts` "b\n  c", "d"), `test/e.test.ts` "f", "g".'),
    [
      ['test/a.test.ts', 'b c'],
      ['test/a.test.ts', 'd'],
      ['test/e.test.ts', 'f'],
      ['test/e.test.ts', 'g'],
    ],
  )
})
