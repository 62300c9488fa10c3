import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MountTrees } from '../../../src/io/process/mount-trees.ts'
import { makeTree } from '../../support/tree.ts'

const ROOT = '22 1 254:0 / / rw - ext4 /dev/sda1 rw\n'
const link = (name: string, number: string) => ({ link: `${name}:[${number}]` })

/** The mounts that this process sees, of a mountinfo. */
function mountsIn(mountinfo: string) {
  const ns = { user: link('user', '1'), mnt: link('mnt', '1'), pid: link('pid', '1') }
  const self = { mountinfo, root: { link: '/' }, ns }
  return new MountTrees(makeTree({ self, 1: self })).own
}

/** FUSE mounts of a user, whose paths are as long as the kernel allows. */
function ofUser(count: number, uid: number, blanks = 0): string {
  const blank = String.raw`\040`.repeat(blanks)
  return Array.from(
    { length: count },
    (_, at) =>
      `${100 + at} 22 0:${100 + at} / /home/m/${blank}${at} rw - fuse.x x rw,user_id=${uid},group_id=0\n`,
  ).join('')
}

test('very many FUSE mounts of users hide no mounts of the machine', () => {
  // Twenty mebibytes, more than is read of the machine's own.
  const { mounts, isTreeUnknown } = mountsIn(`${ofUser(1500, 1000, 3500)}${ROOT}`)
  assert.equal(isTreeUnknown, undefined)
  assert.equal(mounts?.root?.device, '254:0')
  assert.equal(mounts?.tops.size, 257)
})

test('FUSE mounts of root, and as many of users as people have, are all kept', () => {
  for (const uid of [0, 1000])
    assert.equal(mountsIn(`${ROOT}${ofUser(200, uid)}`).mounts?.tops.size, 201)
  assert.equal(mountsIn(`${ROOT}${ofUser(400, 0)}`).mounts?.tops.size, 401)
})

test('mounts of the machine that are too long to be read are not known', () => {
  assert.equal(mountsIn(`${ROOT}${ofUser(1500, 0, 3500)}`).isTreeUnknown, true)
})
