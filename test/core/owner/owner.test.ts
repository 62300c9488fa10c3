import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guestOf } from '../../../src/core/owner/guest.ts'
import { insideText, parseInside } from '../../../src/core/owner/inside.ts'
import { isOfUnknownMake, ownerIn, ownerOf, ownerOrMachine } from '../../../src/core/owner/owner.ts'

const INIT = {
  pid: 2,
  rootDirectory: '8:1 /',
  pidNamespace: 'pid:[1]',
  mountNamespace: 'mnt:[1]',
  utsNamespace: 'uts:[1]',
}
const ID = 'ab12'.repeat(16)

/** Processes of the machine in groups that are named like a container's. */
const ON_MACHINE: readonly (readonly [path: string, isSupervisor: true | undefined])[] = [
  ['/machine.slice/machine-web.scope/supervisor', true],
  [`/machine.slice/libpod-conmon-${ID}.scope`, true],
  ['/lxc.monitor.web', true],
  ['/lxc.monitor.web/below', true],
  ['/lxc.payload.web', undefined],
  [`/machine.slice/libpod-${ID}.scope`, undefined],
  ['/machine.slice/machine-web.scope/payload', undefined],
  ['/lxc.payload.web/x-lxc.monitor.web', undefined],
]
for (const [path, isSupervisor] of ON_MACHINE)
  test(`${path.slice(0, 60)} of the machine ${isSupervisor ? 'supervises' : 'is'} a container`, () => {
    const owner = ownerIn(path, '', INIT, INIT)
    assert.equal(owner.kind, 'container')
    assert.equal(owner.isSupervisor, isSupervisor)
  })

test('who lives in the container supervises nothing, whatever its group is called', () => {
  const inside = { ...INIT, rootDirectory: '0:60 /', pidNamespace: 'pid:[2]' }
  assert.equal(ownerIn('/lxc.monitor.web', '', inside, INIT).isSupervisor, undefined)
})

/** Names that mean a container only directly below a group at the top. */
const BELOW: readonly (readonly [path: string, kind: string, name: string | null])[] = [
  [`/docker/${ID}`, 'container', 'ab12ab12ab12'],
  [`/docker/x/${ID}`, 'process', null],
  [`/system.slice/docker/${ID}`, 'process', null],
  [`/a.service/docker/${ID}`, 'service', 'a.service'],
  ['/lxc/web', 'container', 'web'],
  ['/lxc/web/lxc/inner', 'container', 'web'],
  ['/a.service/lxc/web', 'service', 'a.service'],
  ['/system.slice/lxc/web', 'process', null],
  ['/machine.slice/web.scope/payload', 'container', 'web'],
  ['/machine.slice/web.scope/other', 'service', 'web.scope'],
  ['/docker/buildkit/q3hgbl8iinlwyxeqs9mhnr6ij', 'container', 'q3hgbl8iinlwyxeqs9mhnr6ij'],
  ['/buildkit/q3hgbl8iinlwyxeqs9mhnr6ij', 'container', 'q3hgbl8iinlwyxeqs9mhnr6ij'],
  ['/x/buildkit/q3hgbl8iinlwyxeqs9mhnr6ij', 'process', null],
  [
    '/system.slice/docker-q3hgbl8iinlwyxeqs9mhnr6ij.scope',
    'container',
    'q3hgbl8iinlwyxeqs9mhnr6ij',
  ],
  ['/machine/qemu-1-vm1.libvirt-qemu/emulator', 'vm', 'vm1'],
  ['/machine/web-1.libvirt-qemu', 'vm', 'web-1'],
  ['/machine/prod.partition/qemu-12-a-b.libvirt-qemu/vcpu0', 'vm', 'a-b'],
  ['/machine/lxc-7-web.libvirt-lxc', 'container', 'web'],
  ['/other/qemu-1-vm1.libvirt-qemu', 'process', null],
  ['/qemu.slice/100.scope', 'vm', '100'],
  ['/a.slice/100.scope', 'service', '100.scope'],
  ['/qemu.slice/qemu-x.slice/100.scope', 'service', '100.scope'],
  [
    '/user.slice/user-1000.slice/user@1000.service/user.slice/apptainer-4711.scope',
    'container',
    'apptainer-4711',
  ],
  ['/a.slice/machine.slice/web.scope/payload', 'service', 'web.scope'],
]
for (const [path, kind, name] of BELOW)
  test(`ownerOf() gives ${path.slice(0, 60)} to ${kind} ${name ?? ''}`, () => {
    const owner = ownerOf(path)
    assert.deepEqual([owner.kind, owner.name], [kind, name])
  })

