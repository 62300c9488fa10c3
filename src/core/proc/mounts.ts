import { isLocalType, STACKED_TYPE } from './file-systems.ts'

/** One mount of a mount namespace, a line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)). */
export type Mount = {
  readonly id: number
  readonly parent: number
  /** `major:minor` of the file system, in decimal. maps has the same number in hexadecimal. */
  readonly device: string
  /** The directory of the file system that it shows: `/@home` of btrfs, `/srv` of a bind mount. */
  readonly root: string
  readonly path: string
  readonly type: string
  /** Options of the file system, as the kernel escapes them. */
  readonly options: string
}

/** The mounts that one process sees below its root directory. */
export type Mounts = {
  /** The mount of the root directory; `null` where that is no mount point (a plain chroot). */
  readonly root: Mount | null
  /** The uppermost mount at each mount point, by the key of the mount point: see `pointOf`. */
  readonly tops: ReadonlyMap<string, Mount>
  readonly byDevice: ReadonlyMap<string, readonly Mount[]>
}

/**
 * Returns the mounts of a `/proc/PID/mountinfo`; a line of another form is left out. All text is
 * one character a byte.
 *
 * `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`: id, parent,
 * device, root, mount point, options, any number of tags, then behind ` - ` the type, the source
 * and the options of the file system. Blanks and backslashes in paths are octal escapes.
 */
export function parseMounts(text: string): Mounts {
  const all = text.split('\n').flatMap((line) => mountOf(line) ?? [])
  const ids = new Set(all.map(({ id }) => id))
  const isTop = ({ id, parent, path }: Mount) => path === '/' && (parent === id || !ids.has(parent))
  const topOf = uppermostOf(all)
  const root = all.findLast(isTop) ?? null
  return {
    root: root === null ? null : topOf(root),
    tops: new Map(all.map((mount) => [pointOf(mount.parent, mount.path), topOf(mount)])),
    byDevice: byDevice(all),
  }
}

/**
 * Returns a function that returns the uppermost mount of a stack: a mount on the root of another
 * one hides it. Users can stack thousands of mounts, so each stack is walked once.
 */
function uppermostOf(mounts: readonly Mount[]): (mount: Mount) => Mount {
  const on = new Map(mounts.map((mount) => [pointOf(mount.parent, mount.path), mount]))
  const known = new Map<Mount, Mount>()
  return (mount) => {
    const stack = new Set<Mount>()
    let at: Mount = mount
    for (;;) {
      stack.add(at)
      const above: Mount | undefined = known.get(at) ?? on.get(pointOf(at.id, at.path))
      if (above === undefined || stack.has(above)) break
      at = above
    }
    for (const one of stack) known.set(one, at)
    return at
  }
}

/** Returns the key of a mount point: its path, and the mount that it lies on. */
function pointOf(mount: number, path: string): string {
  return `${mount} ${path}`
}

function byDevice(mounts: readonly Mount[]): ReadonlyMap<string, readonly Mount[]> {
  const groups = new Map<string, Mount[]>()
  for (const mount of mounts) {
    const group = groups.get(mount.device)
    if (group === undefined) groups.set(mount.device, [mount])
    else group.push(mount)
  }
  return groups
}

/**
 * The mark of a mount whose file or directory is gone: an upgrade replaced a file that is bound
 * (fs/d_path.c).
 */
const UNLINKED = /\/\/deleted$/

const LINE = /^(\d+) (\d+) (\d+:\d+) (\S+) (\/\S*) \S+ (?:.*? )?- (\S+) \S* ?(\S*)/

function mountOf(line: string): Mount | null {
  const [, id, parent, device, root, path, type, options = ''] = LINE.exec(line) ?? []
  if (!device || !root || !path || !type) return null
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root).replace(UNLINKED, ''),
    path: unescapeOctal(path),
    type,
    options,
  }
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/** The place of a path: the file system, the path inside of it, and the mounts on the way. */
export type Place = {
  readonly device: string
  readonly path: string
  /** The mounts on the way, outermost first. The path lies on the last one. */
  readonly crossed: readonly Mount[]
}

/**
 * Returns the place of a path, or `null` where no mount covers it. Links are not followed.
 *
 * The kernel crosses a mount at the first mount point on the way, and then looks only at mounts on
 * that mount (path_lookup of fs/namei.c). So a mount may hide others that have a longer path.
 */
export function placeOf(path: string, { root, tops }: Mounts): Place | null {
  if (root === null) return null
  const crossed = [root]
  let at = root
  for (let end = nextSlash(path, 0); end !== -1; end = nextSlash(path, end)) {
    const next = tops.get(pointOf(at.id, path.slice(0, end)))
    if (next === undefined || next === at) continue
    crossed.push(next)
    at = next
  }
  return { device: at.device, path: joined(at.root, behind(path, at.path)), crossed }
}

