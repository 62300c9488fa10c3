import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
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
  startInSession,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

function unit(section: string, ...lines: readonly string[]): string {
  return `[Unit]\n${section}\n[Service]\n${service(...lines)}`
}

/** Each with what a restart would do that nobody asked for. */
const UNITS: Readonly<Record<string, string>> = {
  'aborted.service': service('Type=notify', 'TimeoutStartSec=infinity'),
  // Its arguments have a blank line, as stands between units in what systemctl prints.
  'blank.service': service(
    `ExecStart=/bin/sh -c "sleep infinity; printf 'a\\n\\nLoadState=masked\\n'"`,
  ),
  'bound.service': service(
    'BindReadOnlyPaths=/srv/apps:/srv/bound',
    'ExecStart=/srv/bound/program infinity',
  ),
  'brings.service': unit('Requires=brought.socket'),
  'brought.socket': '[Socket]\nListenStream=/run/brought\nAccept=yes',
  'brought@.service': 'ExecStart=/usr/bin/true',
  'conditional.service': unit('Wants=skipped.service done.service'),
  'down.service': unit('Wants=stopped.service'),
  'dropped.service': unit('ConditionPathExists=/srv/settings'),
  'ends-all.service': unit('SuccessAction=exit'),
  'fails.service': '[Unit]\nOnFailure=tells.service\n[Service]\nExecStart=/usr/bin/false',
  'frozen.service': service(),
  'halts-other.service': unit('PropagatesStopTo=halted.service'),
  'halted.service': 'ExecStart=/usr/bin/sleep infinity',
  'hindered.service': unit('ConditionPathExists=!/srv/off'),
  'job.service': service(),
  'job.timer': '[Timer]\nOnActiveSec=1h',
  'long1.service': service(),
  ...Object.fromEntries(
    [2, 3, 4, 5, 6, 7].map((at) => [
      `long${at}.service`,
      `[Unit]\nRequires=long${at - 1}.service\n${at === 7 ? 'RefuseManualStop=yes' : ''}\n[Service]\nExecStart=/usr/bin/sleep infinity`,
    ]),
  ),
  'no-directory.service': service('WorkingDirectory=/srv/work'),
  'no-program.service': service('ExecStart=/srv/program infinity'),
  'no-settings.service': service('EnvironmentFile=/srv/settings'),
  'once-an-hour.service': unit('StartLimitBurst=1\nStartLimitIntervalSec=1h'),
  'once-needed.service': `[Unit]\nRequires=needs.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/true`,
  'needs.service': service(),
  'skipped.service':
    '[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/usr/bin/sleep infinity',
  'done.service': 'Type=oneshot\nExecStart=/usr/bin/true',
  'stopped.service': 'ExecStart=/usr/bin/sleep infinity',
  'stubborn.service': service('SendSIGKILL=no'),
  'tells.service': service(),
}

const VERDICTS: Readonly<Record<string, readonly string[]>> = {
  'aborted.service': ['wait', 'starting'],
  'blank.service': ['restart'],
  'bound.service': ['restart'],
  'brings.service': ['restart'],
  'conditional.service': ['restart'],
  'down.service': ['manual', 'starts-too'],
  'dropped.service': ['manual', 'start-skipped'],
  'ends-all.service': ['manual', 'ends-the-machine'],
  'frozen.service': ['manual', 'frozen'],
  'halts-other.service': ['manual', 'stops-too'],
  'hindered.service': ['manual', 'start-skipped'],
  'job.service': ['manual', 'triggered-job'],
  'long1.service': ['manual', 'takes-along'],
  'needs.service': ['manual', 'takes-along'],
  'no-directory.service': ['manual', 'cannot-start'],
  'no-program.service': ['manual', 'cannot-start'],
  'no-settings.service': ['manual', 'cannot-start'],
  'once-an-hour.service': ['manual', 'one-start'],
  'stubborn.service': ['restart', 'not-killed'],
  'tells.service': ['manual', 'triggered-job'],
}

