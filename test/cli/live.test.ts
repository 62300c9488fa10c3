import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scanDocument, staleLibs } from '../support/bundle.ts'
import { LIBRARY, directory, skip, staleFiles, withLibrary } from '../support/preload.ts'

test('a library that was removed', { skip }, async () => {
  const { pid, path } = await withLibrary('libremoved.so.1')
  assert.deepEqual(staleFiles(pid), [])
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'removed']])
})

test('a library that was removed and written again, as pacman does', { skip }, async () => {
  const { pid, path } = await withLibrary('librewritten.so.1')
  rmSync(path)
  copyFileSync(LIBRARY, path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'replaced']])
})

test('a library that another was renamed over', { skip }, async () => {
  const { pid, path } = await withLibrary('librenamed.so.1')
  copyFileSync(LIBRARY, `${path}.new`)
  renameSync(`${path}.new`, path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'replaced']])
})

test('a library of which another hard link remains', { skip }, async () => {
  const { pid, path } = await withLibrary('liblinked.so.1')
  linkSync(path, `${path}.other`)
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [[path, 'library', 'removed']])
})

test('a live library that is really named like a deleted one', { skip }, async () => {
  const { pid } = await withLibrary('liblive.so (deleted)')
  assert.deepEqual(staleFiles(pid), [])
})

test('a deleted library beside a live file that is named like it', { skip }, async () => {
  const { pid, path } = await withLibrary('libboth.so')
  rmSync(path)
  writeFileSync(`${path} (deleted)`, 'another file')
  const isRoot = process.getuid?.() === 0
  assert.deepEqual(staleFiles(pid), [[path, 'library', isRoot ? 'removed' : 'unknown']])
})

test('a library that was renamed aside is still the file that it was', { skip }, async () => {
  const { pid, path } = await withLibrary('libaside.so.1')
  renameSync(path, `${path}.old`)
  assert.deepEqual(staleFiles(pid), [])
})

test('spaces and control characters in a path', { skip }, async () => {
  const { pid, path } = await withLibrary('My App\u001b[31m\tx.so')
  rmSync(path)
  assert.deepEqual(staleFiles(pid), [
    [join(directory, 'My App\\x1b[31m\\x09x.so'), 'library', 'removed'],
  ])
})

test('an executable that was replaced', { skip }, async () => {
  const executable = join(directory, 'program')
  copyFileSync(process.execPath, executable)
  const { pid } = await withLibrary('libexecutable.so.1', executable)
  rmSync(executable)
  assert.deepEqual(staleFiles(pid), [[executable, 'executable', 'removed']])
})

test('the scan names neither itself nor, as a normal user, claims to have seen all', () => {
  const document = scanDocument([])
  assert.equal(
    document.findings.some(({ processes }) =>
      processes.some(({ comm }) => comm.includes('stale-libs')),
    ),
    false,
  )
  if (userInfo().uid !== 0) {
    assert.equal(document.scan.complete, false)
    assert.match(staleLibs([]).stdout, /run as root to see all/)
  }
})

test('processes that come and go are no error', async () => {
  const churn = spawn(
    '/bin/sh',
    ['-c', 'for n in 1 2 3; do while :; do /bin/true & /bin/true; done & done; wait'],
    {
      stdio: 'ignore',
      detached: true,
    },
  )
  try {
    for (let round = 0; round < 10; round += 1)
      assert.equal(staleLibs(['--format', 'json']).status, 0)
  } finally {
    process.kill(-(churn.pid ?? 0), 'SIGKILL')
  }
})
