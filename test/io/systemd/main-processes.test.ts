import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunningProcess } from '../../../src/core/advice/stale-process.ts'
import { ownerOf } from '../../../src/core/owner/owner.ts'
import { mainProcessesOf } from '../../../src/io/systemd/main-processes.ts'
import { noRunningServices } from '../../../src/io/systemd/running-services.ts'
import { facts, staleProcess } from '../../support/knowledge.ts'

function running(path: string, uid: number): RunningProcess {
  const { cgroup } = staleProcess(path)
  return { comm: 'a', startTicks: 1, cgroup, owner: ownerOf(path), exe: null, uid }
}

test('a main process is a process of its unit, also where its id belongs to another one now', () => {
  const processes = new Map([
    [10, running('/system.slice/a.service', 33)],
    [11, running('/system.slice/other.service', 1001)],
    [12, running('/user.slice/user-1001.slice/user@1001.service/app.slice/c.service', 1001)],
  ])
  const pids = { 'a.service': '10', 'b.service': '11', 'c.service': '12', 'd.service': '99' }
  const units = { ...pids, 'e.service': '0', 'f.service': '' }
  const known = new Map(
    Object.entries(units).map(([unit, MainPID]) => [unit, facts({ MainPID })] as const),
  )
  const asked: number[] = []
  const process = (pid: number) => {
    asked.push(pid)
    return processes.get(pid) ?? null
  }
  const names = [...Object.keys(units), 'unknown.service']
  const mains = mainProcessesOf(names, known, { ...noRunningServices, process })
  assert.deepEqual(
    [...mains].map(([unit, { uid }]) => [unit, uid]),
    [['a.service', 33]],
  )
  assert.deepEqual(asked, [10, 11, 12, 99])
})
