import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShareHolders } from '../../../src/io/process/share-holders.ts'
import { makeTree } from '../../support/tree.ts'

const holderIn = (cgroup: string, status?: string) => {
  const process = { cgroup: `0::${cgroup}\n`, ...(status === undefined ? {} : { status }) }
  const tree = makeTree({ 1: { cgroup: '0::/init.scope\n' }, 4: process })
  return new ShareHolders(tree).ofDirectory(`${tree}/4`)
}

test('a program of root that a user started spends the share of that user', () => {
  const jobs = '/system.slice/cronie.service'
  // A tree belongs to whoever runs the test.
  const uid = process.getuid?.() ?? 0
  const ofRoot = <Holder>(holder: Holder) => (uid === 0 ? holder : uid)
  assert.equal(holderIn(jobs, 'Name:\tsu\nUid:\t1001\t0\t0\t0\n'), ofRoot(1001))
  assert.equal(holderIn(jobs, 'Name:\tcrond\nUid:\t0\t0\t0\t0\n'), ofRoot('system'))
  assert.equal(holderIn(jobs), ofRoot('system'))
})
