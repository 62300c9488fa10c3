import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fastGlob from 'fast-glob'
import { publint } from 'publint'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const RECORDING = join(CHECKOUT, 'test/fixtures/plain')

const read = (name: string) => readFileSync(join(CHECKOUT, name), 'utf8')
const manifest = JSON.parse(read('package.json')) as Readonly<{
  version: string
  man: readonly string[]
  scripts: Readonly<Record<string, string>>
  dependencies: Readonly<Record<string, string>>
  devDependencies: Readonly<Record<string, string>>
}>

type LockedPackage = Readonly<{
  version: string
  dev?: boolean
  integrity?: string
  hasInstallScript?: boolean
}>

/** What is in the package besides the program and the rooms of `share/`. */
const SINGLE = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'package.json',
  'share/config.toml',
  'share/stale-libs.schema.json',
]
/**
 * All files of these directories are in the package. The hook is not: it calls the program at the
 * place where the package of pacman has it. The tables of policy are not: the program contains
 * them.
 */
const WHOLE = ['dist', ...['completions', 'doc', 'man', 'monitoring', 'systemd'].map(inShare)]

function inShare(name: string): string {
  return `share/${name}`
}

function filesIn(directory: string): readonly string[] {
  return fastGlob.sync(`${directory}/**`, { cwd: CHECKOUT, dot: true })
}

describe('what npm packs', () => {
  let scratch: string
  let members: readonly string[]
  /** What is typed after `npm install --global`: the name in a directory of programs. */
  let command: string

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'stale-libs-npm-'))
    // A build would replace what other tests run, and the home may not be writable.
    const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]
    const output = execFileSync('npm', argv, {
      cwd: CHECKOUT,
      env: { ...process.env, npm_config_cache: join(scratch, 'cache'), npm_config_offline: 'true' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // The one package: an element of an array, or from npm 12 on a member of an object.
    const packed = Object.values(
      JSON.parse(output) as Record<string, { filename: string; files: { path: string }[] }>,
    )
    assert.equal(packed.length, 1)
    const [{ filename, files } = assert.fail(output)] = packed
    members = files.map(({ path }) => path)
    execFileSync('tar', ['-xzf', join(scratch, filename), '-C', scratch])
    mkdirSync(join(scratch, 'bin'))
    command = join(scratch, 'bin/stale-libs')
    symlinkSync('../package/dist/stale-libs.js', command)
  })
  after(() => rmSync(scratch, { recursive: true }))

  const run = (...argv: readonly string[]) => {
    const path = process.execPath.replace(/[^/]*$/, '')
    const env = { PATH: `${path}:/usr/bin:/bin`, LC_ALL: 'C' }
    return spawnSync(command, argv, { cwd: '/', env, encoding: 'utf8' })
  }

  test('is the program, its documents and what a user may install, and nothing else', () => {
    const expected = [...SINGLE, ...WHOLE.flatMap(filesIn)]
    assert.deepEqual(members.toSorted(), expected.toSorted())
    const others = members.filter((name) => /^dist\/.*(?<!\.js)$/.test(name))
    assert.deepEqual(others, ['dist/package.json', 'dist/THIRD-PARTY.txt'])
  })

  test('runs where no other package is', () => {
    const version = run('--version')
    assert.deepEqual([version.stdout, version.stderr], [`${manifest.version}\n`, ''])
    assert.match(run('--help').stdout, /^stale-libs: .*\n[^]*stale-libs explain NAME/)
    const look = run('--from', RECORDING)
    assert.match(look.stdout, /^ +sshd +no package$/m)
    const document = JSON.parse(run('--from', RECORDING, '--json').stdout) as { tool: object }
    assert.deepEqual(document.tool, { name: 'stale-libs', version: manifest.version })
    assert.match(run('--from', RECORDING, 'explain', 'nginx').stdout, /^nginx/)
  })

  test('has nothing that publint remarks', async () => {
    const files = members.map((name) => ({
      name: `package/${name}`,
      data: readFileSync(join(scratch, 'package', name)),
    }))
    const { messages } = await publint({
      pkgDir: 'package',
      level: 'suggestion',
      strict: true,
      pack: { files },
    })
    assert.deepEqual(messages, [])
  })

  test('is built before, and tells npm of each page of the manual', () => {
    assert.equal(manifest.scripts['prepack'], manifest.scripts['build'])
    assert.deepEqual(manifest.man, filesIn('share/man').toSorted())
  })
})

test('each dependency has a line in CONTRIBUTING that says what it is for', () => {
  const section = /\n## Dependencies\n([^]*?)\n## /.exec(read('CONTRIBUTING.md'))?.[1] ?? ''
  const described = [...section.matchAll(/^- `([^`]+)`: \S/gm)].map(([, name]) => name)
  const { dependencies, devDependencies } = manifest
  const known = [...Object.keys(dependencies), ...Object.keys(devDependencies)]
  assert.deepEqual(described.toSorted(), known.toSorted())
})

test('what the program contains is of one version with a checksum, and runs no script', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as Readonly<{
    packages: Readonly<Record<string, LockedPackage>>
  }>
  const contained = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
  assert.ok(contained.length >= Object.keys(manifest.dependencies).length)
  const wrong = contained.filter(
    ([, { integrity = '', hasInstallScript }]) =>
      !integrity.startsWith('sha512-') || hasInstallScript,
  )
  assert.deepEqual(wrong, [])
  for (const [name, version] of Object.entries(manifest.dependencies))
    assert.equal(packages[`node_modules/${name}`]?.version, version, name)
})
