/** What happens around an upgrade, and what the program never does: cases 65 to 80. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BUNDLE, reportDocument, scanDocument, staleLibs } from '../support/bundle.ts'
import { makeRecording } from '../support/recording.ts'
import { isNamed, partOf, restartedBy } from '../support/screen-parts.ts'
import { shownBy, specify } from '../support/specification.ts'
import { makeTree, procTree } from '../support/tree.ts'
import type { Tree } from '../support/tree.ts'
import {
  LIBC,
  cautions,
  ofMachine,
  ofTree,
  only,
  restart,
  staleIn,
  textOf,
  verdict,
  verdicts,
} from './scans.ts'

const MANAGER = '/user.slice/user-1000.slice/user@1000.service'
const NGINX = '/system.slice/nginx.service'
const LOG = 'var/log/pacman.log'

/** Returns the findings about one stale nginx on a machine with these files. */
function findingsWith(files: Tree, ...argv: readonly string[]) {
  const proc = makeTree(procTree(staleIn(NGINX)))
  const root = makeTree({ 'usr/lib/libc.so.6': '', ...files })
  return scanDocument(['--proc', proc, '--root', root, ...argv])
}

function assertNginxIsStale(files: Tree): void {
  const { findings, commands } = findingsWith(files)
  const finding = only(findings)
  assert.deepEqual(verdict(finding), ['service', 'nginx.service', 'restart'])
  assert.equal(only(finding.files).state, 'replaced')
  assert.deepEqual(commands, [restart('nginx.service')])
}

const source = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

// Not yet shown with Arch's own hooks on the booted machine; what they restarted is fresh by then.
specify(65, 'what other hooks have restarted already is not named', {
  recording() {
    const fresh = { maps: ['r-xp /usr/lib/libc.so.6'], cgroup: '/system.slice/sshd.service' }
    const { findings } = ofMachine({
      processes: { ...staleIn(NGINX), 20: fresh },
      units: { 'nginx.service': {}, 'sshd.service': { KillMode: 'process' } },
    })
    assert.deepEqual(findings.map(verdict), [['service', 'nginx.service', 'restart']])
    // pacman runs hooks in the order of their names, Arch's 35-systemd-restart-marked.hook among
    // them.
    const [hook = ''] = readdirSync(new URL('../../hooks', import.meta.url)).filter((name) =>
      name.endsWith('.hook'),
    )
    assert.ok(hook > '35-systemd-restart-marked.hook' && hook > 'sshd.hook', hook)
  },
  booted: shownBy(
    'e2e/hook.test.ts',
    'names what is replaced again, from the version that runs to the installed one',
  ),
})

specify(66, 'an upgrade that touches a library and no unit file is reported', {
  booted: shownBy(
    'e2e/hook.test.ts',
    'names the units, and only those, whose library pacman -Syu upgraded',
  ),
})

specify(67, 'in a chroot, for another root and without systemd the hook is silent and succeeds', {
  booted: shownBy(
    'e2e/hook-surroundings.test.ts',
    'is silent in a chroot, whatever is mounted there',
    'is silent for pacman --root',
    'is silent without /proc, and where systemd is not the init',
  ),
})

specify(
  68,
  'without an answer of systemd the report stands, says so, and restarts nothing blindly',
  {
    recording() {
      for (const why of ['systemctl-missing', 'systemctl-timeout', 'systemctl-failed'] as const) {
        const document = ofMachine({
          processes: staleIn(NGINX),
          unanswered: { 'nginx.service': why },
        })
        const finding = only(document.findings)
        assert.deepEqual([finding.name, finding.action], ['nginx.service', 'manual'])
        assert.deepEqual(cautions(finding), ['unit-not-asked'])
        assert.deepEqual([document.commands, document.scan.complete], [[], false])
        assert.deepEqual(
          document.limits.map(({ code, count }) => [code, count]),
          [[why, 1]],
        )
      }
    },
    booted: shownBy(
      'e2e/hook-surroundings.test.ts',
      'reports in time, with a note, when systemctl does not answer',
    ),
  },
)

