import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interfaceTo, parseRoutes, parseRoutes6 } from '../../../src/core/machine/routes.ts'

const ROUTES = parseRoutes(
  [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
    'wg0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
    'down0\t0000010A\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'nonsense',
    '',
  ].join('\n'),
)
const ROUTES6 = parseRoutes6(
  [
    'fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0',
    '20010db8000100000000000000000000 30 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 wlan0',
    '00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0',
    '20010db8000100000000000000000005 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001 lo',
    'nonsense',
  ].join('\n'),
)

const HOSTS: readonly (readonly [host: string, name: string | null])[] = [
  ['192.168.2.7', 'eth0'],
  ['10.1.2.3', 'wg0'],
  ['8.8.8.8', 'eth0'],
  ['::ffff:10.1.2.3', 'wg0'],
  ['127.0.0.1', null],
  ['::1', null],
  ['2001:db8:1::7', 'wlan0'],
  ['2001:db8:1:0:0:0:0:5', 'wlan0'],
  ['2001:db8:2::7', 'eth0'],
  ['fe80::1%eth0', 'eth0'],
  ['kestrel.example.org', 'eth0'],
  ['1.2.3.4.5', 'eth0'],
  ['300.1.1.1', 'eth0'],
  ['1:2:3:4:5:6:7:8:9', 'eth0'],
  ['', 'eth0'],
]
for (const [host, name] of HOSTS) {
  test(`interfaceTo() leads to ${host || 'nowhere'} over ${name}`, () => {
    assert.equal(interfaceTo(host, [...ROUTES, ...ROUTES6]), name)
  })
}

test('interfaceTo() knows no way without routes', () => {
  assert.equal(interfaceTo('8.8.8.8', []), null)
  assert.equal(interfaceTo('kestrel', ROUTES6), null)
})
