import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMounts } from '../../../src/core/proc/mounts.ts'
import { openPseudoterminals } from '../../../src/io/proc/pseudoterminals.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { makeTree } from '../../support/tree.ts'

const OWN = parseMounts(
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /dev rw - devtmpfs devtmpfs rw\n' +
    '3 2 0:25 / /dev/pts rw - devpts devpts rw\n',
)
const STAT = {
  comm: 'sh',
  ppid: 1,
  session: 1,
  isKernelThread: false,
  threads: 1,
  startTicks: 1,
  stackStart: null,
  hasEnded: false,
}
const TREE = { mountNamespace: null, userNamespace: null, rootDirectory: null, mounts: OWN }

/** @param terminals the controlling terminals of processes, from 20 on */
function terminalsOf(terminals: readonly number[]) {
  let looks = 0
  const port = openPseudoterminals(makeTree({ 'dev/pts': { ptmx: '' } }), {
    pids: () => terminals.map((_, at) => 20 + at),
    stat(pid) {
      looks += 1
      return { ...STAT, terminal: terminals[pid - 20] ?? 0 }
    },
    uidOf: (pid) => 1000 + pid,
    treeOf: () => TREE,
    trees: { ownMounts: OWN },
  })
  const usersOf = (index: number) =>
    port.usersOf(10, `mnt_id:\t2\ntty-index:\t${index}\n`).map(({ name, uid }) => [name, uid])
  return { usersOf, areAny: port.areAny, looks: () => looks }
}

test('terminals are told by their numbers, the large ones too', () => {
  // tty_nr has the upper bits of the number of a terminal above the major number (new_encode_dev).
  const large = ((300 & 0xff00) << 12) | (136 << 8) | (300 & 0xff)
  const { usersOf } = terminalsOf([(136 << 8) | 3, large, (4 << 8) | 3, 0])
  assert.deepEqual(usersOf(3), [['pts/3', 1020]])
  assert.deepEqual(usersOf(300), [['pts/300', 1021]])
  assert.deepEqual(usersOf(4), [])
})

test('the processes are read once, and only for a master', () => {
  const { usersOf, areAny, looks } = terminalsOf([(136 << 8) | 3, 0])
  assert.equal(areAny(), false)
  assert.equal(looks(), 0)
  usersOf(3)
  usersOf(4)
  assert.equal(looks(), 2)
})

test('a file that is no master has no terminal', () => {
  const port = openPseudoterminals('', openProc('/proc'))
  assert.deepEqual(port.usersOf(process.pid, 'mnt_id:\t2\n'), [])
})
