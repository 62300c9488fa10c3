import type { Attribution } from '../../src/core/pacman/attribution.ts'
import type { Inhabitants } from '../../src/core/advice/case.ts'
import type { Holder } from '../../src/core/owner/holding.ts'
import { printableText } from '../../src/core/printable.ts'
import type { UnitFacts } from '../../src/core/systemd/unit-facts.ts'
import { printed } from '../support/printed.ts'
import type { Plain } from '../support/printed.ts'
import type { RecordedMachine } from '../support/recording.ts'
import type { RecordedProcess } from '../support/tree.ts'

/** The file at which the change of a package shows: a library, or a program. */
const FILES = {
  cups: 'usr/bin/cupsd',
  curl: 'usr/lib/libcurl.so.4.8.0',
  'dbus-broker': 'usr/bin/dbus-broker-launch',
  docker: 'usr/bin/dockerd',
  expat: 'usr/lib/libexpat.so.1.11.1',
  glibc: 'usr/lib/libc.so.6',
  icu: 'usr/lib/libicuuc.so.78.1',
  libcups: 'usr/lib/libcups.so.2',
  libsoup3: 'usr/lib/libsoup-3.0.so.0.7.3',
  linux: 'usr/lib/modules/6.18.1-arch1-2/vmlinuz',
  mariadb: 'usr/bin/mariadbd',
  nginx: 'usr/bin/nginx',
  nss: 'usr/lib/libnss3.so',
  'nvidia-utils': 'usr/lib/libnvidia-glcore.so.580.105.08',
  'amd-ucode': 'boot/amd-ucode.img',
  openssh: 'usr/bin/sshd',
  openssl: 'usr/lib/libcrypto.so.3',
  'qemu-base': 'usr/bin/qemu-system-x86_64',
  tmux: 'usr/bin/tmux',
  tzdata: 'usr/share/tz/table',
  zlib: 'usr/lib/libz.so.1.3.1',
} as const

export type Package = keyof typeof FILES

/** The packages of the old files that somebody uses, several apart by a blank. */
type Uses = string

/** The first step of several began at `since`. */
type Change = readonly [from: string, to: string, at: string, since?: string]

/** A program that uses old files, the whole of one unit. */
type Program = {
  readonly uses: Uses
  readonly comm?: string
  readonly uid?: number
  readonly facts?: Partial<UnitFacts>
  /** What it holds for others. */
  readonly holds?: Plain<Partial<Holder>>
  /** Whether clients are connected to it. */
  readonly hasClients?: true
  /** What lives in its control group. */
  readonly inside?: Plain<Partial<Inhabitants>>
}

type Programs = Readonly<Record<string, Uses | Program>>

/** A machine in the words of a story: what runs, and what pacman did. */
export type Told = {
  /** What pacman did to packages, with the time. */
  readonly changed: Readonly<Partial<Record<Package, Change>>>
  /** The packages that the last transaction changed. */
  readonly now?: readonly Package[]
  /** System services by their names without `.service`. */
  readonly services?: Programs
  /** Services of users, by user id. */
  readonly ofUsers?: Readonly<Record<number, Programs>>
  /** Applications of users, by user id and by the id of their desktop file. */
  readonly apps?: Readonly<Record<number, Programs>>
  /** Login sessions by their number: who is logged in, and what uses old files there. */
  readonly sessions?: Readonly<Record<string, Program & { readonly uid: number }>>
  /** Other processes by their control group. */
  readonly groups?: Readonly<Record<string, Uses | (Program & Pick<RecordedProcess, 'apart'>)>>
  /** The number of programs that use nothing old. */
  readonly clean?: number
  /** Everything else that a recording has. */
  readonly machine?: Partial<RecordedMachine>
}

/** The boot, Fri 20 Nov 2026 06:12 UTC, in seconds since 1970. */
const BOOT = Date.parse('2026-11-20T06:12:00Z') / 1000
const START_TICKS = 900
const FIRST_PID = 601

const USERS = { 0: 'root', 1000: 'ben', 1001: 'zoe' }

type Place = {
  readonly unit: string | null
  readonly cgroup: string
  readonly comm: string
  readonly uid: number
  readonly program: Program & Pick<RecordedProcess, 'apart'>
}

/** Returns the machine as a recording has it. */
export function machineOf(told: Told): RecordedMachine {
  const { clean = 60, machine = {} } = told
  const places = placesOf(told)
  const units = places.flatMap(({ unit, program: { facts = {} } }, at) =>
    unit === null
      ? []
      : [[unit, { ...installed(unit), MainPID: String(FIRST_PID + at), ...facts }] as const],
  )
  return {
    at: '2026-11-24T06:41:02.000Z',
    users: USERS,
    rootPrograms: ['sudo', 'doas', 'run0'],
    self: { cgroup: '/user.slice/user-1000.slice/session-3.scope', terminal: 'pts/0' },
    ...machine,
    processes: {
      ...Object.fromEntries(places.map((place, at) => [FIRST_PID + at, processOf(place)])),
      ...machine.processes,
    },
    units: { ...Object.fromEntries(units), ...machine.units },
    inhabitants: Object.fromEntries(places.flatMap(inhabitantsOf)),
    holdings: Object.fromEntries(places.flatMap((place, at) => holdingOf(place, FIRST_PID + at))),
    unlinked: unlinkedOf(told),
    changes: changesOf(told),
    tally: { clean, ...machine.tally },
    proc: { stat: `cpu 1 2 3\nbtime ${BOOT}\n`, ...machine.proc },
  }
}

