import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('btrfs', import.meta.url))

/**
 * Returns the image that holds a copy of `root`, which lies beside it and is made when it is not
 * there.
 *
 * @param place an empty directory
 */
export function btrfsImage(root: string, place: string): string {
  const tree = resolve(root)
  const { ino, ctimeMs } = statSync(tree)
  const image = `${tree}.${ino}-${Math.trunc(ctimeMs)}.btrfs`
  // Of several test processes one makes it, and the others wait for it.
  const once = '[ -e "$2" ] || exec sh "$0" make "$@"'
  if (!existsSync(image)) apart(['flock', tree, 'sh', '-c', once, SCRIPT, tree, image, place])
  return image
}

/** Deletes the snapshots of the machine that `scratch`, which is empty again, belonged to. */
export function dropSnapshots(image: string, scratch: string): void {
  apart(['sh', SCRIPT, 'drop', image, scratch, basename(scratch)])
}

/** Runs a command in a mount namespace that its mounts end with. */
function apart(argv: readonly string[]): void {
  const { status, stderr, error } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', ...argv],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${error?.message ?? stderr}`)
}
