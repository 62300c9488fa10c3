import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributionOf } from '../../../src/core/pacman/attribution.ts'
import type { Attribution } from '../../../src/core/pacman/attribution.ts'
import type { InstalledPackages, StaleCopy } from '../../../src/core/pacman/former-owner.ts'
import type { Description } from '../../../src/core/pacman/local-database.ts'
import { changesSince } from '../../../src/core/pacman/history.ts'
import { stemOf } from '../../../src/core/pacman/soname.ts'
import { logTransaction } from '../../support/pacman-tree.ts'

const FILE = '/usr/lib/libfoo.so.1'
const START = new Date('2026-11-20T10:00:00Z')
const NOW = new Date('2026-11-30T00:00:00Z')

/** One package as it is installed now. */
type Now = Partial<Description> & { readonly version: string; readonly files?: readonly string[] }

type Scene = {
  /** Transactions, a day each, from the day after the process started on. */
  readonly log: readonly (readonly string[])[]
  readonly installed: Readonly<Record<string, Now>>
  readonly copy?: Partial<StaleCopy>
  readonly targets?: readonly string[]
  /** Another process started then. */
  readonly since?: Date
}

/** The day of a transaction, and the second of a line in it. */
function moment(day: number, second: number): Date {
  return new Date(START.getTime() + day * 24 * 3600_000 + second * 1000)
}

/** The log begins before everything. */
const BEFORE = logTransaction(moment(-5, 0), ['installed old (1-1)'])

/** What is said, apart from whether the newest transaction did it. */
function attributionIn(scene: Scene): Omit<Attribution, 'isNew'> {
  const { isNew: _, ...attribution } = { isNew: false, ...wholeAttributionIn(scene) }
  return attribution
}

function wholeAttributionIn({ log, installed, copy = {}, targets, since }: Scene): Attribution {
  const text = BEFORE + log.map((lines, at) => logTransaction(moment(at + 1, 0), lines)).join('')
  const stale = { path: FILE, state: 'replaced', startedAt: START, ...copy } as const
  const times = [stale.startedAt, copy.unlinkedAt, since].flatMap((time) => time ?? [])
  const oldest = times.length === 0 ? START : new Date(Math.min(...times.map(Number)))
  const entries = changesSince(text.split('\n').toReversed(), oldest, NOW)
  const known = targets === undefined ? null : new Set(targets)
  return attributionOf(stale, entries, packagesOf(installed), known)
}

function packagesOf(installed: Scene['installed']): InstalledPackages {
  const packages = Object.entries(installed)
  const withFile = (isWanted: (file: string) => boolean) =>
    packages.filter(([, { files = [] }]) => files.some(isWanted)).map(([name]) => name)
  return {
    isComplete: true,
    versionOf: (name) => installed[name]?.version ?? null,
    descriptionOf: (name) => ({
      installedAt: moment(-30, 0),
      base: null,
      replaces: [],
      depends: [],
      provides: [],
      architecture: null,
      isWhole: true,
      ...installed[name],
    }),
    ownerOf: (path) => withFile((file) => file === path)[0] ?? null,
    withSameStem: (path) =>
      packages.flatMap(([name, { files = [] }]) =>
        files
          .filter((file) => stemOf(file)?.loose === stemOf(path)?.loose)
          .map((file) => ({ name, path: file })),
      ),
  }
}

function became(
  name: string,
  from: string,
  to: string | null,
  change: string,
  at: Date,
): Attribution {
  return {
    kind: 'changed',
    change: { name, from, to, change, at: at.toISOString() },
  } as Attribution
}

const HAS_FILE = { files: [FILE] }
const GONE = { state: 'removed' } as const
const HAS_NEXT = { files: ['/usr/lib/libfoo.so.2'] }
const foo = (version: string): Scene['installed'] => ({ foo: { version, ...HAS_FILE } })

