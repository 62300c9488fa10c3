import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { readHook } from './hook-output.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import { installProgram, whySkippedWithCompiler } from './silent.ts'
import {
  LIBRARY,
  PACMAN,
  bootWithProgram,
  findingOf,
  packageFile,
  report,
  service,
  start,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithCompiler()

/** A path that is not ASCII, and a file that is no code. */
const NAMED = '/opt/Übung/größe.so.1'
const FONT = '/usr/share/fonts/TTF/toy.ttf'

function specs(): readonly PackageSpec[] {
  const library = { 'usr/lib/libtoy.so.1': toyLibrary() }
  const others = { [NAMED.slice(1)]: toyLibrary(), [FONT.slice(1)]: toyLibrary() }
  const versions = ['1.0-1', '1.1-1', '1.2-1']
  return versions.flatMap((version) => [
    { name: 'libtoy', version, files: library },
    { name: 'odd', version, files: others },
  ])
}

/** The log has whole seconds, and so the tests leave some between what must be told apart. */
const A_WHILE = ['sleep', '2.1']

describe('what pacman did to a stale file', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram(specs())
    install('1.0-1')
    const holder = installProgram(lab, 'holder')
    writeUnits(lab, {
      'old.service': service(),
      'later.service': service(),
      'reads.service': service(`ExecStart=${holder} -r ${NAMED} ${FONT}`),
    })
    start(lab, ['old.service', 'later.service'])
  })
  beforeEach(() => {
    install('1.0-1')
    mustRun(lab, A_WHILE)
    for (const unit of ['old.service', 'later.service']) renew(unit)
    mustRun(lab, A_WHILE)
  })
  after(() => lab.stop())

  const install = (version: string) => transaction(lab, upgrade(version))
  const upgrade = (version: string) => [...PACMAN, '-U', packageFile('libtoy', version)]
  const renew = (unit: string) => {
    mustRun(lab, ['systemctl', 'restart', unit])
    waitUntilLoaded(lab, [unit])
  }
  const changeOf = (unit: string) => {
    const [file] = findingOf(report(lab), unit).files
    assert.equal(file?.path, LIBRARY)
    const { name, from, to, change } = file?.package ?? {}
    return [name, from, to, change]
  }

  test('an upgrade, in the hook too', () => {
    const lines = install('1.1-1')
    assert.match(readHook(lines).said, / the old libtoy \(1\.0-1 -> 1\.1-1\)\./)
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.0-1', '1.1-1', 'upgraded'])
  })

  test('a path that is not ASCII, of a program whose files are all mapped as code', () => {
    const change = (version: string) => mustRun(lab, [...PACMAN, '-U', packageFile('odd', version)])
    change('1.0-1')
    mustRun(lab, A_WHILE)
    start(lab, ['reads.service'], 1, NAMED)
    mustRun(lab, A_WHILE)
    const hook = change('1.1-1')
    assert.match(hook, /^ {2}reads still uses the old odd \(1\.0-1 -> 1\.1-1\)\./m)
    const { files } = findingOf(report(lab), 'reads.service')
    assert.deepEqual(
      files.map(({ path, package: known }) => [path, known?.name, known?.from, known?.to]),
      [[NAMED, 'odd', '1.0-1', '1.1-1']],
    )
    mustRun(lab, ['systemctl', 'stop', 'reads.service'])
  })

  test('two upgrades, for a process from before and for one from between them', () => {
    install('1.1-1')
    mustRun(lab, A_WHILE)
    renew('later.service')
    mustRun(lab, A_WHILE)
    const lines = install('1.2-1')
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.0-1', '1.2-1', 'upgraded'])
    assert.deepEqual(changeOf('later.service'), ['libtoy', '1.1-1', '1.2-1', 'upgraded'])
    // They use two versions, so none is said.
    assert.match(readHook(lines).said, /^2 services still use the old libtoy\. /)
  })

  test('a reinstallation, and an upgrade that was taken back', () => {
    install('1.0-1')
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.0-1', '1.0-1', 'reinstalled'])
    mustRun(lab, A_WHILE)
    renew('old.service')
    mustRun(lab, A_WHILE)
    install('1.1-1')
    install('1.0-1')
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.0-1', '1.0-1', 'reinstalled'])
  })

  test('a downgrade', () => {
    install('1.2-1')
    mustRun(lab, A_WHILE)
    renew('old.service')
    mustRun(lab, A_WHILE)
    install('1.1-1')
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.2-1', '1.1-1', 'downgraded'])
  })

  test('a removal', () => {
    mustRun(lab, [...PACMAN, '-R', 'libtoy'])
    assert.deepEqual(changeOf('old.service'), ['libtoy', '1.0-1', null, 'removed'])
    install('1.0-1')
  })

  test('with the list of the security tracker, what the upgrade fixed', () => {
    const group = { packages: ['libtoy'], status: 'Fixed', severity: 'High', fixed: '1.1-1' }
    const list = [{ ...group, name: 'AVG-7', issues: ['CVE-2026-7'] }]
    lab.write('/var/lib/advisories.json', JSON.stringify(list))
    lab.write(
      '/etc/stale-libs/config.d/security.toml',
      '[security]\nadvisories = "/var/lib/advisories.json"\n',
    )
    const lines = install('1.1-1')
    assert.match(readHook(lines).said, / the old libtoy \(1\.0-1 -> 1\.1-1\)\./)
    assert.match(readHook(lines).said, /\bCVE-2026-7\b.*\bHigh\b/)
    assert.match(mustRun(lab, ['stale-libs']), /\bold +libtoy .*CVE-2026-7/)
    const [file] = findingOf(report(lab), 'old.service').files
    assert.deepEqual(file?.package?.advisories, [
      { name: 'AVG-7', severity: 'High', issues: ['CVE-2026-7'] },
    ])
    lab.write('/var/lib/advisories.json', 'no list')
    const { limits, findings } = report(lab)
    assert.deepEqual(
      [limits.map(({ code }) => code), findings[0]?.files[0]?.package?.advisories],
      [['advisories-unreadable'], []],
    )
    mustRun(lab, ['rm', '/etc/stale-libs/config.d/security.toml'])
    assert.equal(findingOf(report(lab), 'old.service').files[0]?.package?.advisories, undefined)
  })

  test('a log that is missing changes no verdict, and is said', () => {
    install('1.1-1')
    const withLog = report(lab)
    mustRun(lab, ['mv', '/var/log/pacman.log', '/var/log/elsewhere.log'])
    const without = report(lab)
    mustRun(lab, ['mv', '/var/log/elsewhere.log', '/var/log/pacman.log'])
    assert.deepEqual(without.commands, withLog.commands)
    assert.deepEqual(
      without.limits.map(({ code }) => code),
      ['package-log-missing'],
    )
  })
})
