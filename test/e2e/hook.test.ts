import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { ASKED, assertSaid, onTerminal, renewedSince, statesOf } from './acting.ts'
import { inText, readHand, readHook } from './hook-output.ts'
import type { Output } from './hook-output.ts'
import { labRoot, whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import {
  LIBRARY,
  PACMAN,
  bootWithProgram,
  packageFile,
  release,
  report,
  service,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/script'])

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const NOTHING = /^Nothing uses old code \(\d+ programs looked at\)\. No reboot needed\.\n$/
const PLUGIN = '/opt/toyd/libplugin.so'
const TOYD = [
  '[Service]',
  'Type=exec',
  `Environment=LD_PRELOAD=${PLUGIN}`,
  'ExecStart=/usr/bin/toyd infinity',
  '',
].join('\n')

const libtoy = (version: string, file: string): PackageSpec => ({
  name: 'libtoy',
  version,
  files: { [file]: toyLibrary() },
})

const toyd = (version: string, files: PackageSpec['files']): PackageSpec => ({
  name: 'toyd',
  version,
  files: { 'usr/bin/toyd': { copyOf: `${labRoot()}/usr/bin/sleep` }, ...files },
})

const UNIT = { 'usr/lib/systemd/system/toyd.service': { text: TOYD } }

const specs = (): readonly PackageSpec[] => [
  libtoy('1.0-1', 'usr/lib/libtoy.so.1'),
  libtoy('1.1-1', 'usr/lib/libtoy.so.1'),
  libtoy('1.2-1', 'usr/lib/libtoy.so.1'),
  libtoy('2.0-1', 'usr/lib/libtoy.so.2'),
  toyd('1.0-1', { ...UNIT, 'opt/toyd/libplugin.so': toyLibrary() }),
  toyd('2.0-1', UNIT),
  { name: 'toy-code', files: { 'usr/bin/toy-code': { text: 'code' } } },
  { name: 'toy-data', files: { 'usr/share/toy/table': { text: 'data' } } },
  { name: 'toy-doc', files: { 'usr/share/doc/toy/README': { text: 'text' } } },
]

const PRELOADED = ['adhoc.service', 'one.service', 'two.service']
/** Their names do not fit on one line, nor into one of pacman's buffers. */
const LONG = Array.from({ length: 10 }, (_, index) => `long@${'x'.repeat(200)}${index}.service`)

/** The table knows it by its name. */
const COSTLY = 'bluetooth.service'

function assertNamed(lines: readonly string[], units: readonly string[]): void {
  assert.deepEqual(readHook(lines).named, units.toSorted().map(inText), lines.join('\n'))
}

describe('the hook', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram(specs())
    release(lab, packageFile('libtoy', '1.0-1'))
    mustRun(lab, [...PACMAN, '-Sy', 'libtoy'])
    mustRun(lab, [...PACMAN, '-U', packageFile('toyd', '1.0-1')])
    writeUnits(lab, {
      'one.service': service(),
      'two.service': service('Slice=toys.slice'),
      'long@.service': service(),
      [COSTLY]: service(),
      'fresh.service': 'ExecStart=/usr/bin/sleep infinity',
    })
    const adhoc = ['--unit=adhoc', '-E', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    mustRun(lab, ['systemd-run', '--quiet', ...adhoc])
    mustRun(lab, ['systemctl', 'start', 'fresh.service'])
  })
  after(() => lab.stop())

  const install = (name: string, version: string) =>
    transaction(lab, [...PACMAN, '-U', packageFile(name, version)])
  const byHand = () => mustRun(lab, ['stale-libs'])
  const lastLogged = () => {
    const log = lab.read('/var/log/pacman.log').split(/running 'zz-stale-libs\.hook'.*\n/)
    return (log.at(-1) ?? '').trimEnd().split('\n')
  }
  /** Restarts services, so that what a test sees does not hang on the test before. */
  const renew = (units: readonly string[], library = LIBRARY) => {
    mustRun(lab, ['systemctl', 'restart', '--', ...units])
    waitUntilLoaded(lab, units, 1, library)
  }
  /** Runs the one command that the hook printed, as a person does who copies it. */
  const runPrinted = (lines: readonly string[]) => runCommandOf(readHook(lines))
  const runCommandOf = ({ commands }: Output) => {
    assert.equal(commands.length, 1)
    mustRun(lab, ['sh', '-c', commands.join()])
  }
  const installed = (name: string) => mustRun(lab, ['pacman', '-Q', name]).trim()

  test('comes by pacman -U, with what PKGBUILD lists and no more', () => {
    const version = /^pkgver=(.*)$/m.exec(
      readFileSync(new URL('../../PKGBUILD', import.meta.url), 'utf8'),
    )?.[1]
    assert.equal(installed('stale-libs'), `stale-libs ${version}-1`)
    const files = mustRun(lab, ['pacman', '-Qlq', 'stale-libs']).trim().split('\n')
    const script = 'for file do [ -d "$file" ] || stat -c "%A %U %G %N" "$file"; done'
    const modes = mustRun(lab, ['sh', '-c', script, 'stat', ...files]).replaceAll("'", '')
    const inShare = (room: string, directory: string) =>
      readdirSync(new URL(`../../share/${room}`, import.meta.url)).map(
        (name) => `-rw-r--r-- root root ${directory}/${name}`,
      )
    const inLib = (name: string) => `-rw-r--r-- root root /usr/lib/stale-libs/${name}`
    assert.deepEqual(
      modes.trim().split('\n').toSorted(),
      [
        '-rw-r--r-- root root /etc/stale-libs/config.toml',
        ...[
          'act.js',
          'columns.js',
          'explain.js',
          'fast-glob.js',
          'package.json',
          'parse.js',
          'pino.js',
          'recording.js',
        ].map(inLib),
        ...['rescue-thread.js', 'rolldown-runtime.js', 'smol-toml.js', 'yargs.js'].map(inLib),
        ...inShare('systemd', '/usr/lib/systemd/system'),
        ...inShare('monitoring', '/usr/share/doc/stale-libs'),
        ...inShare('doc', '/usr/share/doc/stale-libs'),
        '-rw-r--r-- root root /usr/share/doc/stale-libs/CHANGELOG.md',
        '-rw-r--r-- root root /usr/share/doc/stale-libs/README.md',
        '-rw-r--r-- root root /usr/share/doc/stale-libs/SECURITY.md',
        '-rw-r--r-- root root /usr/share/libalpm/hooks/zz-stale-libs.hook',
        '-rw-r--r-- root root /usr/share/licenses/stale-libs/LICENSE',
        '-rw-r--r-- root root /usr/share/licenses/stale-libs/THIRD-PARTY.txt',
        '-rw-r--r-- root root /usr/share/man/man5/stale-libs.toml.5.gz',
        '-rw-r--r-- root root /usr/share/man/man8/stale-libs.8.gz',
        '-rw-r--r-- root root /usr/share/bash-completion/completions/stale-libs',
        '-rw-r--r-- root root /usr/share/fish/vendor_completions.d/stale-libs.fish',
        '-rw-r--r-- root root /usr/share/zsh/site-functions/_stale-libs',
        '-rw-r--r-- root root /usr/share/stale-libs/interpreters.json',
        '-rw-r--r-- root root /usr/share/stale-libs/lifelines.json',
        '-rw-r--r-- root root /usr/share/stale-libs/reboot-packages.json',
        '-rw-r--r-- root root /usr/share/stale-libs/runners.json',
        '-rw-r--r-- root root /usr/share/stale-libs/sensitive-units.json',
        '-rw-r--r-- root root /usr/share/stale-libs/stale-libs.schema.json',
        '-rw-r--r-- root root /usr/share/stale-libs/system-words.json',
        '-rwxr-xr-x root root /usr/lib/stale-libs/stale-libs.js',
        '-rwxr-xr-x root root /usr/share/libalpm/scripts/stale-libs',
        'lrwxrwxrwx root root /usr/bin/stale-libs -> ../lib/stale-libs/stale-libs.js',
      ].toSorted(),
    )
    assert.match(mustRun(lab, ['pacman', '-Qkk', 'stale-libs']), / 0 altered files$/m)
    assert.equal(mustRun(lab, ['stale-libs', '--version']), `${version}\n`)
    assert.match(lab.read('/usr/share/licenses/stale-libs/THIRD-PARTY.txt'), /^== .*yargs$/m)
  })

  test('is silent when nothing is stale', () => {
    assert.deepEqual(transaction(lab, [...PACMAN, '-U', packageFile('toy-data', '1.0-1')]), [])
    assert.match(byHand(), NOTHING)
  })

  test('does not run for documents', () => {
    const said = mustRun(lab, [...PACMAN, '-U', packageFile('toy-doc', '1.0-1')])
    assert.doesNotMatch(said, /still use old code/)
  })

  test('names the units, and only those, whose library pacman -Syu upgraded', () => {
    renew(PRELOADED)
    release(lab, packageFile('libtoy', '1.1-1'))
    const lines = transaction(lab, [...PACMAN, '-Syu'])
    assert.equal(installed('libtoy'), 'libtoy 1.1-1')
    assertNamed(lines, PRELOADED)
    const { said, groups, commands } = readHook(lines)
    assert.equal(said, '3 services still use the old libtoy (1.0-1 -> 1.1-1). No reboot needed.')
    const cost = 'adhoc: a restart runs its command again (a transient unit)'
    assert.deepEqual(groups, { Restart: `adhoc, one, two ${cost}` })
    assert.deepEqual(commands, ['systemctl restart adhoc one two'])
    const logged = lastLogged().map((line) => line.replace(/^\[[^\]]*\] \[ALPM-SCRIPTLET\] /, ''))
    assert.deepEqual(logged, lines)
  })

  test('says nothing of what it said before where only data or other code changed', () => {
    assert.deepEqual(install('toy-data', '1.0-1'), [])
    assert.deepEqual(install('toy-code', '1.0-1'), [])
    assert.doesNotMatch(byHand(), NOTHING)
  })

  test('names what is replaced again, from the version that runs to the installed one', () => {
    const lines = install('libtoy', '1.2-1')
    assertNamed(lines, PRELOADED)
    assert.match(readHook(lines).said, / the old libtoy \(1\.0-1 -> 1\.2-1\)\./)
    runPrinted(lines)
    assert.match(byHand(), NOTHING)
    assert.deepEqual(install('toy-data', '1.0-1'), [])
  })

  test('catches up after a transaction for which it was turned off', () => {
    renew(PRELOADED)
    const [, turnOff = ''] = /`([^`]+)` turns the hook off/.exec(README) ?? []
    const link = '/etc/pacman.d/hooks/zz-stale-libs.hook'
    assert.ok(turnOff.endsWith(link))
    mustRun(lab, ['sh', '-c', turnOff])
    const said = mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.1-1')])
    assert.doesNotMatch(said, /still use old code/)
    mustRun(lab, ['rm', link])
    assertNamed(install('toy-code', '1.0-1'), PRELOADED)
    assert.deepEqual(install('toy-code', '1.0-1'), [])
  })

  test('catches up after a transaction after which it failed', () => {
    renew(PRELOADED)
    mustRun(lab, ['mv', '/usr/bin/node', '/usr/bin/node.away'])
    const failed = install('libtoy', '1.2-1')
    mustRun(lab, ['mv', '/usr/bin/node.away', '/usr/bin/node'])
    assert.match(failed.join('\n'), /^ {2}stale-libs: could not look [^\n]*$/)
    const lines = install('toy-data', '1.0-1')
    assertNamed(lines, PRELOADED)
    assert.deepEqual(install('toy-code', '1.0-1'), [])
    runPrinted(lines)
  })

  test('runs for a reinstallation and for a downgrade', () => {
    renew(PRELOADED)
    const again = transaction(lab, [...PACMAN, '-S', 'libtoy'])
    assertNamed(again, PRELOADED)
    renew(PRELOADED)
    const back = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    assert.equal(installed('libtoy'), 'libtoy 1.0-1')
    assertNamed(back, PRELOADED)
    runPrinted(back)
    assert.match(byHand(), NOTHING)
  })

  test('runs when a new soname is one file more and another less', () => {
    renew(PRELOADED)
    const lines = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '2.0-1')])
    assertNamed(lines, PRELOADED)
    const states = report(lab).findings.flatMap(({ files }) => files.map(({ state }) => state))
    assert.deepEqual([...new Set(states)], ['removed'])
    runPrinted(lines)
    assert.match(byHand(), NOTHING)
  })

  test('runs for a removal', () => {
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    renew(['one.service'])
    const lines = transaction(lab, [...PACMAN, '-R', 'libtoy'])
    assertNamed(lines, ['one.service'])
    runPrinted(lines)
  })

  test('names a service whose own executable was replaced, and its plugin in /opt removed', () => {
    renew(['toyd.service'], PLUGIN)
    const lines = transaction(lab, [...PACMAN, '-U', packageFile('toyd', '2.0-1')])
    assertNamed(lines, ['toyd.service'])
    const [finding] = report(lab).findings
    assert.deepEqual(
      finding?.files.map(({ path, kind, state }) => [path, kind, state]),
      [
        [PLUGIN, 'library', 'removed'],
        ['/usr/bin/toyd', 'executable', 'replaced'],
      ],
    )
    runPrinted(lines)
    assert.match(byHand(), NOTHING)
  })

  test('gives no command for a service that was removed while it runs', () => {
    mustRun(lab, ['systemctl', 'restart', 'toyd.service'])
    const lines = transaction(lab, [...PACMAN, '-R', 'toyd'])
    assertNamed(lines, ['toyd.service'])
    assert.deepEqual(readHook(lines).commands, [])
    const [finding] = report(lab).findings
    assert.equal(finding?.action, 'manual')
    assert.deepEqual(
      finding?.cautions.map(({ code }) => code),
      ['unit-file-gone'],
    )
    mustRun(lab, ['systemctl', 'stop', 'toyd.service'])
  })

  test('gives commands that work as pasted, by hand too, however many services are old', () => {
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    const services = [...PRELOADED, ...LONG, COSTLY]
    mustRun(lab, ['systemctl', 'restart', ...PRELOADED, COSTLY])
    renew(LONG)
    const lines = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.1-1')])
    assert.ok(lines.every((line) => line.length <= 80) && lines.length <= 20, lines.join('\n'))
    const { said, named, more, groups, typed, commands } = readHook(lines)
    assert.ok(said.startsWith(`${services.length} services still use the old libtoy `), said)
    assert.deepEqual([named[0], named.length + more], ['adhoc', services.length - 1])
    assert.ok(groups['Choose when']?.startsWith(`${inText(COSTLY)}: `), lines.join('\n'))
    assert.deepEqual(commands, ['stale-libs restart', `stale-libs restart ${inText(COSTLY)}`])
    assert.deepEqual(readHand(byHand()).typed, typed)
    const since = statesOf(lab, services)
    for (const command of typed)
      assertSaid(onTerminal(lab, command, [[ASKED, String.raw`y\n`]]), 0, 'nothing failed')
    assert.deepEqual(renewedSince(lab, since), services.toSorted())
    assert.match(byHand(), NOTHING)
  })
})
