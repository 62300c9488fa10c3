import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fastGlob from 'fast-glob'
import { CHECKOUT, srcinfoOf, valuesOf } from './recipe.ts'

const read = (name: string) => readFileSync(join(CHECKOUT, name), 'utf8')
const pkgbuild = read('PKGBUILD')
const srcinfo = srcinfoOf(pkgbuild)
const manifest = JSON.parse(read('package.json')) as { version: string; engines: { node: string } }

test('.SRCINFO says what PKGBUILD says', () => {
  assert.equal(read('.SRCINFO'), srcinfo)
})

test('a change of any field of PKGBUILD is a change of .SRCINFO', () => {
  const fields = [...srcinfo.matchAll(/^\t(\w+) = /gm)].map(([, name = '']) => name)
  assert.ok(fields.length > 15)
  for (const field of ['pkgname', ...fields])
    assert.notEqual(srcinfoOf(`${pkgbuild}\n${field}=other`), srcinfo, field)
  for (const field of ['epoch', 'url', 'install', 'conflicts', 'validpgpkeys', 'b2sums'])
    assert.notEqual(srcinfoOf(`${pkgbuild}\n${field}=other`), srcinfo, field)
})

test('version and floor of Node are those of package.json', () => {
  assert.deepEqual(valuesOf(srcinfo, 'pkgver'), [manifest.version])
  assert.ok(valuesOf(srcinfo, 'depends').includes(`nodejs${manifest.engines.node}`))
})

test('the hook runs a script where the package installs it', () => {
  const [script = ''] = /(?<=^Exec = )\S+/m.exec(read('hooks/zz-stale-libs.hook')) ?? []
  assert.equal(script, '/usr/share/libalpm/scripts/stale-libs')
  assert.ok(
    pkgbuild.includes('install -Dm755 hooks/stale-libs -t "$pkgdir/usr/share/libalpm/scripts"'),
  )
})

test('each path in /usr/bin that the hook and the program run is of a package in depends', () => {
  const OWNERS: Readonly<Record<string, string>> = {
    busctl: 'systemd',
    cat: 'coreutils',
    dd: 'coreutils',
    env: 'coreutils',
    flock: 'util-linux',
    journalctl: 'systemd',
    loginctl: 'systemd',
    node: 'nodejs',
    sed: 'sed',
    systemctl: 'systemd',
    timeout: 'coreutils',
  }
  const runs = [
    ...read('hooks/stale-libs').matchAll(/(?<!['%(]|could.*)\/usr\/bin\/([a-z]+)/g),
    ...fastGlob
      .sync('src/io/**/*.ts', { cwd: CHECKOUT })
      .flatMap((file) => [...read(file).matchAll(/'\/usr\/bin\/([a-z]+)'/g)]),
  ].map(([, name = '']) => name)
  const owners = new Set(runs.map((name) => OWNERS[name] ?? `nobody knows ${name}`))
  const depends = valuesOf(srcinfo, 'depends').map((name) => name.replace(/[<>=].*/, ''))
  assert.deepEqual([...owners, 'sh'].toSorted(), depends.toSorted())
})

test('the licences are those of the program and of all that the bundle contains', () => {
  const third = read('dist/THIRD-PARTY.txt')
  const bundled = [...third.matchAll(/^== (.+)$/gm)].map(([, name = '']) => name)
  assert.ok(bundled.length > 5)
  const licences = bundled.map(
    (name) =>
      (JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string }).license,
  )
  assert.deepEqual(
    valuesOf(srcinfo, 'license').toSorted(),
    [...new Set(['MIT', ...licences])].toSorted(),
  )
})

describe('by the rules of namcap, PKGBUILD', () => {
  test('names a maintainer, and has each field that a package must have', () => {
    assert.match(pkgbuild, /^# Maintainer: \S/)
    for (const field of ['pkgname', 'pkgver', 'pkgrel', 'pkgdesc', 'arch', 'license', 'source'])
      assert.ok(valuesOf(srcinfo, field).length > 0, field)
  })

  test('has a checksum for each source, of its kind', () => {
    const sums = valuesOf(srcinfo, 'sha256sums')
    assert.equal(sums.length, valuesOf(srcinfo, 'source').length)
    for (const sum of sums) assert.match(sum, /^[0-9a-f]{64}$/)
  })

  test('has arrays where there may be several', () => {
    for (const field of ['arch', 'license', 'depends', 'makedepends', 'optdepends', 'options'])
      assert.match(pkgbuild, new RegExp(`^${field}=\\(`, 'm'), field)
    for (const field of ['backup', 'source', 'sha256sums'])
      assert.match(pkgbuild, new RegExp(`^${field}=\\(`, 'm'), field)
  })

  test('has no variable and no function of its own without an underscore', () => {
    const known = new Set([...srcinfo.matchAll(/^\t?(\w+) = /gm)].map(([, name]) => name))
    const set = [...pkgbuild.matchAll(/^(?:\s*(?:local|declare|export) )?\s*([a-z]\w*)\+?=/gm)]
    const [functions, STEPS] = [
      [...pkgbuild.matchAll(/^(\w+)\(\)/gm)].map(([, name = '']) => name),
      new Set(['prepare', 'build', 'check', 'package']),
    ]
    assert.deepEqual(
      set.map(([, name = '']) => name).filter((name) => !known.has(name)),
      [],
    )
    assert.deepEqual(
      functions.filter((name) => !STEPS.has(name) && !name.startsWith('_')),
      [],
    )
  })

  test('knows nothing of makepkg within, of its directory and of one kind of machine', () => {
    const code = pkgbuild.replaceAll(/^\s*#.*$/gm, '')
    assert.doesNotMatch(code, /\b(?:msg2?|warning|error|plain)\b/)
    assert.doesNotMatch(code, /startdir|i686|x86_64|\/usr\/local|\/opt/)
    assert.deepEqual(valuesOf(srcinfo, 'arch'), ['any'])
  })

  test('is called in small letters, and its description neither by its name nor too long', () => {
    const [name = ''] = valuesOf(srcinfo, 'pkgname')
    const [description = ''] = valuesOf(srcinfo, 'pkgdesc')
    assert.match(name, /^[a-z0-9][a-z0-9@._+-]*$/)
    assert.ok(!description.toLowerCase().includes(name) && description.length <= 80)
  })

  test('backs up files of the package, by paths without the first slash', () => {
    assert.deepEqual(valuesOf(srcinfo, 'backup'), ['etc/stale-libs/config.toml'])
  })
})

test('only prepare() fetches', () => {
  const bodies = [...pkgbuild.matchAll(/^(\w+)\(\) \{\n([^]*?)^\}/gm)]
  const fetching = bodies.filter(([, , body = '']) =>
    /\bnpm (?:ci|i|install|exec)\b|npx|curl|git /.test(body),
  )
  assert.deepEqual(
    fetching.map(([, name]) => name),
    ['prepare'],
  )
  assert.match(pkgbuild, /npm ci --ignore-scripts /)
})

const bash = spawnSync('bash', ['-n', join(CHECKOUT, 'PKGBUILD')], { encoding: 'utf8' })
test('bash reads PKGBUILD', () => assert.deepEqual([bash.status, bash.stderr], [0, '']))
