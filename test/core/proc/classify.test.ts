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
    ['/opt/tomcat/temp/jna4214035373404461359.tmp', 'temporary'],
    ['/opt/TeamCity/temp/jna-123/jna1.tmp', 'temporary'],
    ['/var/lib/puppetserver/tmp/jffi2434865470457235499.so', 'temporary'],
    ['/opt/puppetlabs/tmp/jffi243486547.tmp', 'temporary'],
    ['/usr/lib/jffi2434865470457235499.so', 'library'],
    ['/opt/puppetlabs/lib/libjffi-1.2.so', 'library'],
    ['/opt/zextras/mailboxd/work/libzstd-jni-1.5.6-98754321098765432109.so', 'temporary'],
    ['/var/lib/wazuh-indexer/tmp/librocksdbjni2039281941204134312..so', 'temporary'],
    ['/var/lib/app/liblz4-java-7942230164883463296.so', 'temporary'],
    ['/opt/app/lib/liba-20240101120000.so', 'library'],
    ['/opt/app/lib/liba-202401011200001234567890.so', 'library'],
    ['/opt/app/lib/7942230164883463296.so/liba.so', 'library'],
    ['/usr/local/lib/liba7942230164883463296.so', 'library'],
    ['/home/mc/plugins/spark/tmp/spark-123-libasyncProfiler.so.tmp', 'temporary'],
    ['/opt/async-profiler/lib/libasyncProfiler.so', 'library'],
    ['/var/lib/nagios3/spool/checkresults/nebmodkl9VxP', 'temporary'],
    ['/opt/naemon/tmp/nebmodAbCdEf', 'temporary'],
    ['/opt/naemon/lib/nebmodules', 'executable'],
    ['/usr/lib/naemon/nebmodAbCdEf', 'executable'],
    ['/home/zoe/.wine/tmpmap-0a1b2c3d', 'temporary'],
    ['/home/zoe/.wine/tmpmap-0a1b2c3', 'executable'],
    ['/opt/prefix/anonmap.snWgo0', 'temporary'],
    ['/home/zoe/anonmap.dll', 'executable'],
    ['/home/zoe/.cache/tmp/.894189a34e08df87-0.node', 'temporary'],
    ['/home/zoe/.cache/tmp/.59ee776dfc9ebfd7-00000000.so', 'temporary'],
    ['/opt/app/tmp/.my_addon-msn58fw9.c7a034da05c78833-0.node', 'temporary'],
    ['/home/zoe/app/node_modules/a/build/Release/a.node', 'executable'],
    [
      '/home/zoe/app/node_modules/@next/swc-linux-x64-gnu/next-swc.linux-x64-gnu.node',
      'executable',
    ],
    ['/home/zoe/.hidden-0.node', 'executable'],
    ['/home/zoe/tmp/_ruby_mjit_p30080u145.so', 'temporary'],
    ['/usr/lib/ruby/_ruby_mjit_p1u1.so', 'library'],
    ['/home/zoe/tmp/tcl_Ab12Cd', 'temporary'],
    ['/opt/tcl/lib/tcl_Ab12Cd', 'executable'],
    ['/home/zoe/.config/emacs/eln-cache/30.1-4a3d/init-1a2b3c4d-5e6f.eln', 'temporary'],
    ['/usr/lib/emacs/30.1/native-lisp/30.1-4a3d/simple-1-2.eln', 'executable'],
    [
      '/home/zoe/.local/lib/python3.13/site-packages/a/_b.cpython-313-x86_64-linux-gnu.so',
      'library',
    ],
    ['/home/zoe/.steam/steam/ubuntu12_32/steamclient.so', 'library'],
    ['/srv/app/bin/tcl_server', 'executable'],
    ['/home/zoe/bin/tcl_daemon', 'executable'],
    ['/srv/x/tcl_worker', 'executable'],
    ['/srv/x/tcl_Worker', 'executable'],
    ['/srv/x/tcl_WebApp', 'executable'],
    ['/srv/x/tcl_webApp', 'executable'],
    ['/srv/x/tcl_Http20', 'executable'],
    ['/srv/x/tcl_HTTP20', 'executable'],
    ['/srv/x/tcl_http2d', 'executable'],
    ['/srv/x/tcl_202611', 'executable'],
    ['/srv/x/tcl_aB3dEf', 'temporary'],
    ['/opt/acme/nebmodserver', 'executable'],
    ['/opt/acme/bin/nebmodhelper', 'executable'],
    ['/opt/acme/bin/nebmodHelper', 'executable'],
    ['/srv/app/ffiserver', 'executable'],
    ['/home/zoe/ffiLIRq9l', 'temporary'],
    ['/home/zoe/.glance', 'executable'],
    ['/home/zoe/.glhelper', 'executable'],
    ['/home/zoe/.gla1b2c3', 'temporary'],
    ['/home/zoe/anonmap.python', 'executable'],
    ['/home/zoe/anonmap.s4wg00', 'temporary'],
    ['/home/zoe/tmpmap-20261126', 'executable'],
    ['/home/zoe/tmpmap-20269126', 'temporary'],
    ['/opt/v/lib/libacme-20261126101500123.so', 'library'],
    ['/srv/v/lib/libacme-20261126101500123456.so', 'library'],
    ['/srv/v/lib/libacme-202611261015001234.so', 'library'],
    ['/srv/v/lib/libacme-1764151234567890123.so', 'library'],
    ['/srv/v/lib/libacme-1764151234567890.so', 'library'],
    ['/srv/v/lib/libacme-12345678901234567.so', 'library'],
    ['/srv/v/lib/libacme-17641512345678901234.so', 'temporary'],
    ['/srv/v/lib/libacme-2064151234567890123.so', 'temporary'],
    ['/srv/v/lib/jffi12.so', 'library'],
    ['/srv/v/lib/jffi20261126.so', 'library'],
    ['/srv/v/lib/jffi20261126101500.so', 'library'],
    ['/srv/v/tmp/jffi243486547.so', 'temporary'],
    ['/srv/v/lib/.acme.202611261015-1.so', 'library'],
    ['/srv/v/lib/a-6321baa3-1a72-11b6-bbbc-2b1a642bc8c8-libacme.so', 'library'],
    ['/srv/v/tmp/a-6321baa3-1a72-41b6-bbbc-2b1a642bc8c8-libsnappyjava.so', 'temporary'],
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
