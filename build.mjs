/** Makes `dist/`, which is what ships. */
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

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
  })
  await build.write({
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
}

/** Returns the licence of each package that the program may contain. */
function licences() {
  // npm fails where a package is installed that nothing asks for; the list is complete all the
  // same.
  const argv = ['ls', '--all', '--omit=dev', '--parseable']
  const { stdout } = spawnSync('npm', argv, { encoding: 'utf8' })
  const packages = stdout
    .split('\n')
    .map((path) => relative('.', path))
    .filter((path) => path.startsWith('node_modules/'))
  return [...new Set(packages)]
    .toSorted()
    .map((path) => `== ${path.slice('node_modules/'.length)}\n\n${licenceOf(path)}\n`)
    .join('')
}

/** Returns the text of the licence, or what the package says of it where it brings none. */
function licenceOf(path) {
  const files = readdirSync(path).filter((name) => /^licen[cs]e/i.test(name))
  if (files.length > 0) return files.map((name) => readFileSync(join(path, name), 'utf8')).join('')
  const manifest = readFileSync(join(path, 'package.json'), 'utf8')
  return manifest.match(/^.*(?:license|author).*\n/gm)?.join('') ?? ''
}
