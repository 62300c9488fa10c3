import assert from 'node:assert/strict'
import { parseCommand } from '../../src/cli/cli.ts'
import { groupByOwner } from '../../src/core/advice/groups.ts'
import { NO_CONFIG } from '../../src/core/config/config.ts'
import { applyIgnoreRules } from '../../src/core/config/ignore.ts'
import { lineOfKey } from '../../src/core/config/line-of-key.ts'
import { compileGlob } from '../../src/core/glob.ts'
import { interfaceTo } from '../../src/core/machine/routes.ts'
import { upToUnit } from '../../src/core/owner/cgroup.ts'
import { ownerOf } from '../../src/core/owner/owner.ts'
import { parseDescription } from '../../src/core/pacman/local-database.ts'
import { libraryVersion, stemOf } from '../../src/core/pacman/soname.ts'
import { compareVersions } from '../../src/core/pacman/version.ts'
import { printable, say } from '../../src/core/printable.ts'
import { classify } from '../../src/core/proc/classify.ts'
import { openAnonymizer } from '../../src/core/recording/anonymizer.ts'
import { unitFileNames } from '../../src/core/systemd/unit-file.ts'
import { lastingName, parseUnitList } from '../../src/core/systemd/unit-name.ts'
import { CallLog } from '../../src/io/recording/call-log.ts'
import { QUESTIONS } from '../../src/io/recording/questions.ts'
import { renderText } from '../../src/render/text/text.ts'
import { finding, reportOf } from './report.ts'

/**
 * Reads texts that are so long that a parser whose steps grow with the square of the length takes
 * minutes, and prints the name of each parser that came to its end.
 */
const LENGTH = 200_000

const long = (text: string) => text.repeat(LENGTH / text.length)
const many = <T>(make: (at: number) => T): readonly T[] =>
  Array.from({ length: LENGTH }, (_, at) => make(at))

const process = (pid: number) => ({
  pid,
  comm: say`a`,
  startTicks: null,
  cgroup: { text: '', path: null },
  owner: {
    ...ownerOf('/user.slice/user-1000.slice/session-1.scope'),
    unit: say`session-${pid}.scope`,
  },
  files: [],
  unlinked: [],
  isForeign: false,
})
const user = { uid: 1000, name: 'zoe' }
const theirs = (at: number) =>
  finding({ kind: 'user-service', unit: `u${at}.service`, action: 'user-restart', user })
const people = many((uid) => ({ name: `max.${uid}`, uid, gecos: '', home: `/home/max.${uid}` }))

const PARSERS: Readonly<Record<string, () => unknown>> = {
  'line of a key': () => lineOfKey(`${long('[')}=`, 'a.b'),
  'library in front of a slash': () => classify(`/${long('.so.1')}/`, false),
  'library behind a slash': () => classify(`/${long('.so.1')}x`, true),
  stem: () => stemOf(`/${long('.so')}x`),
  'version of a library': () => libraryVersion(`${long('A1')}!`),
  'lasting name': () => lastingName(`${long('@1-')}.service`),
  'lasting name with colons': () => lastingName(`@1-${long('1:1-')}.service`),
  'files of a unit': () => unitFileNames(`${long('@')}!`),
  'list of units': () => parseUnitList(long('"\\" ')),
  'managers in managers': () => upToUnit(many(() => 'user@1.service')),
  'owner of a long group': () => ownerOf(long('/user@1.service/a.slice')),
  description: () => parseDescription(`%REPLACES%\n${long('=')}\r=\n\n`),
  versions: () => compareVersions(long('1.a'), `${long('1.a')}1`),
  'address of a host': () => interfaceTo(`${long('%')}\n`, []),
  printable: () => printable(long('\u00c3\u00bc\u001b')),
  'long glob': () => {
    const glob = compileGlob(`${long('*a')}b`)
    assert.ok(typeof glob === 'string' && glob.includes('4096 characters'))
  },
  'wrong command line': async () => await parseCommand(['scan', `--x${long(' ')}y`], '1'),
  'findings of one user by hand': () => {
    renderText(reportOf({ findings: many(theirs) }), { hook: false, all: false })
  },
  'findings of one user in a hook': () => {
    renderText(reportOf({ findings: many(theirs) }), { hook: true, all: false })
  },
  'what one rule hides': () => {
    const glob = compileGlob('session-*')
    assert.ok(typeof glob !== 'string')
    const rules = { ...NO_CONFIG.ignore, unit: [{ glob, reason: null }] }
    const labels = { userNames: new Map<number, string>(), packages: new Map<string, string>() }
    const { ignored } = applyIgnoreRules(groupByOwner(many(process)), rules, labels)
    assert.equal(ignored[0]?.findings, LENGTH)
  },
  'recorded answers': () => {
    const log = new CallLog()
    const { missing } = QUESTIONS.machine
    missing.listen((paths) => paths, 'machine.missing', log)(many((at) => `/${at}`))
  },
  'names of many people': () => {
    const { path, text } = openAnonymizer({ people, hostname: null }, new Set())
    path(long('/home/max.x/max'))
    text(`${long('max.77 zoe')}\u0100`)
  },
  'words without an end': () => {
    const { name, bytePath } = openAnonymizer({ people: [], hostname: 'kestrel' }, new Set())
    name(long('a\\x1b'))
    bytePath(long('/.so.1: \u00c3'))
  },
}

for (const [name, read] of Object.entries(PARSERS)) {
  await read()
  console.log(name)
}
console.log('all')
