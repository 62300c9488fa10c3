import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseControlGroup } from '../../../src/core/proc/control-group.ts'

const LINES: readonly (readonly [fact: string, text: string, path: string | null])[] = [
  ['reads the unified line', '0::/system.slice/a.service\n', '/system.slice/a.service'],
  ['keeps colons of the path', '0::/system.slice/a:b.service\n', '/system.slice/a:b.service'],
  [
    'reads the named hierarchy',
    '1:name=systemd:/system.slice/a.service\n',
    '/system.slice/a.service',
  ],
  [
    'prefers unified',
    '1:name=systemd:/x.service\n0::/system.slice/a.service\n',
    '/system.slice/a.service',
  ],
  [
    'takes named where unified is the root',
    '9:name=systemd:/a.service\n1:cpu:/\n0::/\n',
    '/a.service',
  ],
  [
    'takes named where a runtime made its path',
    '1:name=systemd:/docker/0f\n0::/system.slice/containerd.service\n',
    '/docker/0f',
  ],
  ['takes unified where named is the root', '1:name=systemd:/\n0::/a.service\n', '/a.service'],
  [
    'takes the mark of a removed group off',
    '0::/system.slice/a.service (deleted)\n',
    '/system.slice/a.service',
  ],
  ['reads a named hierarchy beside a controller', '3:cpu,name=systemd:/a.service\n', '/a.service'],
  ['takes one mark off', '0::/a (deleted) (deleted)\n', '/a (deleted)'],
  ['passes over a path that is none', '0::x\n', null],
  ['passes over a line of another form', 'nonsense\n0::/a.service\n', '/a.service'],
  ['has no path in legacy controllers', '4:memory:/x\n', null],
  ['has no path in nothing', '', null],
]
for (const [fact, text, path] of LINES)
  test(`parseControlGroup() ${fact}`, () =>
    assert.deepEqual(parseControlGroup(text), { text, path }))
