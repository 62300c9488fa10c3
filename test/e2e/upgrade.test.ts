import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { programPackage } from './program.ts'
import {
  PACMAN,
  bootWithProgram,
  hookLines,
  namesIn,
  packageFile,
  report,
  service,
  start,
  toyLibrary,
  transaction,
  writeUnits,
} from './toys.ts'

/**
 * What makepkg made of the last commit that called itself 0.1.0 (3090062): a checkout that CI makes
 * need not have it.
 */
const FORMER = fileURLToPath(
  new URL('../fixtures/stale-libs-0.1.0-1-any.pkg.tar.xz', import.meta.url),
)
const TIMER = 'stale-libs-restart.timer'
const CONFIG = '/etc/stale-libs/config.toml'
const DROP_IN = '/etc/stale-libs/config.d/own.toml'
const MASK = '/etc/pacman.d/hooks/zz-stale-libs.hook'
const LOG = '/var/log/pacman.log'

/** A configuration with keys that 0.1.0 knows too. */
const EDITED = '[ignore]\nunits = ["hidden"]\n\n[causes]\npackage-upgraded = false\n'
const OWN = '[[sensitive]]\nunits = ["careful.service"]\naction = "manual"\nreason = "of the day"\n'
const UNITS = ['plain.service', 'careful.service', 'hidden.service']

/** A node that notes which version of the program it is given, and goes on as the real one. */
const NODE = '#!/bin/sh\n/run/node "$1" --version >>/srv/looked\nexec /run/node "$@"\n'
const WITNESSED =
  'touch /run/node && mount --bind /usr/bin/node /run/node && ' +
  'mount --bind /srv/node /usr/bin/node && exec "$@"'
/** The log has whole seconds: two lines that must be told apart are some seconds apart. */
const A_WHILE = ['sleep', '2.1']
/** The lines of a hook in the log. */
const SPEECH = '/^\\[[^]]*\\] \\[ALPM-SCRIPTLET\\]   /d'

