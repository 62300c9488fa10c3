import { parseMemory } from '../../src/core/act/renewed.ts'
import { typedName, typedNames } from '../../src/core/act/names.ts'
import assert from 'node:assert/strict'
import {
  linesIn,
  messagesAbout,
  tellingLines,
  parseIdentities,
  parseMarkedNames,
  parseMarks,
  parseSurvivors,
} from '../../src/core/act/answers.ts'
import { isAbout, parseProgress, stageOf } from '../../src/core/act/progress.ts'
import { parseLocks } from '../../src/core/owner/locks.ts'
import { parseBusAnswer, parseBusNames } from '../../src/core/systemd/bus-names.ts'
import {
  isPopulatedIn,
  leadsUp,
  parseControlGroupProcesses,
} from '../../src/core/systemd/control-group-tree.ts'
import {
  isManagedByNetworkd,
  isManagedByNetworkManager,
  isPidFileOfDhcpcd,
  unitsManaging,
} from '../../src/core/systemd/network-managers.ts'
import { firstValue, parsePropertyBlocks } from '../../src/core/systemd/property-blocks.ts'
import {
  dependentsOf,
  filesNeeded,
  requirementsOf,
  seesFiles,
} from '../../src/core/systemd/related-units.ts'
import {
  isMarker,
  isMarkingHook,
  parseMarked,
  parseMarkers,
  parseSystemdVersion,
} from '../../src/core/systemd/markers.ts'
import {
  atConsoles,
  leftAmong,
  parseSessionIds,
  parseSessions,
  remoteHostsOf,
} from '../../src/core/systemd/sessions.ts'
import { isAnswerAbout, parsePrograms, parseUnitFacts } from '../../src/core/systemd/unit-facts.ts'
import {
  argumentsIn,
  busNamesIn,
  pathConditionsIn,
  programsIn,
  unitFileNames,
  vendorFilesOf,
} from '../../src/core/systemd/unit-file.ts'
import {
  acceptingSocket,
  completedUnit,
  isOfConnection,
  isSliceName,
  isUnitName,
  itemsOf,
  lastingName,
  parseUnitList,
  unescapeUnitName,
  unitType,
} from '../../src/core/systemd/unit-name.ts'
import { unitUserOf } from '../../src/core/systemd/unit-user.ts'
import { parseListedUnits, parseUnitStates } from '../../src/core/systemd/unit-states.ts'
import type { Found, Parser } from './property.ts'

const FACTS = [
  'Id=a.service\nNames=a.service "b\\\\x2dc.service"\nLoadState=loaded\nActiveState=active\n' +
    'Type=simple\nMainPID=7\nRequiredBy=b.service c.target\nRequires=d.mount\n' +
    'WorkingDirectory=/srv\nControlGroup=/system.slice/a.service\n' +
    'EnvironmentFiles=/etc/x (ignore_errors=no)\nEnvironmentFiles=/etc/y (ignore_errors=yes)\n',
  'Id=a.service\nNames=a.service\nLoadState=loaded\nActiveState=active\n\n' +
    'Id=b.socket\nNames=b.socket\nLoadState=not-found\nActiveState=inactive\n',
]

function readFacts(text: string): Found {
  const all = parseUnitFacts(text)
  const told = all.filter((facts) => isAnswerAbout('a.service', facts))
  all.forEach((facts) => unitUserOf(facts, new Map([[1000, 'zoe']]), null))
  const units = told.flatMap((facts) => [
    facts.Id,
    ...dependentsOf(facts),
    ...requirementsOf(facts),
  ])
  assert.ok(units.every(isUnitName), 'a unit that can be none')
  const raw = all.slice(0, 50).flatMap((facts) => {
    seesFiles(facts)
    return [...Object.values(facts), ...filesNeeded(facts)]
  })
  return { raw, plain: units }
}

function readUnitName(text: string): Found {
  isSliceName(text)
  isOfConnection(text)
  const files = [
    ...unitFileNames(text),
    ...vendorFilesOf(text, 'system'),
    ...vendorFilesOf(text, 1),
  ]
  const derived = [lastingName(text), unitType(text), acceptingSocket(text) ?? '']
  const plain = isUnitName(text) ? [text, ...derived] : []
  return {
    raw: [...files, ...derived, completedUnit(text)],
    plain: [...plain, unescapeUnitName(text)],
  }
}

function readUnitFile(text: string): Found {
  const conditions = pathConditionsIn([text]).map(({ path }) => path)
  return { raw: [...programsIn(text), ...argumentsIn(text), ...busNamesIn(text), ...conditions] }
}

const SESSION =
  'Id=3\nType=tty\nClass=user\nState=active\nRemote=yes\nRemoteHost=10.0.0.1\n' +
  'User=1000\nVTNr=3\nTTY=tty3\n'

