import { isNeeded, packageFileNames } from '../../src/core/act/go-back.ts'
import { parseAdvisories } from '../../src/core/pacman/advisories.ts'
import { isUnpackaged } from '../../src/core/pacman/attribution.ts'
import { directivesOf, pathInDatabase, pathsOf } from '../../src/core/pacman/conf.ts'
import { changesSince, lastTransactionStart, memoryOf } from '../../src/core/pacman/history.ts'
import { refersToTheRest, unitsNamed } from '../../src/core/hook/said.ts'
import { spokenOf } from '../../src/core/pacman/hook/traces.ts'
import { parseDescription, parseEntryName } from '../../src/core/pacman/local-database.ts'
import { logLineReader, MAX_ENTRY_LENGTH } from '../../src/core/pacman/log.ts'
import { isInterpreter } from '../../src/core/pacman/own-package.ts'
import {
  isRelated,
  libraryName,
  libraryVersion,
  movedByRelease,
  movedPaths,
  moveOf,
  pathsAfter,
  stemOf,
} from '../../src/core/pacman/soname.ts'
import { isTarget, parseTargets } from '../../src/core/pacman/targets.ts'
import { compareVersions, upstreamOf } from '../../src/core/pacman/version.ts'
import { flavourOf, isForReboot } from '../../src/core/reboot/reboot.ts'
import type { Found, Parser } from './property.ts'

const NOW = new Date('2026-11-24T00:00:00Z')
const LOG = [
  '[2026-11-23T07:18:40+0000] [ALPM] transaction started',
  '[2026-11-23T07:18:40+0000] [ALPM] upgraded glibc (2.42-1 -> 2.42-2)',
  '[2026-11-23T07:18:41-0930] [ALPM] installed a (1:2-3)',
  '[2026-11-23T07:18:41+0000] [ALPM] removed b (1-1)',
  '[2026-11-23T07:18:42+0000] [ALPM-SCRIPTLET] a [ALPM] removed',
  '[2026-11-23T07:18:42+0000] [ALPM] transaction completed',
  "[2026-11-23T07:18:42+0000] [ALPM] running 'zz-stale-libs.hook'...",
  '[2026-11-23T07:18:42+0000] [ALPM-SCRIPTLET]   a.service  libc.so.6',
  "[2016-11-23 07:18] [PACMAN] Running 'pacman -Syu'",
  '',
]

function readLog(text: string): Found {
  const lines = text.split('\n').toReversed()
  const read = logLineReader()
  for (const line of lines) read(line)
  const start = lastTransactionStart(lines)
  const log = changesSince(lines, new Date(0), NOW)
  const { changes } = log
  const memory = memoryOf(log)
  return {
    // Nothing of it is printed.
    text: [
      ...(memory?.said ?? []),
      ...spokenOf(lines),
      String(refersToTheRest(lines)),
      ...unitsNamed(lines),
    ],
    plain: [
      ...(start === null ? [] : [new Date(start * 1000).toISOString()]),
      ...changes.flatMap(({ name, from, to, at }) => [
        name,
        from ?? '',
        to ?? '',
        at.toISOString(),
      ]),
      ...(memory?.changed ?? []),
      ...(memory?.lately ?? []),
    ],
  }
}

function readDescription(text: string): Found {
  const found = parseDescription(text)
  const { installedAt, base, replaces, depends, provides, architecture } = found
  isNeeded(text, new Map([[text, found]]))
  packageFileNames(text, base ?? '', architecture ?? '')
  return {
    raw: [base ?? '', ...replaces, ...depends, ...provides, architecture ?? ''],
    plain: [installedAt?.toISOString() ?? ''],
  }
}

function readVersions(text: string): Found {
  for (const other of ['1.0-1', '', text.slice(1), text.slice(0, -1), `${text}1`]) {
    const [order, back] = [compareVersions(text, other), compareVersions(other, text)]
    if (Number.isNaN(order) || Number.isNaN(back)) throw new Error('no order')
  }
  return { raw: [upstreamOf(text)] }
}

function readLibrary(path: string): Found {
  const stem = stemOf(path)
  isInterpreter(path)
  isUnpackaged(path)
  isRelated(path, 'openssl-1.1')
  const inDatabase = pathInDatabase(path, { root: '/mnt' })
  moveOf([path, libraryName(path)], [path, path])
  const moved = [
    ...pathsAfter(path, [{ name: 'a', from: '1.2.3-1' }], { versionOf: () => '1.3.0-1' }),
    ...movedPaths('/a1.2', [path, '9-1']),
    movedByRelease(path, ['1.2.3-1', '1.3.0-1']) ?? '',
    movedByRelease('/a1.2', [path, '9-1']) ?? '',
  ]
  return {
    raw: [...moved, stem?.exact ?? '', stem?.loose ?? '', libraryVersion(path) ?? '', inDatabase],
  }
}