/** Returns the end of the name behind a slash, or -1 where no name is left. */
function nextSlash(path: string, slash: number): number {
  if (slash >= path.length - 1) return -1
  const next = path.indexOf('/', slash + 1)
  return next === -1 ? path.length : next
}

/**
 * Returns the path to the same place in another namespace, or `null` where there is none: the place
 * is on a file system of a container, or hidden below another mount.
 *
 * @param usual the path that is tried first
 */
export function pathTo(place: Place, usual: string, mounts: Mounts): string | null {
  const candidates = (mounts.byDevice.get(place.device) ?? [])
    .filter(({ root }) => isBelow(place.path, root))
    .map(({ root, path }) => joined(path, behind(place.path, root)))
  return [usual, ...candidates].find((path) => isSame(placeOf(path, mounts), place)) ?? null
}

function isSame(a: Place | null, b: Place): boolean {
  return a !== null && a.device === b.device && a.path === b.path
}

/**
 * Says whether stat(2) on a path waits only for the disks and the memory of this machine: all
 * mounts on the way are of local file systems, and so are the directories of an overlay.
 */
export function isLocal(path: string, mounts: Mounts): boolean {
  const place = placeOf(path, mounts)
  return place !== null && isLocalPlace(place, mounts)
}

/** Says the same as `isLocal` of the place of a path. */
export function isLocalPlace({ crossed }: Place, mounts: Mounts): boolean {
  return crossed.every((mount) => isLocalMount(mount, mounts))
}

/** Says whether the device of a mapping (`fe:00`, hexadecimal) is that of a local file system. */
export function isLocalDevice(device: string, mounts: Mounts): boolean {
  const mount = mounts.byDevice.get(deviceNumber(device))?.[0]
  return mount !== undefined && isLocalMount(mount, mounts)
}

/** Says whether a mount shows the device of a mapping (`fe:00`, hexadecimal). */
export function isMountOf(device: string, id: number, mounts: Mounts): boolean {
  return mounts.byDevice.get(deviceNumber(device))?.some((mount) => mount.id === id) ?? false
}

/** Returns a device of maps (`fe:00`, hexadecimal) as mountinfo has it (`254:0`). */
export function deviceNumber(device: string): string {
  return device
    .split(':')
    .map((number) => Number.parseInt(number, 16))
    .join(':')
}

function isLocalMount(mount: Mount, mounts: Mounts, above: readonly Mount[] = []): boolean {
  if (mount.type !== STACKED_TYPE) return isLocalType(mount.type, mount.device)
  // The root of a machine can be an overlay whose lower directory was called "/" before.
  if (above.some(({ device }) => device === mount.device)) return true
  return layersOf(mount).every((path) => {
    const crossed = path.startsWith('/') ? placeOf(path, mounts)?.crossed : null
    return crossed?.every((one) => isLocalMount(one, mounts, [...above, mount])) ?? false
  })
}

const LAYERS = /^(?:lowerdir\+?|datadir\+|upperdir)=(.*)$/s

/**
 * Returns the directories of an overlay, by the names that they had when it was mounted
 * (Documentation/filesystems/overlayfs.rst). Colons separate the lower directories; `\:` is a colon
 * in a name.
 */
function layersOf({ options }: Mount): readonly string[] {
  return options
    .split(',')
    .flatMap((option) => LAYERS.exec(unescapeOctal(option))?.[1] ?? [])
    .flatMap((list) => list.match(/(?:[^\\:]|\\.)+/gs) ?? [])
    .map((path) => path.replaceAll(/\\(.)/gs, '$1'))
}

/**
 * Returns the identity of a root directory: its file system, and the directory of it that the mount
 * of `/` shows. Two processes with the same identity see the same tree at `/`.
 *
 * @param link target of `/proc/PID/root` (proc_pid_root(5)); the process is in a chroot where it is
 *   not `/`
 */
export function rootIdentity(link: string, { root }: Mounts): string | null {
  if (link !== '/') return `chroot ${link}`
  return root === null ? null : `${root.device} ${root.root}`
}

function isBelow(path: string, directory: string): boolean {
  if (directory === '/') return path.startsWith('/')
  return (
    path.startsWith(directory) &&
    (path.length === directory.length || path[directory.length] === '/')
  )
}

/** Returns the rest of a path behind a directory, with its slash; empty for the directory. */
function behind(path: string, directory: string): string {
  const rest = path.slice(directory === '/' ? 0 : directory.length)
  return rest === '/' ? '' : rest
}

function joined(directory: string, rest: string): string {
  return rest === '' ? directory : `${directory === '/' ? '' : directory}${rest}`
}