specify(69, 'when nearly everything uses old code, a short report says to reboot', {
  recording() {
    const machine = (count: number, services: number, ...more: readonly string[]) => {
      const names = Array.from({ length: count }, (_, n) => `s${n % services}.service`)
      const units = Object.fromEntries([...names, 'dbus.service'].map((name) => [name, {}]))
      const paths = [...names, ...more].map((name) => `/system.slice/${name}`)
      return {
        processes: { 1: { maps: [LIBC], cgroup: '/init.scope' }, ...staleIn(...paths) },
        units,
      }
    }
    const whole = machine(300, 80, 'dbus.service')
    const directory = makeRecording(whole)
    const { findings, summary } = scanDocument(['--from', directory])
    assert.deepEqual([findings.length, summary.simpler], [82, 'soft-reboot'])
    const lines = (...argv: readonly string[]) =>
      staleLibs(['--from', directory, ...argv])
        .stdout.trimEnd()
        .split('\n')
    // The hook names none of them: a reboot does all of it, and is the first word.
    const hook = lines('--hook')
    assert.match(hook[0] ?? '', /^ *Reboot soon: 302 of 302 programs still use old code\.$/)
    assert.ok(hook.length <= 5 && hook.every((line) => line.length <= 80), hook.join('\n'))
    assert.doesNotMatch(hook.join('\n'), /\bs\d|systemctl|stale-libs restart/)
    // By hand no name is missing, and those with nothing of their own to say share a paragraph.
    const byHand = lines()
    const text = byHand.join('\n')
    assert.match(text, /^302 of 302 programs use old code\. Reboot soon: /)
    assert.match(partOf(text, 'Reboot'), /^Reboot +dbus +systemctl soft-reboot is enough$/)
    assert.ok(byHand.length <= 20 && byHand.every((line) => line.length <= 80), text)
    assert.ok(text.indexOf('\nReboot ') < text.indexOf('\nRestart '), text)
    const restarts = partOf(text, 'Restart')
    const services = findings.filter(({ name }) => name.endsWith('.service'))
    for (const { name } of services)
      assert.ok(isNamed(name === 'dbus.service' ? text : restarts, name), `${name}\n${text}`)
    const { summary: full } = ofMachine({ ...whole, canSoftReboot: false })
    assert.equal(full.simpler, 'reboot')
    assert.doesNotMatch(textOf({ ...whole, canSoftReboot: false }), /soft-reboot/)
    // The number of services decides nothing.
    assert.equal(ofMachine(machine(20, 20, 'dbus.service')).summary.simpler, 'soft-reboot')
    // Restarts clear what does not concern the bus, and workers are one restart.
    assert.equal(ofMachine(machine(300, 80)).summary.simpler, null)
    const workers = Array.from({ length: 40 }, () => 'web.service')
    const ofWorkers = { ...machine(1, 1, 'dbus.service', ...workers), denied: 9 }
    assert.equal(ofMachine(ofWorkers).summary.simpler, null)
  },
})

specify(70, 'no clock changes a verdict', {
  recording() {
    const processes = {
      10: { maps: [LIBC], cgroup: NGINX, startTicks: 9_999_999_999 },
      11: { maps: [LIBC], cgroup: NGINX, startTicks: 0 },
    }
    const machine = { processes, units: { 'nginx.service': {} } }
    const said = (at: string, stat: string) => {
      const { findings, commands } = ofMachine({ ...machine, at, proc: { stat } })
      const timeless = findings.map((finding) => ({
        ...finding,
        processes: finding.processes.map((process) => ({ ...process, startedAt: null })),
      }))
      return { findings: timeless, commands }
    }
    const now = '2026-11-23T07:18:43.120Z'
    const expected = said(now, 'btime 1790000000\n')
    assert.equal(expected.findings.length, 1)
    for (const [at, stat] of [
      ['1970-01-01T00:00:00.000Z', 'btime 1790000000\n'],
      ['2100-01-01T00:00:00.000Z', 'btime 1790000000\n'],
      [now, 'btime 0\n'],
      [now, 'btime 4102444800\n'],
      [now, ''],
    ] as const)
      assert.deepEqual(said(at, stat), expected)
  },
})

const NO_REBOOT = { needed: 'none', urgency: null, reasons: [] }

function modules(release: string, pkgbase: string): Tree {
  const directory = `usr/lib/modules/${release}`
  return { [`${directory}/pkgbase`]: `${pkgbase}\n`, [`${directory}/vmlinuz`]: '' }
}

/** The modules of a kernel, and the package that owns them; it was installed after boot. */
function kernel(release: string, name: string): Tree {
  const directory = `var/lib/pacman/local/${name}-${release.replaceAll('-', '.')}-1`
  return {
    ...modules(release, name),
    [`${directory}/desc`]: `%NAME%\n${name}\n\n%INSTALLDATE%\n1790000900\n`,
    [`${directory}/files`]: `%FILES%\nusr/\nusr/lib/modules/${release}/\n`,
  }
}

specify(71, 'several kernels, none of them upgraded, are no reason to reboot', {
  tree() {
    const { reboot, limits } = findingsWith({
      ...kernel('6.18.1-arch1-1', 'linux-mine'),
      ...kernel('6.18.2-arch1-1', 'linux'),
      ...kernel('6.12.60-1-lts', 'linux-lts'),
    })
    assert.deepEqual(reboot, NO_REBOOT)
    assert.ok(!limits.some(({ code }) => code.startsWith('kernel')))
    // The same machine after an upgrade of the one that runs.
    const { reboot: due } = findingsWith({
      ...kernel('6.18.2-arch1-1', 'linux'),
      ...kernel('6.12.60-1-lts', 'linux-lts'),
    })
    assert.deepEqual(
      [due.needed, due.urgency, due.reasons[0]?.code],
      ['full', 'soon', 'kernel-modules-gone'],
    )
  },
})

