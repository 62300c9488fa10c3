import assert from 'node:assert/strict'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT_PROGRAMS } from '../../../src/core/report/reader.ts'
import { openMachine } from '../../../src/io/machine/machine.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

function machineOf(root: Tree) {
  const base = makeTree({ proc: procTree({}), root })
  return openMachine(openProc(join(base, 'proc')), join(base, 'root'), 0)
}

test('a user stays by a file of that name, and by no path', () => {
  const machine = machineOf({
    'var/lib/systemd/linger/zoe': '',
    'var/lib/systemd/linger/team/zoe': '',
    'var/lib/systemd/outside': '',
  })
  assert.equal(machine.isLingering('zoe'), true)
  for (const name of ['max', '', '.', '..', '../outside', 'team/zoe', '/zoe'])
    assert.equal(machine.isLingering(name), false, name)
})

test('a program by which users become root is an executable file of root in /usr/bin', () => {
  const base = makeTree({
    proc: procTree({}),
    root: {
      usr: {
        bin: { sudo: '', 'systemd-run': '', run0: { link: 'systemd-run' }, doas: {} },
        local: { bin: { sudo: '' } },
      },
    },
  })
  const programs = () => {
    const machine = openMachine(openProc(join(base, 'proc')), join(base, 'root'), 0)
    return ROOT_PROGRAMS.filter((program) => machine.hasRootProgram(program))
  }
  assert.deepEqual(programs(), [])
  for (const name of ['sudo', 'systemd-run']) chmodSync(join(base, 'root/usr/bin', name), 0o755)
  const isRoot = process.getuid?.() === 0
  assert.deepEqual(programs(), isRoot ? ['sudo', 'run0'] : [])
  if (!isRoot) return
  chownSync(join(base, 'root/usr/bin/sudo'), 1000, 1000)
  assert.deepEqual(programs(), ['run0'])
})

test('the machine is the running one by its own /proc and its own root alone', () => {
  const base = makeTree({ proc: procTree({}), own: { link: '/proc' }, root: {} })
  const rows: readonly (readonly [string, string, boolean, string | null])[] = [
    ['/proc', '/', true, ''],
    ['/proc', '', true, ''],
    [`${base}/own`, '/', true, ''],
    ['/proc', `${base}/root`, false, `${base}/root`],
    ['/proc', `${base}/root//`, false, `${base}/root`],
    [`${base}/proc`, `${base}/root`, false, `${base}/root`],
    [`${base}/proc`, '/', false, null],
  ]
  for (const [directory, root, isLive, tree] of rows) {
    const machine = openMachine(openProc(directory), root, 0)
    assert.deepEqual([machine.isLive, machine.tree], [isLive, tree], `${directory} ${root}`)
    assert.equal(machine.ownTree === null, tree === null)
  }
})

test('a recorded tree of processes says nothing of the machine that it lies on', () => {
  const machine = openMachine(openProc(makeTree(procTree({}))), '/', 0)
  assert.deepEqual(
    [machine.isBooted(), machine.canSoftReboot(), machine.isLingering('root')],
    [false, false, false],
  )
  assert.deepEqual([machine.userNames().size, machine.missing(['/no/such/file'])], [0, []])
  assert.equal(machine.host().hostname, 'kestrel')
})

test('systemd runs where its directory is, and no link or file in the place of it', () => {
  const isBooted = (tree: Tree) => machineOf(tree).isBooted()
  assert.equal(isBooted({ 'run/systemd/system': {} }), true)
  assert.equal(isBooted({ 'run/systemd/system': '' }), false)
  assert.equal(isBooted({ 'run/systemd/system': { link: '/' } }), false)
  assert.equal(isBooted({}), false)
})

test('what else a machine says of itself', () => {
  const machine = machineOf({
    'usr/lib/systemd/system/soft-reboot.target': '',
    'etc/passwd': 'zoe:x:1000:1000::/home/zoe:/bin/sh\n',
    'usr/bin/a': '',
  })
  assert.equal(machine.canSoftReboot(), true)
  assert.equal(machineOf({}).canSoftReboot(), false)
  assert.deepEqual([...machine.userNames()], [[1000, 'zoe']])
  assert.deepEqual(machine.missing(['/usr/bin/a', '/usr/bin/b']), ['/usr/bin/b'])
  assert.equal(machineOf({}).userNames().size, 0)
})

test('a hook of pacman runs what is marked, unless one of its name takes its place', () => {
  const hook = '35-systemd-restart-marked.hook'
  const ofPackage = { [`usr/share/libalpm/hooks/${hook}`]: '' }
  const masked = { [`etc/pacman.d/hooks/${hook}`]: { link: '/dev/null' } }
  assert.equal(machineOf(ofPackage).hasMarkingHook(), true)
  assert.equal(machineOf({ ...ofPackage, ...masked }).hasMarkingHook(), false)
  assert.equal(
    machineOf({ 'usr/share/libalpm/hooks/zz-stale-libs.hook': '' }).hasMarkingHook(),
    false,
  )
  assert.equal(machineOf({}).hasMarkingHook(), false)
  const recorded = openMachine(openProc(makeTree(procTree({}))), '/', 0)
  assert.equal(recorded.hasMarkingHook(), false)
})
