import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import {
  PACMAN,
  bootWithProgram,
  findingOf,
  packageFile,
  release,
  report,
  service,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

/** A library of one package that another package has, or nobody, after `pacman -Syu`. */
type Move = {
  readonly library: string
  readonly before: readonly PackageSpec[]
  readonly after: readonly PackageSpec[]
  /** Name, version of then, version of now, and what that is; `null`: nobody can tell. */
  readonly told: readonly [string, string, string | null, string] | null
}

type Relations = Partial<Omit<PackageSpec, 'name' | 'version' | 'files'>>

/** A package with these libraries. */
function having(
  name: string,
  version: string,
  libraries: readonly string[],
  relations: Relations = {},
): PackageSpec {
  const own = { [`usr/share/doc/${name}/version`]: { text: `${version}\n` } }
  const files = libraries.map((library) => [`usr/lib/${library}`, toyLibrary()])
  return { name, version, files: { ...own, ...Object.fromEntries(files) }, ...relations }
}

const OLD = '1.0-1'
const NEW = '2.0-1'

const MOVES: Readonly<Record<string, Move>> = {
  'a package that another one replaces': {
    library: 'libjack.so.0',
    before: [having('jack', OLD, ['libjack.so.0'])],
    after: [having('pipe-jack', NEW, ['libjack.so.0'], { replaces: ['jack'] })],
    told: ['jack', OLD, null, 'removed'],
  },
  'a package that got a new name': {
    library: 'libvpx.so.1',
    before: [having('vpx', OLD, ['libvpx.so.1']), having('player', OLD, [], { depends: ['vpx'] })],
    after: [
      having('libvpx-ng', NEW, ['libvpx.so.1'], {
        replaces: ['vpx'],
        conflicts: ['vpx'],
        provides: ['vpx=2.0'],
      }),
    ],
    told: ['vpx', OLD, null, 'removed'],
  },
  'a package that got a new name with a new version of its library': {
    library: 'libpcre.so.1',
    before: [having('regex', OLD, ['libpcre.so.1'])],
    after: [having('regex2', NEW, ['libpcre.so.2'], { replaces: ['regex'], conflicts: ['regex'] })],
    told: ['regex', OLD, null, 'removed'],
  },
  'a package that one which was there before replaces': {
    library: 'libpart.so.1',
    before: [having('unit', OLD, ['libunit.so.1']), having('unit-part', OLD, ['libpart.so.1'])],
    after: [
      having('unit', NEW, ['libunit.so.1', 'libpart.so.1'], {
        replaces: ['unit-part'],
        conflicts: ['unit-part'],
      }),
    ],
    told: null,
  },
  'a new version of a library': {
    library: 'libicu.so.1',
    before: [having('icu', OLD, ['libicu.so.1'])],
    after: [having('icu', NEW, ['libicu.so.2'])],
    told: ['icu', OLD, NEW, 'upgraded'],
  },
  'a split': {
    library: 'libxtra.so.1',
    before: [having('whole', OLD, ['libwhole.so.1', 'libxtra.so.1'])],
    after: [
      having('whole', NEW, ['libwhole.so.1'], { depends: ['whole-extra'] }),
      having('whole-extra', NEW, ['libxtra.so.1'], { base: 'whole' }),
    ],
    told: ['whole', OLD, NEW, 'upgraded'],
  },
  'a split, and a new version of the library that moved': {
    library: 'libdns.so.1',
    before: [having('bind', OLD, ['libns.so.1', 'libdns.so.1'])],
    after: [
      having('bind', NEW, ['libns.so.1'], { depends: ['dns'] }),
      having('dns', NEW, ['libdns.so.2'], { base: 'bind' }),
    ],
    told: ['bind', OLD, NEW, 'upgraded'],
  },
  'a new version in a new package, and another package with an older version of it': {
    library: 'libssl.so.1',
    before: [
      having('tls', OLD, ['libtls.so.1', 'libssl.so.1']),
      having('ancient', OLD, ['libssl.so.0']),
    ],
    after: [
      having('tls', NEW, ['libtls.so.1'], { depends: ['fresh'] }),
      having('fresh', NEW, ['libssl.so.2']),
      having('ancient', NEW, ['libssl.so.0']),
    ],
    told: null,
  },
}

/** One that every transaction upgrades: nobody's `-Syu` has one package. */
const others = Object.keys(MOVES).map((_, at) =>
  having('other', `${at + 1}.0-1`, ['libother.so.1']),
)
const FIRST = having('other', '0.1-1', ['libother.so.1'])

/** The log has whole seconds, and so the tests leave some between what must be told apart. */
const A_WHILE = ['sleep', '2.1']

const fileOf = ({ name, version = '' }: PackageSpec) => packageFile(name, version)
const unitOf = (library: string) => `${library.split('.')[0]}.service`

describe('a library that went to another package', { skip }, () => {
  let lab: Lab

  before(async () => {
    const moves = Object.values(MOVES)
    const specs = moves.flatMap((move) => [...move.before, ...move.after])
    lab = await bootWithProgram([FIRST, ...others, ...specs])
    const installed = [FIRST, ...moves.flatMap((move) => move.before)]
    mustRun(lab, [...PACMAN, '-U', ...installed.map(fileOf)])
    const services = moves.map(({ library }) => [
      unitOf(library),
      service(`Environment=LD_PRELOAD=/usr/lib/${library}`),
    ])
    writeUnits(lab, Object.fromEntries(services))
    mustRun(lab, A_WHILE)
    for (const { library } of moves) {
      mustRun(lab, ['systemctl', 'start', '--', unitOf(library)])
      waitUntilLoaded(lab, [unitOf(library)], 1, library)
    }
  })
  // Transactions too are told apart by their seconds.
  beforeEach(() => void mustRun(lab, A_WHILE))
  after(() => lab?.stop())

  for (const [at, [name, move]] of Object.entries(MOVES).entries())
    test(name, () => {
      const released = [...move.after, others[at] as PackageSpec]
      release(lab, ...released.map(fileOf))
      transaction(lab, [...PACMAN, '-Syu'])
      const [file] = findingOf(report(lab), unitOf(move.library)).files
      assert.equal(file?.path, `/usr/lib/${move.library}`)
      const { name: carrier, from, to, change } = file.package ?? {}
      assert.deepEqual(file.package && [carrier, from, to, change], move.told)
    })
})
