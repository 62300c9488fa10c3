/** Which mappings make a process stale: cases 1 to 23. */
import assert from 'node:assert/strict'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import { shownBy, specify } from '../support/specification.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { Tree } from '../support/tree.ts'
import { LIBC, ofMachine, ofTree, only, restart, verdict, verdicts } from './scans.ts'

type Judged = readonly [path: string, as: string]

/**
 * Returns each path that counts, and as what, where every line is the maps of a service of its own.
 */
function judged(...lines: readonly string[]): readonly Judged[] {
  const processes = lines.map((line, at) => {
    const cgroup = `/system.slice/s${at}.service`
    return [10 + at, { maps: ['r-xp /usr/bin/daemon', line], cgroup }] as const
  })
  const { findings, temporaryCode } = ofTree(Object.fromEntries(processes))
  const stale = findings.flatMap(({ processes: [process], files }) =>
    files.map(({ path, kind }) => [process?.pid ?? 0, path, kind] as const),
  )
  const temporary = temporaryCode.map(({ pid, path }) => [pid, path, 'temporary code'] as const)
  return [...stale, ...temporary].toSorted(([a], [b]) => a - b).map(([, path, as]) => [path, as])
}

/** All of the paths, executable and marked, count as the same. */
function assertAll(as: string, ...paths: readonly string[]): void {
  const lines = paths.map((path) => `r-xp ${path} (deleted)`)
  assert.deepEqual(
    judged(...lines),
    paths.map((path) => [path, as]),
  )
}

/** Returns path and state of the stale files of a process, where a root directory is at hand. */
function statesIn(root: Tree, ...lines: readonly string[]): readonly (readonly string[])[] {
  const proc = makeTree(procTree({ 10: { maps: lines, cgroup: '/system.slice/a.service' } }))
  const { findings } = scanDocument(['--proc', proc, '--root', makeTree(root)])
  return findings.flatMap(({ files }) => files.map(({ path, state }) => [path, state]))
}

specify(1, 'a service that maps a deleted library of a package is stale: restart it', {
  recording() {
    const document = ofMachine({
      processes: {
        10: {
          comm: 'nginx',
          maps: ['r--p /usr/lib/libssl.so.3 (deleted)', 'r-xp /usr/lib/libssl.so.3 (deleted)'],
          cgroup: '/system.slice/nginx.service',
        },
      },
      units: { 'nginx.service': {} },
    })
    const finding = only(document.findings)
    assert.deepEqual(verdict(finding), ['service', 'nginx.service', 'restart'])
    assert.deepEqual(
      finding.files.map(({ path, kind, state }) => [path, kind, state]),
      [['/usr/lib/libssl.so.3', 'library', 'replaced']],
    )
    assert.deepEqual(document.commands, [restart('nginx.service')])
    assert.equal(document.scan.complete, true)
  },
  // Not yet shown: the name of the package.
  booted: shownBy(
    'e2e/units.test.ts',
    'a service is named with its main process and the library',
    'the command is for those that a restart clears, and no others',
  ),
})

specify(2, 'a library that was reinstalled, same name and same content, is stale', {
  tree() {
    const root = { 'usr/lib/libc.so.6': 'the same' }
    assert.deepEqual(statesIn(root, LIBC), [['/usr/lib/libc.so.6', 'replaced']])
  },
  live: shownBy('cli/live.test.ts', 'a library that was removed and written again, as pacman does'),
  // Not yet shown: the reason "reinstalled", which only pacman.log knows.
  booted: shownBy('e2e/hook.test.ts', 'runs for a reinstallation and for a downgrade'),
})

specify(3, 'a library that another file was renamed over is stale', {
  live: shownBy('cli/live.test.ts', 'a library that another was renamed over'),
  booted: shownBy('e2e/units.test.ts', 'a service is named with its main process and the library'),
})

specify(4, 'a deleted library is stale although another hard link to it is left', {
  live: shownBy('cli/live.test.ts', 'a library of which another hard link remains'),
})

// The library that is replaced there lies in the lower layer of the machine's overlay.
specify(5, 'a library that an overlay hides behind a new one is stale', {
  booted: shownBy(
    'e2e/users.test.ts',
    'systemd itself and the managers of users execute themselves anew',
  ),
})

