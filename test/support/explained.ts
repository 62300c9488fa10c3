import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { explanationsOf } from '../../src/core/explain/resolve.ts'
import type { Explanation } from '../../src/core/explain/explanation.ts'
import type { Job } from '../../src/core/advice/case.ts'
import type { Known } from '../../src/core/explain/known.ts'
import type { Finding } from '../../src/core/report/report.ts'
import type { Reader } from '../../src/core/report/reader.ts'
import { openRecording } from '../../src/io/recording/recording.ts'
import { written } from '../../src/render/door.ts'
import { renderExplanations, unknownSubjectText } from '../../src/render/explain/explain.ts'
import { COLOURED, PLAIN } from '../../src/render/style.ts'
import type { Style } from '../../src/render/style.ts'
import { knownFor } from '../../src/scan/explain/known.ts'
import { scan } from '../../src/scan/scan.ts'
import { REFUSING, shown } from './door.ts'
import { makeRecording } from './recording.ts'
import type { RecordedMachine } from './recording.ts'
import type { RecordedProcess } from './tree.ts'
import { optionsOf } from './world.ts'

/** The boot of recorded machines, in seconds since 1970: see `procTree`. */
const BOOT = 1_790_000_000
const START = '2026-11-20T06:12:00.000Z'

/** Two upgrades: one of yesterday, and one of the day of the look. */
const UPGRADE = '2026-11-23T07:18:00.000Z'
const TODAY = '2026-11-24T06:40:00.000Z'

type Changed = readonly [name: string, from: string, to: string | null, at: string]

/** What pacman did to files, by their paths. */
const CHANGED: Readonly<Record<string, Changed>> = {
  '/usr/bin/sshd': ['openssh', '10.0p1-4', '10.2p1-2', UPGRADE],
  '/usr/bin/containerd': ['containerd', '2.1.0-1', '2.2.0-1', UPGRADE],
  '/usr/lib/systemd/systemd': ['systemd', '257.1-1', '257.2-1', UPGRADE],
  '/usr/lib/libcurl.so.4.8.0': ['curl', '8.16.0-1', '8.17.0-1', UPGRADE],
  '/usr/lib/libcrypto.so.3': ['openssl', '3.6.0-1', '3.6.1-1', TODAY],
  '/usr/lib/libssl.so.3': ['openssl', '3.6.0-1', '3.6.1-1', TODAY],
  '/usr/lib/libexpat.so.1': ['expat', '2.7.2-1', '2.7.3-1', TODAY],
  '/usr/lib/libc.so.6': ['glibc', '2.41+r48+g5cb575ca9a3d-1', '2.42+r17+gd7274d718e6f-1', TODAY],
  '/usr/lib/libfoo.so.1': ['foo', '1.0-1', null, TODAY],
  '/usr/lib/firefox/libxul.so': ['firefox', '145.0-1', '145.0.1-1', TODAY],
}

/** The start of a process that has missed two upgrades. */
export const LONG_AGO = '2026-10-30T06:12:00.000Z'
const EARLIER = [
  [
    `${Date.parse(LONG_AGO)} /usr/lib/libcrypto.so.3`,
    {
      kind: 'changed',
      change: { name: 'openssl', from: '3.5.4-1', to: '3.6.1-1', change: 'upgraded', at: TODAY },
      isNew: false,
    },
  ],
]

/**
 * Returns a process that maps these files, which the kernel marks as deleted.
 *
 * @param at when it started, ISO 8601
 */
export function old(
  cgroup: string,
  comm: string,
  files: readonly string[],
  at: string = START,
): RecordedProcess {
  const exe = `/usr/bin/${comm}`
  return {
    comm,
    cgroup,
    startTicks: (Date.parse(at) / 1000 - BOOT) * 100,
    maps: files.map((file) => `r-xp ${file} (deleted)`),
    exe: files.includes(exe) ? `${exe} (deleted)` : exe,
  }
}

/** A recorded machine, who reads what is said of it, and what is known beside it. */
export type Situation = RecordedMachine & {
  readonly reader?: Partial<Reader>
  readonly known?: Partial<Known>
  readonly isFacts?: boolean
  /** When the files of a process lost their names, ISO 8601, by its id. */
  readonly gone?: Readonly<Record<number, string>>
  /** What a restart of units ends, beside what recordings tell. */
  readonly tasks?: Readonly<Record<string, readonly Job[]>>
}

/** Returns a screen, after a look at it: no line is too long, and colour changes no character. */
function textAt(
  explained: readonly Explanation[],
  isFacts: boolean,
  width: number,
  style: Style,
): string {
  const lines = renderExplanations(explained, isFacts, { width })
  const text = shown(lines)
  const isLong = (line: string) => line.length > width
  if (!isFacts) assert.deepEqual(text.split('\n').filter(isLong), [])
  assert.equal(stripVTControlCharacters(written(lines, COLOURED, REFUSING)), text)
  return written(lines, style, REFUSING)
}

/**
 * Returns what `explain` says about subjects on a machine, as it is written.
 *
 * @param width the columns of the page
 */
export async function explainedText(
  situation: Situation,
  subjects: readonly string[],
  width = 80,
  style = PLAIN,
): Promise<string> {
  const {
    reader = {},
    known: beside = {},
    isFacts = false,
    gone = {},
    tasks,
    ...machine
  } = situation
  const changes = Object.entries(CHANGED).map(([path, [name, from, to, at]]) => {
    const change = { name, from, to, change: to === null ? 'removed' : 'upgraded', at }
    return [`${Date.parse(START)} ${path}`, { kind: 'changed', change, isNew: false }] as const
  })
  const { world: recorded, config } = openRecording(
    makeRecording({
      at: '2026-11-24T07:18:43.120Z',
      users: { 0: 'root', 1000: 'zoe', 1001: 'ben' },
      changes: [...changes, ...EARLIER] as never,
      ...machine,
    }),
  )
  const unlinked = (_: unknown, { pid }: { readonly pid: number }) => {
    const at = gone[pid]
    return at === undefined ? null : { at: Date.parse(at), replacedAt: null }
  }
  const world = { ...recorded, files: { ...recorded.files, unlinked } }
  const asker = { version: '0.1.0', environment: {} }
  const { report, cases } = await scan(world, optionsOf(), config, asker, () => {})
  const known = { ...(await knownFor(subjects, world, report)), ...beside }
  const findings = report.findings.map((one) => withTasks(one, tasks?.[one.unit ?? ''] ?? []))
  const read = { ...report, findings, reader: { ...report.reader, ...reader } }
  const explained = explanationsOf(subjects, { report: read, cases }, known)
  if ('nearest' in explained) return `${unknownSubjectText(explained)}\n`
  return textAt(explained, isFacts, width, style)
}

function withTasks(finding: Finding, tasks: readonly Job[]): Finding {
  if (tasks.length === 0) return finding
  const ends = { code: 'ends-tasks', blocking: false, detail: tasks } as const
  return { ...finding, cautions: [...finding.cautions, ends] }
}

/** Returns an owner of paths for `Known`, as pacman's database has them. */
export function installedAs(...packages: readonly string[]): Pick<Known, 'installed'> {
  return {
    installed: new Map(packages.map((one) => one.split(' ', 2) as [string, string])),
  }
}