function readConf(text: string): Found {
  const directives = directivesOf(text)
  const paths = directives.flatMap((one) =>
    one.kind === 'path' ? [[one.key, one.path] as const] : [],
  )
  const places = directives.flatMap((one) => (one.kind === 'caches' ? one.paths : []))
  const { root, database, log, caches } = pathsOf(new Map(paths), places)
  return { raw: [root, database, log, ...caches] }
}

function readTargets(text: string): Found {
  const targets = parseTargets(text)
  isTarget(`/${text.slice(0, 4096)}`, targets)
  return { raw: [...targets].slice(0, 50) }
}

function readKernelRelease(text: string): Found {
  isForReboot(text)
  return { raw: [flavourOf(text)] }
}

/** The log, the database and the configuration of pacman, and what it tells a hook. */
export const PACMAN: readonly Parser[] = [
  { name: 'pacman.log', seeds: [LOG.join('\n'), ...LOG], read: readLog },
  {
    name: 'one line of pacman.log',
    seeds: LOG,
    // What is cut there is longer by one character than any entry.
    most: [MAX_ENTRY_LENGTH + 1, 'src/io/pacman/log.ts'],
    read: readLog,
  },
  {
    name: 'desc of the local database',
    seeds: [
      '%NAME%\nglibc\n\n%BASE%\nglibc\n\n%VERSION%\n2.42-2\n\n%INSTALLDATE%\n1700000000\n\n' +
        '%REPLACES%\na>=1\nb\n\n%ARCH%\nx86_64\n\n%PROVIDES%\nlibc.so=6-64\n\n',
    ],
    read: readDescription,
    long: [(length) => `%REPLACES%\n${'<'.repeat(length)}\r<`],
  },
  {
    name: 'directory of the local database',
    seeds: ['glibc-2.42-2', 'a-b-1:2.0-1'],
    read(text) {
      const entry = parseEntryName(text)
      return { raw: [entry?.name ?? '', entry?.version ?? ''] }
    },
  },
  {
    name: 'pacman.conf',
    seeds: [
      '[options]\nDBPath = /x\nRootDir=/mnt/\nLogFile = /a//b\nCacheDir = /c  /d\nInclude=/etc/pacman.d/*.conf\n',
    ],
    read: readConf,
  },
  {
    name: 'targets of a hook',
    seeds: ['usr/lib/libc.so.6\nusr/bin/x\nopt/a b\n'],
    read: readTargets,
  },
  {
    name: 'version',
    seeds: ['1:2.42+r3-1', '1.0rc1-2', '2026.01.01', '1..0--1'],
    read: readVersions,
    long: [(length) => '1.'.repeat(length / 2), (length) => '-'.repeat(length)],
  },
  {
    name: 'path of a library',
    seeds: ['/usr/lib/libssl.so.3', '/usr/lib/systemd/libsystemd-shared-257.6-1.so', '/a/b-1.2'],
    read: readLibrary,
    long: [
      (length) => `/usr/lib/${'.so'.repeat(length / 3)}`,
      (length) => `/usr/lib/${'.so.'.repeat(length / 4)}/`,
      (length) => `/usr/lib/a${'1.'.repeat(length / 2)}x.so`,
      (length) => `/usr/lib/${'a1'.repeat(length / 2)}!.so`,
      (length) => `/usr/lib/${'a1'.repeat(length / 2)}`,
    ],
  },
  {
    name: 'advisories',
    seeds: [
      '[{"name":"AVG-1","packages":["openssl"],"status":"Fixed","severity":"High","type":"x",' +
        '"affected":"1","fixed":"2","ticket":null,"issues":["CVE-2026-1","CVE-2026-2"]}]',
    ],
    isJson: true,
    read(text) {
      const groups = parseAdvisories(text) ?? []
      return {
        plain: groups.flatMap(({ name, severity, issues }) => [name, severity, ...issues]),
        text: groups.flatMap(({ packages, fixed }) => [...packages, fixed]),
      }
    },
    long: [(length) => '['.repeat(length)],
  },
  { name: 'kernel release', seeds: ['6.18.1-arch1-1', '6.12.3-1-lts'], read: readKernelRelease },
]
