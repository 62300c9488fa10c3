import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CHECKOUT, srcinfoOf } from './recipe.ts'

/** makepkg refuses to run as root. 65534 is nobody everywhere. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const missing = ['makepkg', 'git'].filter((name) => spawnSync(name, ['--version']).error)
if (missing.length > 0 && process.env['CI']) throw new Error(`not here: ${missing.join(', ')}`)
const FILES = ['PKGBUILD', '.gitignore', 'package.json', 'CHANGELOG.md', '.ci/package']

describe('npm run package', { skip: missing.length > 0 && `no ${missing.join(', ')}` }, () => {
  let home: string
  const at = (name: string) => join(home, name)
  const read = (name: string) => readFileSync(at(name))
  const run = (command: string, argv: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    spawnSync(command, argv, {
      cwd: home,
      env: { PATH: '/usr/bin:/bin', HOME: home, LC_ALL: 'C', ...more },
      encoding: 'utf8',
      ...USER,
    })
  const git = (...argv: readonly string[]) => {
    const name = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false']
    assert.equal(run('git', [...name, ...argv]).status, 0)
  }
  const make = (more?: NodeJS.ProcessEnv) => run('bash', ['.ci/package'], more)
  const tarball = () => readdirSync(home).find((name) => name.endsWith('.tar.gz')) ?? assert.fail()
  const made = () => [read(tarball()), read('PKGBUILD'), read('.SRCINFO')]

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'stale-libs-recipe-'))
    mkdirSync(at('.ci'))
    for (const name of FILES) copyFileSync(join(CHECKOUT, name), at(name))
    for (const name of ['', '.ci', ...FILES]) {
      if (USER.uid !== undefined) chownSync(at(name), USER.uid, USER.gid)
      chmodSync(at(name), 0o755)
    }
    git('init', '-q')
    git('add', '-A')
    git('commit', '-qm', 'first')
  })
  after(() => rmSync(home, { recursive: true }))

  test('makes .SRCINFO as makepkg does, and as the test of .SRCINFO reads PKGBUILD', () => {
    assert.deepEqual([make().stderr, make().status], ['', 0])
    assert.equal(read('.SRCINFO').toString(), srcinfoOf(read('PKGBUILD').toString()))
    assert.doesNotMatch(read('PKGBUILD').toString(), /SKIP/)
  })

  test('makes the same again, elsewhere in time, and when the checksum is committed', () => {
    const first = made()
    const elsewhere = { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8', GZIP: '--rsyncable' }
    assert.equal(make(elsewhere).stderr, '')
    assert.deepEqual(made(), first)
    git('add', '-A')
    git('commit', '-qm', 'second')
    assert.equal(make().stderr, '')
    assert.deepEqual(made(), first)
  })

  test('makes a tarball of what is committed, without PKGBUILD and .SRCINFO', () => {
    const names = run('tar', ['-tzf', tarball()]).stdout.split('\n')
    const root = tarball().replace('.tar.gz', '')
    assert.ok(names.includes(`${root}/.ci/package`) && names.includes(`${root}/package.json`))
    assert.deepEqual(
      names.filter((name) => /PKGBUILD|SRCINFO/.test(name)),
      [],
    )
  })

  test('says that what is not committed is not in the tarball', () => {
    appendFileSync(at('CHANGELOG.md'), 'more\n')
    const first = made()
    assert.match(make().stderr, /^Not in stale-libs-.*, since not committed: 1 changed .*\n$/)
    assert.deepEqual(made(), first)
    git('commit', '-qam', 'third')
    make()
    assert.notDeepEqual(made(), first)
  })

  test('says in one sentence what it lacks', () => {
    writeFileSync(at('package.json'), '  "version": "9.9.9",\n')
    git('commit', '-qam', 'fourth')
    assert.match(make().stderr, /^npm run package: .*PKGBUILD has version ".*"9\.9\.9"\n$/)
    const none = run('/usr/bin/bash', ['.ci/package'], { PATH: '/nonexistent' })
    assert.notEqual(none.status, 0)
    rmSync(at('.git'), { recursive: true })
    const nowhere = make()
    assert.match(nowhere.stderr, /npm run package: cannot make the package: this is no checkout/)
    assert.equal(nowhere.status, 1)
  })
})
