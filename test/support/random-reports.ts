import fc from 'fast-check'
import { commandsOf } from '../../src/core/report/finding.ts'
import type { Finding, FindingFile, RebootReason, Report } from '../../src/core/report/report.ts'
import { summaryOf } from '../../src/core/report/summary.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'
import { file, finding, reportOf } from './report.ts'

/** Arch's own packages, those with the longest versions among them. */
const PACKAGES = [
  'openssl 3.6.0-1 3.6.1-1',
  'expat 2.7.2-1 2.7.3-1',
  'docker 1:28.5.2-1 1:29.0.1-1',
  'gcc-libs 15.2.1+r22+gc4e96a094636-1 15.2.1+r301+gf24307422d1d-1',
  'systemd-libs 258.1-1 258.2-2',
  'a-package-with-a-long-name-of-its-own 20251021.1a2b3c4d-1 20251111.5e6f7a8b-1',
]

const GLIBC = 'glibc 2.41+r48+g5cb575ca9a3d-1 2.42+r17+gd7274d718e6f-1'

/** What a restart costs, in the words of the table. */
const COSTS = [
  'the network drops for a moment',
  'its tunnels drop for a moment',
  'running containers stop with it, unless live-restore is on',
]

/** What is to be done about a finding, and how often. */
const STEPS = {
  restart: 4,
  costs: 2,
  screen: 1,
  bus: 1,
  wait: 1,
  own: 2,
  app: 2,
  session: 1,
  machine: 1,
  container: 1,
} as const

type Step = keyof typeof STEPS

const isStep = (name: string): name is Step => name in STEPS

const anyStep = fc.oneof(
  ...Object.entries(STEPS).flatMap(([name, weight]) =>
    isStep(name) ? [{ weight, arbitrary: fc.constant(name) }] : [],
  ),
)

type Row = {
  readonly step: Step
  readonly fails: Finding['mayFail']
  readonly size: number
  readonly packages: readonly string[]
  readonly cost: string
  readonly uid: number
  readonly isNew: boolean
  readonly isCarrier: boolean
}

const row = fc.record<Row>({
  step: anyStep,
  fails: fc.constantFrom(null, null, null, null, null, null, 'logins', 'jobs', 'parts'),
  size: fc.constantFrom(0, 3, 5, 8, 12, 24, 60),
  packages: fc.subarray(PACKAGES, { minLength: 1, maxLength: 3 }),
  cost: fc.constantFrom(...COSTS),
  uid: fc.constantFrom(1000, 1000, 1001),
  isNew: fc.constantFrom(true, true, true, false),
  isCarrier: fc.boolean(),
})

const REASONS: readonly Plain<Exclude<RebootReason, { readonly code: 'finding' }>>[] = [
  { code: 'nvidia-mismatch', level: 'full', loaded: '580.95.05', installed: '580.105.08' },
  {
    code: 'kernel-modules-gone',
    level: 'full',
    release: '6.17.9-arch1-1',
    successor: { package: 'linux', release: '6.18.1-arch1-2' },
  },
  {
    code: 'kernel-modules-kept',
    level: 'full',
    release: '6.17.9.hardened1-1-hardened',
    successor: null,
  },
  { code: 'microcode-newer', level: 'full', package: 'intel-ucode', reason: 'loaded at boot' },
]

const isOfKernel = ({ code }: (typeof REASONS)[number]) => code.startsWith('kernel-')

/** A machine runs one kernel. */
function withOneKernel(reasons: readonly (typeof REASONS)[number][]) {
  const first = reasons.find(isOfKernel)
  return reasons.filter((reason) => reason === first || !isOfKernel(reason))
}

const world = (most: number) =>
  fc.record({
    rows: fc.oneof(
      { weight: 3, arbitrary: fc.array(row, { maxLength: 6 }) },
      { weight: 1, arbitrary: fc.array(row, { minLength: 7, maxLength: most, size: 'max' }) },
    ),
    reasons: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray([...REASONS]).map(withOneKernel) },
    ),
    failed: fc.constantFrom(0, 0, 0, 1, 2, 5),
    limits: fc.constantFrom<Report['limits']>(
      [],
      [],
      [],
      [
        { code: 'maps-denied', count: 2 },
        { code: 'mappings-dropped', count: 1 },
      ],
    ),
    reader: fc.constantFrom<Report['reader']>(
      { uid: 1000, asRoot: 'sudo' },
      { uid: 1000, asRoot: 'run0' },
      { uid: null, asRoot: 'doas' },
      { uid: null, asRoot: null },
    ),
    isRoot: fc.constantFrom(true, true, true, false),
    processes: fc.constantFrom(80, 200, 2000),
    hasCode: fc.boolean(),
  })

/** A report with the names of its findings. Each name is one word that no other text has. */
export type NamedReport = { readonly report: Report; readonly names: readonly string[] }

/**
 * Random reports of machines, with the names of what is old on them.
 *
 * @param most the largest number of findings
 */
