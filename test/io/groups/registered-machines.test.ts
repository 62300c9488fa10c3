import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registeredMachines } from '../../../src/io/groups/registered-machines.ts'
import { makeTree } from '../../support/tree.ts'

const machine = (name: string, leader: number) => `NAME=${name}\nLEADER=${leader}\n`

test('each machine is read once, and what is no machine not at all', () => {
  const directory = {
    web: machine('web', 7),
    'unit:machine-web.scope': { link: 'web' },
    db: machine('db', 8),
    half: 'NAME=half\n',
    pipe: { link: '/dev/zero' },
  }
  const names = registeredMachines(makeTree({ 'run/systemd/machines': directory }))
    .map(({ name, leader }) => `${name} ${leader}`)
    .toSorted()
  assert.deepEqual(names, ['db 8', 'web 7'])
})

test('where machined never ran, there is no machine', () => {
  assert.deepEqual(registeredMachines(makeTree({})), [])
})
