import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setInterval } from 'node:timers/promises'
import { btrfsImage } from './btrfs.ts'
import { labForm, labRoot, whySkipped } from './host.ts'
import { addUser, bootLab, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import { buildPackage, configurePacman, libraryIn, publish } from './packages.ts'

const skip = whySkipped()

const scratchOf = (pid: number | undefined) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`stale-libs-lab-${pid}-`))

// A zombie, which the host's init may be slow to reap, has no executable.
const isRunning = (pid: number) => existsSync(`/proc/${pid}/exe`)

/**
 * Returns the names of the snapshots that a test process has left, where machines are made of
 * snapshots.
 */
function snapshotsOf(pid: number | undefined): readonly string[] {
  if (labForm() !== 'btrfs') return []
  const place = mkdtempSync(join(tmpdir(), 'stale-libs-snapshots-'))
  const script = 'flock "$1" mount -o loop,subvol=/ "$1" "$2" && ls "$2"'
  const namespace = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'snapshots']
  const argv = [...namespace, btrfsImage(labRoot(), place), place]
  const names = execFileSync('unshare', argv, { encoding: 'utf8' }).split('\n')
  rmdirSync(place)
  return names.filter((name) => name.includes(`-stale-libs-lab-${pid}-`))
}

const TOY = '/usr/lib/toy/libtoy.so.1'