export function namedReports(most: number): fc.Arbitrary<NamedReport> {
  return world(most).map(({ rows, reasons, failed, isRoot, ...some }) => {
    const all = isRoot ? rows : rows.filter(isOfUser).map((one) => ({ ...one, uid: 1000 }))
    const names = all.map(nameOfRow)
    const findings = all.map((one, at) => findingOfRow(one, names[at] ?? '', isRoot))
    const kept = (code: string) => findings.filter(({ action }) => action === code)
    const bus = kept('soft-reboot').map(
      (one) => ({ code: 'finding', level: 'soft', finding: one }) as const,
    )
    const needed = reasons.length > 0 ? 'full' : bus.length > 0 ? 'soft' : 'none'
    const effects = Array.from({ length: isRoot ? failed : 0 }, (_, at) => `f${at}z`)
    const { hasCode, processes, limits, reader } = some
    const report: Report = {
      ...reportOf({ processes, read: processes, isRoot, limits: [...limits] }),
      reader: isRoot ? reader : { uid: null, asRoot: reader.asRoot },
      findings,
      reboot: { needed, reasons: [...printed<RebootReason[]>([...reasons]), ...bus] },
      afterEffects: printed<Report['afterEffects'][number][]>(
        effects.map((name) => ({ code: 'failed', unit: `${name}.service`, result: 'exit-code' })),
      ),
      commands: commandsOf(findings),
      summary: summaryOf(findings, processes, true),
      hook: { isTold: true, hasCode, memory: null },
    }
    return { report, names: [...names, ...effects] }
  })
}

/** A unit has a name of any length in full, but what lets people back in is of a table. */
function nameOfRow({ step, size, fails }: Row, at: number): string {
  const isUnit = ['restart', 'costs', 'screen', 'bus', 'wait'].includes(step)
  const isWhole = isUnit && !(step === 'restart' && fails !== null)
  return `n${at}${'x'.repeat(isWhole ? size : Math.min(size, 12))}z`
}

const isOfUser = ({ step }: Row) => ['own', 'app', 'session'].includes(step)

function findingOfRow(one: Row, name: string, isRoot: boolean): Finding {
  const { packages, isNew, uid } = one
  const unit = `${name}.service`
  const files = packages.map((change, at) => ({ ...file(`lib${name}${at}.so`, change), isNew }))
  const user = { uid, name: uid === 1000 ? 'ben' : 'zoe' }
  const of = (some: Plain<Partial<Finding>>) => finding({ name, unit, files, ...some })
  switch (one.step) {
    case 'restart':
      return safeService(one, unit, files, of)
    case 'costs':
      return of({ action: 'manual', rule: 'sensitive', cautions: [sensitive(one.cost)] })
    case 'screen':
      return of({
        action: 'manual',
        rule: 'display-manager',
        cautions: [{ code: 'display-manager', blocking: true, detail: null }],
      })
    case 'bus':
      return of({ action: 'soft-reboot', rule: 'sensitive', cautions: [sensitive(one.cost)] })
    case 'wait':
      return of({ action: 'wait', rule: 'running-job' })
    case 'own':
      return of({
        kind: 'user-service',
        user,
        action: 'user-restart',
        command: isRoot ? null : ['systemctl', '--user', 'restart', '--', unit],
      })
    case 'app':
      return of({ kind: 'app', user, unit: `app-${name}.scope`, action: 'close', rule: 'app' })
    case 'session':
      return of({ kind: 'session', user, unit: null, action: 'relogin', rule: 'session' })
    case 'machine':
      return of({ kind: 'vm', unit: null, action: 'manual', rule: 'virtual-machine' })
    case 'container':
      return of({
        kind: 'container',
        unit: null,
        container: { runtime: 'docker', name },
        action: 'container',
        rule: 'container',
      })
    default:
      return one.step satisfies never
  }
}

/** What may fail in a lifeline, because of which file. */
const FAILING: Readonly<Record<NonNullable<Finding['mayFail']>, FindingFile>> = {
  logins: { ...file('sshd', 'openssh 10.0p1-4 10.2p1-2'), kind: 'executable' },
  jobs: file('libc.so.6', GLIBC),
  parts: file('libc.so.6', GLIBC),
}

function safeService(
  { fails, isCarrier, isNew }: Row,
  unit: string,
  files: readonly FindingFile[],
  of: (some: Plain<Partial<Finding>>) => Finding,
): Finding {
  const carries = { code: 'carries-your-connection', blocking: false, detail: null } as const
  return of({
    command: ['systemctl', 'restart', '--', unit],
    lifeline: fails === null ? null : 'people log in through it',
    mayFail: fails,
    ...(fails === null ? {} : { files: [...files, { ...FAILING[fails], isNew }] }),
    cautions: fails === 'logins' && isCarrier ? [carries] : [],
  })
}

function sensitive(reason: string): Plain<Finding['cautions'][number]> {
  return { code: 'sensitive', blocking: true, detail: { reason, guests: [] } }
}
