import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeTree } from '../../support/tree.ts'

const TERMINAL = JSON.stringify(
  fileURLToPath(new URL('../../../src/io/act/terminal.ts', import.meta.url)),
)
const limited = { timeout: 60_000 }

/** Returns the arguments of Node for a script that has what is tested. */
function scriptOf(script: string): readonly string[] {
  const code = `
    import { ignoreHangups, onInterrupt, openTerminal } from ${TERMINAL}
    import { setTimeout as sleep } from 'node:timers/promises'
    import { appendFileSync, writeSync } from 'node:fs'
    const open = (name, columns) => openTerminal({ name, columns: () => columns })
    ${script}`
  return ['--import', 'tsx', '--input-type=module', '-e', code]
}

/** What a person at a terminal sees, types and gets. */
type Seen = {
  /** Types a text as soon as another one is seen. */
  readonly typeAt: (seen: string, typed: string) => Promise<void>
  readonly screen: () => string
  /** The status of the script: 128 and a number where a signal ended it. */
  readonly status: Promise<number>
  /** Takes the terminal away. */
  readonly hangUp: () => void
}

/** Runs a script at a terminal of its own (script(1)). */
function atTerminal(script: string): Seen {
  const quoted = [process.execPath, ...scriptOf(script)].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  )
  const argv = ['-q', '-e', '-c', `exec ${quoted.join(' ')}`, '/dev/null']
  const stdio = ['pipe', 'pipe', 'inherit'] as const
  const limit = { timeout: 50_000, killSignal: 'SIGKILL' } as const
  const child = spawn('/usr/bin/script', argv, { stdio: [...stdio], ...limit })
  let screen = ''
  let isOver = false
  child.stdout.on('data', (part: Buffer) => (screen += part.toString()))
  child.once('close', () => (isOver = true))
  return {
    async typeAt(seen, typed) {
      while (!screen.includes(seen)) {
        if (isOver) throw new Error(`It ended without "${seen}": ${screen}`)
        await sleep(10)
      }
      child.stdin.write(typed)
    },
    screen: () => screen,
    status: once(child, 'close').then(([status]) => Number(status)),
    hangUp: () => child.kill('SIGKILL'),
  }
}

const ASK = `
  const terminal = open('xterm', 80)
  const answer = terminal.ask('Sure? ')
  terminal.write(terminal.canAsk + ' <' + answer + '>\\n')`

for (const [typed, answer] of [
  ['y\r', 'y'],
  ['\r', ''],
  ['\x04', 'null'],
  ['nx\x7fo \n', 'no '],
] as const)
  test(`a person who types ${JSON.stringify(typed)}`, limited, async () => {
    const seen = atTerminal(ASK)
    await seen.typeAt('Sure? ', typed)
    assert.equal(await seen.status, 0)
    assert.ok(seen.screen().includes(`true <${answer}>`), JSON.stringify(seen.screen()))
  })

test('Ctrl-C at the question ends the program by the signal', limited, async () => {
  const seen = atTerminal(ASK)
  await seen.typeAt('Sure? ', '\x03')
  assert.equal(await seen.status, 130)
  assert.ok(!seen.screen().includes('<'))
})

test('what was typed before the question does not answer it', limited, async () => {
  const seen = atTerminal(`writeSync(1, 'looking\\n'); await sleep(1000)\n${ASK}`)
  await seen.typeAt('looking', 'y\r\r')
  await seen.typeAt('Sure? ', 'later\r')
  assert.equal(await seen.status, 0)
  assert.match(seen.screen(), /<later>/)
})

test('a person is asked while all threads of the pool are held', limited, async () => {
  const pipe = join(makeTree({ kept: '' }), 'pipe')
  execFileSync('mkfifo', [pipe])
  const seen = atTerminal(`
    import { open as openFile, openSync } from 'node:fs'
    for (let count = 0; count < 8; count += 1) openFile('${pipe}', 'r', () => {})
    ${ASK}
    openSync('${pipe}', 'r+')`)
  await seen.typeAt('Sure? ', 'y\r')
  const timeout = sleep(10_000, -1, { ref: false })
  assert.equal(await Promise.race([seen.status, timeout]), 0)
  assert.ok(seen.screen().includes('true <y>'), JSON.stringify(seen.screen()))
})