describe('the lab', { skip }, () => {
  let lab: Lab
  const packages = mkdtempSync(join(tmpdir(), 'stale-libs-packages-'))

  before(async () => {
    // The first machine of snapshots makes the image that they are taken of.
    if (labForm() === 'btrfs') await (await bootLab()).stop()
    const started = performance.now()
    lab = await bootLab()
    assert.ok(performance.now() - started < 3000, 'boots in less than three seconds')
  })
  after(async () => {
    await lab.stop()
    rmSync(packages, { recursive: true })
  })

  const show = (unit: string, property: string) =>
    mustRun(lab, ['systemctl', 'show', '--value', '-p', property, unit]).trim()
  const startService = (unit: string, ...argv: readonly string[]) => {
    mustRun(lab, ['systemd-run', '--quiet', `--unit=${unit}`, '--service-type=exec', ...argv])
    return show(unit, 'MainPID')
  }
  const cgroupOf = (pid: string) => /^0::(.*)$/m.exec(lab.read(`/proc/${pid}/cgroup`))?.[1]

  test('is a machine that runs, with nothing failed', () => {
    assert.equal(mustRun(lab, ['systemctl', 'is-system-running']), 'running\n')
    assert.equal(lab.read('/proc/1/comm'), 'systemd\n')
    assert.equal(mustRun(lab, ['hostname']), 'lab\n')
  })

  /** Where a file is mapped, and where it lies: the devices as maps(5) writes them. */
  const devicesOf = (file: string) => {
    const script =
      '"$1" infinity & until grep -qF "$1" /proc/$!/maps; do :; done; ' +
      'sed -n "s|^.* \\(..:..\\) .* $1$|\\1|p" /proc/$!/maps; kill $!'
    const mapped = mustRun(lab, ['sh', '-c', script, 'devices', file]).split('\n')[0]
    const found = mustRun(lab, ['stat', '-c', '%Hd %Ld', file]).trim().split(' ')
    const hexadecimal = found.map((part) => Number(part).toString(16).padStart(2, '0'))
    return { mapped, found: hexadecimal.join(':') }
  }
  const mountOf = (path: string) => {
    const lines = lab.read('/proc/self/mountinfo').split('\n')
    const fields = lines.map((line) => line.split(' ')).find((each) => each[4] === path) ?? []
    const [type, source] = fields.slice(fields.indexOf('-') + 1)
    return { root: fields[3] ?? '', type, source: source ?? '' }
  }

  test('has the "/" that LAB_FORM says', () => {
    const { root, type, source } = mountOf('/')
    const { mapped, found } = devicesOf('/usr/bin/sleep')
    assert.match(`${mapped} ${found}`, /^[0-9a-f]{2}:[0-9a-f]{2} [0-9a-f]{2}:[0-9a-f]{2}$/)
    if (labForm() === 'overlay') return assert.deepEqual([root, type], ['/', 'overlay'])
    assert.equal(type, 'btrfs')
    assert.match(source, /^\/dev\/loop\d+$/)
    assert.notEqual(mapped, found)
    const subvolumes = ['/', '/home', '/var/log', '/var/cache/pacman/pkg'].map(mountOf)
    assert.deepEqual(
      subvolumes.map((each) => [each.root.replace(/-stale-libs-lab-.*/, ''), each.source]),
      ['/@', '/@home', '/@log', '/@pkg'].map((name) => [name, source]),
    )
    const state = readFileSync(source.replace('/dev', '/sys/block').concat('/loop/autoclear'))
    assert.equal(state.toString(), '1\n', 'the kernel frees the loop device with its last mount')
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(source), false)
  })

  test('has cgroup v2 alone, whatever the host has', () => {
    assert.equal(mustRun(lab, ['stat', '-fc', '%T', '/sys/fs/cgroup']), 'cgroup2fs\n')
    assert.equal(cgroupOf('1'), '/init.scope')
  })

  test('runs services of one machine', () => {
    const pids = ['one', 'two'].map((unit) => startService(unit, 'sleep', 'infinity'))
    assert.deepEqual(pids.map(cgroupOf), ['/system.slice/one.service', '/system.slice/two.service'])
    mustRun(lab, ['systemctl', 'stop', 'one'])
    assert.equal(lab.run(['systemctl', 'is-active', 'one']).stdout, 'inactive\n')
    assert.equal(lab.run(['systemctl', 'is-active', 'two']).stdout, 'active\n')
  })

  test('runs commands in the login session of root', () => {
    assert.match(lab.session, /^\/user\.slice\/user-0\.slice\/session-.*\.scope$/)
    assert.equal(cgroupOf('self'), lab.session)
    assert.match(mustRun(lab, ['loginctl', 'list-sessions', '--no-legend']), /root/)
    const inputs = { input: 'text', cwd: '/etc', env: { TOY: 'yes' } }
    const script = 'cat; pwd; echo "$TOY"; echo wrong >&2; exit 3'
    const expected = { status: 3, stdout: 'text/etc\nyes\n', stderr: 'wrong\n' }
    assert.deepEqual(lab.run(['sh', '-c', script], inputs), expected)
    assert.equal(lab.run(['sleep', 'infinity'], { timeoutMs: 50 }).status, null)
  })

  test('keeps what is written away from the host', () => {
    const path = '/etc/lab/écrit ici'
    lab.write(path, 'text', 0o600)
    assert.equal(lab.read(path), 'text')
    assert.equal(mustRun(lab, ['stat', '-c', '%a', path]), '600\n')
    assert.equal(existsSync(path), false)
    lab.copyIn(process.execPath, '/opt/node')
    assert.equal(mustRun(lab, ['stat', '-c', '%a', '/opt/node']), '755\n')
    assert.match(mustRun(lab, ['/usr/bin/node', '--version']), /^v\d+/)
  })

  test('upgrades a library under a running service by pacman -Syu', async () => {
    const library = libraryIn(lab.root, 'libz.so.1')
    const files = { [TOY.slice(1)]: { copyOf: library } }
    const versions = ['1.0-1', '2.0-1'].map((version) =>
      buildPackage({ name: 'toy', version, files }, packages),
    )
    const [first = '', second = ''] = await Promise.all(versions)
    configurePacman(lab, 'toys')
    publish(lab, 'toys', [first])
    mustRun(lab, ['pacman', '-Sy', '--noconfirm', 'toy'])
    const pid = startService('stale', '-E', `LD_PRELOAD=${TOY}`, 'sleep', 'infinity')
    const mapped = () => lab.read(`/proc/${pid}/maps`).match(/\/usr\/lib\/toy\/.*/g)?.[0]
    assert.equal(mapped(), TOY)
    publish(lab, 'toys', [second])
    const said = mustRun(lab, ['pacman', '-Syu', '--noconfirm'])
    assert.equal(mustRun(lab, ['pacman', '-Q', 'toy']), 'toy 2.0-1\n', said)
    assert.equal(mapped(), `${TOY} (deleted)`)
    mustRun(lab, ['systemctl', 'restart', 'stale'])
    mustRun(lab, ['pacman', '-U', '--noconfirm', `/srv/toys/${first.split('/').at(-1)}`])
    assert.equal(mustRun(lab, ['pacman', '-Q', 'toy']), 'toy 1.0-1\n')
  })

  test('has users with a manager, services and sessions of their own', () => {
    addUser(lab, 'alice', 1000)
    mustRun(lab, ['systemctl', 'start', 'user@1000.service'])
    const service = ['--user', '--quiet', '--unit=own', '--service-type=exec', 'sleep', 'infinity']
    mustRun(lab, ['systemd-run', ...service], { uid: 1000 })
    const shown = ['systemctl', '--user', 'show', '--value', '-p', 'MainPID', 'own']
    const pid = mustRun(lab, shown, { uid: 1000 }).trim()
    const own = '/user.slice/user-1000.slice/user@1000.service/app.slice/own.service'
    assert.equal(cgroupOf(pid), own)
    const cgroup = openSession(lab, 'alice')
    const session = /session-(.*)\.scope/.exec(cgroup)?.[1] ?? ''
    const shownSession = mustRun(lab, ['loginctl', 'show-session', session, '-p', 'Name'])
    assert.equal(shownSession, 'Name=alice\n')
    const script = 'id -u; echo "$HOME"; sed -n s/^0:://p /proc/self/cgroup'
    const said = mustRun(lab, ['sh', '-c', script], { uid: 1000, cgroup })
    assert.equal(said, `1000\n/home/alice\n${cgroup}\n`)
  })

  test('can hold another root', () => {
    mustRun(lab, ['mkdir', '-p', '/srv/jail'])
    mustRun(lab, ['mount', '--bind', '/', '/srv/jail'])
    const pid = startService('jailed', 'chroot', '/srv/jail', 'sleep', 'infinity')
    mustRun(lab, ['sh', '-c', `until grep -qx sleep /proc/${pid}/comm; do sleep 0.01; done`])
    assert.equal(mustRun(lab, ['readlink', `/proc/${pid}/root`]), '/srv/jail\n')
  })
})