describe('what a restart would do beside restarting', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'zoe', 1000)
    mustRun(lab, [
      'sh',
      '-c',
      'mkdir /srv/work /srv/apps; cp /usr/bin/sleep /srv/program; cp /usr/bin/sleep /srv/apps/program; : >/srv/settings',
    ])
    writeUnits(lab, { ...UNITS, 'brings.service': service() })
    const stale = Object.keys(VERDICTS)
    start(
      lab,
      stale.filter((name) => name !== 'aborted.service'),
    )
    const others = ['fails', 'halted', 'long7', 'once-needed', 'job.timer']
    mustRun(lab, ['systemctl', 'start', ...others])
    // An upgrade that brings a new requirement leaves it unstarted.
    lab.write('/etc/systemd/system/brings.service', `${UNITS['brings.service']}\n`)
    mustRun(lab, ['systemctl', 'daemon-reload'])
    mustRun(lab, ['systemctl', 'start', '--no-block', 'aborted'])
    mustRun(lab, ['systemctl', 'stop', 'stopped'])
    waitUntilLoaded(lab, ['aborted.service'])
    mustRun(lab, ['sh', '-c', 'rm -r /srv/work /srv/program /srv/settings; : >/srv/off'])
    replace(lab, LIBRARY)
    mustRun(lab, ['systemctl', 'freeze', 'frozen'])
  })
  after(() => lab.stop())

  test('is known before a command is printed', () => {
    const { findings, commands, limits } = report(lab)
    const verdicts = findings
      .filter(({ unit: name }) => name !== null && name in VERDICTS)
      .map((one) => [one.unit, [one.action, ...cautionCodes(one)]])
    const restarted = Object.keys(VERDICTS).filter((name) => VERDICTS[name]?.[0] === 'restart')
    // A program that is gone is a finding of its own service too, by its own file.
    assert.deepEqual(Object.fromEntries(verdicts), VERDICTS)
    assert.deepEqual(commands, [['systemctl', 'restart', '--', ...restarted]])
    assert.deepEqual(limits, [])
  })

  test('is what really happens: a stopped unit is started, another stays down', () => {
    const isActive = (name: string) => lab.run(['systemctl', 'is-active', name]).stdout.trim()
    mustRun(lab, ['systemctl', 'restart', 'down'])
    assert.equal(isActive('stopped'), 'active')
    assert.notEqual(lab.run(['systemctl', 'restart', 'no-settings']).status, 0)
    assert.notEqual(isActive('no-settings'), 'active')
    mustRun(lab, ['systemctl', 'restart', 'dropped', 'hindered'])
    assert.deepEqual([isActive('dropped'), isActive('hindered')], ['inactive', 'inactive'])
  })

  test('a session that its user has left is not left again', () => {
    const session = openSession(lab, 'zoe')
    startInSession(lab, ['env', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity'], {
      cgroup: session,
      uid: 1000,
    })
    replace(lab, LIBRARY)
    const id = /session-(\w+)\.scope/.exec(session)?.[1] ?? ''
    const verdict = () => {
      const [found] = report(lab).findings.filter(({ name }) => name === `session ${id}`)
      return found === undefined ? [] : [found.action, ...cautionCodes(found)]
    }
    assert.deepEqual(verdict(), ['relogin'])
    const leader = mustRun(lab, ['loginctl', 'show-session', id, '-p', 'Leader', '--value']).trim()
    mustRun(lab, ['kill', leader])
    const isClosing = `until ! loginctl show-session ${id} -p State 2>/dev/null | grep -q active; do sleep 0.01; done`
    mustRun(lab, ['sh', '-c', isClosing], { timeoutMs: 10_000 })
    assert.deepEqual(verdict(), ['manual', 'session-left'])
  })

  test('the holder of a login that lingers is not said to end at logout', () => {
    const pam = 'grep -o "/.*/libpam[.]so[^ ]*" /proc/$(pgrep -u 1000 -f "sd-pam")/maps | head -n 1'
    replace(lab, mustRun(lab, ['sh', '-c', pam]).trim())
    // systemd itself may have the library too.
    const said = () =>
      report(lab)
        .findings.filter(({ unit: name }) => name === 'user@1000.service')
        .flatMap(({ cautions }) => cautions.map(({ text }) => text))
        .join('; ')
    // What the session before this one left keeps the manager.
    assert.match(
      said(),
      /^(it ends when|its process \(sd-pam\) uses old code until) the user logs out; first end what runs in /,
    )
    mustRun(lab, ['loginctl', 'enable-linger', 'zoe'])
    assert.match(said(), /user lingers/)
    assert.doesNotMatch(said(), /the user logs out|session/)
  })
})