describe('the package of 0.1.0', { skip: whySkipped() }, () => {
  let lab: Lab
  let current: string

  before(async () => {
    current = await programPackage()
    const versions = ['1.0-1', '1.1-1', '1.2-1']
    const files = { 'usr/lib/libtoy.so.1': toyLibrary() }
    lab = await bootWithProgram(
      versions.map((version) => ({ name: 'libtoy', version, files })),
      FORMER,
    )
    lab.copyIn(current, inLab(current))
    lab.write(CONFIG, EDITED)
    lab.write(DROP_IN, OWN)
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    writeUnits(lab, Object.fromEntries(UNITS.map((name) => [name, service()])))
    mustRun(lab, A_WHILE)
    start(lab, UNITS)
    mustRun(lab, A_WHILE)
    mustRun(lab, ['systemctl', 'enable', '--now', '--quiet', TIMER])
  })
  after(() => lab?.stop())

  const inLab = (file: string) => `/srv/${basename(file)}`
  const version = () => mustRun(lab, ['stale-libs', '--version']).trim()
  const filesOf = (file: string) =>
    mustRun(lab, ['bsdtar', '-tf', inLab(file)])
      .split('\n')
      .filter((path) => /^[^.].*[^/]$/.test(path))
      .map((path) => `/${path}`)
  const inPackage = (file: string, path: string) =>
    mustRun(lab, ['bsdtar', '-xOf', inLab(file), path.slice(1)])
  const exists = (path: string) => lab.run(['test', '-e', path]).status === 0
  /** What pacman says where the old package, the new one and the user have different files. */
  const newsOf = (from: string, to: string) =>
    inPackage(from, CONFIG) === inPackage(to, CONFIG)
      ? []
      : [`warning: ${CONFIG} installed as ${CONFIG}.pacnew`]

  /** Puts another version of the program in the place of the one that is installed. */
  const change = (to: string, command: readonly string[] = []) => {
    const { status, stdout, stderr } = lab.run([...command, ...PACMAN, '-U', inLab(to)])
    assert.equal(status, 0, stdout + stderr)
    const wrong = (stdout + stderr).split('\n').filter((line) => /error:|warning:/.test(line))
    return { stdout, wrong }
  }
  /** Asserts what is true after each change of the program, in either version. */
  const assertKept = (installed: string, gone: string) => {
    const there = new Set(filesOf(installed))
    const left = filesOf(gone).filter((path) => !there.has(path) && exists(path))
    assert.deepEqual(left, [])
    const { status, stdout } = lab.run(['pacman', '-Qkk', 'stale-libs'])
    assert.match(stdout, / 0 altered files$/m, stdout)
    assert.equal(status, 0)
    assert.deepEqual([lab.read(CONFIG), lab.read(DROP_IN)], [EDITED, OWN])
    const unit = ['UnitFileState', 'ActiveState', 'NeedDaemonReload', 'FragmentPath'].map((name) =>
      mustRun(lab, ['systemctl', 'show', '--value', '-p', name, TIMER]).trim(),
    )
    assert.deepEqual(unit.slice(0, 3), ['enabled', 'active', 'no'])
    const shipped = inPackage(installed, `/usr/lib/systemd/system/${TIMER}`)
    assert.equal(lab.read(unit[3] ?? ''), shipped)
    assert.deepEqual(namesIn(report(lab)).toSorted(), ['careful.service', 'plain.service'])
    assert.match(mustRun(lab, ['stale-libs', 'explain', 'careful']), /of the day/)
  }

  test('is used', () => {
    assert.equal(version(), '0.1.0')
    const said = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.1-1')]).join('\n')
    assert.match(said, /plain/)
    assert.match(said, /careful/)
    assert.doesNotMatch(said, /hidden/)
  })

  test('is upgraded, and the new hook looks after that transaction', () => {
    lab.write('/srv/node', NODE, 0o755)
    const { stdout, wrong } = change(current, ['unshare', '--mount', 'sh', '-c', WITNESSED, 'sh'])
    assert.deepEqual(wrong, newsOf(FORMER, current))
    assert.equal(exists(`${CONFIG}.pacnew`), wrong.length > 0)
    assert.equal(lab.read('/srv/looked'), `${version()}\n`)
    assert.notEqual(version(), '0.1.0')
    // The hook of 0.1.0 has said it, and the log tells the new one.
    assert.deepEqual(hookLines(stdout), [])
    assertKept(current, FORMER)
  })

  test('has told the new version by the log what it has said', () => {
    mustRun(lab, ['cp', LOG, `${LOG}.kept`])
    mustRun(lab, ['sed', '-i', SPEECH, LOG])
    const { stdout } = change(current)
    assert.match(hookLines(stdout).join('\n'), /plain/)
    mustRun(lab, ['mv', `${LOG}.kept`, LOG])
  })

  test('is put back while the hook is masked, and upgraded again', () => {
    mustRun(lab, ['mkdir', '-p', '/etc/pacman.d/hooks'])
    mustRun(lab, ['ln', '-s', '/dev/null', MASK])
    const back = change(FORMER)
    assert.equal(version(), '0.1.0')
    assert.match(back.wrong[0] ?? '', /^warning: downgrading package stale-libs /)
    assert.deepEqual(back.wrong.slice(1), newsOf(current, FORMER))
    assertKept(FORMER, current)
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.2-1')])
    change(current)
    assertKept(current, FORMER)
    const said = lab.read(LOG).split('downgraded stale-libs')[1] ?? ''
    assert.match(said, /upgraded stale-libs/)
    assert.doesNotMatch(said, /zz-stale-libs\.hook/)
    assert.equal(mustRun(lab, ['readlink', MASK]), '/dev/null\n')
    mustRun(lab, ['rm', MASK])
    const caughtUp = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.2-1')]).join('\n')
    assert.match(caughtUp, /plain/)
  })

  test('leaves nothing behind when its successor is removed, but what the user made', () => {
    mustRun(lab, ['systemctl', 'disable', '--now', '--quiet', TIMER])
    mustRun(lab, ['rm', '-f', `${CONFIG}.pacnew`])
    mustRun(lab, [...PACMAN, '-Rn', 'stale-libs'])
    const files = [...filesOf(FORMER), ...filesOf(current)]
    assert.deepEqual(files.filter(exists), [])
    // The caches of a machine where this program is developed have files of its name.
    const places = ['/etc', '/opt', '/run', '/usr', '/var/lib', '/var/log', '/var/cache/stale-libs']
    const others = ['-path', '/var/lib/pacman', '-prune', '-o']
    const { stdout } = lab.run(['find', ...places, ...others, '-name', '*stale-libs*', '-print'])
    assert.equal(stdout, '/etc/stale-libs\n')
    assert.equal(mustRun(lab, ['find', '/etc/stale-libs', '-type', 'f']), `${DROP_IN}\n`)
  })
})