specify(6, 'a live file that is named "... (deleted)" is never a plain hit', {
  tree() {
    // Without the inode behind the mapping nobody can tell the two readings apart.
    const root = { 'usr/lib/foo.so (deleted)': 'live' }
    const line = 'r-xp /usr/lib/foo.so (deleted)'
    assert.deepEqual(statesIn(root, line), [['/usr/lib/foo.so', 'unknown']])
  },
  recording() {
    const document = ofMachine({
      processes: { 10: { maps: ['r-xp /usr/lib/foo.so (deleted)'] } },
      files: { '/usr/lib/foo.so': 'live' },
    })
    assert.deepEqual(document.findings, [])
  },
  live: shownBy(
    'cli/live.test.ts',
    'a live library that is really named like a deleted one',
    'a deleted library beside a live file that is named like it',
  ),
})

// peers.md: "stale if inode compare is on, suffix stripped". The kernel marks no file that still
// has a name, whatever name, and the program follows the kernel's mark alone; pacman renames
// nothing aside. A marked name with the suffix of a package manager comes from older kernels, which
// showed a replaced file under the temporary name of the new one. It is stale all the same, under
// the name that the kernel gives.
specify(7, 'a library that was renamed aside is stale once it is deleted, under that name', {
  tree() {
    const names = ['libd.so.1.old', 'libd.so.1;5408628d', 'libd.so.1.dpkg-new', 'libd.so.1#new']
    const paths = names.map((name) => `/usr/lib/${name}`)
    assert.deepEqual(judged(...paths.map((path) => `r-xp ${path}`)), [])
    assert.deepEqual(
      judged(...paths.map((path) => `r-xp ${path} (deleted)`)).map(([path]) => path),
      paths,
    )
  },
  live: shownBy(
    'cli/live.test.ts',
    'a library that was renamed aside is still the file that it was',
  ),
})

specify(8, 'a path with blanks is kept whole', {
  tree: () => assertAll('library', '/opt/My App/lib x.so', '/opt/ two  blanks /a.so'),
  live: shownBy('cli/live.test.ts', 'spaces and control characters in a path'),
})

specify(9, 'a newline or a backslash in a path makes neither two records nor a guess', {
  tree() {
    // The kernel writes a newline as \012, and a backslash as itself: such a path has two readings.
    const root = { 'usr/lib/a\\012b.so': '', 'usr/lib/c\\d.so': '' }
    assert.deepEqual(
      statesIn(
        root,
        'r-xp /usr/lib/a\\012b.so (deleted)',
        'r-xp /usr/lib/c\\d.so (deleted)',
        'r-xp /usr/lib/gone\\134.so (deleted)',
      ),
      [
        ['/usr/lib/a\\012b.so', 'unknown'],
        ['/usr/lib/c\\d.so', 'replaced'],
        ['/usr/lib/gone\\134.so', 'removed'],
      ],
    )
  },
  live: shownBy('cli/live.test.ts', 'a newline in a path'),
})

specify(10, 'escape sequences in a path or a name are printed as text', {
  tree() {
    const comm = 'a\u001b[31mb'
    const path = '/opt/\u001b]0;x\u0007\u009b2J.so'
    const proc = makeTree(procTree({ 10: { comm, maps: [`r-xp ${path} (deleted)`] } }))
    const finding = only(scanDocument(['--proc', proc]).findings)
    assert.equal(finding.processes[0]?.comm, 'a\\x1b[31mb')
    assert.equal(finding.files[0]?.path, '/opt/\\x1b]0;x\\x07\\x9b2J.so')
    for (const argv of [[], ['--hook'], ['--all'], ['--format', 'json'], ['explain', '10']]) {
      const { status, stdout } = staleLibs([...argv, '--proc', proc])
      assert.equal(status, 0)
      assert.doesNotMatch(stdout, /[^\n\P{Cc}]/u)
    }
  },
  // The command line of a process is never read.
  live: shownBy('cli/live.test.ts', 'spaces and control characters in a path'),
})

