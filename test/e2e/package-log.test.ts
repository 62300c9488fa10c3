import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { ReportDocument } from '../support/bundle.ts'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
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

const skip = whySkipped()

const LOG = '/var/log/pacman.log'
const UNIT = 'old.service'
/** The log has whole seconds, and so the tests leave some between what must be told apart. */
const A_WHILE = ['sleep', '2.1']

/** Says what a terminal obeys, bytes that are no text, and what looks like lines of the log. */
const NOISE = [
  'post_install() {',
  "  printf '\\033[2J\\033]0;title\\007\\033[32m==>\\033[0m \\233\\377\\376 caf\\351\\r\\n'",
  "  printf '[2026-01-01T00:00:00+0000] [ALPM] upgraded libtoy (1.0-1 -> 9.9-1)\\n'",
  "  printf '\\n[ALPM] removed libtoy (1.0-1)\\r[2026-01-01 00:00] removed libtoy (1.0-1)\\n'",
  "  printf '[2026-01-01T00:00:00+0000] [ALPM] transaction started\\n\\033[31'",
  '}',
  'post_upgrade() { post_install; }',
  '',
].join('\n')

/** pacman installs in the order of the names: before and after the library. */
const NOISY = ['a-noise', 'z-noise']

function specs(): readonly PackageSpec[] {
  const files = { 'usr/lib/libtoy.so.1': toyLibrary() }
  const noisy = NOISY.map((name) => ({
    name,
    files: { [`usr/share/${name}`]: { text: '' } },
    scriptlet: NOISE,
  }))
  return [
    ...['1.0-1', '1.1-1'].map((version) => ({ name: 'libtoy', version, files })),
    ...noisy,
    { name: 'quiet', version: '1.0-1', files: { 'usr/share/quiet': { text: '' } } },
  ]
}

describe('a log that does not tell everything', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram(specs())
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    writeUnits(lab, { [UNIT]: service() })
    start(lab, [UNIT])
  })
  beforeEach(() => {
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.0-1')])
    mustRun(lab, A_WHILE)
    mustRun(lab, ['systemctl', 'restart', UNIT])
    waitUntilLoaded(lab, [UNIT])
    mustRun(lab, A_WHILE)
  })
  afterEach(() => void mustRun(lab, ['sh', '-c', 'rm -f "$1" "$1".*', 'rotated', LOG]))
  after(() => lab?.stop())

  const install = (name: string, version: string) =>
    transaction(lab, [...PACMAN, '-U', packageFile(name, version)])
  const edit = (script: string) => mustRun(lab, ['sh', '-ec', script, 'edit', LOG])
  /** All but what the log tells. */
  const verdictsOf = ({ findings, commands, summary }: ReportDocument) => ({
    findings: findings.map(({ files, ...finding }) => ({
      ...finding,
      files: files.map(({ path, kind, state }) => ({ path, kind, state })),
    })),
    commands,
    summary,
  })
  const codesOf = ({ limits }: ReportDocument) => limits.map(({ code }) => code)
  const packageIn = (document: ReportDocument) => {
    const [file] = findingOf(document, UNIT).files
    assert.equal(file?.path, LIBRARY)
    const { name, from, to, change } = file.package ?? {}
    return file.package && [name, from, to, change]
  }
  const UPGRADE = ['libtoy', '1.0-1', '1.1-1', 'upgraded']

  /**
   * The log is damaged after an upgrade that was told, and the same verdicts are given without it.
   */
  function assertForgotten(code: string, script: string, further = () => {}): void {
    install('libtoy', '1.1-1')
    const told = report(lab)
    assert.deepEqual(packageIn(told), UPGRADE)
    assert.deepEqual(codesOf(told), [])
    edit(script)
    further()
    const forgotten = report(lab)
    assert.deepEqual(verdictsOf(forgotten), verdictsOf(told))
    assert.equal(packageIn(forgotten), null)
    assert.deepEqual(codesOf(forgotten), [code])
  }

  test('moved away before the next transaction', () => {
    assertForgotten('package-log-short', 'mv "$1" "$1".old', () => void install('quiet', '1.0-1'))
  })

  test('moved to where it is looked for', () => {
    install('libtoy', '1.1-1')
    edit('mv "$1" "$1".1')
    install('quiet', '1.0-1')
    assert.deepEqual(packageIn(report(lab)), UPGRADE)
    assert.deepEqual(codesOf(report(lab)), [])
  })

  // The byte of the last `upgraded libtoy (`, and some more: in the middle of the entry.
  const CUT =
    'at=$(grep -abo "upgraded libtoy (" "$1" | tail -n1 | cut -d: -f1); truncate -s $((at + 12)) "$1"'

  test('cut in the middle of a line', () => {
    assertForgotten('package-log-damaged', CUT)
  })

  test('cut in the middle of a line, and written on', () => {
    assertForgotten('package-log-damaged', CUT, () => void install('quiet', '1.0-1'))
  })

  test('cut and filled with zeros, as after a crash', () => {
    assertForgotten('package-log-damaged', `${CUT}; truncate -s +200 "$1"`)
  })

  test('written with a clock that was then set back', () => {
    // The last transaction, and a day before it one that says it was two days later.
    const shift =
      'day() { date -u -d "$1" +%Y-%m-%dT%H:%M:%S+0000; }\n' +
      'line="[$(day "+2 days")] [ALPM] installed dream (1-1)"\n' +
      'at=$(grep -an "transaction started" "$1" | tail -n1 | cut -d: -f1)\n' +
      'sed -i "${at}i $line" "$1"'
    assertForgotten('package-log-clock-stepped', shift)
  })

  test('with what a scriptlet printed in it', () => {
    const noisy = NOISY.map((name) => packageFile(name, '1.0-1'))
    mustRun(lab, [...PACMAN, '-U', packageFile('libtoy', '1.1-1'), ...noisy])
    const count = 'LC_ALL=C grep -ac "\\[ALPM-SCRIPTLET\\] .*ALPM\\] .* libtoy" "$1"'
    assert.equal(Number(edit(count)), 4)
    assert.deepEqual(packageIn(report(lab)), UPGRADE)
    assert.deepEqual(codesOf(report(lab)), [])
  })
})
