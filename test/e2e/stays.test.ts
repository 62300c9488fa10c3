import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import {
  LIBRARY,
  bootWithProgram,
  cautionCodes,
  replace,
  report,
  service,
  start,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

const PERL = 'sleep 1 while 1'
const LISTEN = `use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(2222, INADDR_ANY)); listen(S, 5); ${PERL}`
/** The group of a container, by its name. */
const GROUP = `/sys/fs/cgroup/system.slice/docker-${'0123456789abcdef'.repeat(4)}.scope`
const AS_ZOE = 'setpriv --reuid=1000 --clear-groups'
const BELOW = 'sleep infinity & exec sleep infinity'
/** What begins with a service is its own. */
const WORK = `(sleep 5; ${AS_ZOE} sleep infinity; :) & exec perl -e '${PERL}'`

/** The scripts of services with `KillMode=process`, each with a second process. */
const KEEPING: Readonly<Record<string, string>> = {
  listens: `setsid -f perl -e '${LISTEN}'; exec sleep infinity`,
  alone: 'setsid -f sleep infinity; exec sleep infinity',
  shim: 'setsid -f sh /srv/shim-itself; exec sleep infinity',
  cronie: BELOW,
  // A job of it put this into the background.
  fcron: 'setsid -f sleep infinity; exec sleep infinity',
  // It ends its child as it ends itself.
  supervisord: 'trap "kill \\$child; exit" TERM; sleep infinity & child=$!; wait',
  below: BELOW,
  kept: WORK,
}
/** The child is in the container, and has the library no more. */
const SHIM = `sh -c 'echo $$ >${GROUP}/cgroup.procs; exec env -u LD_PRELOAD sleep infinity' & wait`
/** The scripts of services whose processes all end. perl(1) forks, as a web server does. */
const ENDING: Readonly<Record<string, string>> = {
  works: WORK,
  forks: `exec perl -e 'fork or ($< = 1000, $> = 1000); ${PERL}'`,
}

describe('what a restart leaves alone, and what it ends beside the service', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'zoe', 1000)
    mustRun(lab, ['mkdir', GROUP])
    lab.write('/srv/shim-itself', SHIM)
    const units = Object.entries({ ...KEEPING, ...ENDING }).map(([name, script]) => {
      lab.write(`/srv/${name}`, script)
      const mode = name in KEEPING ? ['KillMode=process'] : []
      return [`${name}.service`, service(...mode, `ExecStart=/bin/sh /srv/${name}`)] as const
    })
    writeUnits(lab, { ...Object.fromEntries(units), 'docker.service': service() })
    // The processes of a shell are not counted.
    const ofShells = ['docker.service', 'shim.service', 'supervisord.service']
    start(lab, ofShells)
    const others = units.map(([unit]) => unit).filter((unit) => !ofShells.includes(unit))
    start(lab, others, 2)
    mustRun(lab, [
      'sh',
      '-c',
      `until grep -q "populated 1" ${GROUP}/cgroup.events; do sleep 0.01; done`,
    ])
    mustRun(lab, ['sh', '-c', 'until [ "$(pgrep -cu zoe sleep)" -ge 2 ]; do sleep 0.1; done'])
    replace(lab, LIBRARY)
  })
  after(() => lab.stop())

  const verdicts = (unit: string) =>
    report(lab)
      .findings.filter((one) => one.unit === unit)
      .map((one) => [one.action, one.clears, ...cautionCodes(one)])
  const restart = ['restart', true]
  const said = (unit: string) =>
    report(lab)
      .findings.filter((one) => one.unit === unit)
      .flatMap(({ cautions }) => cautions.map(({ text }) => text))
      .join('\n')

  test('is told by what it is: a daemon that listens, a job, a shim, or nothing known', () => {
    assert.deepEqual(verdicts('listens.service'), [restart, ['manual', false, 'still-listens']])
    assert.deepEqual(verdicts('alone.service'), [restart, ['manual', false, 'left-alone']])
    assert.deepEqual(verdicts('shim.service'), [restart, ['manual', false, 'holds-guest']])
    assert.deepEqual(verdicts('cronie.service'), [restart, ['wait', true, 'goes-on']])
    assert.deepEqual(verdicts('fcron.service'), [restart, ['manual', false, 'left-alone']])
    assert.match(said('listens.service'), /they listen on 0\.0\.0\.0:2222/)
  })

  test('is what the main process itself ends, where that is known of it', () => {
    assert.deepEqual(verdicts('supervisord.service'), [restart])
    assert.deepEqual(verdicts('below.service'), [restart, ['manual', false, 'below-main']])
  })

  test('work of a person speaks against a restart that ends it, and a forked worker does not', () => {
    assert.deepEqual(verdicts('works.service'), [['manual', true, 'jobs-inside']])
    assert.match(said('works.service'), /a restart ends work in progress: sleep \(zoe\)/)
    assert.deepEqual(verdicts('forks.service'), [restart])
    assert.deepEqual(verdicts('kept.service')[0], restart)
  })

  test('a guest counts while a process of it runs', () => {
    assert.deepEqual(verdicts('docker.service'), [['manual', true, 'sensitive']])
    mustRun(lab, ['sh', '-c', `echo 1 >${GROUP}/cgroup.kill`])
    mustRun(lab, [
      'sh',
      '-c',
      `until grep -q "populated 0" ${GROUP}/cgroup.events; do sleep 0.01; done`,
    ])
    assert.deepEqual(verdicts('docker.service'), [restart])
  })

  test('the printed command clears what it says, and leaves the rest as it was told', () => {
    const [command = []] = report(lab).commands
    const units = command.slice(3)
    assert.deepEqual(units, [
      'alone.service',
      'below.service',
      'cronie.service',
      'docker.service',
      'fcron.service',
      'forks.service',
      'kept.service',
      'listens.service',
      'shim.service',
      'supervisord.service',
    ])
    mustRun(lab, command)
    waitUntilLoaded(lab, ['supervisord.service'])
    waitUntilLoaded(lab, ['below.service', 'forks.service'], 2)
    assert.deepEqual(verdicts('supervisord.service'), [])
    assert.deepEqual(verdicts('forks.service'), [])
    assert.deepEqual(verdicts('below.service'), [['manual', false, 'left-alone']])
    assert.deepEqual(verdicts('listens.service'), [['manual', false, 'still-listens']])
    assert.deepEqual(verdicts('cronie.service'), [['wait', true, 'left-over']])
    assert.deepEqual(report(lab).commands, [])
  })
})