specify(11, 'a path that is not UTF-8 keeps each of its bytes', {
  tree() {
    const [found] = judged('r-xp /opt/\xff\xc3(\xc3\xa9.so (deleted)')
    assert.deepEqual(found, ['/opt/\\xff\\xc3(é.so', 'library'])
  },
  live: shownBy('cli/live.test.ts', 'a path that is not UTF-8'),
})

specify(12, 'a deleted file that is no code and is not executed is no reason at all', {
  tree() {
    const mapped = [
      'rw-s /dev/shm/x',
      'r--s /var/lib/sss/mc/passwd',
      'r--p /usr/lib/locale/locale-archive',
      'r--s /var/cache/fontconfig/a-le64.cache-9',
      'r--s /usr/share/icons/hicolor/icon-theme.cache',
      'rw-s /home/zoe/.config/dconf/user',
      'rw-s /memfd:pulseaudio',
      'rw-s /dev/shm/pulse-shm-123',
      'rw-s /memfd:pipewire-memfd:flags=0x2,type=2,size=2312',
      'r--p /usr/share/fonts/TTF/DejaVuSans.ttf',
      'r--p /etc/ld.so.cache',
    ]
    assert.deepEqual(judged(...mapped.map((line) => `${line} (deleted)`)), [])
  },
})

specify(13, 'memory of the kernel that looks like a deleted file is never stale', {
  tree() {
    const objects = [
      '/SYSV00000000',
      '/dev/zero',
      '/[aio]',
      '/drm mm object',
      '/i915',
      '/anon_hugepage',
      'anon_inode:[io_uring]',
      '/dev/dri/card0',
      '/dev/nvidia0',
    ]
    assertAll('temporary code', ...objects)
    assert.deepEqual(judged(...objects.map((path) => `rw-s ${path} (deleted)`)), [])
    assert.deepEqual(judged('rw-s anon_inode:[io_uring]', 'rw-s /dev/dri/card0'), [])
  },
})

specify(14, 'an installed file that is named like memory of the kernel is stale', {
  tree() {
    assertAll('executable', '/lib/SYSV00000000', '/usr/lib/i915', '/usr/lib/jna123.tmp')
    assertAll('library', '/opt/memfd:x.so', '/usr/lib/libnetty_transport.so')
  },
})

specify(15, 'code that a program made in memory is no reason to restart it', {
  tree() {
    assertAll(
      'temporary code',
      '/memfd:libffi',
      '/memfd:JITCode:QtQml',
      '/memfd:/.glAbCdEf',
      '/memfd:pcre2-jit',
      '/memfd:wasm.so',
    )
    // runc and lxc-attach run from such memory: their own executable is "deleted".
    const exe = '/memfd:runc_cloned:/proc/self/exe (deleted)'
    const document = ofTree({ 10: { maps: [`r-xp ${exe}`], exe } })
    assert.deepEqual(document.findings, [])
  },
})

/** What is said of it where it is not asked for. */
const OWN_CODE = /^1 program uses code that it made: stale-libs --all$/m

specify(16, 'code that a program unpacked or compiled for itself is shown, and no restart', {
  tree() {
    const paths = [
      '/tmp/orcexec.AbCdEf',
      '/run/user/1000/orcexec.AbCdEf',
      '/home/zoe/orcexec.AbCdEf',
      '/tmp/ffiAbCdEf',
      '/home/zoe/jna123.tmp',
      '/home/zoe/.cache/JNA/temp/jna456.tmp',
      '/tmp/libnetty_transport_native_epoll_x86_64123.so',
      '/var/lib/app/libnetty_transport_native_epoll_x86_64123.so',
      '/home/zoe/#9699936',
    ]
    assertAll('temporary code', ...paths)
    const java = { comm: 'java', maps: paths.map((path) => `r-xp ${path} (deleted)`) }
    const proc = makeTree(procTree({ 10: java }))
    // A long path stands on a line of its own.
    const lines = staleLibs(['--proc', proc, '--all']).stdout.replaceAll(/\n +/g, ' ').split('\n')
    for (const path of paths)
      assert.ok(lines.includes(`Code that java (PID 10) made itself: ${path}`), lines.join('\n'))
    assert.match(staleLibs(['--proc', proc]).stdout, OWN_CODE)
  },
})

