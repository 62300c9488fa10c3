import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import {
  PACMAN,
  SCRIPT,
  bootWithProgram,
  namesIn,
  packageFile,
  report,
  service,
  start,
  toyLibrary,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

const MALLORY = 1000
const LOG = '/var/log/pacman.log'
const CONFIG = '/etc/stale-libs/config.toml'
/** The script of the hook gives up after twenty seconds. */
const SOON = { timeoutMs: 15_000 }

describe('where there is something else than a file', { skip }, () => {
  let lab: Lab

  before(async () => {
    const files = { 'usr/lib/libtoy.so.1': toyLibrary() }
    lab = await bootWithProgram([{ name: 'libtoy', files }])
    addUser(lab, 'mallory', MALLORY)
    const install = [...PACMAN, '-U', packageFile('libtoy', '1.0-1')]
    mustRun(lab, install)
    writeUnits(lab, { 'one.service': service() })
    start(lab, ['one.service'])
    waitUntilLoaded(lab, ['one.service'])
    mustRun(lab, install)
  })
  after(() => lab.stop())
  afterEach(() => {
    const back = 'for file do [ ! -e "$file.kept" ] || mv -f "$file.kept" "$file"; done'
    mustRun(lab, ['sh', '-c', back, 'back', LOG, CONFIG])
  })

  const makePipe = (path: string) =>
    mustRun(lab, ['sh', '-c', 'mv "$1" "$1.kept" && mkfifo "$1"', 'pipe', path])
  const writeConfig = (text: string) => {
    mustRun(lab, ['cp', '-a', CONFIG, `${CONFIG}.kept`])
    lab.write(CONFIG, text)
  }
  /** Runs the script of the hook as pacman does, and returns its lines. */
  const runHook = () => mustRun(lab, [SCRIPT], SOON).trimEnd().split('\n')

  test('a pipe in the place of pacman.log makes nobody wait', () => {
    makePipe(LOG)
    const { findings, limits } = report(lab, SOON)
    assert.ok(findings.some(({ name }) => name === 'one.service'))
    assert.ok(limits.some(({ code }) => code === 'package-log-unreadable'))
    assert.match(runHook().join('\n'), /systemctl restart one\b/)
  })

  test('a pipe in the place of the configuration is said by the hook, which goes on', () => {
    makePipe(CONFIG)
    const lines = runHook()
    const says = `  stale-libs: Cannot use "${CONFIG}": it cannot be read: not a file; the built-in defaults are used`
    assert.deepEqual(
      lines.filter((line) => line.includes(CONFIG)),
      [says],
    )
    assert.match(lines.join('\n'), /systemctl restart one\b/)
  })

  test('a configuration that a group can write to hides nothing from root', () => {
    writeConfig('[ignore]\nunits = ["one.service"]\n')
    assert.ok(!namesIn(report(lab)).includes('one.service'))
    mustRun(lab, ['chgrp', 'mallory', CONFIG])
    mustRun(lab, ['chmod', '664', CONFIG])
    const { status, stderr } = lab.run(['stale-libs'])
    const says = `Cannot use "${CONFIG}": its group can write to it`
    assert.deepEqual([status, stderr], [2, `stale-libs: ${says}\n`])
    assert.match(runHook().join('\n'), /systemctl restart one\b/)
  })
})
