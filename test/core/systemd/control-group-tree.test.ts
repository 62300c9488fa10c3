import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  leadsUp,
  parseControlGroupProcesses,
} from '../../../src/core/systemd/control-group-tree.ts'

for (const [group, isUp] of [
  ['/', false],
  ['', false],
  ['/system.slice/a.service', false],
  ['/system.slice/a..b.service', false],
  ['/...', false],
  ['/..', true],
  ['/../other.slice', true],
  ['/system.slice/../../etc', true],
  ['..', true],
] as const)
  test(`the group "${group}" ${isUp ? 'leads' : 'does not lead'} out of the tree`, () =>
    assert.equal(leadsUp(group), isUp))

for (const [text, pids] of [
  ['', []],
  ['1\n', [1]],
  ['812\n813\n4194304\n', [812, 813, 4194304]],
  ['0\n0\n7\n', [0, 0, 7]],
  ['7\n8', [7, 8]],
  ['\n x\n-1\n1.5\n1e3\n0x10\n12345678901\n', []],
] as const)
  test(`the processes of ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseControlGroupProcesses(text), pids))