specify(
  72,
  "a running kernel's modules, removed or put back, ask for a reboot and change no unit",
  {
    tree() {
      const next = kernel('6.18.2-arch1-1', 'linux')
      const putBack = modules('6.18.1-arch1-1', 'linux')
      assertNginxIsStale(next)
      assertNginxIsStale({ ...next, ...putBack })
      assert.match(
        only(findingsWith(next).reboot.reasons).text,
        /^the modules of the running kernel 6\.18\.1-arch1-1 are gone \(linux brought 6\.18\.2-arch1-1\)/,
      )
      assert.match(
        only(findingsWith({ ...next, ...putBack }).reboot.reasons).text,
        /is no longer installed \(linux brought 6\.18\.2-arch1-1\); a copy of its modules was kept$/,
      )
      const unknown = findingsWith({})
      assert.deepEqual(unknown.reboot, NO_REBOOT)
      assert.ok(unknown.limits.some(({ code }) => code === 'kernel-unknown'))
    },
  },
)

const upgraded = (from: string, to: string) =>
  `[2026-11-23T07:18:40+0000] [ALPM] upgraded glibc (${from} -> ${to})\n`

// Not yet shown: the versions, from that at the start of the process to that of now.
specify(73, 'a library whose package was upgraded twice is one stale library', {
  tree: () =>
    assertNginxIsStale({ [LOG]: upgraded('2.42-1', '2.42-2') + upgraded('2.42-2', '2.42-3') }),
  live: shownBy('cli/live.test.ts', 'a library that was removed and written again, as pacman does'),
})

// Not yet shown: that the report names the package; rules that ignore a package know it already.
specify(74, 'a library that another package owns by now is stale, and is known by that package', {
  tree() {
    const files = {
      'var/lib/pacman/local/glibc-2.42-1/files': '%FILES%\nusr/\nusr/lib/libm.so.6\n',
      'var/lib/pacman/local/libc-split-1-1/files': '%FILES%\nusr/\nusr/lib/libc.so.6\n',
    }
    assertNginxIsStale(files)
    const ignoring = (name: string) => {
      const config = join(makeTree({ c: `[ignore]\npackages = ["${name}"]\n` }), 'c')
      return findingsWith(files, '--config', config).findings.length
    }
    assert.deepEqual([ignoring('glibc'), ignoring('libc-split')], [1, 0])
  },
})

// Not yet shown: that the package is then "unknown"; pacman.log is not read yet.
specify(75, 'no state of pacman.log changes a verdict', {
  tree() {
    const line = upgraded('2.42-1', '2.42-2')
    const hostile = Buffer.from('[\xff] [ALPM] upgraded \u001b]0;x (\n[ALPM]\n\0\n', 'latin1')
    assertNginxIsStale({})
    assertNginxIsStale({ [LOG]: '' })
    assertNginxIsStale({ [`${LOG}.1`]: line })
    assertNginxIsStale({ [LOG]: line.repeat(50_000) })
    assertNginxIsStale({ [LOG]: Buffer.concat([hostile, Buffer.from(line)]) })
    assertNginxIsStale({ [LOG]: {} })
  },
})

specify(76, 'a rule that ignores ly.service hides that service and no other', {
  tree() {
    const names = ['logrotate-weekly.service', 'ly.service']
    const processes = staleIn(...names.map((name) => `/system.slice/${name}`))
    const document = ofTree(processes, '--ignore-unit', 'ly.service')
    assert.equal(only(document.findings).name, 'logrotate-weekly.service')
    assert.deepEqual(
      document.ignored.map(({ rule, findings }) => [rule, findings]),
      [['unit:ly.service', 1]],
    )
  },
})

specify(77, 'the same unit of two users is two entries', {
  recording() {
    const other = MANAGER.replaceAll('1000', '1001')
    const { findings } = ofMachine({
      processes: staleIn(`${MANAGER}/app.slice/mpd.service`, `${other}/app.slice/mpd.service`),
      users: { 1000: 'zoe', 1001: 'ada' },
      units: { '1000/mpd.service': {}, '1001/mpd.service': {} },
    })
    assert.deepEqual(
      findings.map(({ name, user, action, command }) => [name, user?.name, action, command]),
      [
        ['mpd.service', 'zoe', 'user-restart', null],
        ['mpd.service', 'ada', 'user-restart', null],
      ],
    )
  },
})

