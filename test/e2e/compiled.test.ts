import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BUNDLE } from '../support/bundle.ts'
import { whySkipped } from './host.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const RUN_BUNDLE = fileURLToPath(new URL('../support/run-bundle.ts', import.meta.url))

test('compiled code of somebody else is not used', { skip: whySkipped() }, () => {
  const directory = mkdtempSync(`${CHECKOUT}/dist/copied-`)
  after(() => rmSync(directory, { recursive: true }))
  const files = readdirSync(dirname(BUNDLE)).filter((name) => /\.js(?:on)?$/.test(name))
  for (const name of files) cpSync(join(dirname(BUNDLE), name), join(directory, name))
  // The build may have been made with another Node.
  assert.equal(spawnSync(process.execPath, [join(directory, 'compile.js')]).status, 0)
  const used = () => {
    const argv = ['--import', 'tsx', RUN_BUNDLE, directory, 'rolldown-runtime.js']
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: CHECKOUT })
    return (JSON.parse(stdout) as { used: boolean[] }).used
  }
  assert.deepEqual(used(), [true])
  const compiled = join(directory, 'compiled')
  for (const name of readdirSync(compiled)) chownSync(join(compiled, name), 65534, 65534)
  assert.deepEqual(used(), [false])
})