describe('bootLab()', { skip }, () => {
  test('boots machines beside each other and leaves nothing of them', async () => {
    const labs = await Promise.all([bootLab(), bootLab()])
    const [one, two] = labs
    one.write('/etc/only-here', 'one')
    assert.equal(two.run(['test', '-e', '/etc/only-here']).status, 1)
    assert.notEqual(one.read('/etc/machine-id'), two.read('/etc/machine-id'))
    const leaders = labs.map((lab) => lab.leader)
    assert.deepEqual(leaders.map(isRunning), [true, true])
    await Promise.all(labs.map((lab) => lab.stop()))
    assert.deepEqual(leaders.map(isRunning), [false, false])
    assert.deepEqual([...scratchOf(process.pid), ...snapshotsOf(process.pid)], [])
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`ends the machine when ${signal} ends the test process`, { timeout: 20_000 }, async () => {
      const script =
        `const { bootLab } = await import('${new URL('lab.ts', import.meta.url).href}')\n` +
        'const { leader } = await bootLab()\n' +
        'console.log(leader)\n' +
        'setInterval(() => {}, 1000)'
      const argv = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script]
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const leader = Number(line.toString())
      assert.ok(isRunning(leader))
      child.kill(signal)
      await once(child, 'close')
      for await (const _ of setInterval(5)) if (!isRunning(leader)) break
      // A killed process removes no directories: the next boot does.
      if (signal === 'SIGKILL') await (await bootLab()).stop()
      assert.deepEqual([...scratchOf(child.pid), ...snapshotsOf(child.pid)], [])
    })
  }

  test('refuses a root without systemd, and says so', async () => {
    await assert.rejects(bootLab({ root: '/var/empty' }), /no systemd in \/var\/empty/)
  })
})
