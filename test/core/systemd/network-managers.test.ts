import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isPidFileOfDhcpcd,
  NETWORK_MANAGERS,
  unitsManaging,
} from '../../../src/core/systemd/network-managers.ts'
import type { InterfaceFacts } from '../../../src/core/systemd/network-managers.ts'

const NOTHING: InterfaceFacts = {
  name: 'eth0',
  networkdLink: '',
  networkManagerDevice: '',
  isWireless: false,
  dhcpcdFiles: [],
}
/** Units whose instance is the interface: whether they run, systemd says. */
const BY_NAME = ['wg-quick@eth0.service', 'netctl-auto@eth0.service']
const NETWORKD = 'systemd-networkd.service'
const NETWORK_MANAGER = 'NetworkManager.service'
const DHCPCD = ['dhcpcd.service', 'dhcpcd@eth0.service']

const LINK = '# This is private data. Do not parse.\nADMIN_STATE=configured\nOPER_STATE=routable\n'

const INTERFACES: readonly (readonly [
  fact: string,
  some: Partial<InterfaceFacts>,
  units: readonly string[],
])[] = [
  ['nothing is known of', {}, []],
  ['networkd has configured', { networkdLink: LINK }, [NETWORKD]],
  ['networkd is about to configure', { networkdLink: 'ADMIN_STATE=pending\n' }, [NETWORKD]],
  ['networkd could not configure', { networkdLink: 'ADMIN_STATE=failed\n' }, [NETWORKD]],
  ['networkd leaves alone', { networkdLink: LINK.replace('configured', 'unmanaged') }, []],
  ['networkd says something else of', { networkdLink: 'X_ADMIN_STATE=configured\n' }, []],
  [
    'NetworkManager manages',
    { networkManagerDevice: '[device]\nmanaged=true\nnm-owned=0\n' },
    [NETWORK_MANAGER],
  ],
  ['NetworkManager leaves alone', { networkManagerDevice: '[device]\nmanaged=false\n' }, []],
  [
    'NetworkManager knows otherwise',
    { networkManagerDevice: 'unmanaged=true\nmanaged=truely' },
    [],
  ],
  [
    'is wireless',
    { isWireless: true },
    ['iwd.service', 'wpa_supplicant.service', 'wpa_supplicant@eth0.service'],
  ],
  ['dhcpcd manages with all others', { dhcpcdFiles: ['pid', 'sock'] }, DHCPCD],
  ['dhcpcd manages alone', { dhcpcdFiles: ['wlan0.pid', 'eth0.pid'] }, DHCPCD],
  ['dhcpcd does not manage', { dhcpcdFiles: ['wlan0.pid', 'sock', 'unpriv.sock'] }, []],
]
for (const [fact, some, units] of INTERFACES)
  test(`an interface that ${fact}`, () =>
    assert.deepEqual(unitsManaging({ ...NOTHING, ...some }), [...units, ...BY_NAME]))

test('an interface of Tailscale is managed by its daemon', () => {
  const units = unitsManaging({ ...NOTHING, name: 'tailscale0' })
  assert.equal(units.at(-1), 'tailscaled.service')
})

test('several services may manage one interface', () => {
  const units = unitsManaging({ ...NOTHING, networkdLink: LINK, dhcpcdFiles: ['pid'] })
  assert.deepEqual(units, [NETWORKD, ...DHCPCD, ...BY_NAME])
})

const PID_FILES: readonly (readonly [file: string, name: string, isIts: boolean])[] = [
  ['pid', 'eth0', true],
  ['-4.pid', 'eth0', true],
  ['eth0.pid', 'eth0', true],
  ['eth0-4.pid', 'eth0', true],
  ['eth0-6.pid', 'eth0', true],
  ['eth0-5.pid', 'eth0', false],
  ['eth01.pid', 'eth0', false],
  ['wifi.pid', 'eth0', false],
  ['eth0.100.pid', 'eth0', false],
  ['eth0', 'eth0', false],
  ['eth0.pidx', 'eth0', false],
  ['pid', 'p', true],
  ['pid', 'pid', true],
  ['', '', false],
]
for (const [file, name, isIts] of PID_FILES)
  test(`/run/dhcpcd/${file} ${isIts ? 'is' : 'is not'} that of ${name}`, () =>
    assert.equal(isPidFileOfDhcpcd(file, name), isIts))

test('every row has a source', () => {
  assert.ok(NETWORK_MANAGERS.every(({ source }) => /:/.test(source)))
})
