import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveLogind } from '../../../src/io/systemd/logind.ts'
import { askingOf } from '../../support/ask.ts'

const LIST = '2 1000 zoe seat0 tty2\n3 1000 zoe - pts/1\n'
const block = (id: string, some: string) =>
  `Id=${id}\nClass=user\nState=active\nUser=1000\n${some}\n`
const GRAPHICAL = block('2', 'Type=wayland\nRemote=no\nVTNr=2\nTTY=tty2')
const REMOTE = block('3', 'Type=tty\nRemote=yes\nRemoteHost=10.0.0.2\nVTNr=0\nTTY=pts/1')

function logindOf(list: string, shown: string) {
  const { ask, asked } = askingOf(({ argv }) => (argv[0] === 'list-sessions' ? list : shown))
  return { logind: liveLogind(ask), asked }
}

test('logind is asked for the sessions, then about all of them at once', async () => {
  const { logind, asked } = logindOf(LIST, `${GRAPHICAL}\n${REMOTE}`)
  assert.equal(await logind.graphicalSessions(), 1)
  const names = ['Id', 'Type', 'Class', 'State', 'Remote', 'RemoteHost', 'User', 'VTNr', 'TTY']
  const properties = names.map((name) => `--property=${name}`).join(' ')
  assert.deepEqual(
    asked.map(({ path, argv }) => [path, ...argv].join(' ')),
    [
      '/usr/bin/loginctl list-sessions --no-legend --no-pager',
      `/usr/bin/loginctl show-session ${properties} -- 2 3`,
    ],
  )
  assert.deepEqual(await logind.remoteHosts(), ['10.0.0.2'])
  assert.deepEqual(await logind.leftSessions(['2', 'c7']), ['c7'])
})

test('who is logged in at a virtual console is told', async () => {
  const { logind } = logindOf(LIST, `${GRAPHICAL}\n${REMOTE}`)
  assert.deepEqual(await logind.consoleLogins(), [{ terminal: 'tty2', uid: 1000 }])
  const closing = GRAPHICAL.replace('State=active', 'State=closing')
  assert.deepEqual(await logindOf(LIST, `${closing}\n${REMOTE}`).logind.consoleLogins(), [])
  assert.equal(await logindOf(LIST, GRAPHICAL).logind.consoleLogins(), null)
})

test('where nobody is logged in, nothing more is asked, and that once', async () => {
  const { logind, asked } = logindOf('', 'never asked')
  assert.equal(await logind.graphicalSessions(), 0)
  assert.deepEqual(await logind.remoteHosts(), [])
  assert.deepEqual(await logind.leftSessions(['2']), ['2'])
  assert.deepEqual(await logind.closingSessions(), [])
  assert.equal(asked.length, 1)
})

test('half an answer of logind says nothing about anybody', async () => {
  for (const half of [GRAPHICAL, `${GRAPHICAL}\n${REMOTE.replace('Type=tty\n', '')}`, '']) {
    const { logind } = logindOf(LIST, half)
    assert.equal(await logind.graphicalSessions(), null)
    assert.deepEqual(await logind.remoteHosts(), [])
    assert.deepEqual(await logind.leftSessions(['2', 'c7']), [])
  }
})

test('nobody is logged out where logind gave no answer', async () => {
  for (const silent of ['list-sessions', 'show-session']) {
    const { ask } = askingOf(({ argv }) => (argv[0] === silent ? { error: 'ETIMEDOUT' } : LIST))
    const logind = liveLogind(ask)
    assert.equal(await logind.graphicalSessions(), null, silent)
    assert.deepEqual(await logind.leftSessions(['c7']), [], silent)
  }
})

test('of all locks only those of the processes in question are told', async () => {
  const row = (pid: number) => ['shutdown', 'a', 'b', 'block', 0, pid]
  const answer = JSON.stringify({ type: 'a(ssssuu)', data: [[row(7), row(8)]] })
  const locks = await liveLogind(askingOf(() => answer).ask).locksOf([7, 9])
  assert.deepEqual([...(locks?.keys() ?? [])], [7])
  const silent = liveLogind(askingOf(() => ({ error: 'ETIMEDOUT' })).ask)
  assert.equal(await silent.locksOf([7]), null)
})
