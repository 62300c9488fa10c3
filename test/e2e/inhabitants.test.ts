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
  findingOf,
  replace,
  report,
  service,
  start,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

/**
 * Somebody's shell on a terminal of its own, as in a web terminal or a login server without PAM.
 */
const TERMINAL = `/bin/sh -c '/usr/bin/script -qc "setpriv --reuid=1000 sleep infinity" /dev/null & exec /usr/bin/sleep infinity'`
/** What container engines do: other processes around, another root. */
const CONTAINER =
  `/bin/sh -c 'unshare --pid --uts --fork --mount --mount-proc chroot /srv/inner /usr/bin/sleep infinity & ` +
  `exec /usr/bin/sleep infinity'`

describe('who lives in a unit and would end with it', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram()
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, 'zoe', 1000)
    const jail =
      'mkdir -p /srv/inner/usr && mount --bind /usr /srv/inner/usr && cd /srv/inner && mkdir -p proc && '
    mustRun(lab, ['sh', '-c', `${jail} for name in bin lib lib64; do ln -s usr/$name $name; done`])
    writeUnits(lab, {
      'terminal.service': service('PrivateDevices=no', `ExecStart=${TERMINAL}`),
      'kept.service': service('KillMode=process', `ExecStart=${TERMINAL}`),
      'engine.service': service('Delegate=yes', `ExecStart=${CONTAINER}`),
      'engine-kept.service': service('KillMode=process', 'Delegate=yes', `ExecStart=${CONTAINER}`),
      'alone.service': service(),
      'greeter.service': `[Install]\nAlias=display-manager.service\n[Service]\n${service()}`,
    })
    mustRun(lab, ['systemctl', 'enable', '--quiet', 'greeter.service'])
    start(lab, ['alone.service', 'greeter.service'])
    start(lab, ['terminal.service', 'kept.service', 'engine.service', 'engine-kept.service'], 2)
    mustRun(lab, [
      'sh',
      '-c',
      'until pgrep -u zoe -x sleep | grep -c . | grep -qx 2; do sleep 0.01; done',
    ])
    const isInside = (unit: string) =>
      `until ls -l $(sed "s,.*,/proc/&/root," /sys/fs/cgroup/system.slice/${unit}/cgroup.procs) | grep -q /srv/inner; do sleep 0.01; done`
    for (const unit of ['engine.service', 'engine-kept.service'])
      mustRun(lab, ['sh', '-c', isInside(unit)], { timeoutMs: 10_000 })
    replace(lab, LIBRARY)
  })
  after(() => lab.stop())

  const verdict = (unit: string) => {
    const found = report(lab).findings.filter((one) => one.unit === unit && one.kind === 'service')
    return found.map((one) => [one.action, ...cautionCodes(one)])
  }

  test('a service with somebody at a terminal inside is not restarted blindly', () => {
    assert.deepEqual(verdict('terminal.service'), [['manual', 'ends-terminals']])
    const explained = mustRun(lab, ['stale-libs', 'explain', 'terminal', '--facts'])
    assert.match(explained, /Inside of it: somebody at pts\/\d+ \(zoe\)/)
  })

  test('somebody whom the restart leaves alone is no reason against it', () => {
    assert.deepEqual(verdict('kept.service')[0], ['restart'])
    mustRun(lab, ['systemctl', 'restart', 'kept.service'])
    mustRun(lab, ['sh', '-c', 'pgrep -u zoe -x sleep | grep -c . | grep -qx 3'])
  })

  test('a service with a container inside is not restarted blindly', () => {
    const [first] = verdict('engine.service')
    assert.deepEqual(first, ['manual', 'ends-guests'])
    assert.deepEqual(verdict('engine-kept.service')[0], ['restart', 'guests-go-on'])
  })

  test('a display manager is restarted while nobody uses the screen, and then no longer', () => {
    assert.deepEqual(verdict('greeter.service'), [['restart']])
    openSession(lab, 'zoe')
    assert.deepEqual(verdict('greeter.service'), [['restart']])
    lab.write('/etc/pam.d/lab', lab.read('/etc/pam.d/lab').replace('type=tty', 'type=wayland'))
    openSession(lab, 'zoe')
    assert.deepEqual(verdict('greeter.service'), [['manual', 'display-manager']])
  })

  test('who has nobody inside is restarted', () => {
    assert.deepEqual(verdict('alone.service'), [['restart']])
    assert.equal(findingOf(report(lab), 'alone.service').clears, true)
  })
})