test('a chroot of a session is no container: it has the mounts of the machine', () => {
  const chroot = { ...INIT, rootDirectory: 'chroot /srv/tree' }
  const path = '/user.slice/user-0.slice/session-1.scope'
  assert.equal(ownerIn(path, '', chroot, INIT).kind, 'session')
  const apart = { ...chroot, mountNamespace: 'mnt:[2]' }
  assert.equal(ownerIn(path, '', apart, INIT).kind, 'container')
})

const MANAGED = '/user.slice/user-1000.slice/user@1000.service'

test('a container below the manager of a user, or in a session, is that of the user', () => {
  const apart = {
    ...INIT,
    rootDirectory: '0:60 /',
    mountNamespace: 'mnt:[2]',
    pidNamespace: 'pid:[2]',
  }
  const session = '/user.slice/user-1000.slice/session-3.scope'
  for (const path of [`${MANAGED}/app.slice/docker-${ID}.scope`, `${MANAGED}/a.service`, session]) {
    const { kind, uid } = ownerIn(path, '', apart, INIT)
    assert.deepEqual([kind, uid], ['container', 1000], path)
  }
  const conmon = ownerIn(`${MANAGED}/user.slice/libpod-conmon-${ID}.scope`, '', INIT, INIT)
  assert.deepEqual([conmon.kind, conmon.uid, conmon.isSupervisor], ['container', 1000, true])
  assert.equal(ownerIn('/system.slice/a.service', '', apart, INIT).uid, null)
})

const APART = {
  ...INIT,
  rootDirectory: '0:60 /',
  mountNamespace: 'mnt:[2]',
  pidNamespace: 'pid:[4026532266]',
  utsNamespace: 'uts:[2]',
}
const SANDBOXED: readonly (readonly [path: string, kind: string, name: string | null])[] = [
  ['/user.slice/user-1000.slice/session-9.scope', 'session', 'session 9'],
  [`${MANAGED}/app.slice/a.service`, 'user-service', 'a.service'],
  ['/system.slice/a.service', 'service', 'a.service'],
  ['/', 'process', null],
]
for (const [path, kind, name] of SANDBOXED)
  test(`a process in ${path} that runs files of the machine is in a sandbox, else in a container`, () => {
    const sandboxed = ownerIn(path, '', APART, INIT, { isOfMachine: true })
    assert.deepEqual([sandboxed.kind, sandboxed.name], [kind, name])
    const { kind: other, container } = ownerIn(path, '', APART, INIT)
    assert.deepEqual([other, container?.runtime], ['container', 'other'])
  })

test('a group that is named like a container stays one, whatever files it runs', () => {
  const path = `/machine.slice/libpod-${ID}.scope/container`
  const { kind, container } = ownerIn(path, '', APART, INIT, { isOfMachine: true })
  assert.deepEqual([kind, container?.runtime], ['container', 'podman'])
})

test('a container of unknown make is named by its leader, or by its namespace', () => {
  const path = '/user.slice/user-1000.slice/session-9.scope'
  const nameOf = (inside: Parameters<typeof ownerIn>[4]) =>
    ownerIn(path, '', APART, INIT, inside).container?.name
  assert.equal(nameOf({ leader: { pid: 4711, comm: 'run\u001bner' } }), 'run\\x1bner[4711]')
  assert.equal(nameOf({ leader: null }), 'session-9.scope/4026532266')
  const isAsked = (group: string) => isOfUnknownMake(ownerIn(group, '', APART, INIT), group, '')
  assert.equal(isAsked(path), true)
  for (const group of [`/docker/${ID}`, `/system.slice/nerdctl-${ID}.scope`, '/init.scope/../x'])
    assert.equal(isAsked(group), group.endsWith('x'))
})

