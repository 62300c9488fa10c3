import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { labRoot, whyNoLab } from '../e2e/host.ts'
import { bootLab } from '../e2e/lab.ts'
import type { Lab } from '../e2e/lab.ts'
import { libraryIn } from '../e2e/packages.ts'
import { LIBRARY, replace, service, start, writeUnits } from '../e2e/toys.ts'
import { reportDocument } from '../support/bundle.ts'
import type { Verdict } from './goals.ts'
import { median } from './rounds.ts'

const UNITS = 50
const LIMIT_MS = 60
const PROGRAM = '/srv/bench/stale-libs.js'
const RUNNER = '/srv/bench/runner'

/**
 * A scan takes a machine for booted where this directory is (sd_booted(3)), and asks no systemd
 * where it is not. Both runs get a mount namespace of their own, because the paths of another one
 * are looked at differently.
 */
const ASKING = 'exec "$@"'
const SILENT = 'mount -t tmpfs bench /run/systemd && exec "$@"'

/**
 * Boots a machine with stale services and returns what it costs to ask systemd about them: the wall
 * time of a scan, less that of the same scan of the same processes with systemd hidden.
 *
 * @param runner the compiled runner.c
 * @returns why it cannot be measured here, or the verdict
 */
export async function unitVerdict(
  runner: string,
  program: string,
  rounds: number,
): Promise<Verdict | string> {
  const reason = whyNoLab()
  if (reason !== null) return reason
  const lab = await bootLab()
  try {
    lab.copyIn(runner, RUNNER)
    const files = readdirSync(dirname(program)).filter((name) => /\.js(?:on)?$/.test(name))
    for (const name of files) lab.copyIn(join(dirname(program), name), join(dirname(PROGRAM), name))
    startStaleUnits(lab)
    return {
      goal: `${UNITS} stale units: asking systemd adds ≤ ${LIMIT_MS} ms`,
      unit: 'ms',
      limit: LIMIT_MS,
      reached: measureUnits(lab, rounds),
    }
  } finally {
    await lab.stop()
  }
}

function startStaleUnits(lab: Lab): void {
  lab.copyIn(libraryIn(labRoot(), 'libz.so.1'), LIBRARY)
  const names = Array.from({ length: UNITS }, (_, at) => `stale-${at}.service`)
  writeUnits(lab, Object.fromEntries(names.map((name) => [name, service()])))
  start(lab, names)
  replace(lab, LIBRARY)
}

/** Returns milliseconds; the first round only warms up. */
function measureUnits(lab: Lab, rounds: number): number {
  const asking: number[] = []
  const silent: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const withUnits = scan(lab, ASKING)
    const without = scan(lab, SILENT)
    assert.equal(withUnits.restartable, UNITS, 'units that systemd was asked about')
    assert.equal(without.restartable, 0, 'units without systemd')
    assert.equal(without.processes, withUnits.processes, 'stale processes')
    if (round > 0) {
      asking.push(withUnits.wallMs)
      silent.push(without.wallMs)
    }
  }
  return median(asking) - median(silent)
}

function scan(lab: Lab, script: string) {
  const output = '/tmp/report'
  const line = [output, '/usr/bin/node', PROGRAM, '--format', 'json'].join('\t')
  const shell = ['sh', '-c', script, 'scan', RUNNER]
  const { status, stdout, stderr } = lab.run(
    ['unshare', '--mount', '--propagation', 'private', ...shell],
    { input: `${line}\n` },
  )
  assert.equal(status, 0, stderr)
  const { findings } = reportDocument(lab.read(output))
  return {
    wallMs: Number(stdout.split(' ')[0]) / 1000,
    restartable: findings.filter(({ action }) => action === 'restart').length,
    processes: findings.flatMap((finding) => finding.processes).length,
  }
}
