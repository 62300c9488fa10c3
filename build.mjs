/** Makes `dist/`, which is what ships. */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/** The directories of the packages that the bundles hold something of. */
const packages = new Set()

/**
 * What packages ask of the working directory without need, and what stands there instead. yargs
 * looks there and above for a package.json, which can be a pipe of any user below /tmp. fast-glob
 * fails where the directory is removed, though it is given another one.
 */
const ASKED = [
  ['/yargs/lib/platform-shims/esm.mjs', 'mainFilename || process.cwd()', '__dirname'],
  ['/fast-glob/out/settings.js', 'process.cwd()', "'/'"],
]

const withoutWorkingDirectory = {
  name: 'without-working-directory',
  transform(code, id) {
    const [, asks, instead] = ASKED.find(([end]) => id.endsWith(end)) ?? []
    if (asks === undefined) return null
    if (!code.includes(asks)) throw new Error(`${id} no longer has "${asks}"`)
    return code.replace(asks, instead)
  },
}

rmSync('dist', { recursive: true, force: true })
await bundle('src/main.ts', 'stale-libs.js')
chmodSync('dist/stale-libs.js', 0o755)
// A thread loads a bundle of its own: it needs a tenth of the program.
await bundle('src/io/reading/rescue-thread.ts', 'rescue-thread.js')
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n')
writeFileSync('dist/THIRD-PARTY.txt', licences())

/**
 * Bundles an entry. What it loads by `import()` becomes a file beside it, named after its first
 * module.
 *
 * The bundle is CommonJS: an ESM import of `node:fs` also loads streams, promises and readline.
 */
async function bundle(input, entryFileNames) {
  const build = await rolldown({
    input,
    platform: 'node',
    logLevel: 'warn',
    // yargs follows `extends` of configurations with import.meta, and has no configuration here.
    checks: { emptyImportMeta: false },
    plugins: [withoutWorkingDirectory],
  })
  const { output } = await build.write({
    dir: 'dist',
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames,
    chunkFileNames: '[name].js',
    // What the entry imports stands beside it, also where a part that is loaded later imports it.
    codeSplitting: {
      groups: [{ name: basename(entryFileNames, '.js'), test: (id) => id.endsWith(input) }],
    },
    minifyInternalExports: false,
  })
  await build.close()
  for (const id of output.flatMap((part) => part.moduleIds ?? [])) {
    // The bundler adds functions of its own.
    const path = id.startsWith('\0rolldown/')
      ? resolve('node_modules/rolldown')
      : /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]
    if (path !== undefined) packages.add(path)
  }
}

/** Returns the licence of each package that the program contains. */
function licences() {
  return [...packages]
    .toSorted()
    .map((path) => `== ${path.replace(/^.*?\/node_modules\//, '')}\n\n${licenceOf(path)}\n`)
    .join('')
}

/** Returns the text of the licence, or what the package says of it where it brings none. */
function licenceOf(path) {
  const files = readdirSync(path).filter((name) => /^licen[cs]e/i.test(name))
  if (files.length > 0) return files.map((name) => readFileSync(join(path, name), 'utf8')).join('')
  const manifest = readFileSync(join(path, 'package.json'), 'utf8')
  return manifest.match(/^.*(?:license|author).*\n/gm)?.join('') ?? ''
}
