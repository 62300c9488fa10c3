/** One line of `/proc/PID/mountinfo`: where, and which kind of file system. */
export type Mount = { readonly path: string; readonly type: string }

/**
 * Returns the mounts of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)), later ones cover earlier ones.
 *
 * `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`: the fifth field is the mount point
 * with `\040`-like escapes, and the type follows the ` - `.
 */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const separator = line.indexOf(' - ')
    const path = line.split(' ')[4]
    const type = line.slice(separator + 3).split(' ')[0]
    return separator === -1 || !path || !type ? [] : [{ path: unescapeOctal(path), type }]
  })
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/** File systems that answer from elsewhere: a look can wait for ever (a dead server, a stuck daemon). */
const REMOTE =
  /^(?:nfs4?|cifs|smb3|smbfs|9p|afs|ceph|coda|ncpfs|glusterfs|lustre|gfs2|ocfs2|autofs|fuse(?:\..*)?)$/

/** Says whether a look at the path touches only local file systems, the mounts above it included. */
export function isLocal(path: string, mounts: readonly Mount[]): boolean {
  const above = mounts.filter(
    (mount) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`),
  )
  return above.every((mount) => !REMOTE.test(mount.type))
}
