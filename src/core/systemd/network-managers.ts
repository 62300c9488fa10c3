/** What the machine shows of a network interface, and of the services that may manage it. */
export type InterfaceFacts = {
  readonly name: string
  /** The text of `/run/systemd/netif/links/INDEX`; empty where there is no such file. */
  readonly networkdLink: string
  /** The text of `/run/NetworkManager/devices/INDEX`; empty where there is no such file. */
  readonly networkManagerDevice: string
  /** Whether `/sys/class/net/INTERFACE/phy80211` is there. */
  readonly isWireless: boolean
  /** The names in `/run/dhcpcd`. */
  readonly dhcpcdFiles: readonly string[]
}

/** How a service shows that it manages an interface, and the units that it may run as. */
type NetworkManager = {
  readonly manages: (facts: InterfaceFacts) => boolean
  readonly units: (name: string) => readonly string[]
  readonly source: string
}

/** The services that a remote login may depend on. */
export const NETWORK_MANAGERS: readonly NetworkManager[] = [
  {
    manages: ({ networkdLink }) => isManagedByNetworkd(networkdLink),
    units: () => ['systemd-networkd.service'],
    source: 'sd-network(3): /run/systemd/netif/links/INDEX',
  },
  {
    manages: ({ networkManagerDevice }) => isManagedByNetworkManager(networkManagerDevice),
    units: () => ['NetworkManager.service'],
    source: 'NetworkManager: nm_config_device_state_write, /run/NetworkManager/devices/INDEX',
  },
  {
    manages: ({ isWireless }) => isWireless,
    units: (name) => ['iwd.service', 'wpa_supplicant.service', `wpa_supplicant@${name}.service`],
    source: 'cfg80211: phy80211 of a wireless interface',
  },
  {
    manages: ({ name, dhcpcdFiles }) => dhcpcdFiles.some((file) => isPidFileOfDhcpcd(file, name)),
    units: (name) => ['dhcpcd.service', `dhcpcd@${name}.service`],
    source: 'dhcpcd(8): /run/dhcpcd/pid, /run/dhcpcd/INTERFACE.pid',
  },
  {
    manages: () => true,
    units: (name) => [`wg-quick@${name}.service`, `netctl-auto@${name}.service`],
    source: 'wg-quick(8), netctl-auto(8): the instance is the interface',
  },
  {
    manages: ({ name }) => name.startsWith('tailscale'),
    units: () => ['tailscaled.service'],
    source: 'tailscaled.defaults: --tun=tailscale0',
  },
]

/** Returns the units that may manage an interface, whether they run or not. */
export function unitsManaging(facts: InterfaceFacts): readonly string[] {
  return NETWORK_MANAGERS.filter(({ manages }) => manages(facts)).flatMap(({ units }) =>
    units(facts.name),
  )
}

/**
 * Reads a link file of systemd-networkd: `ADMIN_STATE=configured` and other states, `unmanaged` for
 * an interface that it leaves alone (`link_state_table` of systemd's networkd-link.c).
 */
export function isManagedByNetworkd(linkFile: string): boolean {
  return /^ADMIN_STATE=(?!unmanaged)/m.test(linkFile)
}

/** Reads a device file of NetworkManager: `managed=true` (nm-config.c). */
export function isManagedByNetworkManager(deviceFile: string): boolean {
  return /^managed=true$/m.test(deviceFile)
}

/**
 * Reads a file name of dhcpcd: `pid` where one process manages all interfaces, else
 * `INTERFACE.pid`, `INTERFACE-4.pid` or `INTERFACE-6.pid`.
 */
export function isPidFileOfDhcpcd(file: string, name: string): boolean {
  const behind = file.startsWith(name) ? file.slice(name.length) : file
  return [file, behind].some((text) => /^(?:-[46])?\.?pid$/.test(text))
}
