/** Which processes are looked at, and what is said of each: cases 24 to 35. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectionKind } from '../support/inspection.ts'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import { directory, withLibrary } from '../support/preload.ts'
import { makeRecording } from '../support/recording.ts'
import { isNamed, partOf } from '../support/screen-parts.ts'
import { shownBy, specify } from '../support/specification.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { RecordedProcess } from '../support/tree.ts'
import { LIBC, cautions, ofMachine, ofTree, only, textOf, verdict, verdicts } from './scans.ts'

const SSHD = '/system.slice/sshd.service'
const SESSION = '/user.slice/user-1000.slice/session-3.scope'
const FRESH = 'r-xp /usr/lib/libc.so.6'

const pidsOf = ({ processes }: { readonly processes: readonly { readonly pid: number }[] }) =>
  processes.map(({ pid }) => pid)

/** Waits for what the kernel does next, without giving the event loop a turn. */
function waitUntil(isTrue: () => boolean): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  while (!isTrue()) Atomics.wait(pause, 0, 0, 1)
}

specify(24, 'a process that ends while it is looked at, and a zombie, are no error', {
  tree() {
    // ENOENT is a directory without maps; a zombie's maps are empty. ESRCH needs a real process.
    const tree = { ...procTree({ 10: { maps: [] } }), 11: { comm: 'gone' } }
    const { status, stdout, stderr } = staleLibs(['--proc', makeTree(tree)])
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^Nothing [^\n]*uses old code \(1 program looked at\)\. /)
    assert.doesNotMatch(stdout, /Not everything was seen/)
    const { scan } = scanDocument(['--proc', makeTree(tree)])
    assert.deepEqual([scan.processes, scan.vanished, scan.complete], [1, 1, true])
  },
  live: shownBy('cli/live.test.ts', 'processes that come and go are no error'),
})

// The program itself cannot be stopped at the one moment that matters, so its port is called here.
specify(25, 'what is read after a process has ended is never laid at its door', {
  async live() {
    const ended = await withLibrary('libended.so.1')
    rmSync(ended.path)
    assert.equal(await inspectionKind(ended.pid), 'marked')
    const kill = () => {
      process.kill(ended.pid, 'SIGKILL')
      waitUntil(() => /\) Z /.test(readFileSync(`/proc/${ended.pid}/stat`, 'utf8')))
      // Its address space lasts as long as its last thread.
      waitUntil(() => readdirSync(`/proc/${ended.pid}/task`).length === 1)
    }
    assert.equal(await inspectionKind(ended.pid, kill), 'gone')

    // The same id, and all that is read by it is another program's: as after a reuse of the id.
    const flag = join(directory, 'become')
    const script = `unset LD_PRELOAD; echo up; until [ -e ${flag} ]; do :; done; exec /bin/sleep 1000`
    const other = await withLibrary('libother.so.1', '/bin/sh', ['-c', script])
    rmSync(other.path)
    const become = () => {
      writeFileSync(flag, '')
      waitUntil(() => readlinkSync(`/proc/${other.pid}/exe`).includes('sleep'))
    }
    assert.equal(await inspectionKind(other.pid), 'marked')
    assert.equal(await inspectionKind(other.pid, become), 'gone')
  },
})

specify(26, 'a kernel thread is passed over, also where its maps cannot be read', {
  tree() {
    const thread = { comm: 'kthreadd', maps: [], cgroup: '/', isKernelThread: true }
    const tree = procTree({ 2: thread, 3: { ...thread, comm: 'rcu_gp' } })
    const proc = makeTree({ ...tree, 3: { ...(tree['3'] as object), maps: {} } })
    const { scan, findings } = scanDocument(['--proc', proc])
    assert.deepEqual(
      [scan.processes, scan.unreadable, scan.complete, findings.length],
      [1, 0, true, 0],
    )
  },
})

