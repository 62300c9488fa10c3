import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inspection } from '../../../src/core/proc/process.ts'
import { ProcessReader } from '../../../src/io/process/process-reader.ts'
import { openShared } from '../../../src/io/process/read-context.ts'
import { poolCalls } from '../../../src/io/reading/pool.ts'
import { makeTree, procTree } from '../../support/tree.ts'
import type { RecordedProcess } from '../../support/tree.ts'

const FONT = 'r-xp /usr/share/fonts/TTF/Vera.ttf (deleted)'
const LIBRARY = 'r-xp /usr/lib32/libz.so.1 (deleted)'
const [READS, WRITES] = ['00400000', '00000000']
const HEAP = `${'55d0-55d1 rwxp 00000000 00:00 0'.padEnd(73)}[heap]\n`

/** Reads a process, and says whether its personality was asked for. */
async function inspect(recorded: RecordedProcess, before = '', reads = Infinity) {
  const tree = procTree({ 7: recorded })['7'] as Readonly<Record<string, Buffer>>
  const { maps = Buffer.alloc(0) } = tree
  const directory = makeTree({
    7: { ...tree, maps: Buffer.concat([Buffer.from(before), maps]) },
  })
  const asked: string[] = []
  const calls = poolCalls(false)
  const open: typeof calls.open = (path, tell) => {
    asked.push(path.slice(directory.length))
    calls.open(path, tell)
  }
  let readsLeft = reads
  const read: typeof calls.read = (file, buffer, tell) => {
    readsLeft -= 1
    if (readsLeft === -1) tell(Object.assign(new Error('EIO'), { code: 'EIO' }), 0)
    else calls.read(file, buffer, tell)
  }
  const context = {
    isKernels: false,
    calls: { ...calls, open, read },
    shared: openShared(directory),
    observe() {},
    noteRead: () => true,
    maxMapsBytes: Infinity,
  }
  const found = await new ProcessReader(context).inspect(`${directory}/7`, 7)
  return { found: pathsIn(found), isAsked: asked.includes('/7/personality') }
}

function pathsIn(found: Inspection): readonly string[] | string {
  return found.kind === 'marked' ? found.mappings.map(({ path }) => path) : found.kind
}

const pathOf = (line: string) => line.slice('r-xp '.length, -' (deleted)'.length)
const [font, library] = [pathOf(FONT), pathOf(LIBRARY)]

test('where all that is read is executable, a font is no code, and libraries are', async () => {
  const all = { maps: [FONT, LIBRARY] }
  const rows: readonly (readonly [RecordedProcess, string, unknown])[] = [
    [{ ...all, personality: READS }, '', [library]],
    [{ ...all, personality: WRITES }, '', [font, library]],
    // A program can make its heap executable itself.
    [{ ...all, personality: WRITES }, HEAP, [font, library]],
    [all, '', [font, library]],
    [all, HEAP, [library]],
    [all, HEAP.replace('rwx', 'rw-'), [font, library]],
    [{ maps: [FONT], personality: READS }, '', 'clean'],
  ]
  for (const [recorded, before, expected] of rows)
    assert.deepEqual(await inspect(recorded, before), { found: expected, isAsked: true })
})

test('the program’s own file is code, also where nothing of it is mapped', async () => {
  const program = { exe: '/opt/game/game.x86 (deleted)', personality: READS }
  const own = await inspect({ ...program, maps: [FONT, `r-xp ${program.exe}`] })
  assert.deepEqual(own.found, ['/opt/game/game.x86'])
  const remapped = await inspect({ ...program, maps: [FONT] })
  assert.deepEqual(remapped.found, [])
})

test('the personality is asked for only where the permission alone tells of code', async () => {
  for (const maps of [
    [LIBRARY],
    ['r--p /usr/share/a (deleted)', LIBRARY],
    ['r-xp /tmp/a (deleted)'],
  ])
    assert.equal((await inspect({ maps, personality: READS })).isAsked, false)
})

test('a process that was not read whole may have code beside fonts', async () => {
  const fonts = Array.from({ length: 1025 }, (_, at) => FONT.replace('Vera', `Vera${at}`))
  assert.deepEqual((await inspect({ maps: fonts, personality: READS })).found, [])
  assert.deepEqual((await inspect({ maps: [FONT], personality: READS }, '', 1)).found, [])
})

test('a text that is no personality tells nothing', async () => {
  for (const personality of ['', '4', 'x'.repeat(9000)])
    assert.deepEqual((await inspect({ maps: [FONT], personality })).found, [font])
})
