import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { staleLibs } from './support/bundle.ts'

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const read = (name: string) => readFileSync(at(name), 'utf8')
const manual = read('share/stale-libs.8')

/** The long options of `--help`, without the two that every program has. */
const helpOptions = [
  ...new Set(
    ['scan', 'explain', 'record'].flatMap((command) =>
      [...staleLibs([command, '--help']).stdout.matchAll(/^ +(--[a-z-]+) /gm)].map(
        ([, name]) => name ?? '',
      ),
    ),
  ),
]

test('--help and the manual name the same options', () => {
  const documented = [...manual.matchAll(/^\.It Fl -([a-z-]+)/gm)].map(([, name]) => `--${name}`)
  assert.deepEqual(helpOptions.toSorted(), documented.toSorted())
  assert.ok(helpOptions.length > 10)
})

test('the README names each option', () => {
  const text = read('README.md')
  const scanOptions = helpOptions.filter((name) => name !== '--help' && name !== '--version')
  for (const name of scanOptions) assert.ok(text.includes(name), name)
})

test('--help, the manual and the program agree on the choices', () => {
  for (const choices of [
    'text | json | names | prometheus | nagios',
    'auto | always | never',
    'fatal | error | warn | info | debug | trace | silent',
  ])
    assert.ok(manual.includes(choices), choices)
})

const mandoc = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', at('share/stale-libs.8')], {
  encoding: 'utf8',
})
test(
  'mandoc finds nothing wrong with the manual',
  { skip: mandoc.error !== undefined && 'mandoc is not installed' },
  () => {
    assert.equal(mandoc.stdout, '')
  },
)

test('version and floor of Node are the same everywhere', () => {
  const manifest = JSON.parse(read('package.json')) as {
    version: string
    engines: { node: string }
  }
  assert.match(read('PKGBUILD'), new RegExp(`^pkgver=${manifest.version}$`, 'm'))
  assert.match(read('PKGBUILD'), new RegExp(`'nodejs${manifest.engines.node}'`))
  assert.match(read('CHANGELOG.md'), new RegExp(`^## \\[?${manifest.version}`, 'm'))
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
  assert.match(
    read('PKGBUILD'),
    /install -Dm755 hooks\/stale-libs -t "\$pkgdir\/usr\/share\/libalpm\/scripts"/,
  )
})
