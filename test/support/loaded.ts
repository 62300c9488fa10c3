import { spawnSync } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { BUNDLE } from './bundle.ts'

/** Runs the program as `require()` does, and says at the end what was loaded for it. */
const WATCHED = `
  const bundle = process.argv[1]
  const before = new Set(process.moduleLoadList)
  process.on('exit', () => {
    const builtins = process.moduleLoadList.filter((name) => !before.has(name))
    require('node:fs').writeSync(2, JSON.stringify({ files: Object.keys(require.cache), builtins }))
  })
  require(bundle)`

/** Returns the files of the bundle, and the modules of Node, that a run loads. */
export function loadedBy(argv: readonly string[]): { readonly all: readonly string[] } {
  const { stderr } = spawnSync(process.execPath, ['-e', WATCHED, '--', BUNDLE, ...argv], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    timeout: 60_000,
  })
  const said = stderr.slice(stderr.lastIndexOf('{"files"'))
  const { files, builtins } = JSON.parse(said) as { files: string[]; builtins: string[] }
  const ours = files.filter((file) => dirname(file) === dirname(BUNDLE))
  return { all: [...ours.map((file) => basename(file)), ...builtins] }
}
