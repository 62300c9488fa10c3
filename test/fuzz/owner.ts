import assert from 'node:assert/strict'
import { factsKey, parseFactsKey } from '../../src/core/advice/groups.ts'
import {
  lifelineRule,
  runnerRule,
  sensitiveUnitRule,
  SHIPPED_TABLES,
} from '../../src/core/advice/sensitive-units.ts'
import {
  activatedName,
  applicationName,
  isApplication,
  isBus,
  isBusProgram,
  isInTerminal,
  isPause,
} from '../../src/core/owner/application.ts'
import {
  cgroupRootOf,
  componentsOf,
  placementOf,
  sessionId,
  sliceUid,
  unitGroup,
  upToUnit,
  userManagerUid,
} from '../../src/core/owner/cgroup.ts'
import {
  containerOf,
  guestKey,
  guestOf,
  machineRunBy,
  virtualMachineIn,
} from '../../src/core/owner/guest.ts'
import { insideText, parseInside } from '../../src/core/owner/inside.ts'
import { isOfUnknownMake, ownerIn, ownerOf, ownerOrMachine } from '../../src/core/owner/owner.ts'
import { printable } from '../../src/core/printable.ts'
import { shareHolderOf } from '../../src/core/owner/share.ts'
import { isUnitName } from '../../src/core/systemd/unit-name.ts'
import type { Found, Parser } from './property.ts'

const ID = '0123456789abcdef'.repeat(4)

const GROUPS = [
  '/system.slice/a.service',
  '/system.slice/system-getty.slice/getty@tty1.service',
  '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-x\\x2dy-12.scope',
  '/user.slice/user-1000.slice/user@1000.service/app.slice/snap.a.b-1.scope',
  '/user.slice/user-1000.slice/user@1000.service/app.slice/dbus-:1.2-org.x@0.service',
  '/user.slice/user-0.slice/session-3.scope',
  '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt',
  '/machine.slice/web.scope/payload/init.scope',
  `/system.slice/docker-${ID}.scope`,
  `/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`,
  '/lxc.payload.web/system.slice/a.service',
  '/../x',
]

const HOST = {
  pid: 1,
  rootDirectory: '8:0 /',
  pidNamespace: '1',
  mountNamespace: '2',
  utsNamespace: '3',
}
const OTHER = {
  pid: 2,
  rootDirectory: '8:1 /',
  pidNamespace: '4',
  mountNamespace: '5',
  utsNamespace: '6',
}

function readGroup(path: string): Found {
  const components = componentsOf(path, cgroupRootOf(path)) ?? []
  const owners = [
    ownerOf(path),
    ownerOf(path, '/a', false),
    ownerIn(path, '', OTHER, HOST),
    ownerIn(path, '', HOST, HOST),
    ownerIn(path, '', OTHER, HOST, { leader: { pid: 7, comm: path } }),
  ]
  owners.push(ownerOrMachine(ownerOf(path), { pid: 7, exe: '/usr/bin/qemu-kvm', comm: path }))
  owners.forEach((owner) => isOfUnknownMake(owner, path, ''))
  shareHolderOf(1000, path, '')
  const parts = path.split('/')
  const names = parts.map((name) => applicationName(printable(name), parts))
  const told = [isBus(path), isBusProgram(path), isApplication(path), isInTerminal(path)]
  const bus = told.map(String)
  isPause({ unit: printable(path) })
  const placement = placementOf(components)
  const units = [...owners.map(({ unit }) => unit), placement?.unit].flatMap((unit) => unit ?? [])
  assert.ok(units.every(isUnitName), 'a unit that can be none')
  const container = containerOf(upToUnit(components))
  const guest = guestOf(components)
  const machine = machineRunBy(true, path, () => path)
  const uids = [userManagerUid(units[0] ?? ''), sliceUid(placement?.slices ?? [])]
  const rules = units.flatMap((unit) => [
    sensitiveUnitRule(SHIPPED_TABLES, unit, 'service')?.reason ?? '',
    runnerRule(unit)?.reason ?? '',
    lifelineRule(SHIPPED_TABLES, unit, 'service')?.reason ?? '',
    sessionId(unit) ?? '',
    factsKey('system', unit),
    parseFactsKey(unit)?.unit ?? '',
  ])
  return {
    raw: [unitGroup(path, units[0] ?? '') ?? ''],
    plain: [
      ...owners.flatMap(({ name, container: inside }) => [name ?? '', inside?.name ?? '']),
      ...units,
      ...rules,
      ...names,
      ...bus,
      activatedName(path.slice(1)) ?? '',
      machine?.name ?? '',
      ...uids.map(String),
      container?.name ?? '',
      virtualMachineIn(components) ?? '',
      guest === null ? '' : guestKey(guest),
    ],
  }
}

/** What the path of a control group says of the owner of a process. */
export const OWNER: readonly Parser[] = [
  {
    name: 'path of a control group',
    seeds: GROUPS,
    read: readGroup,
    long: [
      (length) => `/app-${'@'.repeat(length)}.scop`,
      (length) => `/dbus-:1.1-${'-'.repeat(length)}@`,
      (length) => '/a.slice'.repeat(length / 8),
      (length) => `/${'app-'.repeat(length / 4)}.scope`,
      (length) => `/${'/'.repeat(length)}supervisor`,
      (length) => `/machine/${'qemu-1-'.repeat(length / 7)}.libvirt-qemu`,
      (length) => `/machine${'/x.libvirt-lx'.repeat(length / 13)}`,
    ],
  },
  {
    name: 'recorded surroundings',
    seeds: ['machine', '4711 sleep'],
    read(text) {
      const inside = parseInside(text)
      if (inside !== null) assert.deepEqual(parseInside(insideText(inside) ?? ''), inside)
      return { raw: [inside?.leader?.comm ?? ''] }
    },
  },
]