function readSessions(text: string): Found {
  const count = parsePropertyBlocks(text).length
  const sessions = parseSessions(text, count) ?? []
  const consoles = atConsoles(sessions).map(({ terminal }) => terminal)
  return {
    raw: [...remoteHostsOf(sessions), ...leftAmong(['3', '4'], sessions)],
    plain: consoles,
  }
}

function readNetworkFiles(text: string): Found {
  isManagedByNetworkd(text)
  isManagedByNetworkManager(text)
  isPidFileOfDhcpcd(text, 'eth0')
  const [name = ''] = text.split('\n')
  return {
    raw: unitsManaging({
      name,
      networkdLink: text,
      networkManagerDevice: text,
      isWireless: true,
      dhcpcdFiles: text.split('\n').slice(0, 50),
    }),
  }
}

const PROGRESS = [
  'Id=a.service\nNames="a.service" b.service\nLoadState=loaded\nActiveState=activating\n' +
    'SubState=auto-restart\nType=simple\nResult=exit-code\nJob=7\nNRestarts=2\n' +
    `InvocationID=${'a'.repeat(32)}\nMainPID=5\nExecMainCode=2\nExecMainStatus=15\n` +
    'ActiveEnterTimestamp=Thu 2026-11-26 17:23:50.123456 UTC\nStateChangeTimestampMonotonic=9\nNeedDaemonReload=yes\n',
]

function readProgress(text: string): Found {
  parsePropertyBlocks(text).map((block) => isAbout('a.service', block))
  const states = [...(parseProgress(text, ['a.service'])?.values() ?? [])]
  const stages = states.flatMap((before) => states.map((now) => stageOf(before, now)))
  return {
    plain: [
      ...stages,
      ...states.flatMap((one) => [one.unit, one.loadState, one.activeState, one.subState]),
      ...states.flatMap((one) => [one.type, one.result, one.invocation]),
    ],
  }
}

