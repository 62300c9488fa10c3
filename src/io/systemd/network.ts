import type { NetworkPath } from '../../core/advice/case.ts'
import { printable } from '../../core/printable.ts'
import { interfaceTo, parseRoutes, parseRoutes6 } from '../../core/machine/routes.ts'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { unlessUnreadable } from '../error.ts'
import type { Logind } from './logind.ts'
import type { Proc } from '../proc/proc.ts'

/** The ways over which people are logged in from elsewhere. */
export type Network = { readonly paths: () => Promise<readonly NetworkPath[]> }

/** Asks the running machine. The main routing table decides: rules of other tables (ip-rule(8)) are not read. */
export function liveNetwork(proc: Proc, logind: Logind): Network {
  return {
    async paths() {
      const hosts = await logind.remoteHosts()
      if (hosts.length === 0) return []
      const routes = [
        ...parseRoutes(proc.read('net/route') ?? ''),
        ...parseRoutes6(proc.read('net/ipv6_route') ?? ''),
      ]
      const names = new Set(hosts.flatMap((host) => interfaceTo(host, routes) ?? []))
      return [...names]
        .toSorted()
        .map((name) => ({ interface: printable(name), units: managersOf(name) }))
    },
  }
}

/** Stands in where there is no running machine to ask. */
export const noNetwork: Network = { paths: async () => [] }

/** How each service shows that an interface is its own, and the units that it may be. */
const MANAGERS: readonly {
  readonly isItsOwn: (name: string, index: string) => boolean
  readonly units: (name: string) => readonly string[]
  readonly source: string
}[] = [
  {
    isItsOwn: (_, index) =>
      /^ADMIN_STATE=(?!unmanaged)/m.test(text(`/run/systemd/netif/links/${index}`)),
    units: () => ['systemd-networkd.service'],
    source: 'sd-network(3): /run/systemd/netif/links/INDEX',
  },
  {
    isItsOwn: (_, index) => /^managed=true$/m.test(text(`/run/NetworkManager/devices/${index}`)),
    units: () => ['NetworkManager.service'],
    source: 'NetworkManager: nm_config_device_state_write, /run/NetworkManager/devices/INDEX',
  },
  {
    isItsOwn: (name) => exists(`/sys/class/net/${name}/phy80211`),
    units: (name) => ['iwd.service', 'wpa_supplicant.service', `wpa_supplicant@${name}.service`],
    source: 'cfg80211: phy80211 of a wireless interface',
  },
  {
    isItsOwn: (name) =>
      entriesOf('/run/dhcpcd').some((file) => /^(?:-[46])?\.?pid$/.test(file.replace(name, ''))),
    units: (name) => ['dhcpcd.service', `dhcpcd@${name}.service`],
    source: 'dhcpcd(8): /run/dhcpcd/pid, /run/dhcpcd/INTERFACE.pid',
  },
  {
    isItsOwn: () => true,
    units: (name) => [`wg-quick@${name}.service`, `netctl-auto@${name}.service`],
    source: 'wg-quick(8), netctl-auto(8): the instance is the interface',
  },
  {
    isItsOwn: (name) => name.startsWith('tailscale'),
    units: () => ['tailscaled.service'],
    source: 'tailscaled.defaults: --tun=tailscale0',
  },
]

function managersOf(name: string): readonly string[] {
  // The name comes from the kernel, which allows neither a slash nor "." and ".." (dev_valid_name).
  const index = text(`/sys/class/net/${name}/ifindex`).trim()
  return MANAGERS.filter(({ isItsOwn }) => isItsOwn(name, index)).flatMap(({ units }) =>
    units(name),
  )
}

function text(path: string): string {
  return unlessUnreadable(() => readFileSync(path, 'latin1')) ?? ''
}

function exists(path: string): boolean {
  return unlessUnreadable(() => statSync(path)) !== null
}

function entriesOf(directory: string): readonly string[] {
  return unlessUnreadable(() => readdirSync(directory)) ?? []
}