specify(78, 'looking changes nothing: no file is written, and systemd is only asked', {
  tree() {
    const root = makeTree({ 'usr/lib/libc.so.6': '', 'etc/passwd': '', 'var/log/pacman.log': '' })
    const proc = makeTree(procTree(staleIn(NGINX)))
    const [now] = ['--permission', '--experimental-permission'].filter((flag) =>
      process.allowedNodeEnvironmentFlags.has(flag),
    )
    assert.ok(now !== undefined)
    // Node itself refuses this run every write and every child process.
    const jail = [now, '--allow-fs-read=*', BUNDLE]
    const { status, stdout } = spawnSync(
      process.execPath,
      [...jail, '--proc', proc, '--root', root, '--format', 'json'],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0)
    assert.equal(reportDocument(stdout).findings.length, 1)
    const before = [proc, root].map(everythingBelow)
    staleLibs(['--proc', proc, '--root', root])
    staleLibs(['--proc', proc, '--root', root, '--hook'])
    assert.deepEqual([proc, root].map(everythingBelow), before)
    // Which programs the sources start at all, and with which first word.
    const names = readdirSync(new URL('../../src/io', import.meta.url), {
      recursive: true,
      encoding: 'utf8',
    }).filter((name) => name.endsWith('.ts'))
    const starters = names.filter((name) => source(`src/io/${name}`).includes('node:child_process'))
    assert.deepEqual(starters, ['program.ts'])
    // `restart` and `mark` act, through a room of their own that no look reaches.
    const looking = names.filter((name) => !name.startsWith('act/'))
    const acting = looking.filter((name) =>
      /'\.{1,2}\/act\/|\brunProgram\b/.test(
        source(`src/io/${name}`).replaceAll(/\/\*[^]*?\*\//g, ''),
      ),
    )
    assert.deepEqual(acting, ['program.ts'])
    const started = looking.flatMap((name) => {
      const text = source(`src/io/${name}`)
      if (!/from '(?:\.\.?\/)+program\.ts'/.test(text)) return []
      const programs = [...text.matchAll(/'(\/usr\/bin\/[^']+)'/g)].map(([, path]) => path)
      const words = [...text.matchAll(/'([a-z][a-z-]*)',\s+(?:'--|\.\.\.)/g)].map(
        ([, word]) => word,
      )
      return programs.length === 0 ? [] : [[programs, words]]
    })
    assert.deepEqual(started, [
      [['/usr/bin/busctl'], ['call']],
      [['/usr/bin/loginctl'], ['list-sessions', 'show-session']],
      [['/usr/bin/systemctl'], ['list-units', 'show']],
      [['/usr/bin/systemctl'], ['show']],
    ])
  },
})

/** Path, size and change time of everything below a directory. */
function everythingBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/\/(?:exe|ns\/\w+)$/.test(name))
    .map((name) => {
      const { size, ctimeMs } = statSync(join(directory, name))
      return `${name} ${size} ${ctimeMs}`
    })
}

specify(79, 'whatever its input and output are, it neither asks, nor waits, nor colours', {
  async live() {
    const proc = makeTree(procTree(staleIn(NGINX)))
    for (const argv of [[], ['--hook'], ['--format', 'json']]) {
      // Node gives a child a socket for each pipe; the input is one that nobody writes to any more.
      const child = spawn(process.execPath, [BUNDLE, '--proc', proc, ...argv], { stdio: 'pipe' })
      child.stdin.destroy()
      const said: string[] = []
      child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
      const status = await new Promise((resolve) => child.once('close', resolve))
      assert.equal(status, 0)
      assert.match(said.join(''), /\bnginx\b/)
      assert.doesNotMatch(said.join(''), /[^\n\P{Cc}]/u)
    }
  },
  booted: shownBy(
    'e2e/hook.test.ts',
    'names the units, and only those, whose library pacman -Syu upgraded',
  ),
})

specify(80, "a command is safe to copy, whatever a unit's name is", {
  recording() {
    const names = ['--no-block.service', '-h.service', 'a\\x24\\x28id\\x29.service']
    const processes = staleIn(...names.map((name) => `/system.slice/${name}`))
    const units = Object.fromEntries(names.map((name) => [name, {}]))
    assert.deepEqual(ofMachine({ processes, units }).commands, [restart(...names)])
    for (const argv of [[], ['--hook']])
      assert.deepEqual(restartedBy(textOf({ processes, units }, ...argv)), names)
    // What systemd itself would not take for a unit's name is none, and stands in no command.
    for (const name of ['a$(id).service', 'a;id.service', 'a b.service', '`id`.service']) {
      const document = ofMachine({ processes: staleIn(`/system.slice/${name}`) })
      assert.deepEqual(verdicts(document), [['process', 'daemon', 'manual']])
      assert.deepEqual(document.commands, [])
    }
  },
  // -dash.service
  booted: shownBy(
    'e2e/units.test.ts',
    'the printed command brings all of them back with the new library',
  ),
})