specify(27, 'whatever a process calls itself, its name and its start are right', {
  tree() {
    const names = ['a) S 1 1 1', '(sd-pam)', 'a b', 'a\nb', ')', '']
    const processes = names.map((comm, at) => {
      const cgroup = '/system.slice/a.service'
      return [10 + at, { comm, maps: [LIBC], startTicks: 1234, cgroup }] as const
    })
    const finding = only(ofTree(Object.fromEntries(processes)).findings)
    assert.deepEqual(
      finding.processes.map(({ comm }) => comm),
      names.map((comm) => comm.replace('\n', '\\x0a')),
    )
    for (const { startedAt } of finding.processes)
      assert.equal(startedAt, '2026-09-21T14:13:32.340Z')
  },
})

// peers.md: "exit code says incomplete". The contract has 0 for "looked, whatever was found".
specify(
  28,
  'a process that may not be read is counted and said: never stale, never "all is well"',
  {
    recording() {
      const from = makeRecording({ processes: {}, denied: 1 })
      const { scan, limits, findings } = scanDocument(['--from', from])
      assert.deepEqual([scan.unreadable, scan.complete, findings], [1, false, []])
      assert.deepEqual(
        limits.map(({ code, count }) => [code, count]),
        [['maps-denied', 1]],
      )
      const { stdout } = staleLibs(['--from', from])
      assert.match(stdout, /^Not everything was seen: 1 process could not be read/)
      assert.match(stdout, /^Nothing that was seen uses old code \(1 program looked at\)\.$/m)
      assert.doesNotMatch(stdout, /No reboot needed/)
    },
    live: shownBy(
      'cli/live.test.ts',
      'the scan names neither itself nor, as a normal user, claims to have seen all',
    ),
    booted: shownBy(
      'e2e/users.test.ts',
      'users see what they may see, and are told that it is not all',
      'users are told that hidepid hides processes from them',
    ),
  },
)

// Only in the hook: by hand, the shell that one types in is stale like any other.
specify(29, 'the hook names neither itself, nor pacman, nor the shells that pacman came from', {
  recording() {
    const stale = (comm: string, cgroup = SESSION) => ({ comm, maps: [LIBC], cgroup })
    const machine = {
      processes: {
        10: stale('sshd', SSHD),
        20: stale('zsh'),
        21: stale('yay'),
        22: stale('pacman'),
        23: stale('sh'),
        30: stale('vim'),
      },
      units: { 'sshd.service': { KillMode: 'process' } },
      self: {
        cgroup: SESSION,
        ancestors: { 23: SESSION, 22: SESSION, 21: SESSION, 20: SESSION, 10: SSHD },
      },
    }
    const hook = textOf(machine, '--hook')
    assert.match(partOf(hook, 'Log out'), /your session/)
    assert.doesNotMatch(hook, /zsh|yay|pacman|\bsh\b/)
    // An ancestor that does not end with the transaction is named.
    assert.ok(isNamed(hook, 'sshd.service'), hook)
    // Of the session, vim alone is a reason to end it.
    const { 30: _, ...withoutVim } = machine.processes
    const alone = textOf({ ...machine, processes: withoutVim }, '--hook')
    assert.ok(isNamed(alone, 'sshd.service'), alone)
    assert.equal(partOf(alone, 'Log out'), '')
    assert.doesNotMatch(alone, /session/)
    const byHand = ofMachine(machine).findings.find(({ kind }) => kind === 'session')
    assert.deepEqual(byHand === undefined ? [] : pidsOf(byHand), [20, 21, 22, 23, 30])
  },
  live: shownBy(
    'cli/live.test.ts',
    'the scan names neither itself nor, as a normal user, claims to have seen all',
  ),
  booted: shownBy(
    'e2e/hook-surroundings.test.ts',
    'does not name pacman, nor the shells that it was called from',
  ),
})

