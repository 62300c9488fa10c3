import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import type { Mapping } from '../../../src/core/proc/process.ts'
import { keepFile, parseDeletedMappings, withExecutable } from '../../../src/core/proc/maps.ts'

const HEAD = '7f3c5a000000-7f3c5a021000 r-xp 00000000 fe:00 42 '

function line(path: string, head = HEAD): string {
  return `${head.padEnd(73)}${path}\n`
}

const CASES: readonly (readonly [fact: string, text: string, paths: readonly string[]])[] = [
  ['takes the mark off', line('/usr/lib/libz.so.1 (deleted)'), ['/usr/lib/libz.so.1']],
  ['leaves live files out', line('/usr/lib/libz.so.1'), []],
  ['keeps spaces in a path', line('/opt/My App/lib  x.so (deleted)'), ['/opt/My App/lib  x.so']],
  ['takes off exactly one mark', line('/a (deleted) (deleted)'), ['/a (deleted)']],
  ['keeps the newline escape of the kernel', line('/a\\012b.so (deleted)'), ['/a\\012b.so']],
  ['keeps a literal backslash', line('/a\\x2db.so (deleted)'), ['/a\\x2db.so']],
  ['keeps escape sequences raw', line('/a\u001b[31m\t.so (deleted)'), ['/a\u001b[31m\t.so']],
  ['keeps a carriage return', line('/a\rb.so (deleted)'), ['/a\rb.so']],
  ['keeps bytes that are not UTF-8', line('/a\xff\xfe.so (deleted)'), ['/a\xff\xfe.so']],
  ['reads the leading mark of OpenVZ', line('(deleted)/usr/lib/libz.so.1'), ['/usr/lib/libz.so.1']],
  ['reads memfd', line('/memfd:x (deleted)'), ['/memfd:x']],
  ['does not take a live file in a directory "(deleted)"', line('/srv/(deleted)/x.so'), []],
  ['passes over an anonymous mapping', `${HEAD}\n`, []],
  ['passes over a line of another form', 'nonsense (deleted)\n', []],
  ['passes over half a line', 'r-xp 00000000 fe:00 42   /usr/lib/libz.so.1 (deleted)\n', []],
  ['reads a last line without its end', line('/a.so (deleted)').trimEnd(), ['/a.so']],
  ['reads nothing from nothing', '', []],
]

for (const [fact, text, paths] of CASES) {
  test(`parseDeletedMappings() ${fact}`, () => {
    assert.deepEqual(
      parseDeletedMappings(text).map(({ path }) => path),
      paths,
    )
  })
}

test('parseDeletedMappings() reads address, permission and inode', () => {
  assert.deepEqual(parseDeletedMappings(line('/a.so (deleted)')), [
    {
      address: '7f3c5a000000-7f3c5a021000',
      device: 'fe:00',
      inode: '42',
      path: '/a.so',
      kind: 'library',
    },
  ])
})

const KINDS: readonly (readonly [permissions: string, path: string, kind: string | undefined])[] = [
  ['r-xp', '/usr/bin/a', 'executable'],
  ['r--p', '/usr/bin/a', undefined],
  ['rw-s', '/usr/bin/a', undefined],
  ['r-xp', '/usr/lib/a.so', 'library'],
  ['rw-s', '/usr/lib/a.so', 'library'],
  ['r-xp', '/memfd:x', 'temporary'],
  ['r--p', '/memfd:x', undefined],
]
for (const [permissions, path, kind] of KINDS)
  test(`parseDeletedMappings() calls ${path} mapped ${permissions} ${kind ?? 'nothing'}`, () => {
    const head = HEAD.replace('r-xp', permissions)
    const kinds = parseDeletedMappings(line(`${path} (deleted)`, head)).map((one) => one.kind)
    assert.deepEqual(kinds, kind === undefined ? [] : [kind])
  })

test('keepFile() keeps the first part of each file, as many files as there is room for', () => {
  const part = (at: number, permissions: string, inode: number, path: string) =>
    `7f0${at}-7f1${at} ${permissions} 00000000 fe:00 ${inode} ${path} (deleted)\n`
  const text = [
    part(1, 'r--p', 42, '/a.so'),
    part(2, 'r-xp', 42, '/a.so'),
    part(3, 'r-xp', 43, '/a.so'),
    part(4, 'r-xp', 44, '/b.so'),
  ]
  const files = new Map<string, Mapping>()
  const kept = parseDeletedMappings(text.join('')).map((one) => keepFile(one, files, 2))
  assert.deepEqual(kept, [true, true, true, false])
  assert.deepEqual(
    [...files.values()].map(({ address, path }) => [address, path]),
    [
      ['7f01-7f11', '/a.so'],
      ['7f03-7f13', '/a.so'],
    ],
  )
})