// Only the hook says nothing of it: it speaks of what an upgrade replaced.
specify(17, 'deleted code of /tmp in a system service is not hidden: its presence is always said', {
  tree() {
    const evil = { maps: ['r-xp /tmp/evil.so (deleted)'], cgroup: '/system.slice/sshd.service' }
    const proc = makeTree(procTree({ 10: evil }))
    assert.match(staleLibs(['--proc', proc]).stdout, OWN_CODE)
    const shown = only(scanDocument(['--proc', proc]).temporaryCode)
    assert.deepEqual([shown.unit, shown.path], ['sshd.service', '/tmp/evil.so'])
    assert.match(staleLibs(['explain', 'sshd', '--proc', proc]).stdout, /\/tmp\/evil\.so/)
  },
})

specify(18, 'a library of a browser is a matter of that application, not of a service', {
  recording() {
    const own = '/home/zoe/.config/chrome/WidevineCdm/libwidevinecdm.so'
    const manager = '/user.slice/user-1000.slice/user@1000.service'
    const document = ofMachine({
      processes: {
        10: {
          maps: [`r-xp ${own} (deleted)`, 'r-xp /opt/google/chrome/chrome (deleted)'],
          cgroup: `${manager}/app.slice/app-chrome-7.scope`,
        },
        11: {
          comm: 'chrome',
          maps: [`r-xp ${own} (deleted)`],
          cgroup: '/user.slice/user-1000.slice/session-3.scope',
        },
      },
    })
    assert.deepEqual(verdicts(document), [
      ['session', 'session 3', 'relogin'],
      ['app', 'chrome', 'close'],
    ])
    assert.deepEqual(document.commands, [])
  },
})

specify(19, 'the mark of OpenVZ, in front of the path, is understood', {
  tree() {
    assert.deepEqual(judged('r-xp (deleted)/usr/lib/libc.so.6'), [
      ['/usr/lib/libc.so.6', 'library'],
    ])
  },
})

specify(20, 'a library whose package was removed, not upgraded, is stale', {
  tree() {
    assert.deepEqual(statesIn({ 'usr/lib/other.so': '' }, LIBC), [
      ['/usr/lib/libc.so.6', 'removed'],
    ])
  },
  live: shownBy('cli/live.test.ts', 'a library that was removed'),
  // Not yet shown: that the package was removed, which only pacman.log knows.
  booted: shownBy('e2e/hook.test.ts', 'runs for a removal'),
})

specify(21, 'a deleted library that no package owns is stale as well', {
  tree() {
    assertAll(
      'library',
      '/usr/local/lib/libfoo.so.1',
      '/opt/app/lib/libfoo.so',
      '/home/zoe/.venv/lib/python3.13/site-packages/numpy/_core.cpython-313-x86_64-linux-gnu.so',
    )
    assertAll('executable', '/srv/app/node_modules/better-sqlite3/build/better_sqlite3.node')
  },
  // Not yet shown: that it says "no package"; no file has a package yet.
  booted: shownBy(
    'e2e/hook.test.ts',
    'names a service whose own executable was replaced, and its plugin in /opt removed',
  ),
})

// The kernel marks nothing: the file is the same one. share/man/stale-libs.8 says so under BUGS.
specify(22, 'a library that was overwritten in place is not seen, and the manual says it', {
  live: shownBy('cli/live.test.ts', 'a library that was overwritten in place is not seen'),
})

// peers.md: "stale under base name". prelink renames a new file over the old one, which today's
// kernels show under its own name (case 3); the name of prelink's temporary file comes from older
// ones (case 7).
specify(23, "a file that prelink replaced is stale, also where it has prelink's name", {
  tree() {
    assertAll('library', '/usr/lib/libz.so.1.#prelink#.AbCdEf')
    assertAll('executable', '/usr/bin/daemon.#prelink#.AbCdEf', '/usr/lib/.#prelink#.AbCdEf')
    assert.deepEqual(judged('r-xp /usr/lib/libz.so.1.#prelink#.AbCdEf'), [])
  },
})