/** Returns what pacman gives to a hook: the paths that the transaction changed. */
export function targetsOf({ now = [] }: Told): string {
  return now.map((name) => `${FILES[name]}\n`).join('')
}

const isPackage = (name: string): name is Package => name in FILES

const programOf = (row: Uses | Program): Program => (typeof row === 'string' ? { uses: row } : row)

function placesOf({ services = {}, ofUsers, apps, sessions = {}, groups = {} }: Told) {
  const ofAll = (users: Told['ofUsers'] = {}) =>
    Object.entries(users).flatMap(([uid, rows]) =>
      Object.entries(rows).map(([name, row]) => ({ uid: Number(uid), name, row })),
    )
  const slice = (uid: number) => `/user.slice/user-${uid}.slice`
  const place = (row: Uses | Program, name: string, uid: number, cgroup: string, unit?: string) => {
    const program = programOf(row)
    const comm = program.comm ?? name.slice(0, 15)
    return { unit: unit ?? null, cgroup, comm, uid: program.uid ?? uid, program }
  }
  return [
    ...Object.entries(services).map(([name, row]) => {
      const unit = `${name}.service`
      const [, template] = /^(.+)@/.exec(name) ?? []
      const parent =
        template === undefined ? '' : `/system-${template.replaceAll('-', '\\x2d')}.slice`
      return place(row, name, 0, `/system.slice${parent}/${unit}`, unit)
    }),
    ...ofAll(ofUsers).map(({ uid, name, row }) => {
      const group = `${slice(uid)}/user@${uid}.service/session.slice/${name}.service`
      return place(row, name, uid, group, `${uid}/${name}.service`)
    }),
    ...ofAll(apps).map(({ uid, name, row }, at) => {
      const scope = `app-gnome-${name}-${4000 + at}.scope`
      const group = `${slice(uid)}/user@${uid}.service/app.slice/${scope}`
      return place(row, name, uid, group)
    }),
    ...Object.entries(sessions).map(([id, row]) =>
      place(row, 'bash', row.uid, `${slice(row.uid)}/session-${id}.scope`),
    ),
    ...Object.entries(groups).map(([group, row]) => place(row, 'daemon', 0, group)),
  ] satisfies readonly Place[]
}

/** Returns what systemd says of the file of a unit, which is a package's. */
function installed(unit: string): Partial<UnitFacts> {
  const [, uid, name = ''] = /^(?:(\d+)\/)?(.*)$/.exec(unit) ?? []
  const side = uid === undefined ? 'system' : 'user'
  const file = name.replace(/@.*(?=\.service$)/, '@')
  return { FragmentPath: `/usr/lib/systemd/${side}/${file}`, FileDescriptorStoreMax: '0' }
}

function inhabitantsOf({ cgroup, program: { inside } }: Place) {
  if (inside === undefined) return []
  const inhabitants = { terminals: [], guests: [], processes: 2, ...inside }
  return [[cgroup, printed<Inhabitants>(inhabitants)] as const]
}

function holdingOf({ cgroup, program: { holds, hasClients } }: Place, pid: number) {
  const nothing = { pid, mounts: [], terminals: [], consoles: [], guests: [] }
  if (holds === undefined && hasClients === undefined) return []
  const holders = [printed<Holder>({ ...nothing, ...holds })]
  const served = hasClients ? [{ pid, overNetwork: [7], local: [], ends: [] }] : []
  return [[cgroup, { holders, unread: [], denied: [], served }] as const]
}

function usedBy({ uses }: Program): readonly Package[] {
  return uses.split(' ').filter(isPackage)
}

function processOf({ cgroup, comm, uid, program }: Place): RecordedProcess {
  const files = usedBy(program).map((name) => FILES[name])
  const exe = files.find((file) => file.startsWith('usr/bin/'))
  const shown = exe === undefined ? `/usr/bin/${comm}` : `/${exe} (deleted)`
  const { apart } = program
  return {
    cgroup,
    comm,
    uid,
    exe: shown,
    startTicks: START_TICKS,
    maps: [
      ...(exe === undefined ? [`r-xp ${shown}`] : []),
      ...files.map((file) => `r-xp /${file} (deleted)`),
    ],
    ...(apart === undefined ? {} : { apart }),
  }
}

/** pacman puts the next file there within milliseconds. */
function unlinkedOf({ changed }: Told): NonNullable<RecordedMachine['unlinked']> {
  return Object.fromEntries(
    Object.entries(changed).flatMap(([name, [, , at, since]]) => {
      if (!isPackage(name)) return []
      const gone = Date.parse(since ?? at)
      return [
        [
          `/${FILES[name]}`,
          { at: gone, replacedAt: since === undefined ? gone + 2 : Date.parse(at) },
        ],
      ]
    }),
  )
}

function changesOf({ changed, now = [] }: Told): NonNullable<RecordedMachine['changes']> {
  const started = BOOT * 1000 + START_TICKS * 10
  return Object.entries(changed).flatMap(([name, [from, to, at]]) => {
    if (!isPackage(name)) return []
    const attribution: Attribution = {
      kind: 'changed',
      change: {
        name: printableText(name),
        from: printableText(from),
        to: printableText(to),
        change: 'upgraded',
        at: printableText(new Date(at).toISOString()),
      },
      isNew: now.includes(name),
    }
    return [[`${started} /${FILES[name]}`, attribution] as const]
  })
}
