import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import { inText, readHook } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import { installProgram, whySkippedWithCompiler } from './silent.ts'
import {
  PACMAN,
  bootWithProgram,
  cautionCodes,
  findingOf,
  giveBus,
  makeTree,
  namesIn,
  packageFile,
  report,
  startInSession,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkipped(['usr/bin/bwrap', 'usr/bin/systemd-nspawn']) || whySkippedWithCompiler()

const REPLACED = '/usr/lib/libtoy.so.1'
const REMOVED = '/usr/lib/libgone.so.1'
/** maps(5) shows a file that is gone by such a name; this one is there. */
const LIVE = '/usr/lib/liblive.so (deleted)'
const BOUND = '/srv/bound'
const COPIED = '/srv/copied'
const SINGLE = '/srv/single'
const PLAIN = 'plain'

/**
 * What a service may be told to see of the machine. Its libraries are the machine's all the same.
 */
const SANDBOXES: Readonly<Record<string, readonly string[]>> = {
  [PLAIN]: [],
  'protect-system': ['ProtectSystem=yes'],
  'protect-system-full': ['ProtectSystem=full'],
  'protect-system-strict': ['ProtectSystem=strict'],
  'private-tmp': ['PrivateTmp=yes'],
  'private-users': ['PrivateUsers=yes'],
  'dynamic-user': ['DynamicUser=yes'],
  'private-mounts': ['PrivateMounts=yes'],
  'protect-home': ['ProtectHome=yes'],
  'protect-home-tmpfs': ['ProtectHome=tmpfs'],
  'temporary-file-system': ['TemporaryFileSystem=/var:ro /srv'],
  'private-devices': ['PrivateDevices=yes'],
  'inaccessible-paths': ['InaccessiblePaths=/var /srv'],
  'read-only-paths': ['ReadOnlyPaths=/usr'],
  'root-bound': [`RootDirectory=${BOUND}`, 'BindReadOnlyPaths=/usr'],
  'root-bound-api': [
    `RootDirectory=${BOUND}`,
    'BindReadOnlyPaths=/usr',
    'MountAPIVFS=yes',
    'PrivateDevices=yes',
  ],
  'root-bound-files': [
    `RootDirectory=${SINGLE}`,
    ...[REPLACED, REMOVED, '"/usr/lib/liblive.so (deleted)"'].map(
      (path) => `BindReadOnlyPaths=${path}`,
    ),
  ],
  everything: [
    'DynamicUser=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'PrivateUsers=yes',
    'ProtectProc=invisible',
    'ProtectControlGroups=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'TemporaryFileSystem=/srv',
  ],
}
/** Its tree has its own libraries, which pacman knows nothing of. */
const OWN_TREE = [`RootDirectory=${COPIED}`]

/** What these see of the machine lies behind a prefix, as in the container of Steam. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  '/run/host': ['BindReadOnlyPaths=/usr:/run/host/usr'],
  '/run/other': ['BindReadOnlyPaths=/:/run/other'],
  '/tmp/root': ['PrivateTmp=yes', 'BindReadOnlyPaths=/usr:/tmp/root/usr', 'User=nobody'],
  '/run/root': [`RootDirectory=${COPIED}`, 'BindReadOnlyPaths=/usr:/run/root/usr'],
}
/** A sandbox has a copy there, which is no file of the machine. */
const COPY_BEHIND = [`BindReadOnlyPaths=${COPIED}/usr:/run/copy/usr`]

/** As programs with sandboxes call it: an empty root directory, and /usr of the machine. */
const BWRAP = ['bwrap', '--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib', '/lib']
  .concat(['--symlink', 'usr/lib64', '/lib64', '--dev', '/dev'])
  .concat(['--unshare-all', '--', '/usr/local/bin/holder', REPLACED])
const BWRAPPED = 'bwrapped.service'
const OF_USER = 'thumbnails.service'
const ALICE = 1000
/** A container on the file system of the machine: the device is the same, the directory is not. */
const NSPAWN = ['systemd-nspawn', '--quiet', '--keep-unit', '--register=no', '-D', COPIED]

const holding = (lines: readonly string[], files: readonly string[]) =>
  [
    'Type=exec',
    ...lines,
    `ExecStart=/usr/local/bin/holder ${files.map((file) => `"${file}"`).join(' ')}`,
  ].join('\n')

const behindUnitOf = (prefix: string) => `behind${prefix.replaceAll('/', '-')}.service`
const UNITS_BEHIND = Object.keys(BEHIND).map(behindUnitOf)
const all = { ...SANDBOXES, 'own-tree': OWN_TREE }
/** The processes with it: those of units, two of a user, and one in a container. */
const MAPPED = Object.keys(all).length + UNITS_BEHIND.length + 1 + 1 + 2 + 1
const unitOf = (name: string) => `${name}.service`
const liveUnitOf = (name: string) => `live-${name}.service`

describe('a service in a sandbox', { skip }, () => {
  let lab: Lab
  let stale: ReportDocument
  let session = ''
  let hook: readonly string[]

  before(async () => {
    const both = { [REPLACED.slice(1)]: toyLibrary(), [REMOVED.slice(1)]: toyLibrary() }
    lab = await bootWithProgram([
      { name: 'libtoy', version: '1.0-1', files: both },
      { name: 'libtoy', version: '1.1-1', files: { [REPLACED.slice(1)]: toyLibrary() } },
      { name: 'liblive', files: { [LIVE.slice(1)]: toyLibrary() } },
    ])
    installProgram(lab, 'holder')
    const packages = [packageFile('libtoy', '1.0-1'), packageFile('liblive', '1.0-1')]
    transaction(lab, [...PACMAN, '-U', ...packages])
    makeTree(lab, BOUND)
    copyTrees()
    const units = Object.entries(all).flatMap(([name, lines]) => [
      [unitOf(name), holding(lines, [REPLACED, REMOVED, LIVE])],
      [liveUnitOf(name), holding(lines, [LIVE])],
    ])
    const behind = Object.entries(BEHIND).map(([prefix, lines]) => [
      behindUnitOf(prefix),
      holding(lines, [`${prefix}${REPLACED}`]),
    ])
    const copy = holding(COPY_BEHIND, [`/run/copy${REPLACED}`])
    const bwrapped = ['Type=exec', `ExecStart=${['/usr/bin/bwrap', ...BWRAP.slice(1)].join(' ')}`]
    writeUnits(lab, {
      ...Object.fromEntries([...units, ...behind, ['copy-behind.service', copy]]),
      [BWRAPPED]: bwrapped.join('\n'),
    })
    const names = Object.keys(all)
    // What starts within seconds of the first line of the log may have started before it.
    mustRun(lab, ['sleep', '2.1'])
    mustRun(lab, ['systemctl', 'start', ...names.map(unitOf), ...names.map(liveUnitOf)])
    mustRun(lab, ['systemctl', 'start', 'copy-behind.service', BWRAPPED, ...UNITS_BEHIND])
    startOfAlice()
    startInSession(lab, [...NSPAWN, '/usr/local/bin/holder', REPLACED])
    waitUntilLoaded(lab, [BWRAPPED], 1, REPLACED)
    waitUntilMapped(lab, REPLACED, MAPPED)
    waitUntilLoaded(lab, ['copy-behind.service', ...UNITS_BEHIND], 1, REPLACED)
    waitUntilLoaded(lab, names.map(unitOf), 1, 'libgone.so.1')
    waitUntilLoaded(lab, [...names.map(unitOf), ...names.map(liveUnitOf)], 1, LIVE)
    // The log has whole seconds.
    mustRun(lab, ['sleep', '2.1'])
    const inCopy = 'cd "$1" && cp -a .$2 .$2.new && mv .$2.new .$2 && rm .$3'
    mustRun(lab, ['sh', '-c', inCopy, 'replace', COPIED, REPLACED, REMOVED])
    hook = transaction(lab, [...PACMAN, '-U', packageFile('libtoy', '1.1-1')])
    stale = report(lab)
  })
  after(() => lab?.stop())

  const startOfAlice = () => {
    addUser(lab, 'alice', ALICE)
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', `user@${ALICE}.service`])
    session = openSession(lab, 'alice')
    const asAlice = { uid: ALICE, cgroup: session }
    startInSession(lab, BWRAP, asAlice)
    const run = ['systemd-run', '--user', '--quiet', `--unit=${OF_USER}`]
    mustRun(lab, [...run, ...BWRAP], asAlice)
  }
  /** Trees without a system: what a service needs, and no more. */
  const copyTrees = () => {
    const script = 'for file do mkdir -p "$tree${file%/*}" && cp -a "$file" "$tree$file"; done'
    const holder = '/usr/local/bin/holder'
    const trees = { [COPIED]: [holder, REPLACED, REMOVED, LIVE], [SINGLE]: [holder] }
    for (const [tree, files] of Object.entries(trees)) {
      mustRun(lab, ['mkdir', '-p', ...['dev', 'proc', 'run', 'sys'].map((at) => `${tree}/${at}`)])
      mustRun(lab, ['sh', '-c', script, 'copy', ...files], { env: { tree } })
    }
    lab.write(`${COPIED}/etc/os-release`, 'ID=toy\n')
  }
  const verdictOf = (unit: string) => {
    const { kind, action, clears, command, files, ...rest } = findingOf(stale, unit)
    const processes = rest.processes.map(({ comm, main }) => ({ comm, main }))
    const words = command?.map((word) => (word === unit ? 'UNIT' : word))
    const cautions = cautionCodes({ kind, action, clears, command, files, ...rest })
    const found = files.map(({ package: change, ...file }) => ({
      ...file,
      package: change && { ...change, at: null },
    }))
    return { kind, action, clears, words, cautions, processes, files: found }
  }

  const allUnits = () => [...Object.keys(all).map(unitOf), ...UNITS_BEHIND, BWRAPPED].toSorted()

  test('without one, is stale by what was replaced and by what is gone', () => {
    const { action, words, files } = verdictOf(unitOf(PLAIN))
    assert.deepEqual([action, words], ['restart', ['systemctl', 'restart', '--', 'UNIT']])
    assert.deepEqual(
      files.map(({ path, state, package: change }) => [path, state, change?.from, change?.to]),
      [
        // Nobody can tell which package had it.
        [REMOVED, 'removed', undefined, undefined],
        [REPLACED, 'replaced', '1.0-1', '1.1-1'],
      ],
    )
  })

  for (const name of Object.keys(SANDBOXES).filter((each) => each !== PLAIN))
    test(`${name}: the same is said of it as without`, () => {
      assert.deepEqual(verdictOf(unitOf(name)), verdictOf(unitOf(PLAIN)))
    })

  test('with a tree of its own, is stale by what was replaced there', () => {
    const { action, words, files } = verdictOf(unitOf('own-tree'))
    assert.deepEqual([action, words], ['restart', ['systemctl', 'restart', '--', 'UNIT']])
    assert.deepEqual(
      files.map(({ path, state }) => [path.split('/').at(-1), state]),
      [
        ['libgone.so.1', 'removed'],
        ['libtoy.so.1', 'replaced'],
      ],
    )
  })

  for (const prefix of Object.keys(BEHIND))
    test(`is stale by a file of the machine that it sees behind ${prefix}`, () => {
      const { action, cautions, files } = verdictOf(behindUnitOf(prefix))
      assert.deepEqual([action, cautions], ['restart', []])
      assert.deepEqual(
        files.map(({ path, state, package: change }) => [path, state, change?.name, change?.to]),
        [[`${prefix}${REPLACED}`, 'replaced', 'libtoy', '1.1-1']],
      )
    })

  test('is not stale by a file behind a prefix that is none of the machine', () => {
    const paths = stale.temporaryCode.filter(({ unit }) => unit === 'copy-behind.service')
    assert.deepEqual(
      paths.map(({ path }) => path),
      [`/run/copy${REPLACED}`],
    )
  })

  test('is not stale by a file whose name ends as if it were gone', () => {
    const units = stale.findings.filter(({ kind }) => kind === 'service')
    assert.deepEqual(namesIn({ ...stale, findings: units }).toSorted(), allUnits())
  })

  /** Package and version of the files of a finding. */
  const changes = ({ files }: FindingDocument) =>
    files.map(({ path, package: change }) => [path, change?.name, change?.from, change?.to])

  test('of bubblewrap, is still the service, the session or the service of its user', () => {
    const ofAlice = stale.findings.filter(({ user }) => user?.uid === ALICE)
    const found = [findingOf(stale, BWRAPPED), ...ofAlice]
    assert.deepEqual(
      found.map(({ kind, unit, action }) => [kind, unit, action]),
      [
        ['service', BWRAPPED, 'restart'],
        ['user-service', OF_USER, 'user-restart'],
        ['session', session.split('/').at(-1), 'relogin'],
      ],
    )
    for (const one of found)
      assert.deepEqual(changes(one), [[REPLACED, 'libtoy', '1.0-1', '1.1-1']])
  })

  test('is no container, but what brings its own files is one, and named by its leader', () => {
    const containers = stale.findings.filter(({ kind }) => kind === 'container')
    assert.deepEqual(
      containers.map(({ name, processes, ...one }) => [
        name,
        one.container?.runtime,
        changes({ ...one, name, processes }),
      ]),
      [
        [
          `holder[${containers[0]?.processes[0]?.pid}]`,
          'other',
          [[REPLACED, undefined, undefined, undefined]],
        ],
      ],
    )
  })

  test('is what it was in a recording', () => {
    mustRun(lab, ['stale-libs', 'record', '/root/recording'])
    const again = ['stale-libs', '--from', '/root/recording', '--format', 'json']
    const replayed = reportDocument(mustRun(lab, again))
    assert.deepEqual(replayed.findings, stale.findings)
  })

  test('leaves nothing open', () => {
    assert.deepEqual([stale.limits, stale.scan.complete], [[], true])
  })

  test('is named by the hook, with the command', () => {
    const units = allUnits()
    const { said, named, more, commands } = readHook(hook)
    assert.deepEqual(stale.commands, [['systemctl', 'restart', '--', ...units]])
    // pacman changed no file of another tree.
    const changed = units.filter((unit) => unit !== unitOf('own-tree'))
    const names = changed.map(inText).toSorted()
    assert.deepEqual(named, names.slice(0, named.length))
    assert.deepEqual([named.length + more, named.length > 8], [names.length, true])
    assert.deepEqual(commands, ['stale-libs restart'])
    assert.deepEqual(mustRun(lab, ['stale-libs', '--format', 'names']).trim().split('\n'), units)
    assert.doesNotMatch(said, /seen/)
  })
})