/** What systemctl, loginctl, busctl and files of systemd say. */
export const SYSTEMD: readonly Parser[] = [
  { name: 'systemctl show', seeds: FACTS, read: readFacts },
  {
    name: 'marks of units',
    seeds: [
      'needs-reload needs-restart',
      '35-systemd-restart-marked.hook',
      'systemd 262 (262.1)\n',
    ],
    read(text) {
      const version = isMarkingHook(text) ? null : parseSystemdVersion(text)
      return { plain: [...parseMarkers(text).filter(isMarker), String(version)] }
    },
    long: [(length) => `${'9'.repeat(length)}-systemd-restart-marked`],
  },
  {
    name: 'systemctl show, any properties',
    seeds: [...FACTS, SESSION],
    read: (text) => ({
      raw: [
        ...parsePropertyBlocks(text).map((block) => firstValue(block, 'Id')),
        ...parseMarked(text),
      ],
    }),
  },
  {
    name: 'systemctl show, states',
    seeds: [
      'Id=a.service\nActiveState=failed\nResult=exit-code\nBusName=org.x.Y\n' +
        'StateChangeTimestamp=@1700000000\nActiveEnterTimestamp=\n\n' +
        'Id=b.service\nActiveState=active\nResult=success\nActiveEnterTimestamp=@1700000000\n',
    ],
    read(text) {
      const states = parseUnitStates(text)
      return { plain: states.flatMap(({ unit, result, busName }) => [unit, result, busName]) }
    },
    long: [(length) => `Id=${' '.repeat(length)}`, (length) => 'Id=a\n\n'.repeat(length / 6)],
  },
  {
    name: 'systemctl show, programs',
    seeds: [
      'Id=a.service\nNames=a.service\nExecStart={ path=/usr/bin/x ; argv[]=/usr/bin/x a ; ' +
        'ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) }\n',
    ],
    read: (text) => ({ raw: parsePrograms(text, 'a.service') }),
    long: [
      (length) => `Id=a.service\nExecStart={ path=${' ; argv[]'.repeat(length / 9)}`,
      (length) => 'Id="a.service" "\n'.repeat(length / 17),
    ],
  },
  {
    name: 'systemctl show, a restart',
    seeds: PROGRESS,
    read: readProgress,
    long: [(length) => 'Id=a\n\n'.repeat(length / 6)],
  },
  {
    name: 'systemctl show, names',
    seeds: [
      'Id=a.service\nNames=b.service "a.service"\nLoadState=not-found\nMarkers=needs-restart\n' +
        'ActiveState=active\nSurviveFinalKillSignal=yes\nConflicts=reboot.target\n',
    ],
    read: (text) => ({
      plain: [
        ...[...(parseIdentities(text, ['a.service'])?.values() ?? [])].map(String),
        ...(parseSurvivors(text) ?? []),
        ...parseMarks(text).flatMap(({ unit, markers, job }) => [unit, ...markers, job]),
      ],
      raw: [...parseMarkedNames(text)],
    }),
  },
  {
    name: 'lines of a program',
    seeds: ['Failed to restart a.service: Unit a.service not found.\n\xc3\xa0\xff \n\n'],
    read(text) {
      const lines = linesIn(text)
      return {
        plain: [
          ...lines,
          ...tellingLines(lines.slice(-50), 5),
          ...messagesAbout('a.service', lines),
        ],
      }
    },
    long: [(length) => ' '.repeat(length), (length) => '\r'.repeat(length)],
  },
  {
    name: 'systemctl list-units',
    seeds: ['a.service loaded active running A b\nb@c.service loaded failed failed B\n'],
    read: (text) => ({ plain: parseListedUnits(text).map(({ unit }) => unit) }),
    long: [(length) => `a.service${' '.repeat(length)}`, (length) => 'a.'.repeat(length / 2)],
  },
  {
    name: 'list of units',
    seeds: ['a.service b.target "c\\\\x2dd.service" "e f.mount"'],
    read: (text) => ({ raw: [...parseUnitList(text), ...itemsOf(text)] }),
    long: [
      (length) => '"\\'.repeat(length / 2),
      (length) => '"a '.repeat(length / 3),
      (length) => `"${'a\\'.repeat(length / 2)}`,
      (length) => 'a"'.repeat(length / 2),
      (length) => `"${'a'.repeat(length)}`,
      (length) => '"\\\n'.repeat(length / 3),
    ],
  },
  {
    name: 'unit name',
    seeds: [
      'sshd@3-10.0.0.1:22-10.0.0.2:5555.service',
      'app-gnome-org.x-12.scope',
      'dbus-:1.2-org.x@0.service',
      'run-u12.service',
      'machine-qemu\\x2d1\\x2dvm.scope',
    ],
    read: readUnitName,
    long: [
      (length) => `a@${'1-a:1-'.repeat(length / 6)}.service`,
      (length) => `a${'@.a'.repeat(length / 3)}.`,
    ],
  },
  {
    name: 'unit file',
    seeds: ['[Service]\nExecStart=-/usr/bin/python3 /usr/bin/x\n BusName = org.x.Y\n'],
    read: readUnitFile,
    long: [
      (length) => `BusName${' '.repeat(length)}`,
      (length) => `${' '.repeat(50)}\t`.repeat(length / 51),
      (length) => `${'\\'.repeat(50)}a`.repeat(length / 51),
      (length) => 'BusName=\\\n#\n'.repeat(length / 12),
    ],
  },
  {
    name: 'loginctl list-sessions',
    seeds: ['  3 1000 zoe seat0 tty2 active no -\n c1 0 root - pts/1\n'],
    read: (text) => ({ plain: parseSessionIds(text) }),
  },
  { name: 'loginctl show-session', seeds: [SESSION, `${SESSION}\n${SESSION}`], read: readSessions },
  {
    name: 'busctl ListNames',
    seeds: ['{"type":"as","data":[["org.freedesktop.DBus",":1.2"]]}'],
    isJson: true,
    read: (text) => ({
      text: parseBusNames(text) ?? [],
      plain: [String(parseBusAnswer(text)?.length)],
    }),
  },
  {
    name: 'busctl ListInhibitors',
    seeds: [
      '{"type":"a(ssssuu)","data":[[["shutdown:sleep","PackageKit","Transaction","block",0,7],' +
        '["sleep","UPower","Pause","delay",0,8]]]}',
    ],
    isJson: true,
    read(text) {
      const locks = [...(parseLocks(text)?.values() ?? [])].flat()
      return { plain: locks.flatMap(({ who, why }) => [who, why]) }
    },
  },
  {
    name: 'names of units on a command line',
    seeds: ['sshd', 'app@.service', 'a*', '-x', 'a@b.service'],
    read(text) {
      const [one, all] = [typedName(text), typedNames(text.split('\n'))]
      return {
        plain: [one.typed, ...('problem' in all ? [all.typed] : all.map(({ unit }) => unit))],
      }
    },
  },
  {
    name: 'memory of restarts',
    seeds: ['a.service\t0123456789abcdef0123456789abcdef\t/usr/lib/a.so\n'],
    read: (text) => ({
      plain: parseMemory(text).flatMap(({ unit, invocation, paths }) => [
        unit,
        invocation,
        ...paths,
      ]),
    }),
  },
  {
    name: 'cgroup.procs',
    seeds: ['1\n0\n4194304\n'],
    read: (text) => ({ plain: parseControlGroupProcesses(text).map(String) }),
  },
  {
    name: 'control group that leads up',
    seeds: ['/../a', '/a/../b'],
    read(text) {
      leadsUp(text)
      isPopulatedIn(text)
      return {}
    },
  },
  {
    name: 'files of network managers',
    seeds: ['ADMIN_STATE=configured\n', '[device]\nmanaged=true\n', 'eth0-4.pid\npid\neth0.pid'],
    read: readNetworkFiles,
  },
]
