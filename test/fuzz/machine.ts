import { parsePasswd, parseUid } from '../../src/core/machine/passwd.ts'
import { parseProcessor } from '../../src/core/machine/processor.ts'
import { parseRegisteredMachine } from '../../src/core/machine/registered.ts'
import { interfaceTo, parseRoutes, parseRoutes6 } from '../../src/core/machine/routes.ts'
import { compareText, printable, printableText } from '../../src/core/printable.ts'
import type { Found, Parser } from './property.ts'

function readRoutes(text: string): Found {
  const routes = [...parseRoutes(text), ...parseRoutes6(text)]
  const hosts = ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%wlan0', 'host', text.slice(0, 64)]
  return { raw: hosts.map((host) => interfaceTo(host, routes) ?? '') }
}

/** Users, routes, the processor, and any text that is printed. */
export const MACHINE: readonly Parser[] = [
  {
    name: 'passwd',
    seeds: ['root:x:0:0::/root:/bin/bash\nzoe:x:1000:1000::/:/bin/sh\n'],
    read: (text) => ({ plain: [...parsePasswd(text).values()] }),
  },
  { name: 'user id', seeds: ['0', '1000'], read: (text) => ({ plain: [String(parseUid(text))] }) },
  {
    name: 'routes',
    seeds: [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n' +
        'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n' +
        'wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n',
      `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80${'0'.repeat(28)} 00000400 1 0 00000003 wlan0\n`,
    ],
    read: readRoutes,
  },
  {
    name: 'host of a login',
    seeds: ['10.0.0.1', 'fe80::1%wlan0', '::1', 'a.example.org', '1::2'],
    read: (text) => ({ raw: [interfaceTo(text, []) ?? '', text] }),
    long: [(length) => `%${':'.repeat(length)}`, (length) => `${'%'.repeat(length)}\n`],
  },
  {
    name: 'cpuinfo',
    seeds: ['processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n'],
    read: (text) => ({ plain: [parseProcessor(text)?.vendor ?? ''] }),
    long: [(length) => `vendor_id${'\t'.repeat(length)}`],
  },
  {
    name: 'registered machine',
    seeds: [
      '# This is private data. Do not parse.\nNAME=web\nSCOPE=web.scope\nLEADER=133\n' +
        'SUPERVISOR=130\nCLASS=container\n',
    ],
    read: (text) => ({ plain: [parseRegisteredMachine(text)?.name ?? ''] }),
    long: [(length) => 'NAME='.repeat(length / 5)],
  },
  {
    name: 'any text',
    seeds: ['caf\xc3\xa9 \x1b[31m \xe2\x80\xae', 'a'],
    read: (text) => ({
      plain: [printable(text), printableText(text), String(compareText(text, `${text}b`))],
    }),
  },
]
