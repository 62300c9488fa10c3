import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staleLibs } from '../support/bundle.ts'
import { makeRecording } from '../support/recording.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'

const maps = ['r-xp /usr/lib/libssl.so.3 (deleted)']
const OF_ZOE = '/user.slice/user-1000.slice/user@1000.service/app.slice'
const MACHINE: RecordedMachine = {
  processes: {
    10: { comm: 'nginx', cgroup: '/system.slice/nginx.service', maps },
    11: { comm: 'bluetoothd', cgroup: '/system.slice/bluetooth.service', maps },
    12: { comm: 'dbus-broker', cgroup: '/system.slice/dbus-broker.service', maps },
    13: { comm: 'pipewire', cgroup: `${OF_ZOE}/pipewire.service`, maps },
    14: { comm: 'cupsd', cgroup: '/system.slice/cups.service', maps },
  },
  units: {
    'nginx.service': {},
    'bluetooth.service': {},
    'dbus-broker.service': {},
    '1000/pipewire.service': {},
    'cups.service': {},
  },
  config: { ignore: { units: ['cups.service'] } },
}

function answer(machine: RecordedMachine, ...argv: readonly string[]) {
  const { status, stdout, stderr } = staleLibs([
    '--complete',
    ...argv,
    '--from',
    makeRecording(machine),
  ])
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return stdout.trimEnd().split('\n').filter(Boolean).toSorted()
}

test('each command is answered with what it takes, and with nothing that is hidden', () => {
  assert.deepEqual(answer(MACHINE, 'explain'), ['bluetooth', 'dbus-broker', 'nginx', 'pipewire'])
  // A reboot renews dbus-broker, and a restart of bluetooth costs something.
  assert.deepEqual(answer(MACHINE, 'restart'), ['bluetooth', 'nginx'])
  assert.deepEqual(answer(MACHINE, 'mark'), ['nginx'])
  assert.deepEqual(answer(MACHINE, 'clear'), [])
})

test('a user is answered with the own services, and root with those of no user', () => {
  assert.deepEqual(answer({ ...MACHINE, uid: 1000 }, 'restart', '--user'), ['pipewire'])
  assert.deepEqual(answer({ ...MACHINE, uid: 1000 }, 'restart'), ['bluetooth', 'nginx'])
  assert.deepEqual(answer({ ...MACHINE, uid: 1001 }, 'restart', '--user'), [])
  assert.deepEqual(answer(MACHINE, 'restart', '--user'), [])
  assert.deepEqual(answer(MACHINE, 'explain', '--user'), ['pipewire'])
})

test('where systemd does not run nothing is taken, and what is old is explained', () => {
  const proc = makeTree(
    procTree({ 4: { comm: 'nginx', maps, cgroup: '/system.slice/nginx.service' } }),
  )
  const at = (command: string) =>
    staleLibs(['--complete', command, '--proc', proc, '--root', makeTree({ etc: {} })])
  assert.equal(at('explain').stdout, 'nginx\n')
  assert.equal(at('restart').stdout, '')
  assert.equal(at('restart').status, 0)
})
