import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  classify,
  impliesExecution,
  isCodeByPermission,
  isHeapExecutable,
} from '../../../src/core/proc/classify.ts'
import { TEMPORARY_CODE } from '../../../src/core/proc/temporary-code.ts'

const CASES: readonly (readonly [path: string, verdict: 'library' | 'executable' | 'temporary'])[] =
  [
    ['/usr/lib/libssl.so.3', 'library'],
    ['/usr/lib/libz.so', 'library'],
    ['/usr/lib/libd.so.1.old', 'library'],
    ['/usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so', 'library'],
    ['/opt/My App/lib x.so', 'library'],
    ['/home/zoe/.config/chrome/WidevineCdm/libwidevinecdm.so', 'library'],
    ['/usr/local/lib/libfoo.so.1', 'library'],
    ['/usr/bin/sshd', 'executable'],
    ['/opt/google/chrome/chrome', 'executable'],
    ['/usr/lib/i915', 'executable'],
    ['/lib/SYSV00000000', 'executable'],
    ['/opt/memfd:x.so', 'library'],
    ['/usr/lib/jna123.tmp', 'executable'],
    ['/opt/orcexec.abcdef', 'executable'],
    ['/usr/lib/libnetty_transport.so', 'library'],
    ['/usr/tmp/x.so', 'library'],
    ['/runner/x.so', 'library'],
    ['/run/host/usr/lib/libGLX_nvidia.so.470.42.01', 'library'],
    ['/run/host/usr/bin/bash', 'executable'],
    ['/run/hosts/x.so', 'temporary'],
    ['/run/parent/usr/lib/libc.so.6', 'temporary'],
    ['/var/run/x.so', 'temporary'],
    ['/devel/x.so', 'library'],
    ['/memfd:pcre2-jit', 'temporary'],
    ['/memfd:/.glAbCdEf', 'temporary'],
    ['/memfd:libfoo.so', 'temporary'],
    ['/dev/zero', 'temporary'],
    ['/dev/shm/x.so', 'temporary'],
    ['/SYSV00000000', 'temporary'],
    ['/[aio]', 'temporary'],
    ['/drm mm object', 'temporary'],
    ['/i915', 'temporary'],
    ['/anon_hugepage', 'temporary'],
    ['anon_inode:[io_uring]', 'temporary'],
    ['/home/zoe/#9699936', 'temporary'],
    ['/tmp/evil.so', 'temporary'],
    ['/var/tmp/x.so', 'temporary'],
    ['/run/user/1000/orcexec.Ab12Cd', 'temporary'],
    ['/home/zoe/orcexec.Ab12Cd', 'temporary'],
    ['/home/zoe/jna7654321.tmp', 'temporary'],
    ['/home/zoe/.cache/JNA/temp/jna1.tmp', 'temporary'],
    ['/root/.cache/JNA/temp/x.so', 'temporary'],
    ['/home/zoe/ffiAb12Cd', 'temporary'],
    ['/var/lib/app/libnetty_transport_native_epoll_x86_641.so', 'temporary'],
    ['/home/zoe/.glAb12Cd', 'temporary'],
  ]

for (const [path, verdict] of CASES) {
  test(`classify() calls an executable mapping of ${path} ${verdict}`, () => {
    assert.equal(classify(path, true), verdict)
  })
}

const NOT_CODE = [
  '/dev/shm/x',
  '/var/lib/sss/mc/passwd',
  '/usr/lib/locale/locale-archive',
  '/var/cache/fontconfig/a-le64.cache-9',
  '/usr/share/icons/hicolor/icon-theme.cache',
  '/home/zoe/.config/dconf/user',
  '/memfd:pulseaudio',
  '/etc/ld.so.cache',
  '/usr/lib/libssl.so-notes',
]

for (const path of NOT_CODE) {
  test(`classify() passes over ${path}, which is mapped but not executable`, () => {
    assert.equal(classify(path, false), null)
  })
}

test('a library counts with any permission, so that a part of it is enough', () => {
  assert.equal(classify('/usr/lib/libz.so.1', false), 'library')
})

test('each row of the table is anchored and says why and where from', () => {
  for (const { path, reason, source } of TEMPORARY_CODE) {
    assert.ok(path.source.startsWith('^') || path.source.endsWith('$'), String(path))
    assert.ok(reason.length > 5 && source.length > 5, String(path))
  }
})

test('the text of a personality has READ_IMPLIES_EXEC, or has not, or is none', () => {
  const rows: Readonly<Record<string, boolean | null>> = {
    '00400000\n': true,
    '00400000': true,
    // ADDR_NO_RANDOMIZE and PER_LINUX32 beside it.
    '00440008\n': true,
    '00040000\n': false,
    '00000000\n': false,
    '00800000\n': false,
    '': null,
    '400000\n': null,
    'ffffffff0\n': null,
    '0040000g\n': null,
    '00400000\n00000000\n': null,
  }
  for (const [text, expected] of Object.entries(rows))
    assert.equal(impliesExecution(text), expected, text)
})

test('the heap of a process tells whether all that it reads is executable', () => {
  const line = (permissions: string, name: string, inode = '0') =>
    `${`55d0-55d1 ${permissions} 00000000 00:00 ${inode} `.padEnd(73)}${name}`
  const rows: readonly (readonly [string, boolean | null])[] = [
    [line('rwxp', '[heap]'), true],
    [line('rw-p', '[heap]'), false],
    [line('rwxp', '[stack]'), null],
    // Files that are named like it.
    [line('r-xp', '[heap]', '7'), null],
    [line('r-xp', '/tmp/x [heap]'), null],
    ['', null],
  ]
  for (const [text, expected] of rows) assert.equal(isHeapExecutable(text), expected, text)
})

const BY_PERMISSION: readonly (readonly [path: string, isByPermission: boolean])[] = [
  ['/usr/share/fonts/TTF/Vera.ttf', true],
  ['/usr/lib/locale/locale-archive', true],
  ['/usr/lib/gconv/gconv-modules.cache', true],
  ['/home/zoe/.config/dconf/user', true],
  ['/usr/share/sbin-fonts/x', true],
  ['/usr/lib/wine/i386-windows/kernel32.dll', false],
  ['/home/zoe/.wine/drive_c/windows/system32/winex11.DRV', false],
  ['/home/zoe/app/node_modules/x/build/Release/x.node', false],
  ['/usr/lib/emacs/30.1/native-lisp/30.1-1/simple-1-2.eln', false],
  ['/usr/bin/helper', false],
  ['/usr/sbin/helper', false],
  ['/usr/libexec/platform-python3.6', false],
  ['/usr/lib/libc.so.6', false],
  ['/opt/game/game.x86', false],
]
for (const [path, isByPermission] of BY_PERMISSION)
  test(`${path} is code ${isByPermission ? 'by its permission alone' : 'by its name'}`, () => {
    const kind = classify(path, true) ?? 'temporary'
    const mapping = { address: '', device: '', inode: '', path, kind }
    assert.equal(isCodeByPermission(mapping, '/opt/game/game.x86 (deleted)'), isByPermission)
    assert.equal(isCodeByPermission({ ...mapping, kind: 'temporary' }, null), false)
  })

test('a program is its own file, and no other one of that name', () => {
  const path = '/opt/game/game.x86'
  const mapping = { address: '', device: '', inode: '', path, kind: 'executable' } as const
  const exes = [null, path, `${path} (deleted)`, '/opt/game/other (deleted)']
  assert.deepEqual(
    exes.map((exe) => isCodeByPermission(mapping, exe)),
    [true, true, false, true],
  )
})