const EXE: readonly (readonly [fact: string, exe: string | null, added: readonly string[]])[] = [
  ['adds an executable that is gone', '/usr/bin/a (deleted)', ['/usr/bin/a executable']],
  [
    'adds a loader as the library that it is',
    '/usr/lib/ld.so.2 (deleted)',
    ['/usr/lib/ld.so.2 library'],
  ],
  ['adds memory as the temporary code that it is', '/memfd:x (deleted)', ['/memfd:x temporary']],
  ['reads the leading mark of OpenVZ', '(deleted)/usr/bin/a', ['/usr/bin/a executable']],
  ['takes off exactly one mark', '/a (deleted) (deleted)', ['/a (deleted) executable']],
  ['adds nothing that is there', '/usr/bin/a', []],
  ['adds nothing that is mapped', '/usr/bin/mapped (deleted)', []],
  ['adds nothing where there is no link', null, []],
]
for (const [fact, exe, added] of EXE)
  test(`withExecutable() ${fact}`, () => {
    const mapped = parseDeletedMappings(line('/usr/bin/mapped (deleted)'))
    const [first, ...others] = withExecutable(mapped, exe)
    assert.deepEqual(first, mapped[0])
    assert.deepEqual(
      others.map((one) => `${one.path} ${one.kind}`),
      added,
    )
  })

const path = fc
  .string({ unit: fc.constantFrom(...'/ab .\\\t()so\x1b\xff'.split('')), maxLength: 40 })
  .map((tail) => `/${tail}`)

test('parseDeletedMappings() never throws, and reads lines on their own', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          path.map((p) => line(`${p} (deleted)`)),
        ),
      ),
      (texts) => {
        const lines = texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`))
        const each = lines.flatMap((text) => parseDeletedMappings(text))
        const byFile = new Map(each.toReversed().map((one) => [one.path, one]))
        const first = each.filter((one) => byFile.get(one.path) === one)
        assert.deepEqual(parseDeletedMappings(lines.join('')), first)
      },
    ),
  )
})

test('parseDeletedMappings() gives back any path it was given', () => {
  fc.assert(
    fc.property(path, (p) => {
      assert.deepEqual(
        parseDeletedMappings(line(`${p} (deleted)`)).map((m) => m.path),
        [p],
      )
    }),
  )
})

test('parseDeletedMappings() returns of one file one mapping that is executable and one that is not', () => {
  const at = (n: number, permissions: string, file: string) =>
    `7f0${n}-7f1${n} ${permissions} 0000${n}000 fe:00 42 ${file} (deleted)\n`
  const [a, b] = ['/usr/lib/liba.so', '/usr/lib/libb.so']
  const text = at(1, 'r--p', a) + at(2, 'r-xp', a) + at(3, 'rw-p', a) + at(4, 'r-xp', a)
  const seen = new Set<string>()
  assert.deepEqual(
    parseDeletedMappings(text, seen).map(({ address }) => address),
    ['7f01-7f11', '7f02-7f12'],
  )
  assert.deepEqual(
    parseDeletedMappings(text + at(5, 'r--p', b), seen).map((one) => one.path),
    [b],
  )
})

test('so many lines are known again as any program maps, and no more', () => {
  const marked = (n: number) =>
    `7f00-7f10 r-xp 00000000 fe:00 ${n}   /usr/lib/lib${n}.so (deleted)\n`
  const seen = new Set<string>()
  const text = Array.from({ length: 5000 }, (_, n) => marked(n)).join('')
  assert.equal(parseDeletedMappings(text, seen).length, 5000)
  assert.equal(seen.size, 4096)
  assert.equal(parseDeletedMappings(text, seen).length, 5000 - 4096)
  const long = `7f00-7f10 r-xp 00000000 fe:00 1   /${'x'.repeat(5000)}.so (deleted)\n`
  const some = new Set<string>()
  assert.equal(parseDeletedMappings(long, some).length, 1)
  assert.equal(some.size, 0)
})
