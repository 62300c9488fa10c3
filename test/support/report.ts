import type { Finding, FindingFile, Report } from '../../src/core/report/report.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'

/** A service that a restart makes fresh, and what differs from it. */
export function finding(some: Plain<Partial<Finding>> = {}): Finding {
  const unit = some.unit === undefined ? 'a.service' : some.unit
  return printed<Finding>({
    kind: 'service',
    name: unit ?? 'a',
    unit,
    user: null,
    isYours: false,
    carriesReader: false,
    container: null,
    lifeline: null,
    mayFail: null,
    outlivesLogout: false,
    action: 'restart',
    command: null,
    clears: true,
    cautions: [],
    rule: 'service',
    marking: null,
    causes: ['stale-files'],
    ownPackage: null,
    processes: [{ pid: 10, comm: 'a', startedAt: null, main: true, files: [0] }],
    files: [file('libc.so.6')],
    isPartial: false,
    ...some,
  })
}

/** A replaced library, and the package that it came from, in short: `openssl 3.5.0-1 3.5.1-1`. */
export function file(name: string, change: string | null = null): FindingFile {
  const [packageName = '', from = '', to = ''] = change?.split(' ') ?? []
  const at = '2026-11-23T07:18:40.000Z'
  return printed<FindingFile>({
    path: `/usr/lib/${name}`,
    kind: 'library',
    state: 'replaced',
    package: change === null ? null : { name: packageName, from, to, change: 'upgraded', at },
    isUnowned: false,
    isUnchanged: false,
    goneAt: null,
    replacedAt: null,
    isNew: null,
  })
}

/** What root saw of a machine on which nothing is stale, and what differs from it. */
export function reportOf(some: Plain<Partial<Report>> = {}): Report {
  return printed<Report>({
    version: '0.1.0',
    isRoot: true,
    isOneSide: false,
    reader: { uid: null, asRoot: null },
    host: { hostname: 'kestrel', kernelRelease: '6.18.1', bootSeconds: 1790000000 },
    at: new Date('2026-11-23T07:18:43.120Z'),
    durationMs: 14,
    processes: 212,
    read: 212,
    unreadable: 0,
    vanished: 0,
    unseenOfSystem: 0,
    inContainers: 0,
    limits: [],
    findings: [],
    temporaryCode: [],
    ignored: [],
    reboot: { needed: 'none', reasons: [] },
    canSoftReboot: true,
    afterEffects: [],
    commands: [],
    summary: { steps: [], simpler: null },
    hook: null,
    ...some,
  })
}
