import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Finding, Report } from '../../src/core/report/report.ts'
import { columnsOf } from '../../src/render/text/columns.ts'
import { renderText } from '../../src/render/text/text.ts'
import { shown } from '../support/door.ts'
import type { Plain } from '../support/printed.ts'
import { changed, hookReport, LOGIN, old, rebootFor } from '../support/screens.ts'

const RUNS = 1000
const ben = { uid: 1000, name: 'ben' }
const zoe = { uid: 1001, name: 'zoe' }

/** Long names of units and packages that Arch has. */
const UNITS = [
  'systemd-networkd-wait-online',
  'prometheus-blackbox-exporter',
  'systemd-cryptsetup@luks\\x2d1f2e3d4c',
  'openvpn-server@office',
  'wpa_supplicant@wlp2s0',
  'NetworkManager-dispatcher',
  'org.cups.cupsd',
  'nginx',
  'prometheus-node-exporter',
  'power-profiles-daemon',
]
const CHANGES = [
  'glibc 2.41+r48+g5cb575ca9a3d-1 2.42+r17+gd7274d718e6f-1',
  'openssl 3.6.0-1 3.6.1-1',
  'systemd-libs 258.1-1 258.2-1',
  'xorg-x11-fonts-misc-of-the-longest-name 20251101.r1234.g0123456789ab-1 20251124.r1240.gba9876543210-1',
  'libcups 2:2.4.14-1 2:2.4.15-1',
]
const tasks = {
  code: 'ends-tasks',
  blocking: false,
  detail: [
    { name: 'rsync', user: ben },
    { name: 'a-backup-of-a-long-name', user: zoe },
  ],
} as const
const clients = { code: 'cuts-clients', blocking: false, detail: null } as const
const network = {
  code: 'sensitive',
  blocking: true,
  detail: { reason: 'the network may drop while it restarts', guests: [] },
} as const
const costly = { action: 'manual', rule: 'sensitive', cautions: [network] } as const
const yours = {
  action: 'manual',
  rule: 'ends-your-connection',
  cautions: [{ code: 'ends-your-connection', blocking: true, detail: null }],
} as const

/** What a unit can be. */
const KINDS: Readonly<Record<string, Plain<Partial<Finding>>>> = {
  safe: {},
  clients: { cautions: [clients] },
  tasks: { cautions: [tasks] },
  costly,
  yours,
  mine: { kind: 'user-service', action: 'user-restart', user: ben },
  others: { kind: 'user-service', action: 'user-restart', user: zoe },
  app: { kind: 'app', action: 'close', rule: 'app', user: ben },
  session: { kind: 'session', action: 'relogin', user: zoe },
  bus: { action: 'soft-reboot' },
  login: { ...LOGIN, mayFail: 'logins' },
  logins: { ...costly, mayFail: 'logins' },
  jobs: { mayFail: 'jobs', cautions: [tasks] },
  parts: { mayFail: 'parts' },
  costlyParts: { ...costly, mayFail: 'parts' },
}

const UNIT = fc.record({
  unit: fc.constantFrom(...UNITS),
  change: fc.constantFrom(...CHANGES),
  kind: fc.constantFrom(...Object.keys(KINDS)),
  isBefore: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  lifeline: fc.constantFrom(null, null, 'the network'),
})

const KERNEL = {
  code: 'kernel-modules-gone',
  level: 'full',
  release: '6.17.9-hardened1-1-hardened',
  successor: { package: 'linux-hardened', release: '6.18.1-hardened1-2-hardened' },
} as const
const NVIDIA = {
  code: 'nvidia-mismatch',
  level: 'full',
  loaded: '580.95.05',
  installed: '580.105.08',
} as const
const REASONS = [
  KERNEL,
  NVIDIA,
  ...['amd-ucode', 'intel-ucode', 'linux-firmware', 'sof-firmware'].map(
    (one) => ({ code: 'microcode-newer', level: 'full', package: one, reason: 'x' }) as const,
  ),
] as const

