import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOwnTree } from '../../../src/io/files/own-tree.ts'
import { openUnitFiles } from '../../../src/io/systemd/unit-files.ts'
import { makeTree } from '../../support/tree.ts'
import type { Tree } from '../../support/tree.ts'

const UID = process.getuid?.() ?? 0
const file = (name: string) => `[Service]\nType=dbus\nBusName=org.example.${name}\n`

function namesIn(tree: Tree, prepare: (base: string) => void = () => {}) {
  const base = makeTree(tree)
  prepare(base)
  const namesOf = openUnitFiles(
    base,
    openOwnTree(base, () => null, UID),
  )
  return (unit: string) => namesOf(unit).map((name) => name.replace('org.example.', ''))
}

test('a name on the bus may stand in any file of a unit', () => {
  const names = namesIn({
    'usr/lib/systemd/system/a.service': file('vendor'),
    'etc/systemd/system/a.service': file('admin'),
    'run/systemd/generator/a.service': file('generated'),
    'usr/local/lib/systemd/system/other.service': file('other'),
    'srv/systemd/system/a.service': file('nowhere'),
  })
  assert.deepEqual(names('a.service'), ['admin', 'generated', 'vendor'])
  assert.deepEqual(names('none.service'), [])
})

test('a drop-in can give the name, of the unit or of its template', () => {
  const names = namesIn({
    'usr/lib/systemd/system/a@.service': '[Service]\nType=simple\n',
    'usr/lib/systemd/system/a@.service.d/10-bus.conf': file('template'),
    'etc/systemd/system/a@b.service.d/bus.conf': file('instance'),
    'etc/systemd/system/a@b.service.d/bus.conf.pacnew': file('no drop-in'),
    'etc/systemd/system/a@c.service.d/bus.conf': file('another instance'),
  })
  assert.deepEqual(names('a@b.service'), ['instance', 'template'])
})

test('a link of root is followed, within the tree', () => {
  const names = namesIn({
    'srv/units/linked.service': file('linked'),
    'etc/systemd/system/linked.service': { link: '/srv/units/linked.service' },
    'etc/systemd/system/masked.service': { link: '/dev/null' },
    'etc/systemd/system/gone.service': { link: '/srv/units/none.service' },
  })
  assert.deepEqual(names('linked.service'), ['linked'])
  assert.deepEqual(names('masked.service'), [])
  assert.deepEqual(names('gone.service'), [])
})

test('a unit file that is too large, or no file, says nothing', () => {
  const names = namesIn({
    'etc/systemd/system/large.service': `${file('large')}#${'x'.repeat(1024 * 1024)}`,
    'etc/systemd/system/device.service': { link: '/dev/zero' },
    'etc/systemd/system/directory.service': {},
    dev: { zero: { link: '/dev/zero' } },
  })
  for (const unit of ['large.service', 'device.service', 'directory.service'])
    assert.deepEqual(names(unit), [], unit)
})

test('where the files of the machine are not at hand, none is read', () => {
  const base = makeTree({ 'etc/systemd/system/a.service': file('a') })
  assert.deepEqual(openUnitFiles(base, null)('a.service'), [])
})
