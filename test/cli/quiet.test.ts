import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE } from '../support/bundle.ts'
import { makeTree, procTree } from '../support/tree.ts'

const isHere = spawnSync('strace', ['-V']).error === undefined

/** A machine with pacman on which nothing is stale; it booted in September of 2026. */
function machine(): { readonly proc: string; readonly root: string } {
  return {
    proc: makeTree(procTree({ 4: { maps: ['r-xp /usr/lib/libc.so.6'] } })),
    root: makeTree({
      'etc/pacman.conf': '[options]\n',
      'var/log/pacman.log': '[2026-09-01T10:00:00+0000] [ALPM] installed linux (6.18-1)\n',
      'var/lib/pacman/local/linux-6.18-1/desc': '%NAME%\nlinux\n',
      'usr/lib/modules/6.18.1-arch1-1/pkgbase': 'linux\n',
    }),
  }
}

/** Returns what a hook's run opens below a directory, without the directory's own name. */
function opened(proc: string, root: string): readonly string[] {
  const trace = ['-f', '-qq', '-e', 'trace=open,openat,openat2', '--', process.execPath, BUNDLE]
  const { status, stderr } = spawnSync(
    'strace',
    [...trace, '--hook', '--proc', proc, '--root', root],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  assert.equal(status, 0, stderr)
  const paths = [...stderr.matchAll(/open(?:at2?)?\((?:[^,"]+, )?"([^"]+)"/g)].map(
    ([, path]) => path,
  )
  assert.ok(paths.length > 10)
  return paths.flatMap((path) => (path?.startsWith(`${root}/`) ? [path.slice(root.length)] : []))
}

const ofPacman = (path: string) => /pacman/.test(path)

test(
  'with nothing stale and a log from before boot, nothing of pacman is opened but its configuration',
  { skip: !isHere && 'strace is not installed' },
  () => {
    const { proc, root } = machine()
    const log = join(root, 'var/log/pacman.log')
    utimesSync(log, new Date('2026-09-01T10:00:00Z'), new Date('2026-09-01T10:00:00Z'))
    assert.deepEqual(opened(proc, root).filter(ofPacman), ['/etc/pacman.conf'])
    // Once something was installed, the database tells about the kernel.
    utimesSync(log, new Date('2026-12-01T10:00:00Z'), new Date('2026-12-01T10:00:00Z'))
    assert.ok(opened(proc, root).filter(ofPacman).length > 1)
  },
)
