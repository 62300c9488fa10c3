import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goBackCandidate, isNeeded, packageFileNames } from '../../../src/core/act/go-back.ts'
import { parseDescription } from '../../../src/core/pacman/local-database.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import type { Plain } from '../../support/printed.ts'
import { file, finding } from '../../support/report.ts'

const LIBRARY = file('libssl.so.3', 'openssl 3.5.0-1 3.5.1-1')
const PROGRAM = {
  ...file('nginx', 'nginx 1.28-3 1.29-1'),
  path: '/usr/bin/nginx',
  kind: 'executable',
  isProgram: true,
} as const
const { package: CHANGE } = PROGRAM
const OWN = {
  change: { name: 'units', from: '1-1', to: '2-1', change: 'upgraded', at: '' },
  isNew: true,
} as const
const ADDON = { ...file('a.node', 'addon 1-1 2-1'), kind: 'executable' } as const
const INTERPRETER = { ...PROGRAM, path: '/usr/bin/python3.13' } as const
const of = (change: NonNullable<typeof CHANGE>['change']) => ({
  ...PROGRAM,
  package: CHANGE && { ...CHANGE, change },
})
const process = (main: boolean, ...files: readonly number[]) =>
  ({ pid: 10, comm: 'a', startedAt: null, main, files }) as const

type Row = readonly [what: string, back: string | null, some: Plain<Partial<Finding>>]

const ROWS: readonly Row[] = [
  ['its program was upgraded', 'nginx 1.28-3', { files: [PROGRAM] }],
  ['its program was downgraded', 'nginx 1.28-3', { files: [of('downgraded')] }],
  ['its program is the same version again', null, { files: [of('reinstalled')] }],
  ['its program was removed', null, { files: [of('removed')] }],
  [
    'a library changed too',
    'nginx 1.28-3',
    { files: [LIBRARY, PROGRAM], processes: [process(true, 0, 1)] },
  ],
  ['only a library changed', null, { files: [LIBRARY] }],
  ['an addon without .so in its name changed', null, { files: [ADDON] }],
  ['its program has the name of a library', null, { files: [{ ...PROGRAM, kind: 'library' }] }],
  ['what happened to its program is not known', null, { files: [{ ...PROGRAM, package: null }] }],
  [
    'the same, and the package of the unit changed',
    null,
    { files: [{ ...PROGRAM, package: null }], ownPackage: OWN },
  ],
  [
    'the same, and its program is the same again',
    null,
    { files: [of('reinstalled')], ownPackage: OWN },
  ],
  ['both changed', 'nginx 1.28-3', { files: [PROGRAM], ownPackage: OWN }],
  ['an interpreter changed', null, { files: [INTERPRETER] }],
  ['an interpreter and the unit changed', 'units 1-1', { files: [INTERPRETER], ownPackage: OWN }],
  ['the package of the unit changed', 'units 1-1', { files: [], processes: [], ownPackage: OWN }],
  ['a library and the unit changed', 'units 1-1', { files: [LIBRARY], ownPackage: OWN }],
  [
    'the program of another process changed',
    null,
    { files: [PROGRAM, LIBRARY], processes: [process(false, 0), process(true, 1)] },
  ],
  ['it has no main process', null, { files: [PROGRAM], processes: [process(false, 0)] }],
]
for (const [what, back, some] of ROWS)
  test(`goBackCandidate() is ${back} where ${what}`, () => {
    const found = goBackCandidate(finding(some))
    assert.equal(found && `${found.name} ${found.version}`, back)
  })

const desc = (key: string, ...values: readonly string[]) =>
  parseDescription(`%NAME%\nx\n\n%${key}%\n${values.join('\n')}\n\n`)
const NGINX = desc('PROVIDES', 'httpd', 'libnginx.so=1-64')

for (const [what, other, needed] of [
  ['its name', desc('DEPENDS', 'glibc', 'nginx'), true],
  ['its name, with a version', desc('DEPENDS', 'nginx>=1.29'), true],
  ['what it provides', desc('DEPENDS', 'httpd'), true],
  ['a library of it', desc('DEPENDS', 'libnginx.so=1-64'), true],
  ['another name', desc('DEPENDS', 'nginx-mod', 'libnginx'), false],
  ['it if that is there', desc('OPTDEPENDS', 'nginx: to serve'), false],
  ['what was cut', parseDescription('%NAME%\nx\n\n%DEPENDS%\ngli'), true],
  ['what cannot be read', parseDescription(''), true],
] as const)
  test(`isNeeded() is ${needed} where a package needs ${what}`, () => {
    const all = new Map([
      ['nginx', NGINX],
      ['other', other],
    ])
    assert.equal(isNeeded('nginx', all), needed)
  })

test('isNeeded() does not count a package that depends on itself', () => {
  assert.equal(isNeeded('nginx', new Map([['nginx', desc('DEPENDS', 'nginx', 'nginx')]])), false)
})

test('packageFileNames() has each compression and no other ending', () => {
  const names = packageFileNames('a-b', '1:2-3', 'x86_64')
  assert.equal(names.length, 20)
  for (const name of ['a-b-1:2-3-x86_64.pkg.tar.zst', 'a-b-1:2-3-any.pkg.tar'])
    assert.ok(names.includes(name), name)
  assert.equal(packageFileNames('a', '1-1', 'any').length, 10)
})
