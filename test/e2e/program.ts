import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUILDER, makepkg } from './packages.ts'

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url))
/** What lies beside the tarball of the sources, and not in it. */
const RECIPE = ['PKGBUILD', '.SRCINFO']
/** Every test file is a process of its own, and one build must do for all of them. */
const CACHE = join(CHECKOUT, 'node_modules/.cache/stale-libs-e2e')

/**
 * Returns the path of the program's own package: the one that `STALE_LIBS_PACKAGE` names, or else
 * the one that makepkg makes of this checkout. It is built again when a file of the checkout has
 * changed.
 */
export async function programPackage(): Promise<string> {
  const given = process.env['STALE_LIBS_PACKAGE']
  if (given !== undefined && given !== '') return given
  const files = checkoutFiles()
  const cached = join(CACHE, `${digestOf(files)}.pkg.tar`)
  if (!existsSync(cached)) await build(files, cached)
  return cached
}

/** Tracked files and new ones; what git ignores is not there (node_modules, dist, build). */
function checkoutFiles(): readonly string[] {
  const argv = ['-C', CHECKOUT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  // A checkout of another owner is none of git's business unless it is told so.
  const git = ['-c', `safe.directory=${CHECKOUT.replace(/\/$/, '')}`, ...argv]
  const names = execFileSync('git', git, { encoding: 'utf8' }).split('\0')
  return [...new Set(names)].filter((name) => name !== '' && existsSync(join(CHECKOUT, name)))
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const name of files.toSorted()) {
    const path = join(CHECKOUT, name)
    hash
      .update(`${name}\0${lstatSync(path).mode}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

async function build(files: readonly string[], cached: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-program-'))
  try {
    const copy = join(directory, 'checkout')
    const destination = join(directory, 'packages')
    const recipe = files.filter((name) => RECIPE.includes(name))
    for (const name of recipe) copyInto(copy, name)
    packSources(
      files.filter((name) => !recipe.includes(name)),
      copy,
    )
    mkdirSync(destination)
    giveToBuilder(directory)
    await makepkg(copy, destination, ['--skipchecksums'])
    const [built = ''] = readdirSync(destination)
    rmSync(CACHE, { recursive: true, force: true })
    mkdirSync(CACHE, { recursive: true })
    copyFileSync(join(destination, built), `${cached}.part`)
    renameSync(`${cached}.part`, cached)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/**
 * Makes the tarball that PKGBUILD asks for of the files as they are: `npm run package` takes those
 * of the last commit.
 */
function packSources(names: readonly string[], directory: string): void {
  const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
    version: string
  }
  const root = `stale-libs-${version}`
  const transform = `--transform=flags=rSH;s,^,${root}/,`
  const output = ['-czf', join(directory, `${root}.tar.gz`)]
  const argv = [...output, '-C', CHECKOUT, transform, '--null', '--verbatim-files-from', '-T', '-']
  execFileSync('tar', argv, { input: names.join('\0') })
}

function copyInto(copy: string, name: string): void {
  mkdirSync(dirname(join(copy, name)), { recursive: true })
  copyFileSync(join(CHECKOUT, name), join(copy, name))
}

function giveToBuilder(path: string): void {
  chownSync(path, BUILDER, BUILDER)
  if (!lstatSync(path).isDirectory()) return
  for (const name of readdirSync(path)) giveToBuilder(join(path, name))
}