const ATTRIBUTED: Readonly<Record<string, readonly [Scene, Attribution]>> = {
  'an upgrade': [
    { log: [['upgraded foo (1-1 -> 2-1)']], installed: foo('2-1') },
    became('foo', '1-1', '2-1', 'upgraded', moment(1, 1)),
  ],
  'two upgrades': [
    {
      log: [['upgraded foo (1-1 -> 2-1)'], [], ['upgraded foo (2-1 -> 3-1)']],
      installed: foo('3-1'),
    },
    became('foo', '1-1', '3-1', 'upgraded', moment(3, 1)),
  ],
  'the second of two upgrades, for a process from between them': [
    {
      log: [['upgraded foo (1-1 -> 2-1)'], ['upgraded foo (2-1 -> 3-1)']],
      installed: foo('3-1'),
      copy: { startedAt: moment(1, 3600) },
    },
    became('foo', '2-1', '3-1', 'upgraded', moment(2, 1)),
  ],
  'a downgrade': [
    { log: [['downgraded foo (2-1 -> 1-1)']], installed: foo('1-1') },
    became('foo', '2-1', '1-1', 'downgraded', moment(1, 1)),
  ],
  'an upgrade that was taken back': [
    {
      log: [['upgraded foo (1-1 -> 2-1)'], ['downgraded foo (2-1 -> 1-1)']],
      installed: foo('1-1'),
    },
    became('foo', '1-1', '1-1', 'reinstalled', moment(2, 1)),
  ],
  'a downgrade below what was upgraded': [
    {
      log: [['upgraded foo (1:1-1 -> 1:2-1)'], ['downgraded foo (1:2-1 -> 9-1)']],
      installed: foo('9-1'),
    },
    became('foo', '1:1-1', '9-1', 'downgraded', moment(2, 1)),
  ],
  'a reinstallation': [
    { log: [['reinstalled foo (1-1)']], installed: foo('1-1') },
    became('foo', '1-1', '1-1', 'reinstalled', moment(1, 1)),
  ],
  'a reinstallation after an upgrade': [
    { log: [['upgraded foo (1-1 -> 2-1)'], ['reinstalled foo (2-1)']], installed: foo('2-1') },
    became('foo', '1-1', '2-1', 'upgraded', moment(2, 1)),
  ],
  'a removal': [
    { log: [['removed foo (1-1)']], installed: {}, copy: GONE },
    became('foo', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a removal after an upgrade': [
    { log: [['upgraded foo (1-1 -> 2-1)'], ['removed foo (2-1)']], installed: {}, copy: GONE },
    became('foo', '1-1', null, 'removed', moment(2, 1)),
  ],
  'the removal of a program with what it depended on': [
    {
      log: [['removed nginx (1-1)', 'removed geoip (1-1)']],
      installed: {},
      copy: { ...GONE, path: '/usr/bin/nginx' },
    },
    became('nginx', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a removal and a new installation': [
    { log: [['removed foo (1-1)'], ['installed foo (2-1)']], installed: foo('2-1') },
    became('foo', '1-1', '2-1', 'upgraded', moment(2, 1)),
  ],
  'a replacement': [
    {
      log: [['removed jack (1-1)', 'removed cups (1-1)', 'installed jack2 (5-1)']],
      installed: { jack2: { version: '5-1', replaces: ['jack'], ...HAS_FILE } },
    },
    became('jack', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a replacement that was only a conflict': [
    {
      log: [['removed jack (1-1)', 'installed jack2 (5-1)', 'installed more (1-1)']],
      installed: { jack2: { version: '5-1', ...HAS_FILE } },
    },
    became('jack', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a replacement of what was removed before': [
    {
      log: [['removed jack (1-1)'], ['removed cups (1-1)', 'installed jack2 (5-1)']],
      installed: { jack2: { version: '5-1', replaces: ['jack'], ...HAS_FILE } },
    },
    became('jack', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a conflict, where what it replaces was removed before the start': [
    {
      log: [['removed jack (1-1)'], ['removed cups (1-1)', 'installed jack2 (5-1)']],
      installed: { jack2: { version: '5-1', replaces: ['jack'], ...HAS_FILE } },
      copy: { startedAt: moment(1, 3600) },
      since: START,
    },
    became('cups', '1-1', null, 'removed', moment(2, 1)),
  ],
  'a removal just before the start': [
    {
      log: [['removed foo (1-1)']],
      installed: {},
      copy: { ...GONE, startedAt: moment(1, 2.5) },
    },
    became('foo', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a rename, upgraded since': [
    {
      log: [['removed foo (1-1)', 'installed foo-ng (2-1)'], ['upgraded foo-ng (2-1 -> 3-1)']],
      installed: { 'foo-ng': { version: '3-1', replaces: ['foo'], ...HAS_FILE } },
    },
    became('foo', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a split': [
    {
      log: [['upgraded foo (1-1 -> 2-1)', 'installed foo-libs (2-1)', 'upgraded bar (1-1 -> 2-1)']],
      installed: {
        foo: { version: '2-1', base: 'foo' },
        'foo-libs': { version: '2-1', base: 'foo', ...HAS_FILE },
        bar: { version: '2-1', base: 'bar' },
      },
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(1, 1)),
  ],
  'a split into packages that are built apart': [
    {
      log: [['upgraded foo (1-1 -> 2-1)', 'installed foo-libs (2-1)', 'upgraded bar (1-1 -> 2-1)']],
      installed: {
        foo: { version: '2-1', base: 'foo' },
        'foo-libs': { version: '2-1', base: 'foo-libs', ...HAS_FILE },
        bar: { version: '2-1', base: 'bar' },
      },
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(1, 1)),
  ],
  'a new version of a library': [
    {
      log: [['upgraded foo (1-1 -> 2-1)', 'upgraded bar (1-1 -> 2-1)']],
      installed: { foo: { version: '2-1', ...HAS_NEXT }, bar: { version: '2-1' } },
      copy: GONE,
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(1, 1)),
  ],
  'a new version of a library, and another package removed with it': [
    {
      log: [
        ['removed jack2 (1-1)', 'upgraded icu (76.1-1 -> 78.1-1)', 'installed pipewire-jack (1-1)'],
      ],
      installed: {
        icu: { version: '78.1-1', files: ['/usr/lib/libicuuc.so.78.1'] },
        'pipewire-jack': { version: '1-1', replaces: ['jack2'] },
      },
      copy: { ...GONE, path: '/usr/lib/libicuuc.so.76.1' },
    },
    became('icu', '76.1-1', '78.1-1', 'upgraded', moment(1, 2)),
  ],
  'a library with the version of its package in its name, and another package removed with it': [
    {
      log: [['downgraded mesa (1:24.2.1-1 -> 1:24.1.0-1)', 'removed nano (8.1-1)']],
      installed: { mesa: { version: '1:24.1.0-1', files: ['/usr/lib/libgallium-24.1.0.so'] } },
      copy: { ...GONE, path: '/usr/lib/libgallium-24.2.1.so' },
    },
    became('mesa', '1:24.2.1-1', '1:24.1.0-1', 'downgraded', moment(1, 1)),
  ],
  'a split of which another sibling is built, too, from what depends on the part': [
    {
      log: [
        [
          'installed libstdc++ (2-1)',
          'upgraded gcc (1-1 -> 2-1)',
          'upgraded gcc-libs (1-1 -> 2-1)',
        ],
      ],
      installed: {
        gcc: { version: '2-1', base: 'gcc', depends: ['gcc-libs'] },
        'gcc-libs': { version: '2-1', base: 'gcc', depends: ['libgcc', 'libstdc++'] },
        'libstdc++': { version: '2-1', base: 'gcc', ...HAS_FILE },
      },
    },
    became('gcc-libs', '1-1', '2-1', 'upgraded', moment(1, 3)),
  ],
  'a new version of a library, and another package removed another day': [
    {
      log: [['removed geoip (1-1)'], ['upgraded foo (1-1 -> 2-1)']],
      installed: { foo: { version: '2-1', ...HAS_NEXT } },
      copy: GONE,
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(2, 1)),
  ],
  'a new name, and a new version of the library': [
    {
      log: [['removed foo (1-1)', 'upgraded bar (1-1 -> 2-1)', 'installed foo-ng (2-1)']],
      installed: {
        'foo-ng': { version: '2-1', replaces: ['foo'], ...HAS_NEXT },
        bar: { version: '2-1' },
      },
      copy: GONE,
    },
    became('foo', '1-1', null, 'removed', moment(1, 1)),
  ],
  'a split, and a new version of the library that moved': [
    {
      log: [['upgraded bar (1-1 -> 2-1)', 'installed libs (2-1)', 'upgraded foo (1-1 -> 2-1)']],
      installed: {
        foo: { version: '2-1', base: 'foo' },
        libs: { version: '2-1', base: 'foo', ...HAS_NEXT },
        bar: { version: '2-1', base: 'bar' },
      },
      copy: GONE,
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(1, 3)),
  ],
  'what the hook says was removed just now': [
    {
      log: [['upgraded foo-compat (1-1 -> 2-1)'], ['upgraded foo (1-1 -> 2-1)']],
      installed: {
        foo: { version: '2-1', ...HAS_NEXT },
        'foo-compat': { version: '2-1', files: ['/usr/lib/libfoo.so.0'] },
      },
      copy: GONE,
      targets: [FILE.slice(1)],
    },
    became('foo', '1-1', '2-1', 'upgraded', moment(2, 1)),
  ],
  'which of many transactions took the file away, from the time when it went': [
    {
      log: [['removed bar (1-1)'], ['removed foo (1-1)'], ['upgraded baz (1-1 -> 2-1)']],
      installed: { baz: { version: '2-1' } },
      copy: { ...GONE, unlinkedAt: moment(2, 0.7) },
    },
    became('foo', '1-1', null, 'removed', moment(2, 1)),
  ],
  'what was removed in the second when the file went': [
    {
      log: [['removed bar (1-1)'], ['removed foo (1-1)'], ['upgraded baz (1-1 -> 2-1)']],
      installed: { baz: { version: '2-1' } },
      copy: { ...GONE, unlinkedAt: moment(2, 1.7) },
    },
    became('foo', '1-1', null, 'removed', moment(2, 1)),
  ],
  'what the hook says was not removed just now': [
    {
      log: [['upgraded foo-compat (1-1 -> 2-1)'], ['upgraded foo (1-1 -> 2-1)']],
      installed: {
        foo: { version: '2-1', ...HAS_NEXT },
        'foo-compat': { version: '2-1', files: ['/usr/lib/libfoo.so.3'] },
      },
      copy: GONE,
      targets: ['usr/lib/libbar.so'],
    },
    became('foo-compat', '1-1', '2-1', 'upgraded', moment(1, 1)),
  ],
}

for (const [name, [scene, expected]] of Object.entries(ATTRIBUTED))
  test(`attributionOf() tells ${name}`, () => {
    assert.deepEqual(attributionIn(scene), expected)
  })

/** The next path of a file that `app-codecs` may have had, beside some other changes. */
function moved(from: string, to: string, lines: readonly string[], files: readonly string[]) {
  const version = (one: string) => `${one}-1`
  const own = `upgraded app-codecs (${version(from)} -> ${version(to)})`
  return {
    log: [[...lines, own]],
    installed: { 'app-codecs': { version: version(to), files: files.slice(1) } },
    copy: { ...GONE, path: files[0] ?? '' },
  }
}
const BY_MAJOR = ['/usr/lib/app/5/codec.so', '/usr/lib/app/6/codec.so']
const BY_RELEASE = ['/usr/lib/app/5.1/codec.so', '/usr/lib/app/6.0/codec.so']

const MOVED: Readonly<Record<string, readonly [Scene, isCertain: boolean]>> = {
  'with a part of its version': [moved('5.1', '6.0', [], BY_MAJOR), true],
  'with a part of its version, beside a removal': [
    moved('5.1', '6.0', ['removed x265 (1-1)'], BY_MAJOR),
    false,
  ],
  'with its version of one number, beside a removal': [
    moved('5', '6', ['removed x265 (1-1)'], BY_MAJOR),
    false,
  ],
  'with its whole version, beside a removal': [
    moved('5.1', '6.0', ['removed x265 (1-1)'], BY_RELEASE),
    true,
  ],
  'with its whole version, beside the removal of a relative': [
    moved('5.1', '6.0', ['removed app-codecs4 (1-1)'], BY_RELEASE),
    false,
  ],
  'with its whole version, beside the removal of what is named after the library': [
    moved('5.1', '6.0', ['removed codec4 (1-1)'], BY_RELEASE),
    false,
  ],
  'with the whole version of another one too, beside a removal': [
    (() => {
      const lines = ['removed x265 (1-1)', 'upgraded app (5.1-1 -> 6.0-1)']
      const scene = moved('5.1', '6.0', lines, BY_RELEASE)
      return { ...scene, installed: { ...scene.installed, app: { version: '6.0-1' } } }
    })(),
    false,
  ],
  'with the whole version of another one only, beside a removal': [
    (() => {
      const lines = ['removed x265 (1-1)', 'upgraded app (5.1-1 -> 6.0-1)']
      const scene = moved('1.1', '1.2', lines, BY_RELEASE)
      return { ...scene, installed: { ...scene.installed, app: { version: '6.0-1' } } }
    })(),
    false,
  ],
  'with a part of its version, and has its whole one elsewhere, beside a removal': [
    moved(
      '5.1',
      '6.0',
      ['removed x265 (1-1)'],
      ['/usr/lib/5.1/5/codec.so', '/usr/lib/6.1/6/codec.so'],
    ),
    false,
  ],
  'with a part of its version, and the whole one of another one became its own, beside a removal': [
    (() => {
      const lines = ['removed x265 (1-1)', 'upgraded app (5.1-1 -> 7.0-1)']
      const files = ['/usr/lib/5.1/1/a.so', '/usr/lib/5.1/6/a.so', '/usr/lib/6.0/1/a.so']
      const scene = moved('1.1', '6.0', lines, files)
      return { ...scene, installed: { ...scene.installed, app: { version: '7.0-1' } } }
    })(),
    false,
  ],
  'with a part of its version, and a removal another day': [
    (() => {
      const scene = moved('5.1', '6.0', [], BY_MAJOR)
      return { ...scene, log: [['removed x265 (1-1)'], ...scene.log] }
    })(),
    true,
  ],
}
for (const [how, [scene, isCertain]] of Object.entries(MOVED))
  test(`the package of a file that moved ${how} is ${isCertain ? '' : 'not '}certain`, () => {
    const found = wholeAttributionIn(scene)
    const name = found.kind === 'changed' ? found.change.name : null
    assert.equal(name, isCertain ? 'app-codecs' : null)
  })

const BESIDE: readonly (readonly [removed: string, owner: string, isCertain: boolean])[] = [
  ['r', 'curl', true],
  ['m4', 'pam', true],
  ['0ad', 'readline', true],
  ['at', 'pcre-static', true],
  ['2048', 'curl', true],
  ['c', 'curl', false],
  ['old-curl', 'curl', false],
  ['old-gd', 'gd', true],
  ['libgd2', 'gd', false],
  ['lib32-icu', 'icu', false],
  ['curl-compat', 'curl', false],
]
for (const [removed, owner, isCertain] of BESIDE)
  test(`the library of ${owner} is ${isCertain ? '' : 'not '}its own beside a removed ${removed}`, () => {
    const found = attributionIn({
      log: [[`removed ${removed} (1-1)`, `upgraded ${owner} (7-1 -> 8-1)`]],
      installed: { [owner]: { version: '8-1', files: [`/usr/lib/zzz.so.5`] } },
      copy: { ...GONE, path: `/usr/lib/zzz.so.4` },
    })
    assert.equal(found.kind === 'changed', isCertain)
  })

const NOT_CERTAIN: Readonly<Record<string, Scene>> = {
  'what was upgraded has an older one than what is gone': {
    log: [['upgraded base (1-1 -> 2-1)', 'upgraded foo4 (4.1-1 -> 4.2-1)']],
    installed: {
      base: { version: '2-1' },
      foo4: { version: '4.2-1', files: ['/usr/lib/libfoo.so.4'] },
    },
    copy: { ...GONE, path: '/usr/lib/libfoo.so.5' },
  },
  'one of several removed packages had the file': {
    log: [['removed foo (1-1)', 'removed bar (1-1)']],
    installed: {},
    copy: GONE,
  },
  'an upgrade or a removal took the file away': {
    log: [['upgraded bar (1-1 -> 2-1)', 'removed foo (1-1)']],
    installed: { bar: { version: '2-1' } },
    copy: GONE,
  },
  'two packages have the library in another version': {
    log: [['upgraded foo (1-1 -> 2-1)', 'upgraded foo-compat (1-1 -> 2-1)']],
    installed: {
      foo: { version: '2-1', ...HAS_NEXT },
      'foo-compat': { version: '2-1', files: ['/usr/lib/libfoo.so.0'] },
    },
    copy: GONE,
  },
  'a package of the same transaction can have had the library': {
    log: [['removed geoip (1-1)', 'upgraded foo (1-1 -> 2-1)']],
    installed: { foo: { version: '2-1', files: ['/usr/lib/libfoo.so'] } },
    copy: GONE,
  },
  'a package of the same transaction can have had a library of another name': {
    log: [['removed geoip (1-1)', 'upgraded foo (1-1 -> 2-1)']],
    installed: { foo: { version: '2-1', files: ['/usr/lib/libfoo-25.so'] } },
    copy: { ...GONE, path: '/usr/lib/libfoo-24.so' },
  },
  'a package named after the library was removed in the same transaction': {
    log: [['removed libicu69 (69.1-1)', 'upgraded icu (76.1-1 -> 78.1-1)']],
    installed: { icu: { version: '78.1-1', files: ['/usr/lib/libicuuc.so.78.1'] } },
    copy: { ...GONE, path: '/usr/lib/libicuuc.so.69.1' },
  },
  'a package named after the library, and not after its package, was removed with it': {
    log: [['removed libfoo1 (1-1)', 'upgraded open (1-1 -> 2-1)']],
    installed: { open: { version: '2-1', ...HAS_NEXT } },
    copy: GONE,
  },
  'a package that has the name of its package in its own was removed with it': {
    log: [['removed old-open (1-1)', 'upgraded open (1-1 -> 2-1)']],
    installed: { open: { version: '2-1', ...HAS_NEXT } },
    copy: GONE,
  },
  'two siblings depend on what can have been a part of one of them': {
    log: [['upgraded a (1-1 -> 2-1)', 'upgraded b (1-1 -> 2-1)', 'installed foo (2-1)']],
    installed: {
      a: { version: '2-1', base: 'foo', depends: ['foo'] },
      b: { version: '2-1', base: 'foo', depends: ['foo'] },
      foo: { version: '2-1', base: 'foo', ...HAS_FILE },
    },
  },
  'the package of an older version can have had the library': {
    log: [['removed foo-1.0 (1-1)'], ['upgraded foo (1-1 -> 2-1)']],
    installed: { foo: { version: '2-1', ...HAS_NEXT } },
    copy: GONE,
  },
  'a new package has the next version of the library, and another one an older': {
    log: [
      ['upgraded bar (1-1 -> 2-1)', 'installed libs (2-1)', 'upgraded foo-compat (1-1 -> 2-1)'],
    ],
    installed: {
      bar: { version: '2-1' },
      libs: { version: '2-1', ...HAS_NEXT },
      'foo-compat': { version: '2-1', files: ['/usr/lib/libfoo.so.0'] },
    },
    copy: GONE,
  },
  'a new package has the next version of the library, and so has one that changed': {
    log: [['upgraded foo (1-1 -> 2-1)', 'installed foo-compat (2-1)']],
    installed: {
      foo: { version: '2-1', ...HAS_NEXT },
      'foo-compat': { version: '2-1', ...HAS_NEXT },
    },
    copy: GONE,
  },
  'two new packages have the next version of the library': {
    log: [['upgraded foo (1-1 -> 2-1)', 'installed a (1-1)', 'installed b (1-1)']],
    installed: {
      foo: { version: '2-1' },
      a: { version: '1-1', ...HAS_NEXT },
      b: { version: '1-1', files: ['/usr/lib/libfoo.so.0'] },
    },
    copy: GONE,
  },
  'a new package brought the next version of the library another day': {
    log: [['upgraded foo (1-1 -> 2-1)'], ['upgraded bar (1-1 -> 2-1)', 'installed libs (2-1)']],
    installed: {
      foo: { version: '2-1' },
      bar: { version: '2-1' },
      libs: { version: '2-1', ...HAS_NEXT },
    },
    copy: GONE,
  },
  'a new package brought the next version beside one that was only reinstalled': {
    log: [['reinstalled bar (1-1)', 'installed libs (2-1)']],
    installed: { bar: { version: '1-1' }, libs: { version: '2-1', ...HAS_NEXT } },
    copy: GONE,
  },
  'the package that has the file took the place of another one that can have had it': {
    log: [['removed bar (1-1)', 'upgraded foo (1-1 -> 2-1)']],
    installed: { foo: { version: '2-1', replaces: ['bar'], ...HAS_FILE } },
  },
  'the package that has the file took the place of another one in a later transaction': {
    log: [['upgraded foo (1-1 -> 2-1)'], ['removed bar (1-1)', 'upgraded foo (2-1 -> 3-1)']],
    installed: { foo: { version: '3-1', replaces: ['bar'], ...HAS_FILE } },
  },
  'a package that has the library in another version did not change its own': {
    log: [['reinstalled foo (2-1)']],
    installed: { foo: { version: '2-1', ...HAS_NEXT } },
    copy: GONE,
  },
  'several packages can have handed the file over': {
    log: [['removed a (1-1)', 'removed b (1-1)', 'installed foo (1-1)']],
    installed: foo('1-1'),
  },
  'a new package has the file and none can have handed it over': {
    log: [['installed foo (1-1)']],
    installed: foo('1-1'),
  },
  'two replaced packages can have had the file': {
    log: [['removed a (1-1)', 'removed b (1-1)', 'installed foo (1-1)']],
    installed: { foo: { version: '1-1', replaces: ['a', 'b'], ...HAS_FILE } },
  },
  'a sibling or a removed package can have handed the file over': {
    log: [['removed b (1-1)', 'upgraded a (1-1 -> 2-1)', 'installed foo (2-1)']],
    installed: {
      a: { version: '2-1', base: 'foo' },
      foo: { version: '2-1', base: 'foo', ...HAS_FILE },
    },
  },
  'two siblings can have handed the file over': {
    log: [['upgraded a (1-1 -> 2-1)', 'upgraded b (1-1 -> 2-1)', 'installed foo (2-1)']],
    installed: {
      a: { version: '2-1', base: 'foo' },
      b: { version: '2-1', base: 'foo' },
      foo: { version: '2-1', base: 'foo', ...HAS_FILE },
    },
  },
  'the log ends at another version than is installed': {
    log: [['upgraded foo (1-1 -> 2-1)']],
    installed: foo('3-1'),
  },
  'the steps of the log do not fit together': {
    log: [['upgraded foo (1-1 -> 2-1)'], ['upgraded foo (3-1 -> 4-1)']],
    installed: foo('4-1'),
  },
  'the package is gone but the log does not say so': {
    log: [['upgraded foo (1-1 -> 2-1)']],
    installed: {},
    copy: GONE,
  },
  'the start of the process is not known': {
    log: [['upgraded foo (1-1 -> 2-1)']],
    installed: foo('2-1'),
    copy: { startedAt: null },
  },
  'the log does not go back to the start of the process': {
    log: [['upgraded foo (1-1 -> 2-1)']],
    installed: foo('2-1'),
    copy: { startedAt: moment(-20, 0) },
  },
}

for (const [name, scene] of Object.entries(NOT_CERTAIN))
  test(`attributionOf() says nothing where ${name}`, () => {
    assert.deepEqual(attributionIn(scene), { kind: 'unknown' })
  })

const SPOKE = ["running 'zz-stale-libs.hook'...", '[ALPM-SCRIPTLET]   said'] as const

test('attributionOf() says whether a file became stale, or stale again, since the hook spoke', () => {
  const isNew = (...log: readonly (readonly string[])[]) => {
    const lines = log.map((some) => some.find((line) => line.includes('foo')))
    const version = /-> (.*)\)$/.exec(lines.findLast((line) => line !== undefined) ?? '')?.[1]
    const installed = { foo: { version: version ?? '1-1', files: [FILE] } }
    const found = wholeAttributionIn({ log, installed })
    return found.kind === 'changed' && found.isNew
  }
  const [first, second] = ['upgraded foo (1-1 -> 2-1)', 'upgraded foo (2-1 -> 3-1)']
  const other = 'upgraded bar (1-1 -> 2-1)'
  assert.equal(isNew([first]), true)
  assert.equal(isNew([first], [second]), true)
  assert.equal(isNew([first, ...SPOKE], [second]), true)
  assert.equal(isNew([first, ...SPOKE], [other]), false)
  assert.equal(isNew([first], [other]), true)
  assert.equal(isNew([first, ...SPOKE], [other], [other]), false)
  assert.equal(isNew([first], [other, ...SPOKE], [other]), false)
  assert.equal(isNew([first, ...SPOKE]), true)
})

test('attributionOf() says that a file is of no package', () => {
  const log = [['upgraded bar (1-1 -> 2-1)']]
  const copies: readonly Partial<StaleCopy>[] = [
    { path: '/opt/tool/lib/libx.so' },
    { path: '/usr/lib/node_modules/x/build/x.node.so', startedAt: null },
    { path: '/usr/local/lib/libx.so', state: 'removed' },
    { path: '/home/zoe/.local/lib/python3.13/site-packages/x.so', state: 'unknown' },
  ]
  for (const copy of copies)
    assert.deepEqual(attributionIn({ log, installed: {}, copy }), { kind: 'unowned' })
})

test('attributionOf() says that the package of a file did not change', () => {
  const log = [['upgraded bar (1-1 -> 2-1)']]
  assert.deepEqual(attributionIn({ log, installed: foo('1-1') }), { kind: 'unchanged' })
})

test('attributionOf() does not say so where the database has it that it did', () => {
  for (const installedAt of [moment(1, 0), null])
    assert.deepEqual(
      attributionIn({
        log: [['upgraded bar (1-1 -> 2-1)']],
        installed: { foo: { version: '1-1', installedAt, ...HAS_FILE } },
      }),
      { kind: 'unknown' },
    )
})

/** `foo` was upgraded in the second `moment(1, 1)`, and again a day later. */
const TWICE: Scene = {
  log: [['upgraded foo (1-1 -> 2-1)'], ['upgraded foo (2-1 -> 3-1)']],
  installed: foo('3-1'),
}
const ONCE: Scene = { log: [['upgraded foo (1-1 -> 2-1)']], installed: foo('2-1') }

for (const [scene, startsAt, unlinkedAt, from] of [
  [TWICE, 0.5, null, '1-1'],
  [TWICE, 1.0, null, '1-1'],
  [TWICE, 1.1, null, '2-1'],
  [TWICE, 1.1, 0.9, '1-1'],
  [TWICE, 0.9, 24 * 3600 + 0.8, '2-1'],
  [TWICE, -3600, 24 * 3600 + 0.8, '1-1'],
  [TWICE, 3.5, null, '2-1'],
  [ONCE, 1.9, null, '1-1'],
  [ONCE, 3.0, null, '1-1'],
  [ONCE, 3.1, null, null],
  [ONCE, 3600, null, null],
  [ONCE, 3600, 0.9, '1-1'],
] as const) {
  const file = unlinkedAt === null ? '' : `, the file of second ${unlinkedAt}`
  const title = `attributionOf() takes a start in second ${startsAt}${file}, for a start with version ${from}`
  test(`${title} (${scene === TWICE ? 'two upgrades' : 'one upgrade'})`, () => {
    const attribution = wholeAttributionIn({
      ...scene,
      copy: {
        startedAt: moment(1, startsAt),
        unlinkedAt: unlinkedAt === null ? null : moment(1, unlinkedAt),
      },
    })
    assert.equal(attribution.kind === 'changed' ? attribution.change.from : null, from)
  })
}
