/** A type of file system on which stat(2) returns without waiting, and the reason. */
type LocalRow = {
  readonly types: readonly string[]
  readonly reason: string
  readonly source: string
}

/** An overlay is as local as the directories that it is made of. */
export const STACKED_TYPE = 'overlay'

/**
 * The types of file systems on which stat(2) waits for no server.
 *
 * A server, or a program of a user, may answer for any other type: FUSE in all its forms, network
 * and cluster file systems, those that a hypervisor shares, automounts. No list of these is ever
 * complete, so files on a type that is missing here are not looked at.
 */
const LOCAL: readonly LocalRow[] = [
  {
    types: ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'bcachefs', 'f2fs', 'jfs', 'nilfs2'],
    reason: 'on a block device of this machine, read by the kernel itself',
    source: 'fs/*: FS_REQUIRES_DEV; types that an installation of Arch offers, and their like',
  },
  {
    types: ['reiserfs', 'reiser4', 'minix', 'ufs', 'hfs', 'hfsplus', 'affs', 'befs'],
    reason: 'on a block device of this machine, read by the kernel itself',
    source: 'fs/*: FS_REQUIRES_DEV; older, or of other systems',
  },
  {
    types: ['zfs'],
    reason: 'on block devices of this machine, though no single one is its own',
    source: 'OpenZFS, module/os/linux/zfs/zpl_super.c',
  },
  {
    types: ['vfat', 'msdos', 'exfat', 'ntfs', 'ntfs3', 'udf', 'iso9660'],
    reason: 'on a block device of this machine; ntfs-3g is another type, fuseblk',
    source: 'fs/fat, fs/exfat, fs/ntfs3, fs/udf, fs/isofs: FS_REQUIRES_DEV',
  },
  {
    types: ['squashfs', 'erofs', 'cramfs', 'romfs', 'ubifs', 'jffs2'],
    reason: 'an image or flash memory of this machine: live systems, snaps, small devices',
    source: 'fs/squashfs, fs/erofs, fs/cramfs, fs/romfs, fs/ubifs, fs/jffs2',
  },
  {
    types: ['tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'hugetlbfs'],
    reason: 'in memory',
    source: 'mm/shmem.c, fs/ramfs, init/do_mounts.c, drivers/base/devtmpfs.c, fs/hugetlbfs',
  },
]

const LOCAL_TYPES: ReadonlySet<string> = new Set(LOCAL.flatMap(({ types }) => types))

/**
 * The types that are local on a block device only. Without one, an image lies in a file of any file
 * system, or comes from a program (fs/erofs/super.c: erofs_fc_get_tree, fscache).
 */
const ON_DEVICES: ReadonlySet<string> = new Set(['erofs'])

/**
 * Says whether stat(2) on a file system of this type (proc_filesystems(5)) waits for no server.
 *
 * @param device `major:minor`, decimal; the major number is 0 where there is no block device
 */
export function isLocalType(type: string, device: string): boolean {
  return LOCAL_TYPES.has(type) && !(ON_DEVICES.has(type) && device.startsWith('0:'))
}

/**
 * Says whether a program serves a file system of this type through FUSE. The type of a program's
 * own follows behind a dot (mount.fuse3(8), subtype=).
 */
export function isFuseType(type: string): boolean {
  return type === 'fuse' || type === 'fuseblk' || /^fuse(?:blk)?\./.test(type)
}
