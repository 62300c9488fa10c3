import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFuseType, isLocalType } from '../../../src/core/proc/file-systems.ts'

const LOCAL = ['ext4', 'btrfs', 'zfs', 'vfat', 'squashfs', 'tmpfs']

/** A server, a program of a user, a hypervisor or an automounter answers a look at these. */
const WAITS = [
  '',
  'EXT4 autofs overlay aufs ecryptfs nfs nfs4 cifs smb3 smbfs ncpfs afs coda 9p',
  'fuse fuseblk fuse.sshfs fuse.mfs fuse.juicefs fuse.cvmfs2 fuse.davfs fuse.vmhgfs-fuse',
  'virtiofs vboxsf prl_fs vmhgfs ceph lustre orangefs pvfs2 beegfs beegfs_nodev wekafs',
  'gpfs panfs ocfs2 gfs2 cvfs acfs vxfs mapr glusterfs',
].flatMap((types) => types.split(' '))

for (const type of LOCAL)
  test(`a look at ${type} waits for nobody`, () => assert.equal(isLocalType(type, '254:0'), true))
for (const type of WAITS)
  test(`a look at "${type}" may wait`, () => assert.equal(isLocalType(type, '254:0'), false))

for (const type of ['fuse', 'fuseblk', 'fuse.sshfs', 'fuse.portal', 'fuseblk.ntfs-3g'])
  test(`a program serves ${type}`, () => assert.equal(isFuseType(type), true))
for (const type of ['fusectl', 'ext4', 'xfuse', 'fusex.y', ''])
  test(`no program serves "${type}"`, () => assert.equal(isFuseType(type), false))

test('an image waits for nobody where it is on a block device', () => {
  const devices = ['7:0', '254:0', '0:45']
  assert.deepEqual(
    devices.map((device) => isLocalType('erofs', device)),
    [true, true, false],
  )
  assert.equal(isLocalType('btrfs', '0:45'), true)
})
