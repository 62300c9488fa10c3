import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { bootWithProgram, startInSession } from './toys.ts'

const skip = whySkipped()

const MALLORY = 1000
const VICTIM = '/root/victim'
/** So many that whoever takes them away can be overtaken in the middle of it. */
const FILES = 20_000
const DIRECTORY = '/var/lib/node_exporter'

/**
 * Waits in a directory for the new file or directory of a writer, puts a full directory of its own
 * in the place of it, and, as soon as somebody takes that away, a link to the victim.
 */
const RACER = `
const { mkdirSync, readdirSync, renameSync } = require('node:fs')
const { statSync, symlinkSync, writeFileSync } = require('node:fs')
const [directory, spare, victim, files] = process.argv.slice(2)
for (let round = 0; ; round += 1) {
  const full = spare + '/' + round
  mkdirSync(full)
  for (let n = 0; n < files; n += 1) writeFileSync(full + '/' + n, '')
  if (round === 0) writeFileSync(spare + '/ready', '')
  let beside
  while (beside === undefined)
    beside = readdirSync(directory).find((name) => name.startsWith('.stale-libs-'))
  try {
    // Who does not own a directory cannot move it into another.
    renameSync(directory + '/' + beside, directory + '/theirs-' + round)
    renameSync(full, directory + '/' + beside)
    const { mtimeMs } = statSync(directory + '/' + beside)
    const until = Date.now() + 2000
    while (statSync(directory + '/' + beside).mtimeMs === mtimeMs && Date.now() < until);
    renameSync(directory + '/' + beside, full)
    symlinkSync(victim, directory + '/' + beside)
  } catch {
    // Too late for this one.
  }
}
`

describe('--output', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    addUser(lab, 'mallory', MALLORY)
    mustRun(lab, ['install', '-d', '-o', String(MALLORY), DIRECTORY])
    lab.write('/srv/racer.cjs', RACER)
    const fill = `mkdir ${VICTIM} && cd ${VICTIM} && seq 0 ${FILES - 1} | xargs touch`
    mustRun(lab, ['sh', '-c', fill])
  })
  after(() => lab.stop())

  const inVictim = () => mustRun(lab, ['ls', '-A', VICTIM]).trim().split('\n')
  const write = (file: string) =>
    lab.run(['stale-libs', '--format', 'prometheus', '--output', file])

  test('takes away and leaves nothing elsewhere, whatever the owner of its directory does', () => {
    const spare = '/home/mallory/spare'
    mustRun(lab, ['mkdir', spare], { uid: MALLORY })
    const argv = ['node', '/srv/racer.cjs', DIRECTORY, spare, VICTIM, String(FILES)]
    startInSession(lab, argv, { uid: MALLORY })
    const ready = `until [ -e ${spare}/ready ]; do sleep 0.01; done`
    mustRun(lab, ['sh', '-c', ready], { timeoutMs: 20_000 })
    for (let round = 0; round < 5; round += 1) write(`${DIRECTORY}/stale-libs.prom`)
    assert.equal(inVictim().length, FILES)
  })

  test('is refused where somebody else could lead it elsewhere', () => {
    const above = '/home/mallory/exporter'
    mustRun(lab, ['mkdir', '-p', `${above}/textfiles`], { uid: MALLORY })
    const refused = (file: string, says: string) =>
      assert.deepEqual(write(file), {
        status: 3,
        stdout: '',
        stderr: `stale-libs: Cannot write "${file}": ${says}\n`,
      })
    const says = `"/home/mallory" belongs to uid ${MALLORY}, and could lead it elsewhere`
    refused(`${above}/textfiles/stale-libs.prom`, says)
    mustRun(lab, ['sh', '-c', `mv ${above} ${above}.away && ln -s ${VICTIM} ${above}`], {
      uid: MALLORY,
    })
    refused(`${above}/0`, says)
    mustRun(lab, ['ln', '-s', VICTIM, '/tmp/textfiles'], { uid: MALLORY })
    refused('/tmp/textfiles/0', '"/tmp/textfiles" is a link where everybody can put one')
    assert.deepEqual(mustRun(lab, ['find', VICTIM, '-type', 'f', '-size', '+0']), '')
  })

  test('writes to a directory of root, and to one that belongs to somebody else', () => {
    const own = '/var/lib/prometheus-textfiles'
    mustRun(lab, ['install', '-d', own])
    for (const directory of [own, '/home/mallory'])
      assert.deepEqual(write(`${directory}/stale-libs.prom`), {
        status: 0,
        stdout: '',
        stderr: '',
      })
    assert.equal(mustRun(lab, ['ls', '-A', own]), 'stale-libs.prom\n')
  })
})