test('a status is rewritten in its place, cut, and taken away by what comes', limited, async () => {
  const seen = atTerminal(`
    const terminal = open('xterm', 8)
    terminal.clearStatus()
    terminal.status('one')
    terminal.status('one')
    terminal.status('0123456789')
    terminal.write('line\\n')
    terminal.clearStatus()
    terminal.status('two')
    terminal.clearStatus()`)
  assert.equal(await seen.status, 0)
  const erase = '\r\x1b[K'
  const wanted = [`${erase}one${erase}0123456`, `${erase}line\r\n`, `${erase}two`, erase]
  assert.equal(seen.screen(), wanted.join(''))
})

test(
  'a status is whole where a terminal says no width, as a serial line does',
  limited,
  async () => {
    const seen = atTerminal(`open('xterm', 0).status('0123456789')`)
    assert.equal(await seen.status, 0)
    assert.equal(seen.screen(), '\r\x1b[K0123456789')
  },
)

test('a dumb terminal has no status', limited, async () => {
  const seen = atTerminal(`
    const terminal = open('dumb', 80)
    terminal.status('one')
    terminal.write('line\\n')
    terminal.clearStatus()`)
  assert.equal(await seen.status, 0)
  assert.equal(seen.screen(), 'line\r\n')
})

test('without a terminal there is nobody to ask, and no status', limited, async () => {
  const child = spawn(
    process.execPath,
    scriptOf(`
      const terminal = open('xterm', 80)
      terminal.status('one')
      terminal.write(terminal.canAsk + '\\n')
      terminal.clearStatus()`),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  await once(child, 'close')
  assert.equal(said, 'false\n')
})

test('an interrupt is told, until that is taken back', limited, async () => {
  const seen = atTerminal(`
    let count = 0
    const back = onInterrupt(() => { count += 1 })
    writeSync(1, 'ready\\n')
    while (count === 0) await sleep(10)
    back()
    writeSync(1, 'told\\n')
    await sleep(60000)`)
  await seen.typeAt('ready', '\x03')
  await seen.typeAt('told', '\x03')
  assert.equal(await seen.status, 130)
})

test('a listener for interrupts keeps no process alive', limited, async () => {
  const seen = atTerminal('onInterrupt(() => {}); ignoreHangups()')
  assert.equal(await seen.status, 0)
})

/** Returns what a script wrote to a file after its terminal had gone. */
async function afterHangup(script: string): Promise<string> {
  const file = join(makeTree({ said: '' }), 'said')
  const seen = atTerminal(`
    const terminal = open('xterm', 80)
    const say = (text) => appendFileSync('${file}', text + ' ')
    const parent = process.ppid
    ${script}
    say('ready')
    writeSync(1, 'ready')
    while (process.ppid === parent) await sleep(10)
    await sleep(200)
    for (let count = 0; count < 3; count += 1) {
      terminal.status('status ' + count)
      terminal.write('line ' + count)
    }
    say(terminal.ask('Sure? '))
    say('end')`)
  await seen.typeAt('ready', '')
  seen.hangUp()
  await seen.status
  const said = () => readFileSync(file, 'utf8')
  for (let count = 0; count < 100 && !said().includes('end'); count += 1) await sleep(20)
  return said()
}

test('what ignores hangups goes on without its terminal', limited, async () => {
  assert.equal(await afterHangup('ignoreHangups()'), 'ready null end ')
})

test('what does not ends with its terminal', limited, async () => {
  assert.equal(await afterHangup(''), 'ready ')
})

test('a reader that has gone, or a full disk, is no error', limited, async () => {
  for (const output of ['| true', '>/dev/full']) {
    const script = scriptOf(`
      const terminal = open('xterm', 80)
      await sleep(300)
      for (let count = 0; count < 3; count += 1) terminal.write('line\\n')
      writeSync(2, 'end')`)
    const argv = ['-c', `"$@" ${output}`, 'bash', process.execPath, ...script]
    const child = spawn('/bin/bash', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (part: Buffer) => (said += part.toString()))
    await once(child, 'close')
    assert.equal(said, 'end', output)
  }
})
