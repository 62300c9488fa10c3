import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveNetwork } from '../../../src/io/systemd/network.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

/** The network 10.0.0.0/24 at eth0, and the rest of the world behind wlan0. */
const ROUTES = [
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
  'wlan0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  '',
].join('\n')

const LINKS: Tree = {
  'sys/class/net/eth0/ifindex': '2\n',
  'sys/class/net/wlan0/ifindex': '3\n',
  'sys/class/net/wlan0/phy80211': {},
}

async function pathsOf(
  tree: Tree,
  hosts: readonly string[],
  read = (name: string): string | null => (name === 'net/route' ? ROUTES : null),
) {
  const proc = { read }
  const network = liveNetwork(makeTree(tree), proc, { remoteHosts: async () => hosts })
  return await network.paths()
}

const byName = (name: string) => [`wg-quick@${name}.service`, `netctl-auto@${name}.service`]

test('a login is carried by what manages the interface that it comes over', async () => {
  const tree = {
    ...LINKS,
    'run/systemd/netif/links/2': 'ADMIN_STATE=configured\n',
    'run/systemd/netif/links/3': 'ADMIN_STATE=unmanaged\n',
    'run/NetworkManager/devices/2': '[device]\nmanaged=false\n',
    'run/NetworkManager/devices/3': '[device]\nmanaged=true\n',
  }
  assert.deepEqual(await pathsOf(tree, ['192.0.2.1', '10.0.0.7', '10.0.0.8']), [
    { interface: 'eth0', units: ['systemd-networkd.service', ...byName('eth0')] },
    {
      interface: 'wlan0',
      units: [
        'NetworkManager.service',
        'iwd.service',
        'wpa_supplicant.service',
        'wpa_supplicant@wlan0.service',
        ...byName('wlan0'),
      ],
    },
  ])
})

test('dhcpcd shows the interface by the name of its file', async () => {
  const units = ['dhcpcd.service', 'dhcpcd@eth0.service', ...byName('eth0')]
  const [path] = await pathsOf({ ...LINKS, 'run/dhcpcd/eth0-4.pid': '7\n' }, ['10.0.0.7'])
  assert.deepEqual(path?.units, units)
})

test('what stands in the place of a link file is not waited for', async () => {
  for (const file of [{ link: '/dev/zero' }, { link: '/proc/self/fd' }, ''])
    assert.deepEqual(await pathsOf({ ...LINKS, 'run/systemd/netif/links/2': file }, ['10.0.0.7']), [
      { interface: 'eth0', units: byName('eth0') },
    ])
})

test('where nobody is logged in from elsewhere, no route is read', async () => {
  const never = () => assert.fail('a table of routes was read')
  assert.deepEqual(await pathsOf(LINKS, [], never), [])
  assert.deepEqual(await pathsOf(LINKS, ['127.0.0.1']), [])
})

/** The network 2001:db8::/32 at eth0 (rt6_info_route of net/ipv6/ip6_fib.c). */
const ROUTE6 = [
  `20010db8${'0'.repeat(24)} 20`,
  `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001     eth0\n`,
].join(' ')

test('a login over IPv6 has a table of its own', async () => {
  const read = (name: string) => (name === 'net/ipv6_route' ? ROUTE6 : null)
  const paths = await pathsOf(LINKS, ['2001:db8::7', '10.0.0.7'], read)
  assert.deepEqual(
    paths.map((path) => path.interface),
    ['eth0'],
  )
})

test('an interface is named so that it can be printed', async () => {
  const read = (name: string) =>
    name === 'net/route' ? ROUTES.replaceAll('eth0', 'e\u001b0') : null
  const [path] = await pathsOf({ 'sys/class/net/e\u001b0/ifindex': '2\n' }, ['10.0.0.7'], read)
  assert.equal(path?.interface, 'e\\x1b0')
})
