import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { reportDocument, staleLibs } from '../support/bundle.ts'
import { localDatabase, logTransaction } from '../support/pacman-tree.ts'
import { makeRecording } from '../support/recording.ts'
import { restartedBy } from '../support/screen-parts.ts'
import { makeTree, procTree, writeTree } from '../support/tree.ts'
import type { Tree } from '../support/tree.ts'

const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'
const PROC = makeTree(procTree({ 4: { maps: [LIBC], cgroup: '/system.slice/a.service' } }))
const BEFORE_BOOT = new Date('2026-01-01T10:00:00Z')
const CHANGED_AT = new Date('2026-11-20T10:00:00Z')
const ENTRY = 'var/lib/pacman/local/glibc-2-1'
const ADVISORIES = '[security]\nadvisories = "/srv/advisories.json"\n'
const MACHINE: Tree = {
  'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
  'etc/pacman.conf': '[options]\nInclude = /etc/pacman.d/more\n',
  'etc/pacman.d/more': 'LogFile = /var/log/pacman.log\n',
  'etc/stale-libs/config.toml': ADVISORIES,
  'etc/stale-libs/config.d/a.toml': '# nothing\n',
  'srv/advisories.json': '[]',
  'var/lib/pacman/local': localDatabase([
    { name: 'glibc', version: '2-1', installedAt: CHANGED_AT, files: ['usr/lib/libc.so.6'] },
  ]),
  'var/log/pacman.log': [
    logTransaction(BEFORE_BOOT, ['installed glibc (1-1)']),
    logTransaction(CHANGED_AT, ['upgraded glibc (1-1 -> 2-1)']),
  ].join(''),
}

/**
 * What a file can be that is none. None of these ends when it is read, or cannot be opened without
 * waiting.
 */
const KINDS = {
  'a pipe that nobody writes to': (path: string) =>
    assert.equal(spawnSync('mkfifo', [path]).status, 0),
  'a device without an end': (path: string) => symlinkSync('/dev/zero', path),
  'a directory': (path: string) => mkdirSync(path),
} as const

/** What a directory can be that is none, and the reason that the system gives. */
const NO_DIRECTORIES = {
  'a file': ['ENOTDIR', (path: string) => writeFileSync(path, '')],
  'a link to itself': ['ELOOP', (path: string) => symlinkSync(basename(path), path)],
} as const

/** Returns a copy of a directory in which something in it is something else. */
function withInstead(directory: string, name: string, make: (path: string) => void): string {
  const copy = join(makeTree({}), 'copy')
  cpSync(directory, copy, { recursive: true })
  rmSync(join(copy, name), { recursive: true })
  make(join(copy, name))
  return copy
}

/** What a tree never tells. */
const OF_A_TREE: ReadonlySet<string> = new Set(['recorded-units', 'kernel-unknown'])
/** Far less than the pacman hook has, and far more than a run needs. */
const QUICKLY = { timeoutMs: 15_000 }
const machine = makeTree(MACHINE)

for (const [kind, make] of Object.entries(KINDS)) {
  for (const [name, limit] of [
    ['var/log/pacman.log', 'package-log-unreadable'],
    [`${ENTRY}/files`, 'package-database-unreadable'],
    [`${ENTRY}/desc`, null],
    ['etc/pacman.conf', 'package-log-unreadable'],
    ['etc/pacman.d/more', 'package-log-unreadable'],
    ['etc/passwd', null],
    ['srv/advisories.json', 'advisories-unreadable'],
  ] as const)
    test(`a scan goes on, and says what it misses, where ${name} is ${kind}`, () => {
      const root = withInstead(machine, name, make)
      const argv = ['--proc', PROC, '--root', root]
      const { status, stdout, stderr } = staleLibs([...argv, '--format', 'json'], QUICKLY)
      assert.deepEqual([status, stderr], [0, ''])
      const { findings, limits } = reportDocument(stdout)
      assert.deepEqual(
        findings.map((finding) => finding.name),
        ['a.service'],
      )
      const codes = limits.map(({ code }) => code).filter((code) => !OF_A_TREE.has(code))
      assert.deepEqual(codes, limit === null ? [] : [limit])
      const hook = staleLibs([...argv, '--hook'], QUICKLY)
      assert.equal(hook.status, 0)
      assert.deepEqual(restartedBy(hook.stdout), ['a'])
    })

  for (const name of ['etc/stale-libs/config.toml', 'etc/stale-libs/config.d/a.toml'])
    test(`${name} is an error, and in the hook a line, where it is ${kind}`, () => {
      const root = withInstead(machine, name, make)
      const reason = kind === 'a directory' ? 'EISDIR' : 'not a file'
      const says = `stale-libs: Cannot use "${join(root, name)}": it cannot be read: ${reason}`
      const argv = ['--proc', PROC, '--root', root]
      assert.deepEqual(staleLibs(argv, QUICKLY), { status: 2, stdout: '', stderr: `${says}\n` })
      const hook = staleLibs([...argv, '--hook'], QUICKLY)
      assert.equal(hook.stderr, `  ${says}; the built-in defaults are used\n`)
      assert.equal(hook.status, 0)
      assert.deepEqual(restartedBy(hook.stdout), ['a'])
    })

  test(`a recording is refused where recording.json is ${kind}`, () => {
    const recording = withInstead(makeRecording({ processes: {} }), 'recording.json', make)
    const reason = kind === 'a directory' ? 'EISDIR' : 'not a file'
    assert.deepEqual(staleLibs(['--from', recording], QUICKLY), {
      status: 3,
      stdout: '',
      stderr: `stale-libs: Cannot replay "${recording}": recording.json: ${reason}\n`,
    })
  })

  test(`a recording is damaged where the maps of a process are ${kind}`, () => {
    const whole = makeRecording({ processes: { 4: { maps: [LIBC] } } })
    const recording = withInstead(whole, 'proc/4/maps', make)
    const { status, stderr } = staleLibs(['--from', recording], QUICKLY)
    assert.equal(status, 3)
    assert.match(stderr, /: it is damaged: proc\/4\/maps is missing\n$/)
  })

  for (const name of ['stat', 'cgroup', 'root', 'ns/mnt'])
    test(`a recording is replayed where ${name} of a process is ${kind}`, () => {
      const whole = makeRecording({ processes: { 4: { maps: [LIBC] } } })
      writeTree(whole, { [`proc/4/${name}`]: '' })
      const recording = withInstead(whole, `proc/4/${name}`, make)
      assert.equal(staleLibs(['--from', recording], QUICKLY).status, 0)
    })
}

for (const [kind, [reason, make]] of Object.entries(NO_DIRECTORIES))
  for (const [directory, named] of [
    ['etc/stale-libs', 'etc/stale-libs/config.toml'],
    ['etc/stale-libs/config.d', 'etc/stale-libs/config.d'],
  ] as const)
    test(`the configuration is an error, and in the hook a line, where ${directory} is ${kind}`, () => {
      const root = withInstead(machine, directory, make)
      const says = `stale-libs: Cannot use "${join(root, named)}": it cannot be read: ${reason}`
      const argv = ['--proc', PROC, '--root', root]
      assert.deepEqual(staleLibs(argv), { status: 2, stdout: '', stderr: `${says}\n` })
      const hook = staleLibs([...argv, '--hook'])
      assert.equal(hook.stderr, `  ${says}; the built-in defaults are used\n`)
      assert.equal(hook.status, 0)
      assert.deepEqual(restartedBy(hook.stdout), ['a'])
    })
