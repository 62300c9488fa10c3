import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription, parseEntryName } from '../../../src/core/pacman/local-database.ts'

for (const [directory, name, version] of [
  ['openssl-3.5.1-1', 'openssl', '3.5.1-1'],
  ['gtk-vnc-1:1.3-2.1', 'gtk-vnc', '1:1.3-2.1'],
  ['a-b-c-1-1', 'a-b-c', '1-1'],
] as const)
  test(`parseEntryName() splits ${directory} from the right`, () => {
    assert.deepEqual(parseEntryName(directory), { name, version })
  })

test('parseEntryName() knows what is no package', () => {
  for (const name of ['ALPM_DB_VERSION', 'glibc', 'glibc-2', '-1-1', ''])
    assert.equal(parseEntryName(name), null)
})

test('parseDescription() reads what it needs, without the versions of replaced packages', () => {
  const text =
    '%NAME%\njack2\n\n%VERSION%\n1.9-1\n\n%BASE%\njack\n\n%INSTALLDATE%\n1790000000\n\n%REPLACES%\njack\njack2-dbus<2\nold=1\n\n%DEPENDS%\nglibc>=2.38\nlibz.so=1-64\n\n%PROVIDES%\njack=1.9\nlibjack.so=0-64\n\n%ARCH%\nx86_64\n\n'
  assert.deepEqual(parseDescription(text), {
    installedAt: new Date(1_790_000_000_000),
    base: 'jack',
    replaces: ['jack', 'jack2-dbus', 'old'],
    depends: ['glibc', 'libz.so'],
    provides: ['jack', 'libjack.so'],
    architecture: 'x86_64',
    isWhole: true,
  })
})

test('parseDescription() reads nothing from another text', () => {
  for (const text of ['', '\n\n\n', 'BASE\nx', '%BASE%', '%INSTALLDATE%\n-1', '\0\0'])
    assert.deepEqual(parseDescription(text), {
      installedAt: null,
      base: null,
      replaces: [],
      depends: [],
      provides: [],
      architecture: null,
      isWhole: text === '\n\n\n',
    })
})

test('parseDescription() says where a text ends before its last empty line', () => {
  for (const text of ['', '%NAME%\na\n', '%NAME%\na\n\n%DEPENDS%\ngli'])
    assert.equal(parseDescription(text).isWhole, false)
})
