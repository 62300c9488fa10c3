import { printable, printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { placementOf, userManagerUid } from './cgroup.ts'
import type { Placement } from './cgroup.ts'
import type { Container } from './kinds.ts'
import { unescapeUnitName } from '../systemd/unit-name.ts'

/** One way in which a container runtime names its control groups. */
export type ContainerRule = {
  /** Matched against one component of the path; the first group is the container's name or id. */
  readonly component: RegExp
  readonly runtime: Container['runtime']
  /** Set where the component means a container only directly below this path of groups. */
  readonly below?: RegExp
  /** Set where the component means a container only directly above this group. */
  readonly above?: RegExp
  readonly source: string
}

const ID = String.raw`[0-9a-f]{12,64}`
/** An id of BuildKit (identity/randomid.go). */
const BUILD = String.raw`[0-9a-z]{25}`

/**
 * The control groups of containers. The first row that fits a component decides. The outermost
 * component is tried first.
 */
export const CONTAINERS: readonly ContainerRule[] = [
  {
    component: /^kubepods(?:[-.].*)?$/,
    runtime: 'kubernetes',
    source: 'kubelet cgroup drivers: kubepods.slice, /kubepods',
  },
  {
    component: new RegExp(`^(?:cri-containerd|crio)-(${ID})\\.scope$`),
    runtime: 'kubernetes',
    source: 'containerd CRI and CRI-O with the systemd driver',
  },
  {
    component: new RegExp(`^crio-conmon-(${ID})\\.scope$`),
    runtime: 'kubernetes',
    source:
      'CRI-O, internal/config/conmonmgr: the monitor of a container, in system.slice or a pod',
  },
  {
    component: new RegExp(`^docker-(${ID})\\.scope$`),
    runtime: 'docker',
    source: 'dockerd --exec-opt native.cgroupdriver=systemd; needrestart CONT/docker',
  },
  {
    component: new RegExp(`^nerdctl-(${ID})\\.scope$`),
    runtime: 'other',
    source: 'nerdctl with the systemd driver',
  },
  {
    component: new RegExp(`^(${ID})$`),
    below: /^docker$/,
    runtime: 'docker',
    source: 'dockerd with the cgroupfs driver: /docker/ID',
  },
  {
    component: new RegExp(`^docker-(${BUILD})\\.scope$`),
    runtime: 'docker',
    source: 'BuildKit of dockerd with the systemd driver (executor/oci/spec_linux.go)',
  },
  {
    component: new RegExp(`^(${BUILD})$`),
    below: /^(?:docker\/)?buildkit$/,
    runtime: 'docker',
    source: 'BuildKit with the cgroupfs driver: /docker/buildkit/ID (executor/oci/spec_linux.go)',
  },
  {
    component: /^((?:apptainer|singularity)-[0-9]+)\.scope$/,
    runtime: 'other',
    source: 'Apptainer, internal/pkg/cgroups: user.slice:apptainer:PID; its root is its image',
  },
  {
    component: new RegExp(`^libpod-(?:conmon-|payload-)?(${ID})(?:\\.scope)?$`),
    runtime: 'podman',
    source:
      'podman: libpod-ID.scope, libpod-conmon-ID.scope; with --cgroups=split libpod-payload-ID',
  },
  {
    component: /^systemd-nspawn@(.+)\.service$/,
    runtime: 'nspawn',
    source: 'systemd-nspawn@.service(5)',
  },
  {
    component: /^machine-lxc\\x2d[0-9]+\\x2d(.+)\.scope$/,
    runtime: 'lxc',
    source: 'libvirt virSystemdMakeScopeName for its LXC driver',
  },
  {
    component: /^(?:lxc-[0-9]+-)?(.+)\.libvirt-lxc$/,
    below: /^machine(?:\/|$)/,
    runtime: 'lxc',
    source:
      'libvirt without machined, virCgroupNewDomainPartition: /machine/lxc-ID-NAME.libvirt-lxc',
  },
  {
    component: /^machine-(?!qemu\\x2d)(.+)\.scope$/,
    runtime: 'nspawn',
    source: 'systemd-machined(8)',
  },
  {
    component: /^(.+)\.scope$/,
    below: /^machine\.slice$/,
    above: /^(?:payload|supervisor)$/,
    runtime: 'nspawn',
    source: 'systemd-nspawn(1) since 258: NAME.scope, with payload and supervisor below it',
  },
  {
    component: /^lxc\.(?:payload|monitor)\.(.+)$/,
    runtime: 'lxc',
    source: 'lxc 4 and later: lxc.payload.NAME, lxc.monitor.NAME',
  },
  {
    component: /^(.+)$/,
    below: /^lxc(?:\.payload|\.monitor)?$/,
    runtime: 'lxc',
    source: 'lxc before 4: /lxc/NAME',
  },
]

/** The most groups that a rule wants above its component. */
const MAX_ABOVE = 2

/** Returns the container that a path lies in, or `null`. */
export function containerOf(components: readonly string[]): Container | null {
  for (const [index, component] of components.entries()) {
    const above = index <= MAX_ABOVE ? components.slice(0, index).join('/') : ''
    for (const rule of CONTAINERS) {
      const match = rule.component.exec(component)
      if (match === null) continue
      if (rule.below !== undefined && !rule.below.test(above)) continue
      if (rule.above !== undefined && !rule.above.test(components[index + 1] ?? '')) continue
      const name = unescapeUnitName(match[1] ?? podName(components))
      return {
        runtime: rule.runtime,
        name: isLongId(name) ? printableText(name.slice(0, 12)) : name,
      }
    }
  }
  return null
}

function isLongId(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

/**
 * Returns the guest of the machine that a control group is, or lies in, or `null` for any other
 * group. No service of the machine runs what is below a user's manager.
 */
export function guestOf(components: readonly string[]): Guest | null {
  if (components.some((component) => userManagerUid(component) !== null)) return null
  const container = containerOf(components)
  if (container !== null) return container.name === PODS ? null : container
  // A restart must not end a container for which its engine was given another parent (dockerd(8)).
  const id = components.find((component) => /^[0-9a-f]{64}$/.test(component))
  if (id !== undefined) return { runtime: 'other', name: printableText(id.slice(0, 12)) }
  const placement = placementOf(components)
  const name = virtualMachineIn(components) ?? (placement && virtualMachineOf(placement))
  return name === null ? null : { runtime: 'vm', name }
}

/**
 * Returns the key of a guest. Its runtime is no part of it, because people name a container without
 * it.
 */
export function guestKey({ runtime, name }: Guest): string {
  return `${runtime === 'vm' ? 'vm' : 'container'} ${name}`
}

/** The name of the group that contains all pods. The group is no container itself. */
const PODS = 'kubepods'

/** Returns the id of a pod's container: the last component that contains an id has it. */
function podName(components: readonly string[]): string {
  const ids = components.flatMap((component) => [...component.matchAll(ID_OF_POD)])
  return ids.at(-1)?.[1] ?? PODS
}

const ID_OF_POD = /(?<![0-9a-z])(?:pod)?([0-9a-f]{32,64})(?![0-9a-z])/g

/**
 * Returns the name of the virtual machine that a unit runs, or `null`.
 *
 * libvirt registers its guests with machined as `machine-qemu-ID-NAME.scope`, escaped. Proxmox runs
 * a guest in `ID.scope` of its own slice (qemu-server, PVE/QemuServer.pm).
 */
export function virtualMachineOf(placement: Placement): Printable | null {
  const [, libvirt] = /^machine-qemu\\x2d[0-9]+\\x2d(.+)\.scope$/.exec(placement.unit) ?? []
  if (libvirt !== undefined) return unescapeUnitName(libvirt)
  const [, proxmox] = /^([0-9]+)\.scope$/.exec(placement.unit) ?? []
  if (proxmox !== undefined && placement.slices.join('/') === 'qemu.slice')
    return printable(proxmox)
  const [, vmspawn] = /^systemd-vmspawn@(.+)\.service$/.exec(placement.unit) ?? []
  return vmspawn === undefined ? null : unescapeUnitName(vmspawn)
}

/**
 * Returns the name of the virtual machine that a path without a unit lies in, or `null`.
 *
 * Without machined, libvirt makes the groups itself: `/machine/qemu-ID-NAME.libvirt-qemu`, before
 * 1.3 without the id (virCgroupNewDomainPartition of src/util/vircgroup.c).
 */
export function virtualMachineIn(components: readonly string[]): Printable | null {
  if (components[0] !== 'machine') return null
  for (const component of components) {
    const [, name] = /^(?:qemu-[0-9]+-)?(.+)\.libvirt-qemu$/.exec(component) ?? []
    if (name !== undefined) return printable(name)
  }
  return null
}

/** A container or a virtual machine that runs. */
export type Guest = { readonly runtime: Container['runtime'] | 'vm'; readonly name: Printable }

/**
 * The programs that run a virtual machine each. Without a machine of the kernel (KVM) no open file
 * tells it, so the name of the program does.
 */
const MACHINE_PROGRAMS: readonly { readonly program: RegExp; readonly source: string }[] = [
  {
    program: /\/qemu-(?:system-[0-9a-z_]+|kvm)(?: \(deleted\))?$/,
    source: 'qemu(1): without -accel kvm it emulates the processor (TCG)',
  },
  {
    program: /\/(?:VBoxHeadless|VirtualBoxVM|vmware-vmx)(?: \(deleted\))?$/,
    source: 'VirtualBox manual, VBoxHeadless; VMware Workstation: both have modules of their own',
  },
]

/**
 * Returns the virtual machine that a process runs, called like the process, or `null`.
 *
 * @param hasMachine whether it has a machine of the kernel open: see `kindOfOpenFile`
 * @param exe target of `/proc/PID/exe`; `null` where the kernel gives none
 * @param commOf returns the name of the process. It is called for a machine only
 */
export function machineRunBy(
  hasMachine: boolean,
  exe: string | null,
  commOf: () => string | undefined,
): Guest | null {
  const isProgram = exe !== null && MACHINE_PROGRAMS.some(({ program }) => program.test(exe))
  return hasMachine || isProgram ? { runtime: 'vm', name: printable(commOf() ?? '') } : null
}
