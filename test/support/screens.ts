import type { Finding, FindingFile, RebootReason, Report } from '../../src/core/report/report.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'
import { file, finding, reportOf } from './report.ts'

/** The machines of the screens that a person reads. */
export const OPENSSL = ['libcrypto.so.3', 'openssl 3.6.0-1 3.6.1-1'] as const
export const OPENSSH = ['sshd', 'openssh 10.0p1-4 10.2p1-2'] as const
export const EXPAT = ['libexpat.so.1', 'expat 2.7.2-1 2.7.3-1'] as const
/** The longest versions that Arch has. */
export const GLIBC = [
  'libc.so.6',
  'glibc 2.41+r48+g5cb575ca9a3d-1 2.42+r17+gd7274d718e6f-1',
] as const

type Change = readonly [library: string, change: string]

/** A replaced file, made old by the transaction that the hook follows, or before. */
export function changed([library, change]: Change, isNew = true): FindingFile {
  const goneAt = isNew ? null : new Date('2026-11-20T07:18:00Z')
  return { ...file(library, change), isNew, goneAt }
}

let pid = 100

/** A service that uses old code. */
export function old(unit: string, change: Change, some: Plain<Partial<Finding>> = {}): Finding {
  pid += 1
  return finding({
    unit: `${unit}.service`,
    files: [changed(change)],
    processes: [{ pid, comm: unit, startedAt: null, main: true, files: [0] }],
    ...some,
  })
}

/** The sshd that carries the login of the reader. */
export const LOGIN = {
  lifeline: 'the way in',
  cautions: [{ code: 'carries-your-connection', blocking: false, detail: null }],
} as const

const KNOWN = printed<NonNullable<Report['hook']>>({
  isTold: true,
  hasCode: true,
  memory: { changed: ['linux', 'nvidia-utils', 'amd-ucode'], lately: [], said: [] },
})

/** A report of a hook, for who ran sudo. */
export function hookReport(findings: readonly Finding[], some: Plain<Partial<Report>> = {}) {
  return reportOf({ findings, hook: KNOWN, reader: { uid: 1000, asRoot: 'sudo' }, ...some })
}

/** The reboot for some reasons. */
export function rebootFor(...reasons: readonly Plain<RebootReason>[]): Report['reboot'] {
  const isFull = reasons.some(({ level }) => level === 'full')
  return printed<Report['reboot']>({ needed: isFull ? 'full' : 'soft', reasons })
}
