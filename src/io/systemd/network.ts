import { readdirSync, statSync } from 'node:fs'
import type { NetworkPath } from '../../core/advice/case.ts'
import { interfaceTo, parseRoutes, parseRoutes6 } from '../../core/machine/routes.ts'
import { printable } from '../../core/printable.ts'
import { unitsManaging } from '../../core/systemd/network-managers.ts'
import type { InterfaceFacts } from '../../core/systemd/network-managers.ts'
import { unlessUnreadable } from '../error.ts'
import { readStart } from '../files/small-file.ts'
import type { Proc } from '../proc/proc.ts'
import type { Logind } from './logind.ts'

/** The interfaces that remote logins use. */
export type Network = { readonly paths: () => Promise<readonly NetworkPath[]> }

/**
 * The bound on a file. A link file of systemd-networkd has some lines, and only the beginning of a
 * longer one is read.
 */
const MAX_FILE_BYTES = 64 * 1024

/**
 * Opens the network of the running machine. The main routing table decides: rules of other tables
 * (ip-rule(8)) are not read.
 *
 * @param tree prefix of the absolute paths of the machine
 */
export function liveNetwork(
  tree: string,
  proc: Pick<Proc, 'read'>,
  logind: Pick<Logind, 'remoteHosts'>,
): Network {
  return {
    async paths() {
      const hosts = await logind.remoteHosts()
      if (hosts.length === 0) return []
      const routes = [
        ...parseRoutes(proc.read('net/route') ?? ''),
        ...parseRoutes6(proc.read('net/ipv6_route') ?? ''),
      ]
      const names = new Set(hosts.flatMap((host) => interfaceTo(host, routes) ?? []))
      return [...names].toSorted().map((name) => ({
        interface: printable(name),
        units: unitsManaging(factsOf(tree, name)),
      }))
    },
  }
}

/** The network of a machine that cannot be asked. */
export const noNetwork: Network = { paths: async () => [] }

function factsOf(tree: string, name: string): InterfaceFacts {
  const text = (path: string) => readStart(`${tree}${path}`, MAX_FILE_BYTES) ?? ''
  // The name comes from the kernel, which allows neither a slash nor "." and ".." (dev_valid_name).
  const ofKernel = `/sys/class/net/${name}`
  const index = text(`${ofKernel}/ifindex`).trim()
  return {
    name,
    networkdLink: text(`/run/systemd/netif/links/${index}`),
    networkManagerDevice: text(`/run/NetworkManager/devices/${index}`),
    isWireless: unlessUnreadable(() => statSync(`${tree}${ofKernel}/phy80211`)) !== null,
    dhcpcdFiles: unlessUnreadable(() => readdirSync(`${tree}/run/dhcpcd`)) ?? [],
  }
}
