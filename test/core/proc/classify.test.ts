import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classify } from '../../../src/core/proc/classify.ts'
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
