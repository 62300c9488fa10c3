import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FORMATS } from '../../src/core/options.ts'
import type { ScanOptions } from '../../src/core/options.ts'
import { explanationsOf } from '../../src/core/explain/resolve.ts'
import type { Scan } from '../../src/core/report/report.ts'
import { startClock } from '../../src/io/clock.ts'
import { openLog } from '../../src/io/log.ts'
import { openRecording } from '../../src/io/recording/recording.ts'
import type { World } from '../../src/io/world.ts'
import {
  notesBeside,
  render,
  renderExplained,
  renderUnknownSubject,
} from '../../src/render/index.ts'
import { COLOURED, PLAIN } from '../../src/render/style.ts'
import { scan } from '../../src/scan/scan.ts'
import { parseCommand } from '../../src/cli/cli.ts'
import { REFUSING } from '../support/door.ts'
import { knownOf } from '../support/known.ts'

const place = fileURLToPath(new URL('../fixtures/', import.meta.url))
const machines = readdirSync(place, { withFileTypes: true }).filter((one) => one.isDirectory())

const PAGE = { width: 80 }

async function optionsOf(...argv: readonly string[]): Promise<ScanOptions> {
  const command = await parseCommand(argv, '0.1.0')
  assert.ok(command.kind === 'scan')
  return command.options
}

async function replayed(name: string): Promise<Scan & { readonly world: World }> {
  const { world, config } = openRecording(`${place}${name}`)
  const asker = { uid: 0, environment: {}, version: '0.1.0', clock: startClock() }
  const scanned = await scan(world, await optionsOf(), config, asker, await openLog('silent'))
  return { ...scanned, world }
}

const withoutEscapes = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '')
const withoutVersion = (text: string) => text.replace(/"version": "[^"]+"/, '')

for (const { name } of machines) {
  test(`the recording "${name}" is rendered in every format`, async () => {
    const { report } = await replayed(name)
    for (const format of FORMATS) {
      const options = await optionsOf('--format', format, '--all')
      const text = await render(report, options, PLAIN, PAGE, REFUSING)
      assert.equal(withoutEscapes(await render(report, options, COLOURED, PAGE, REFUSING)), text)
      assert.ok(text === '' || text.endsWith('\n'), format)
      const notes = format === 'names' ? report.limits.length : 0
      assert.equal(notesBeside(report, options, 'report').length, notes)
    }
    const said = readFileSync(`${place}${name}/report.json`, 'utf8')
    const json = await render(report, await optionsOf('--format', 'json'), PLAIN, PAGE)
    assert.equal(withoutVersion(json), withoutVersion(said))
  })

  test(`each unit of the recording "${name}" is explained`, async () => {
    const { world, ...scanned } = await replayed(name)
    const owners = new Map(world.proc.pids().map((pid) => [pid, world.owners.ofPid(pid)] as const))
    const known = knownOf(owners)
    for (const { processes, action, clears, cautions, files } of scanned.report.findings) {
      const explained = explanationsOf([String(processes[0]?.pid)], scanned, known)
      assert.ok(!('nearest' in explained))
      const text = await renderExplained(explained, true, PLAIN, PAGE, REFUSING)
      const coloured = await renderExplained(explained, true, COLOURED, PAGE, REFUSING)
      assert.equal(withoutEscapes(coloured), text)
      assert.match(text, new RegExp(`^.+: ${action}\\n {2}Belongs to: `))
      assert.ok(text.includes(`\n  After that: ${clears ? 'none of' : 'some of'} these processes `))
      assert.ok(files.every(({ path }) => text.includes(`\n    maps ${path}: `)))
      assert.equal(
        [...text.matchAll(/^ {2}Because: /gm)].length,
        cautions.filter(isBlocking).length,
      )
    }
    const unknown = explanationsOf(['unit:no-such.service'], scanned, known)
    assert.ok('nearest' in unknown)
    const message = await renderUnknownSubject(unknown)
    assert.match(message, /^no unit that runs is called "no-such\.service"/)
  })
}

const isBlocking = ({ blocking }: { readonly blocking: boolean }) => blocking
