import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROOT_PROGRAMS, readerOf } from '../../../src/core/report/reader.ts'
import type { Reader, ReaderFacts, RootProgram } from '../../../src/core/report/reader.ts'

type Environment = ReaderFacts['environment']

const USERS = new Map([
  ['zoe', 1000],
  ['Max.Power-2_', 1001],
])

function read(environment: Environment, some: Partial<ReaderFacts> = {}): Reader {
  return readerOf({
    isRoot: true,
    environment,
    hasTerminal: () => true,
    isInstalled: () => true,
    uidOf: (name) => USERS.get(name) ?? null,
    ...some,
  })
}

const only = (...installed: readonly RootProgram[]) => ({
  isInstalled: (program: RootProgram) => installed.includes(program),
})

test('the variables of sudo, doas and pkexec tell who became root, and by what', () => {
  const rows: readonly (readonly [Environment, number | null, RootProgram | null])[] = [
    [{ SUDO_UID: '1000' }, 1000, 'sudo'],
    [{ DOAS_USER: 'zoe' }, 1000, 'doas'],
    [{ DOAS_USER: 'Max.Power-2_' }, 1001, 'doas'],
    [{ DOAS_USER: 'nobody-here' }, null, 'doas'],
    [{ PKEXEC_UID: '1000' }, 1000, 'sudo'],
    [{ SUDO_UID: '1000', DOAS_USER: 'Max.Power-2_', PKEXEC_UID: '1002' }, 1000, 'sudo'],
    [{ SUDO_UID: '', DOAS_USER: 'zoe', PKEXEC_UID: '1002' }, 1000, 'doas'],
    [{ SUDO_USER: 'zoe', USER: 'zoe', LOGNAME: 'zoe' }, null, null],
    [{}, null, null],
  ]
  for (const [environment, uid, asRoot] of rows)
    assert.deepEqual(read(environment), { uid, asRoot }, JSON.stringify(environment))
})

test('a variable of another form counts as none', () => {
  for (const wrong of ['', ' 1000', '1000 ', '-1', '0x10', '1e3', '12345678901', '1000\n', '१']) {
    assert.deepEqual(read({ SUDO_UID: wrong }), { uid: null, asRoot: null }, wrong)
    assert.deepEqual(read({ PKEXEC_UID: wrong }), { uid: null, asRoot: null }, wrong)
  }
  for (const wrong of ['', '1000', '-zoe', 'zoe\n', 'z e', '../zoe', 'zoé', 'a'.repeat(257)])
    assert.deepEqual(read({ DOAS_USER: wrong }), { uid: null, asRoot: null }, wrong)
})

test('the word is that of a program that is there, else of the next one', () => {
  const rows: readonly (readonly [Environment, readonly RootProgram[], RootProgram | null])[] = [
    [{ SUDO_UID: '1000' }, ['sudo', 'run0'], 'sudo'],
    [{ SUDO_UID: '1000' }, ['doas', 'run0'], 'run0'],
    [{ SUDO_UID: '1000' }, ['doas'], 'doas'],
    [{ SUDO_UID: '1000' }, [], null],
    [{ DOAS_USER: 'zoe' }, ['sudo', 'run0'], 'sudo'],
    [{ DOAS_USER: 'zoe' }, ['run0'], 'run0'],
    [{ PKEXEC_UID: '1000' }, ['doas', 'run0'], 'doas'],
    [{ PKEXEC_UID: '1000' }, ['run0'], 'run0'],
  ]
  for (const [environment, installed, asRoot] of rows)
    assert.equal(read(environment, only(...installed)).asRoot, asRoot)
})

test('without a terminal it is a daemon that runs, and its reader has the shell of a user', () => {
  const hasTerminal = () => false
  const word = (some: Partial<ReaderFacts>) => read({}, { hasTerminal, ...some })
  assert.deepEqual(word({}), { uid: null, asRoot: 'sudo' })
  assert.deepEqual(word(only('doas', 'run0')), { uid: null, asRoot: 'doas' })
  assert.deepEqual(word(only('run0')), { uid: null, asRoot: 'run0' })
  assert.deepEqual(word(only()), { uid: null, asRoot: null })
  assert.deepEqual(read({ DOAS_USER: 'zoe' }, { hasTerminal }), { uid: 1000, asRoot: 'doas' })
})

test('a user who did not become root has the first program, whatever the environment says', () => {
  for (const environment of [{}, { SUDO_UID: '0' }, { DOAS_USER: 'zoe' }]) {
    for (const program of ROOT_PROGRAMS) {
      const reader = read(environment, { isRoot: false, ...only(program) })
      assert.deepEqual(reader, { uid: null, asRoot: program })
    }
  }
})