specify(30, 'a process with many threads is one process', {
  tree() {
    const tree = procTree({ 10: { maps: [LIBC], cgroup: SSHD } })
    const task = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [10 + n, { maps: 'r-xp' }] as const),
    )
    const document = scanDocument([
      '--proc',
      makeTree({ ...tree, 10: { ...(tree['10'] as object), task } }),
    ])
    assert.deepEqual([document.scan.processes, pidsOf(only(document.findings))], [2, [10]])
  },
  live: shownBy('cli/live.test.ts', 'a process with many threads is one process'),
})

specify(31, 'a service is named once, with those of its processes that are stale', {
  recording() {
    const pidsWith = (main: string, worker: string) => {
      const cgroup = '/system.slice/nginx.service'
      const { findings } = ofMachine({
        processes: { 10: { maps: [main], cgroup }, 11: { maps: [worker], cgroup } },
        units: { 'nginx.service': {} },
      })
      const finding = only(findings)
      assert.deepEqual(verdict(finding), ['service', 'nginx.service', 'restart'])
      return finding.processes.map(({ pid, main: isMain }) => [pid, isMain])
    }
    assert.deepEqual(pidsWith(FRESH, LIBC), [[11, false]])
    assert.deepEqual(pidsWith(LIBC, FRESH), [[10, true]])
    assert.deepEqual(pidsWith(LIBC, LIBC), [
      [10, true],
      [11, false],
    ])
  },
  booted: shownBy('e2e/units.test.ts', 'a service is named with its main process and the library'),
})

specify(32, 'the shared connection of an ssh client is a matter of its session, not of sshd', {
  tree() {
    const mux = { comm: 'ssh: /home/zoe/', maps: [LIBC], cgroup: SESSION }
    const sshd = { comm: 'sshd', maps: [FRESH], cgroup: SSHD }
    assert.deepEqual(verdicts(ofTree({ 10: sshd, 20: mux })), [['session', 'session 3', 'relogin']])
  },
})

specify(
  33,
  'a process whose own executable was replaced is stale, although its libraries are not',
  {
    tree() {
      const maps = ['r-xp /usr/bin/sshd (deleted)', FRESH]
      const { findings } = ofTree({ 10: { maps, exe: '/usr/bin/sshd (deleted)', cgroup: SSHD } })
      assert.deepEqual(
        only(findings).files.map(({ path, kind }) => [path, kind]),
        [['/usr/bin/sshd', 'executable']],
      )
    },
    live: shownBy('cli/live.test.ts', 'an executable that was replaced'),
    booted: shownBy(
      'e2e/hook.test.ts',
      'names a service whose own executable was replaced, and its plugin in /opt removed',
    ),
  },
)

specify(34, 'a young process that an old one forked is as stale as that one', {
  tree() {
    const cgroup = '/system.slice/httpd.service'
    const parent = { maps: [LIBC], cgroup, startTicks: 100 }
    const child = { maps: [LIBC], cgroup, startTicks: 99_999_900, ppid: 10 }
    assert.deepEqual(pidsOf(only(ofTree({ 10: parent, 11: child }).findings)), [10, 11])
  },
})

specify(35, 'what an ansible run leaves in its login is no reason to restart sshd', {
  recording() {
    const library = '/home/zoe/.ansible/tmp/ansible-tmp-1/_core.so'
    const python: RecordedProcess = { comm: 'python3', maps: [`r-xp ${library} (deleted)`] }
    const sshd = { comm: 'sshd', maps: [FRESH], cgroup: SSHD }
    const units = { 'sshd.service': { KillMode: 'process' } }
    const inSession = ofMachine({
      processes: { 10: sshd, 20: { ...python, cgroup: SESSION } },
      units,
    })
    assert.deepEqual(verdicts(inSession), [['session', 'session 3', 'relogin']])
    // Without pam_systemd the login stays in the group of sshd.
    const inService = ofMachine({ processes: { 10: sshd, 20: { ...python, cgroup: SSHD } }, units })
    const finding = only(inService.findings)
    assert.deepEqual([finding.action, ...cautions(finding)], ['wait', 'left-over'])
    assert.deepEqual([inSession.commands, inService.commands], [[], []])
  },
})