test('a recording keeps what is known inside, in one line', () => {
  for (const inside of [{ isOfMachine: true }, { leader: { pid: 4711, comm: 'a b\n1 c' } }])
    assert.deepEqual(parseInside(insideText(inside) ?? ''), inside)
  assert.equal(insideText({ leader: null }), null)
  for (const text of ['', 'machine\n', '4711', 'x y']) assert.equal(parseInside(text), null)
})

test('what is below the manager of a user is no guest that a service of the machine runs', () => {
  const guest = (path: string) => guestOf(path.split('/').slice(1))
  const scope = `docker-${ID}.scope`
  assert.equal(guest(`/system.slice/${scope}`)?.runtime, 'docker')
  assert.equal(guest(`${MANAGED}/app.slice/${scope}`), null)
})

test('in the group of PID 1 only PID 1 is the manager: WSL leaves there what its users run', () => {
  const manager = ownerIn('/init.scope', '', { ...INIT, pid: 1 }, INIT)
  assert.deepEqual([manager.kind, manager.unit], ['manager', 'init.scope'])
  const shell = ownerIn('/init.scope', '', INIT, INIT)
  assert.deepEqual([shell.kind, shell.name, shell.unit], ['process', null, null])
  const apart = { ...INIT, rootDirectory: '0:60 /', mountNamespace: 'mnt:[2]' }
  assert.equal(ownerIn('/init.scope', '', apart, INIT).kind, 'container')
})

test('the sandbox of a program that a bus started is the program', () => {
  const sandbox = {
    ...INIT,
    rootDirectory: '0:60 /',
    mountNamespace: 'mnt:[2]',
    pidNamespace: 'pid:[2]',
    utsNamespace: 'uts:[2]',
  }
  const path = `${MANAGED}/app.slice/dbus-:1.2-org.gnome.Epiphany@0.service`
  const { kind, name, uid, isOfBus } = ownerIn(path, '', sandbox, INIT)
  assert.deepEqual([kind, name, uid, isOfBus], ['user-service', 'org.gnome.Epiphany', 1000, true])
})

test('virtual machines are guests of the machine, whoever made their groups', () => {
  const named = ['/machine/qemu-1-vm1.libvirt-qemu/emulator', '/qemu.slice/100.scope'].map((path) =>
    guestOf(path.split('/').slice(1)),
  )
  assert.deepEqual(named, [
    { runtime: 'vm', name: 'vm1' },
    { runtime: 'vm', name: '100' },
  ])
})

const QEMU = { pid: 7, exe: '/usr/bin/qemu-system-x86_64 (deleted)', comm: 'qemu-system-x86' }
const RUNS: readonly (readonly [path: string, kind: string, name: string | null])[] = [
  ['/', 'vm', 'qemu-system-x86[7]'],
  ['/system.slice/guest-a.scope', 'vm', 'guest-a.scope'],
  ['/system.slice/guest-a.service', 'service', 'guest-a.service'],
  ['/user.slice/user-1000.slice/session-9.scope', 'session', 'session 9'],
  [`${MANAGED}/app.slice/app-gnome-org.gnome.Boxes-7.scope`, 'app', 'org.gnome.Boxes'],
  [`/docker/${ID}`, 'container', 'ab12ab12ab12'],
]
for (const [path, kind, name] of RUNS)
  test(`a program that runs a virtual machine in ${path.slice(0, 60)} belongs to ${kind}`, () => {
    const found = ownerOrMachine(ownerOf(path), QEMU)
    assert.deepEqual([found.kind, found.name, found.unit], [kind, name, ownerOf(path).unit])
    const other = { ...QEMU, exe: '/usr/bin/qemu-img' }
    assert.deepEqual(ownerOrMachine(ownerOf(path), other), ownerOf(path))
  })
