import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cgroupRootOf, sessionId, userManagerUid } from '../../../src/core/owner/cgroup.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { isUnitName, unescapeUnitName } from '../../../src/core/systemd/unit-name.ts'

test('cgroupRootOf() is what a container leaves in front of PID 1', () => {
  assert.equal(cgroupRootOf('/init.scope'), '')
  assert.equal(cgroupRootOf('/'), '')
  assert.equal(cgroupRootOf(null), '')
  assert.equal(
    cgroupRootOf('/machine.slice/machine-a.scope/init.scope'),
    '/machine.slice/machine-a.scope',
  )
})

/** systemd's own vectors (`src/test/test-cgroup-util.c`), and what its rule makes of others. */
const OWNERS: readonly (readonly [
  path: string,
  kind: string,
  unit: string | null,
  uid?: number,
])[] = [
  ['/system.slice/foobar.service/sdfdsaf', 'service', 'foobar.service'],
  ['/system.slice/getty@tty5.service', 'service', 'getty@tty5.service'],
  ['/system.slice/getty@tty5.service/aaa/bbb', 'service', 'getty@tty5.service'],
  ['/system.slice/getty@tty5.service/', 'service', 'getty@tty5.service'],
  ['/system.slice/getty@tty6.service/tty5', 'service', 'getty@tty6.service'],
  ['sadfdsafsda', 'process', null],
  ['/system.slice/getty####@tty6.service/xxx', 'process', null],
  ['/system.slice/system-waldo.slice/foobar.service/sdfdsaf', 'service', 'foobar.service'],
  ['/system.slice/system-waldo.slice/_cpu.service/sdfdsaf', 'service', 'cpu.service'],
  ['/system.slice/__foo.service', 'service', '_foo.service'],
  [
    '/user.slice/user-1000.slice/user@1000.service/server.service',
    'user-service',
    'server.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/foobar.slice/foobar@pie.service',
    'user-service',
    'foobar@pie.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service',
    'user-service',
    'pipewire.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/init.scope',
    'user-manager',
    'user@1000.service',
    1000,
  ],
  ['/user.slice/user-1000.slice/user@1000.service', 'user-manager', 'user@1000.service', 1000],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice',
    'user-manager',
    'user@1000.service',
    1000,
  ],
  [
    '/user.slice/user-1002.slice/session-2.scope/foobar.service',
    'session',
    'session-2.scope',
    1002,
  ],
  ['/user.slice/user-1000.slice/session-c1.scope', 'session', 'session-c1.scope', 1000],
  ['/session-2.scope/_foobar@pie.service/pa', 'session', 'session-2.scope'],
  ['/user.slice/user-1000.slice/session-.scope', 'service', 'session-.scope'],
  ['/user.slice/user-1000.slice/user@.service/server.service', 'process', null],
  [
    '/user.slice/user-1000.slice/user@waldo.service/server.service',
    'service',
    'user@waldo.service',
  ],
  ['/init.scope', 'manager', 'init.scope'],
  ['/', 'process', null],
  ['/system.slice', 'process', null],
  ['/system.slice/a', 'process', null],
  ['/../other.slice/a.service', 'process', null],
  ['/system.slice/systemd-udevd.service/udev', 'service', 'systemd-udevd.service'],
  [
    '/system.slice/systemd-cryptsetup@x\\x2dy.service',
    'service',
    'systemd-cryptsetup@x\\x2dy.service',
  ],
  ['/system.slice/foo\\x5cx2dbar.service', 'service', 'foo\\x5cx2dbar.service'],
  ['/mycorp.slice/app.service', 'service', 'app.service'],
  ['/a.slice/a-b.slice/x.service', 'service', 'x.service'],
  ['/app.service/inner.slice/other.service', 'service', 'app.service'],
  ['/system.slice/-dash.service', 'service', '-dash.service'],
  ['/system.slice/a$(id).service', 'process', null],
  ['/system.slice/run-u12.scope', 'service', 'run-u12.scope'],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-1234.scope',
    'app',
    'app-gnome-firefox-1234.scope',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.kde.kate@1a2b.service',
    'app',
    'app-org.kde.kate@1a2b.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo@autostart.service',
    'user-service',
    'app-foo@autostart.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-com.mitchellh.ghostty.service',
    'app',
    'app-com.mitchellh.ghostty.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/dbus-:1.2-org.x@0.service',
    'user-service',
    'dbus-:1.2-org.x@0.service',
    1000,
  ],
  ['/system.slice/dbus-:1.1-org.x@0.service', 'service', 'dbus-:1.1-org.x@0.service'],
  [
    `/system.slice/docker-${'ab12'.repeat(16)}.scope`,
    'container',
    `docker-${'ab12'.repeat(16)}.scope`,
  ],
  [`/docker/${'ab12'.repeat(16)}`, 'container', null],
  [
    `/machine.slice/libpod-${'ab12'.repeat(16)}.scope/container`,
    'container',
    `libpod-${'ab12'.repeat(16)}.scope`,
  ],
  [
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${'ab12'.repeat(16)}.scope/container`,
    'container',
    'user@1000.service',
    1000,
  ],
  [
    `/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${'ab12'.repeat(16)}.scope`,
    'container',
    'user@1000.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/machine-web.scope',
    'container',
    'user@1000.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/machine-qemu\\x2d1\\x2dvm.scope',
    'vm',
    'user@1000.service',
    1000,
  ],
  [
    '/user.slice/user-1000.slice/session-3.scope/lxc.payload.web',
    'container',
    'session-3.scope',
    1000,
  ],
  [
    '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service',
    'container',
    'systemd-nspawn@web.service',
  ],
  ['/machine.slice/machine-web.scope/payload', 'container', 'machine-web.scope'],
  ['/lxc.payload.web/system.slice/nginx.service', 'container', null],
  [
    '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-abcdef123456.scope',
    'container',
    'cri-containerd-abcdef123456.scope',
  ],
  [
    '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator',
    'vm',
    'machine-qemu\\x2d1\\x2dvm.scope',
  ],
]
for (const [path, kind, unit, uid = null] of OWNERS) {
  test(`ownerOf() gives ${path.slice(0, 90)} to ${kind} ${(unit ?? '').slice(0, 40)}`, () => {
    const owner = ownerOf(path)
    assert.deepEqual([owner.kind, owner.unit, owner.uid], [kind, unit, uid])
  })
}

test('no group of a user is taken for a unit of the system, whatever its name', () => {
  const manager = '/user.slice/user-1000.slice/user@1000.service'
  for (const name of ['sshd.service', 'init.scope/a', 'session-3.scope', 'user@0.service'])
    for (const slice of [
      '',
      '/system.slice',
      '/system.slice/a.slice',
      '/user.slice/user-0.slice',
    ]) {
      const { kind, uid } = ownerOf(`${manager}${slice}/${name}`)
      assert.match(kind, /^(?:user-service|user-manager|app)$/)
      assert.equal(uid, 1000)
    }
})

const NAMES: readonly (readonly [path: string, name: string | null])[] = [
  ['/user.slice/user-1000.slice/session-3.scope', 'session 3'],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Maps-77.scope',
    'org.gnome.Maps',
  ],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-77.scope', 'firefox'],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.x.Y-77.scope',
    'org.x.Y',
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-kde\\x2dx-a\\x2db@0f.service',
    'a-b',
  ],
  [
    '/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-1f2e.scope',
    'firefox',
  ],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1f2e.scope', 'terminal'],
  ['/machine.slice/machine-qemu\\x2d1\\x2dmy\\x2dvm.scope', 'my-vm'],
  ['/machine.slice/machine-web\\x2d1.scope', 'web-1'],
  [`/system.slice/docker-${'ab12'.repeat(16)}.scope`, 'ab12ab12ab12'],
  ['/init.scope', 'systemd'],
  ['/', null],
]
for (const [path, name] of NAMES)
  test(`ownerOf() calls ${path.slice(0, 90)} ${name}`, () => assert.equal(ownerOf(path).name, name))

test('ownerOf() takes the root of a container off', () => {
  assert.equal(ownerOf('/machine/a/system.slice/x.service', '/machine/a').unit, 'x.service')
})

const UNIT_NAMES: readonly (readonly [text: string, valid: boolean])[] = [
  ['a.service', true],
  ['a@b.service', true],
  ['a@b@c.service', true],
  ['-.slice', true],
  ['x\\x2dy.swap', true],
  ['a@.service', false],
  ['@b.service', false],
  ['.service', false],
  ['service', false],
  ['a.b', false],
  ['a b.service', false],
  ['a/b.service', false],
  ['a;b.service', false],
  ['', false],
  [`${'a'.repeat(247)}.service`, true],
  [`${'a'.repeat(248)}.service`, false],
]
for (const [text, valid] of UNIT_NAMES)
  test(`isUnitName() says ${valid} to "${text.slice(0, 20)}" (${text.length})`, () =>
    assert.equal(isUnitName(text), valid))

test('userManagerUid() and sessionId() know the ids that systemd knows', () => {
  assert.equal(userManagerUid('user@0.service'), 0)
  assert.equal(userManagerUid('user@65535.service'), null)
  assert.equal(userManagerUid('user@4294967295.service'), null)
  assert.equal(userManagerUid('user@x.service'), null)
  assert.equal(sessionId('session-c1.scope'), 'c1')
  assert.equal(sessionId('session-a-b.scope'), null)
})

test('unescapeUnitName() undoes escapes for display', () => {
  assert.equal(unescapeUnitName('a\\x2db\\x5cc'), 'a-b\\c')
})
