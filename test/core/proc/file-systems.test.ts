import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFuseType, isLocalType } from '../../../src/core/proc/file-systems.ts'

const LOCAL = ['ext4', 'btrfs', 'zfs', 'vfat', 'squashfs', 'tmpfs']

/** A server, a program of a user, a hypervisor or an automounter answers a look at these. */
const WAITS = [
  'autofs',
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'ceph',
  '9p',
  'virtiofs',
  'fuse',
  'fuseblk',
  'fuse.sshfs',
  'overlay',
  'gpfs',
  'EXT4',
  '',
]

for (const type of LOCAL)
  test(`a look at ${type} waits for nobody`, () => assert.equal(isLocalType(type), true))
for (const type of WAITS)
  test(`a look at "${type}" may wait`, () => assert.equal(isLocalType(type), false))

for (const type of ['fuse', 'fuseblk', 'fuse.sshfs', 'fuse.portal', 'fuseblk.ntfs-3g'])
  test(`a program serves ${type}`, () => assert.equal(isFuseType(type), true))
for (const type of ['fusectl', 'ext4', 'xfuse', 'fusex.y', ''])
  test(`no program serves "${type}"`, () => assert.equal(isFuseType(type), false))
