import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'

export type PackageFile =
  | { readonly copyOf: string }
  | { readonly text: string; readonly mode?: number }
  | { readonly link: string }

export type PackageSpec = {
  readonly name: string
  /** `[epoch:]pkgver-pkgrel`, by default 1.0-1. */
  readonly version?: string
  /** Paths in the package, without the leading slash. */
  readonly files: Readonly<Record<string, PackageFile>>
  readonly depends?: readonly string[]
  readonly provides?: readonly string[]
  readonly conflicts?: readonly string[]
  readonly replaces?: readonly string[]
  readonly backup?: readonly string[]
  /** What it is built from, where that is called otherwise (PKGBUILD(5), pkgbase). */
  readonly base?: string
  /** Shell functions that pacman calls: `post_upgrade() { … }`. */
  readonly scriptlet?: string
}

// makepkg refuses to run as root. 65534 is nobody everywhere.
export const BUILDER = 65534
const RELATIONS = ['depends', 'provides', 'conflicts', 'replaces', 'backup'] as const
const SCRIPTLET = 'scriptlet.install'
const LIBRARY_DIRECTORIES = ['usr/lib', 'usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu']

/**
 * Builds a package with the host's makepkg and returns its path in `outDir`; several may build at
 * once.
 */
export async function buildPackage(spec: PackageSpec, outDir: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-makepkg-'))
  try {
    const destination = join(directory, 'packages')
    for (const path of [directory, destination, join(directory, 'build')]) {
      mkdirSync(path, { recursive: true })
      chownSync(path, BUILDER, BUILDER)
    }
    writeFileSync(join(directory, 'PKGBUILD'), pkgbuildOf(spec))
    if (spec.scriptlet !== undefined) writeFileSync(join(directory, SCRIPTLET), spec.scriptlet)
    stageFiles(spec, join(directory, 'files'))
    await makepkg(directory, destination)
    const built = readdirSync(destination)[0]
    if (built === undefined) throw new Error(`makepkg made no package of ${spec.name}`)
    mkdirSync(outDir, { recursive: true })
    copyFileSync(join(destination, built), join(outDir, built))
    return join(outDir, built)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/**
 * Adds packages to the repository the lab's pacman reads; a newer version takes the older one's
 * place.
 */
export function publish(lab: Lab, repoName: string, packageFiles: readonly string[]): void {
  const published = packageFiles.map((file) => `/srv/${repoName}/${basename(file)}`)
  packageFiles.forEach((file, index) => lab.copyIn(file, published[index] ?? file))
  // pacman downloads a database that is newer than its own copy, to the second: age must tell.
  const script =
    'db=$1; shift; old=$(stat -Lc %Y "$db" 2>/dev/null || echo 0)\n' +
    'repo-add -q "$db.tar.gz" "$@" || exit\n' +
    '[ "$(stat -Lc %Y "$db")" -gt "$old" ] || touch -d "@$((old + 1))" "$db"'
  mustRun(lab, ['sh', '-c', script, 'publish', `/srv/${repoName}/${repoName}.db`, ...published])
}

/** Makes `repoName` the only repository of the lab's pacman, which then asks for no signatures. */
export function configurePacman(lab: Lab, repoName: string): void {
  const version = /Pacman v(\d+)/.exec(mustRun(lab, ['pacman', '--version']))?.[1]
  const options = [
    'Architecture = auto',
    'SigLevel = Never',
    'LocalFileSigLevel = Never',
    // From pacman 7 on; older ones warn about it. The sandbox needs a user and a kernel of its own
    // taste.
    ...(Number(version) >= 7 ? ['DisableSandbox'] : []),
  ]
  const repository = [`[${repoName}]`, `Server = file:///srv/${repoName}`]
  lab.write('/etc/pacman.conf', ['[options]', ...options, '', ...repository, ''].join('\n'))
  const directories = ['/var/lib/pacman', '/var/cache/pacman/pkg', `/srv/${repoName}`]
  mustRun(lab, ['mkdir', '-p', ...directories])
}

/**
 * Returns the file behind `soname` in a root directory: material for a library that needs no
 * compiler.
 */
export function libraryIn(root: string, soname: string): string {
  const paths = LIBRARY_DIRECTORIES.map((directory) => join(root, directory, soname))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`No ${soname} in ${root}`)
  return realpathSync(found)
}

function pkgbuildOf(spec: PackageSpec): string {
  const [, epoch, pkgver, pkgrel] =
    /^(?:(\d+):)?([^-]+)-([^-]+)$/.exec(spec.version ?? '1.0-1') ?? []
  if (pkgver === undefined || pkgrel === undefined)
    throw new Error(`Not a version: ${spec.version}`)
  return [
    ...(spec.base === undefined ? [] : [`pkgbase=${quote(spec.base)}`]),
    `pkgname=${quote(spec.name)}`,
    ...(epoch === undefined ? [] : [`epoch=${epoch}`]),
    `pkgver=${quote(pkgver)}`,
    `pkgrel=${quote(pkgrel)}`,
    "arch=('any')",
    ...(spec.scriptlet === undefined ? [] : [`install=${quote(SCRIPTLET)}`]),
    "options=('!strip' '!debug' '!zipman' '!purge' 'docs' 'libtool' 'staticlibs' 'emptydirs')",
    ...RELATIONS.map((name) => `${name}=(${(spec[name] ?? []).map(quote).join(' ')})`),
    'package() { cp -R --preserve=mode,links "$startdir/files/." "$pkgdir/"; }',
    '',
  ].join('\n')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function stageFiles({ files }: PackageSpec, directory: string): void {
  mkdirSync(directory)
  for (const [name, file] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    if ('link' in file) symlinkSync(file.link, path)
    else stageRegular(file, path)
  }
}

function stageRegular(file: Exclude<PackageFile, { link: string }>, path: string): void {
  if ('copyOf' in file) copyFileSync(file.copyOf, path)
  else writeFileSync(path, file.text)
  chownSync(path, BUILDER, BUILDER)
  // After chown, which takes set-user-ID away.
  chmodSync(path, 'copyOf' in file ? statSync(file.copyOf).mode & 0o7777 : (file.mode ?? 0o644))
}

/** Runs the host's makepkg on the PKGBUILD in `directory`, which belongs to `BUILDER`. */
export function makepkg(
  directory: string,
  destination: string,
  options: readonly string[] = [],
): Promise<void> {
  const user = ['--reuid', String(BUILDER), '--regid', String(BUILDER), '--clear-groups']
  const command = ['makepkg', '-f', '-d', '--nocheck', ...options]
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: directory,
    BUILDDIR: join(directory, 'build'),
    PKGDEST: destination,
    PKGEXT: '.pkg.tar',
  }
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', [...user, '--', ...command], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', reject)
    child.once('close', (status) =>
      status === 0 ? resolve() : reject(new Error(`makepkg: exit ${status}\n${said}`)),
    )
  })
}
