import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import {
  addGuest,
  endCrowds,
  inManager,
  inSession,
  startCrowd,
  startCrowdApart,
  startCrowdBelow,
  whySkippedWithCrowd,
} from './crowd.ts'
import type { Guest } from './crowd.ts'
import { inText, readHook } from './hook-output.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { BLANK, startLookalikes } from './lookalikes.ts'
import { REINSTALL, assertHookNames, assertReportNames } from './mallory.ts'
import { installProgram } from './silent.ts'
import {
  LIBRARY,
  PACMAN,
  SCRIPT,
  bootWithProgram,
  cautionCodes,
  findingOf,
  namesIn,
  packageFile,
  report,
  service,
  start,
  startInSession,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithCrowd()

const [A, B] = ['/usr/lib/libaaa.so.1', '/usr/lib/libbbb.so.1']
/** A file that is there, and whose name ends like the mark of the kernel. */
const LIVE = '/usr/lib/liblive.so (deleted)'
const PROGRAM = '/usr/bin/labprog'
const CONFIG = '/etc/stale-libs/config.d/budgets.toml'
/** Turns the hook off (alpm-hooks(5)). */
const OFF = '/etc/pacman.d/hooks/zz-stale-libs.hook'
/** The script of the hook gives up after 20 seconds, so this is no limit of these tests. */
const BOUND = { timeoutMs: 60_000 }
/** More mappings than are read of everybody; the one that counts comes last in maps. */
const MANY = `holder ${LIBRARY} $$(yes ${A} | head -n 15000)`

/** 3,600 files. A process with fewer of them is read sooner, so that more of them come first. */
const DEEP = ['deep', 120, 30, 58]
const SERVICES = ['victim', 'many', 'two', 'too', 'live', 'labprog', 'docker'].map(
  (name) => `${name}.service`,
)

const holding = (...files: readonly string[]) =>
  `Type=exec\nExecStart=/usr/local/bin/holder ${files.map((file) => `"${file}"`).join(' ')}`
const reinstall = (name: string) => [...PACMAN, '-U', packageFile(name, '1.0-1')]
const copyOf = (path: string) => ({ [path.slice(1)]: toyLibrary() })

describe('a user who spends what others need', { skip }, () => {
  let lab: Lab
  let mallory: Guest
  let eve: Guest
  let zoe: Guest

  before(async () => {
    lab = await bootWithProgram([
      { name: 'libtoy', files: copyOf(LIBRARY) },
      { name: 'liba', files: copyOf(A) },
      { name: 'libb', files: copyOf(B) },
      { name: 'labprog', files: { [PROGRAM.slice(1)]: { copyOf: '/usr/bin/sleep' } } },
    ])
    for (const program of ['crowd', 'holder']) installProgram(lab, program)
    for (const name of ['libtoy', 'liba', 'libb', 'labprog']) mustRun(lab, reinstall(name))
    mallory = addGuest(lab, { name: 'mallory', uid: 1001 })
    eve = addGuest(lab, { name: 'eve', uid: 1002 })
    zoe = addGuest(lab, { name: 'zoe', uid: 1003 })
    mustRun(lab, ['mkdir', '-p', '/etc/pacman.d/hooks'])
    mustRun(lab, ['cp', LIBRARY, LIVE])
    writeUnits(lab, {
      'victim.service': service(),
      'docker.service': service(),
      'many.service': `Type=exec\nExecStart=/bin/sh -c 'exec ${MANY}'`,
      'two.service': holding(A, B),
      'too.service': holding(B, A),
      'live.service': holding(LIVE),
      'labprog.service': `Type=exec\nPrivateTmp=yes\nExecStart=${PROGRAM} infinity`,
    })
    // The first run after an installation reads what no cache has yet.
    transaction(lab, REINSTALL)
  })
  afterEach(() => {
    mustRun(lab, ['systemctl', 'stop', ...SERVICES])
    lab.run(['pkill', '-KILL', '-x', 'holder'])
    lab.run(['pkill', '-KILL', '-f', `^${mallory.home}/`])
    endCrowds(lab, [mallory, eve, zoe])
    lab.run(['rm', '-f', CONFIG, OFF, '/var/lib/pacman/db.lck'])
  })
  after(() => lab?.stop())

  /** Looks as the hook of a transaction and says how long that took. */
  const assertVictimInHook = (t: TestContext, when: string) => {
    const began = performance.now()
    assertHookNames(lab, 'victim.service', BOUND)
    t.diagnostic(`the transaction took ${Math.round(performance.now() - began)} ms ${when}`)
  }
  /** Replaces libraries, and has nobody look: each look of these takes a while. */
  const reinstallInSilence = (...names: readonly string[]) => {
    const packages = names.map((name) => packageFile(name, '1.0-1'))
    mustRun(lab, ['ln', '-s', '/dev/null', OFF])
    mustRun(lab, [...PACMAN, '-U', ...packages])
    mustRun(lab, ['rm', OFF])
  }
  const limitOf = ({ limits }: ReportDocument, wanted: string) => {
    const found = limits.filter(({ code }) => code === wanted)
    const codes = limits.map(({ code, count }) => `${count} ${code}`).join(', ')
    assert.equal(found.length, 1, `${wanted} is not said once, but: ${codes}`)
    return found[0] as ReportDocument['limits'][number]
  }
  /** Says which lines of a text begin like one of the program. */
  const ours = (lines: readonly string[]) =>
    lines
      .filter((line) =>
        /^\s*(?:(?:sudo|run0) )?(?:systemctl|stale-libs|Note:|\S+boot\b)/.test(line),
      )
      .map((line) => line.trim())
  const byHand = () => mustRun(lab, ['stale-libs'], BOUND).split('\n')

  test('who has no files left says so, also in the hook', { timeout: 60_000 }, () => {
    const few = (...argv: readonly string[]) =>
      mustRun(lab, ['sh', '-c', 'ulimit -n 24; exec "$@"', 'few', ...argv], BOUND)
    const lines = few(SCRIPT).split('\n')
    assert.match(lines.join('\n'), /^ {2}\S.*\bread\b.*\n$/)
    const { scan, limits } = reportDocument(few('stale-libs', '--format', 'json'))
    assert.equal(scan.complete, false)
    assert.ok(limits.some(({ code }) => code === 'maps-failed' || code === 'maps-stuck'))
  })

  test('has millions of long mappings', { timeout: 240_000 }, (t) => {
    const services = ['victim.service', 'many.service']
    start(lab, services)
    assertVictimInHook(t, 'on a calm machine')
    const calm = findingOf(report(lab), 'many.service')
    startCrowd(lab, ['long', 120, 8000, 56_000], inSession(mallory))
    mustRun(lab, ['systemctl', 'restart', ...services])
    waitUntilLoaded(lab, services)
    assertVictimInHook(t, 'while mallory has 6.7 million mappings')
    const document = assertReportNames(lab, 'victim.service', BOUND)
    // It is as long as those of mallory, but the machine's own.
    assert.deepEqual(pathsOf(findingOf(document, 'many.service')), pathsOf(calm))
    const { count, text } = limitOf(document, 'user-processes-cut')
    assert.ok(count > 0 && count <= 120, text)
    assert.match(text, /\bmallory\b/)
  })

  test('has files in thousands of deep directories', { timeout: 120_000 }, (t) => {
    startCrowd(lab, DEEP, inSession(mallory))
    t.after(() => void mustRun(lab, reinstall('labprog')))
    mustRun(lab, ['systemctl', 'start', 'labprog.service', 'live.service'])
    waitUntilMapped(lab, LIVE, 1)
    const { said, groups, commands } = readHook(
      transaction(lab, [...PACMAN, '-R', 'labprog'], BOUND),
    )
    assert.match(JSON.stringify([said, groups]), /\blabprog: /)
    assert.doesNotMatch(commands.join('\n'), /labprog|live/)
    const document = report(lab, BOUND)
    const finding = findingOf(document, 'labprog.service')
    assert.ok(cautionCodes(finding).includes('cannot-start'))
    assert.equal(finding.command, null)
    assert.ok(!namesIn(document).includes('live.service'))
    assert.match(limitOf(document, 'user-share-spent').text, /\bmallory\b/)
    endCrowds(lab, [mallory])
    assert.deepEqual(findingOf(report(lab, BOUND), 'labprog.service'), finding)
  })

  for (const [how, config] of [
    ['a service is stale anew', ''],
    ['a rule hides the older of its files', `[ignore]\npaths = ["*/libaaa.so.1"]\n`],
  ] as const)
    test(`has long paths while ${how}`, { timeout: 120_000 }, () => {
      const services = ['too.service', 'two.service']
      startCrowd(lab, ['long', 6, 1000, 1000], inSession(mallory))
      mustRun(lab, ['systemctl', 'start', ...services])
      for (const library of [A, B]) waitUntilMapped(lab, library, 2)
      reinstallInSilence('liba')
      lab.write(CONFIG, config)
      const { named, commands } = readHook(transaction(lab, reinstall('libb'), BOUND))
      assert.deepEqual(named, services.map(inText))
      assert.deepEqual(commands, [`systemctl restart ${named.join(' ')}`])
    })

  test('spends what is not the share of another user', { timeout: 120_000 }, () => {
    // Each process of these is read to its end at once.
    const paths = ['long', 24, 250, 250]
    startCrowdApart(lab, paths, mallory)
    startCrowdBelow(lab, paths, mallory)
    startCrowd(lab, DEEP, inSession(eve))
    startInSession(lab, ['holder', A, B], inSession(zoe))
    mustRun(lab, ['systemctl', 'start', 'two.service'])
    for (const library of [A, B]) waitUntilMapped(lab, library, 2)
    reinstallInSilence('liba', 'libb')
    const document = report(lab, BOUND)
    const theirs = document.findings.filter(({ user }) => user?.name === 'zoe')
    assert.deepEqual(
      theirs.map(({ kind }) => kind),
      ['session'],
    )
    for (const finding of [...theirs, findingOf(document, 'two.service')]) {
      assert.deepEqual(pathsOf(finding), [A, B])
      assert.ok(finding.files.every(({ state }) => state === 'replaced'))
    }
    const { text } = limitOf(document, 'user-share-spent')
    assert.match(text, /\bmallory\b/)
    assert.match(text, /\beve\b/)
    assert.doesNotMatch(text, /\bzoe\b/)
  })

  test('has thousands of control groups', { timeout: 120_000 }, (t) => {
    start(lab, ['victim.service'])
    assertVictimInHook(t, 'on a calm machine')
    const groups = `/sys/fs/cgroup${mallory.manager}`
    startCrowd(lab, ['groups', 9000, LIBRARY, groups], inManager(mallory))
    // Empty ones cost nothing: with them, there are more than are looked at for guests.
    const empty = `cd ${groups} && seq -f x-%g.service 20000 22000 | xargs mkdir`
    mustRun(lab, ['sh', '-c', empty])
    const services = ['victim.service', 'docker.service']
    mustRun(lab, ['systemctl', 'restart', ...services])
    waitUntilLoaded(lab, services)
    assertVictimInHook(t, 'while mallory has 11,000 control groups')
    // No container would end with it.
    assert.equal(findingOf(report(lab, BOUND), 'docker.service').action, 'restart')
  })

  test('has names that look like what the program prints', { timeout: 120_000 }, () => {
    start(lab, ['victim.service'])
    const calm = { hook: ours(transaction(lab, REINSTALL)), byHand: ours(byHand()) }
    assert.ok(calm.hook.length > 0 && calm.byHand.length > 0)
    startLookalikes(lab, mallory, LIBRARY)
    mustRun(lab, ['systemctl', 'restart', 'victim.service'])
    waitUntilLoaded(lab, ['victim.service'])
    const said = { hook: transaction(lab, REINSTALL, BOUND), byHand: byHand() }
    assert.deepEqual({ hook: ours(said.hook), byHand: ours(said.byHand) }, calm)
    for (const line of [...said.hook, ...said.byHand]) {
      assert.doesNotMatch(line, BLANK)
      // In quotes it is a name.
      assert.doesNotMatch(line.replaceAll(/"[^"]*"/g, ''), /lifeline/)
    }
  })
})

function pathsOf({ files }: FindingDocument): readonly string[] {
  return files.map(({ path }) => path).toSorted()
}
