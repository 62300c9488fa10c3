import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import type { Mapping } from '../../../src/core/proc/process.ts'
import { mergeFile, parseDeletedMappings } from '../../../src/core/proc/maps.ts'

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
      executable: true,
      device: 'fe:00',
      inode: '42',
      path: '/a.so',
    },
  ])
  const [shared] = parseDeletedMappings(line('/a.so (deleted)', HEAD.replace('r-xp', 'rw-s')))
  assert.equal(shared?.executable, false)
})

test('mergeFile() gives one mapping a file, executable if any part is', () => {
  const parts = ['r--p', 'r-xp', 'r--p', 'rw-p'].map((permissions) =>
    line('/a.so (deleted)', HEAD.replace('r-xp', permissions)),
  )
  const files = new Map<string, Mapping>()
  for (const mapping of parseDeletedMappings(parts.join('')))
    assert.ok(mergeFile(mapping, files, 1))
  const merged = [...files.values()]
  assert.deepEqual(
    merged.map(({ path, executable }) => [path, executable]),
    [['/a.so', true]],
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
        const byFile = new Map(
          each.toReversed().map((one) => [`${one.executable} ${one.path}`, one]),
        )
        const first = each.filter((one) => byFile.get(`${one.executable} ${one.path}`) === one)
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