/** The packages of the reasons: the transaction changed them. */
const CHANGED = [
  'linux-hardened',
  'nvidia-utils',
  'amd-ucode',
  'intel-ucode',
  'linux-firmware',
  'sof-firmware',
]

const SOME = fc.record({
  units: fc.oneof(
    fc.array(UNIT, { maxLength: 12 }),
    fc.array(UNIT, { minLength: 40, maxLength: 60 }),
  ),
  reasons: fc.subarray([...REASONS]),
  failed: fc.integer({ min: 0, max: 3 }),
  isSeen: fc.boolean(),
  asRoot: fc.constantFrom('sudo', 'doas', 'run0'),
})

test('no report makes a hook longer than 20 lines, or drops what must be read', () => {
  fc.assert(
    fc.property(SOME, ({ units, reasons, failed, isSeen, asRoot }) => {
      const findings = units.map(({ unit, change, kind, isBefore, lifeline }, at) => {
        const files = [changed([`lib${at}.so`, change], !isBefore)]
        return old(`${unit}${at}`, ['a', change], { lifeline, ...KINDS[kind], files })
      })
      const bus = findings.filter(({ action }) => action === 'soft-reboot')
      const ofBus = bus.map((one) => ({ code: 'finding', level: 'soft', finding: one }) as const)
      const some: Plain<Partial<Report>> = {
        reader: { uid: 1000, asRoot },
        hook: { isTold: true, hasCode: true, memory: { changed: CHANGED, lately: [], said: [] } },
        reboot: rebootFor(...reasons, ...ofBus),
        limits: isSeen ? [] : [{ code: 'maps-denied', count: 2 }],
        afterEffects: UNITS.slice(0, failed).map((one, at) => {
          const unit = `${one}.service`
          return at % 3 === 1
            ? ({ code: 'bus-name-lost', unit, busName: `org.freedesktop.${one}` } as const)
            : ({ code: 'failed', unit, result: '' } as const)
        }),
      }
      const text = shown(renderText(hookReport(findings, some), HOOK, columnsOf))
      hold(text, { findings, reasons, failed, isSeen, asRoot })
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})

const HOOK = { hook: true, all: false }

type Given = {
  readonly findings: readonly Finding[]
  readonly reasons: readonly { readonly code: string; readonly package?: string }[]
  readonly failed: number
  readonly isSeen: boolean
  readonly asRoot: string
}

/** Holds a text to its bounds, and to what must stand in it. */
function hold(text: string, { findings, reasons, failed, isSeen, asRoot }: Given) {
  const lines = text.split('\n').slice(0, -1)
  assert.ok(lines.length <= 20, text)
  for (const line of lines) assert.ok(columnsOf(line) <= 80, text)
  const flat = text.replaceAll(/\s+/g, ' ')
  if (failed > 0)
    assert.match(
      flat,
      /ha(?:s|ve) failed (?:since this upgrade began|or run without their bus names): /,
    )
  if (!isSeen && text !== '')
    assert.ok(flat.endsWith(`(2 unreadable): ${asRoot} stale-libs `), text)
  const isNew = ({ files }: Finding) => files.some((one) => one.isNew === true)
  for (const one of reasons)
    if (one.package === undefined)
      assert.match(text, one.code === 'nvidia-mismatch' ? /nvidia/ : /kernel/)
  const fails = findings.filter(({ mayFail }) => mayFail !== null)
  if (fails.some(({ mayFail }) => mayFail === 'logins')) assert.match(flat, /New logins may fail/)
  if (fails.some(({ mayFail }) => mayFail === 'parts')) assert.match(flat, /may fail when/)
  const safe = findings.filter((one) => one.action === 'restart' && isNew(one))
  // Where commands of three lines do not fit, the text says where they stand.
  const command = new RegExp(
    ` (?:systemctl|stale-libs) restart |A command for each: ${asRoot} stale-libs `,
  )
  if (safe.length > 0) assert.match(flat, command)
}
