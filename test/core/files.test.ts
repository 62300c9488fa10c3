import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePasswd } from '../../src/core/machine/passwd.ts'
import { parseBootSeconds, parseStat, terminalName } from '../../src/core/proc/stat.ts'

const TAIL = 'S 7 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 115517 9 10\n'

for (const comm of ['sshd', 'a) S 1 1 1', '(sd-pam)', 'a b', 'a\nb', '', ')', '((']) {
  test(`parseStat() counts the fields behind the last parenthesis of (${JSON.stringify(comm)})`, () => {
    const stat = parseStat(`812 (${comm}) ${TAIL}`)
    assert.deepEqual(stat, {
      comm,
      ppid: 7,
      session: 812,
      terminal: 0,
      isKernelThread: false,
      threads: 1,
      startTicks: 115517,
      stackStart: null,
      hasEnded: false,
    })
  })
}

test('parseStat() tells where the stack begins, to those whom the kernel tells it', () => {
  const told = (stack: string) =>
    parseStat(`1 (a) ${TAIL.trim()} 11 12 13 ${stack} 0\n`)?.stackStart
  assert.equal(told('140725000000000'), '140725000000000')
  // More than a number of JavaScript can tell apart: addresses of five-level page tables.
  assert.equal(told('72057594037927937'), '72057594037927937')
  for (const none of ['0', '', 'x', '-1']) assert.equal(told(none), null, none)
})

test('parseStat() knows a kernel thread by its flag', () => {
  assert.equal(
    parseStat(`2 (kthreadd) ${TAIL.replace('4194560', '2129984')}`)?.isKernelThread,
    true,
  )
})

test('parseStat() knows what has ended by its state', () => {
  const hasEnded = (state: string) => parseStat(`1 (a) Z) ${TAIL.replace('S', state)}`)?.hasEnded
  for (const state of ['Z', 'X']) assert.equal(hasEnded(state), true)
  for (const state of ['R', 'S', 'D', 'T', 't', 'I']) assert.equal(hasEnded(state), false)
})

test('parseStat() reads nothing from another text', () => {
  for (const text of ['', '12', '1 (a', 'x (a) S', '1 (a) S 1 2 3'])
    assert.equal(parseStat(text), null)
})

test('terminalName() names what somebody works at (devices.txt)', () => {
  const names: readonly (readonly [device: number, name: string | null])[] = [
    [0, null],
    [0x8800, 'pts/0'],
    [0x8803, 'pts/3'],
    [0x8901, 'pts/257'],
    [0x401, 'tty1'],
    [0x440, 'ttyS0'],
    [0x501, null],
  ]
  for (const [device, name] of names) assert.equal(terminalName(device), name)
})

test('parseBootSeconds() reads btime', () => {
  assert.equal(parseBootSeconds('cpu 1\nbtime 1790000000\nprocesses 3\n'), 1790000000)
  assert.equal(parseBootSeconds('cpu 1\n'), null)
})

test('parsePasswd() takes the first name of an id', () => {
  const names = parsePasswd(
    'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nzoe:x:1000:1000:Zoe:/home/zoe:/bin/sh\nbad\n:x:5\n',
  )
  assert.deepEqual(
    [...names],
    [
      [0, 'root'],
      [1000, 'zoe'],
    ],
  )
})
