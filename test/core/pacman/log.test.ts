import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { changesSince, lastTransactionStart, memoryOf } from '../../../src/core/pacman/history.ts'
import { COMPLAINT } from '../../../src/core/pacman/hook/traces.ts'
import { logLineReader } from '../../../src/core/pacman/log.ts'
import { logTime, logTransaction } from '../../support/pacman-tree.ts'

const NOON = new Date('2026-11-23T12:00:00Z')
const T = '[2026-11-23T14:00:00+0200]'

/**
 * Reads one line as the first of a log, and behind one of the same minute: both must say the same.
 */
function parseLogLine(line: string) {
  const read = logLineReader()
  read(`${T} [ALPM] installed before (1-1)`)
  const said = read(line)
  assert.deepEqual(logLineReader()(line), said)
  return said
}

for (const [text, operation, name, from, to] of [
  ['installed zlib (1:1.3.1-2)', 'installed', 'zlib', null, '1:1.3.1-2'],
  ['upgraded openssl (3.5.0-1 -> 3.5.1-1)', 'upgraded', 'openssl', '3.5.0-1', '3.5.1-1'],
  ['downgraded gtk-vnc (2-1 -> 1-1)', 'downgraded', 'gtk-vnc', '2-1', '1-1'],
  ['reinstalled libc++ (18.1.8-1)', 'reinstalled', 'libc++', '18.1.8-1', '18.1.8-1'],
  ['removed lib32-x@y_z.w (r12.gabc+1-1)', 'removed', 'lib32-x@y_z.w', 'r12.gabc+1-1', null],
] as const)
  test(`logLineReader() reads: ${text}`, () => {
    const change = { kind: 'change', at: NOON, spanSeconds: 1, operation, name, from, to }
    assert.deepEqual(parseLogLine(`${T} [ALPM] ${text}`), change)
  })

for (const [time, expected] of [
  ['[2026-11-23T12:00:00+0000]', '2026-11-23T12:00:00.000Z'],
  ['[2026-11-23T08:30:00-0330]', '2026-11-23T12:00:00.000Z'],
  ['[2026-03-29T03:00:00+0200]', '2026-03-29T01:00:00.000Z'],
  ['[2026-12-31T23:59:60+0000]', '2027-01-01T00:00:00.000Z'],
  ['[2026-11-23T14:00:59+0200]', '2026-11-23T12:00:59.000Z'],
  ['[2026-11-23T14:00:60+0200]', '2026-11-23T12:01:00.000Z'],
  ['[2026-11-23T14:00:00+0300]', '2026-11-23T11:00:00.000Z'],
] as const)
  test(`logLineReader() reads the time ${time}`, () => {
    assert.equal(parseLogLine(`${time} [PACMAN] x`)?.at?.toISOString(), expected)
  })

test('logLineReader() reads the local minutes of pacman before 5.2, with and without who said it', () => {
  const at = new Date(2016, 1, 29, 23, 5)
  const change = { kind: 'change', at, spanSeconds: 60, operation: 'installed', name: 'a' }
  for (const who of ['[ALPM] ', ''])
    assert.deepEqual(parseLogLine(`[2016-02-29 23:05] ${who}installed a (1-1)`), {
      ...change,
      from: null,
      to: '1-1',
    })
})

for (const word of ['started', 'completed', 'interrupted', 'failed'] as const)
  test(`logLineReader() knows a transaction that is ${word}`, () => {
    assert.equal(parseLogLine(`${T} [ALPM] transaction ${word}`)?.kind, word)
  })

for (const text of [
  "[ALPM] running 'zz-other.hook'...",
  "[ALPM] running 'zz-stale-libs.hook'... and more",
  '[ALPM] warning: /etc/passwd installed as /etc/passwd.pacnew',
  '[ALPM] transaction started again',
  '[PAMAC] upgraded glibc (1 -> 2)',
  "[PACMAN] Running 'pacman -Syu'",
  '[ALPM\x1b(0m] upgraded glibc (1 -> 2)',
])
  test(`logLineReader() takes for mere text: ${JSON.stringify(text)}`, () => {
    assert.equal(parseLogLine(`${T} ${text}`)?.kind, 'text')
  })

for (const text of [
  'upgraded glibc (1 -> 2)',
  "[ALPM] running 'zz-stale-libs.hook'...",
  '[2026-11-23T14:00:00+0200] [ALPM] upgraded glibc (1 -> 2)',
  `cut by a NUL${T} [ALPM] upgraded glibc (1 -> 2)`,
  '\x1b[2J\x9b\xff\xfe',
  '',
])
  test(`logLineReader() takes for output: ${JSON.stringify(text)}`, () => {
    const line = parseLogLine(`${T} [ALPM-SCRIPTLET] ${text}`)
    assert.deepEqual([line?.kind, line?.kind === 'output' && line.text], ['output', text])
  })

test('logLineReader() knows that libalpm runs the hook', () => {
  assert.equal(parseLogLine(`${T} [ALPM] running 'zz-stale-libs.hook'...`)?.kind, 'asked')
})

for (const line of [
  `${T} [ALPM] upgraded op`,
  `${T} [ALPM] upgraded glibc (1 -> 2) and more`,
  `${T} [ALPM] upgraded glibc (1 - > 2)`,
  `${T} [ALPM] installed gl/ibc (1)`,
  `${T} [ALPM] removed \x1b[31mglibc (1)`,
  `${T} [ALPM] installed a (${'1'.repeat(2000)})`,
  `${T} [ALPM] upgraded op${T} [PACMAN] Running 'pacman -Syu'`,
  `${T} [ALP${T} [ALPM] upgraded glibc (1 -> 2)`,
  `${T} [PACMAN] Running 'pac${T} [ALPM] transaction started`,
  `${T} [ALPM] transaction star${T} [PACMAN] Running 'pacman -Syu'`,
  `${T} [PACMAN] Running 'pac[2016-02-29 23:05] [PACMAN] Running 'pacman -Syu'`,
  `${T} ${T} [PACMAN] Running 'pacman -Syu'`,
  `[${T} [PACMAN] Running 'pacman -Syu'`,
  `${T} [ALPM`,
  `${T} `,
  T,
  '[2026-11-2',
  `[20${T} [ALPM] upgraded glibc (1 -> 2)`,
  '[2016-02-29 23:05] [AL',
  '[2026-11-23T14:00:5x+0200] [ALPM] installed a (1-1)',
  `\0\0\0\0${T} [ALPM] upgraded glibc (1 -> 2)`,
  `${T} [ALPM] upgraded glibc\0 (1 -> 2)`,
  `${T} [ALPM-SCRIPTLET] ==> Buil\0\0\0\0`,
  '[2026-13-45T99:99:99+9999] [ALPM] upgraded glibc (1 -> 2',
])
  test(`logLineReader() sees the damage in: ${JSON.stringify(line.slice(0, 70))}`, () => {
    assert.equal(parseLogLine(line)?.kind, 'damaged')
  })

for (const line of [
  '',
  'x',
  ' ',
  '[ALPM] upgraded glibc (1 -> 2)',
  'libc (1 -> 2)',
  '\x1b[2J',
  '[x]',
])
  test(`logLineReader() reads nothing from: ${JSON.stringify(line)}`, () => {
    assert.equal(parseLogLine(line), null)
  })

test('logLineReader() knows no time that does not exist', () => {
  for (const time of [
    '2026-13-01T00:00:00+0000',
    '2026-01-00T00:00:00+0000',
    '2026-01-01T24:00:00+0000',
    '2026-11-23T14:00:75+0200',
  ])
    assert.equal(parseLogLine(`[${time}] [ALPM] installed a (1)`)?.at, null)
})

const anyBytes = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))
const nearlyALine = fc
  .tuple(
    fc.constantFrom(T, '[2016-02-29 23:05]', '[2026-11-23T14:00:00', ''),
    fc.constantFrom(' [ALPM] ', ' [ALPM-SCRIPTLET] ', ' ', ' [ALPM]'),
    fc.constantFrom('upgraded a (1 -> 2)', 'removed a (1)', 'transaction started', 'upgraded '),
    anyBytes,
    fc.nat(80),
  )
  .map(([time, who, text, bytes, at]) => {
    const line = `${time}${who}${text}`
    return line.slice(0, at) + bytes + line.slice(at)
  })

test('logLineReader() never throws, and never invents', () => {
  fc.assert(
    fc.property(fc.oneof(anyBytes, nearlyALine), (line) => {
      const parsed = parseLogLine(line)
      if (parsed?.kind !== 'change') return
      assert.match(parsed.name, /^[\w@.+-]+$/)
      for (const version of [parsed.from, parsed.to]) assert.match(version ?? '', /^[!-~]*$/)
      assert.ok(line.includes(`${parsed.operation} ${parsed.name} (`))
    }),
    { numRuns: 2000 },
  )
})

test('logLineReader() is not forged by what a scriptlet prints, whatever that is', () => {
  fc.assert(
    fc.property(fc.oneof(anyBytes, nearlyALine), (printed) => {
      // libalpm prints it as a C string.
      for (const part of printed.replaceAll('\0', '').split('\n'))
        assert.equal(parseLogLine(`${T} [ALPM-SCRIPTLET] ${part}`)?.kind, 'output')
    }),
    { numRuns: 1000 },
  )
})

const at = (time: string) => new Date(`2026-11-${time}Z`)
const NOW = at('24T00:00:00')
const LOG = [
  logTransaction(at('20T10:00:00'), ['upgraded a (1-1 -> 2-1)']),
  logTransaction(at('21T10:00:00'), ['upgraded a (2-1 -> 3-1)', 'removed b (1-1)']),
  logTransaction(at('22T10:00:00'), ['installed c (1-1)']),
].join('')

/** What is between the newlines, last first. */
function backwards(text: string): string[] {
  return text.split('\n').toReversed()
}

function summary(text: string, since: Date, now = NOW) {
  const { changes, knownSince, gap } = changesSince(backwards(text), since, now)
  const steps = changes.map(({ name, to, transaction }) => `${transaction} ${name} ${to}`)
  return { steps, knownSince: knownSince?.toISOString().slice(8, 19) ?? null, gap }
}

test('lastTransactionStart() finds the last line of libalpm that says so', () => {
  const start = (text: string) => lastTransactionStart(backwards(text))
  const seconds = (time: string) => at(time).getTime() / 1000
  assert.equal(start(LOG), seconds('22T10:00:00'))
  assert.equal(
    start(`${LOG}[2026-11-23T10:00:00+0000] [ALPM] transaction started`),
    seconds('23T10:00:00'),
  )
  const print = '[2026-11-23T10:00:00+0000] [ALPM-SCRIPTLET] transaction started\n'
  const noTime = '[2026-99-99T99:99:99+0000] [ALPM] transaction started\n'
  assert.equal(start(LOG + print + noTime), seconds('22T10:00:00'))
  for (const other of ['', 'transaction started\n', print, noTime]) assert.equal(start(other), null)
})

test('changesSince() collects what came after a time, newest first, and counts transactions', () => {
  assert.deepEqual(summary(LOG, at('21T00:00:00')), {
    steps: ['0 c 1-1', '1 b null', '1 a 3-1'],
    knownSince: '21T00:00:00',
    gap: null,
  })
})

test('changesSince() reads no further back than a bounded number of lines before the time', () => {
  let read = 0
  function* lines() {
    yield ''
    for (;;) {
      read += 1
      yield `[${logTime(new Date(NOON.getTime() - read * 60_000))}] [ALPM] installed a (1-1)`
    }
  }
  const { changes } = changesSince(lines(), new Date(NOON.getTime() - 10 * 60_000), NOON)
  assert.equal(changes.length, 10)
  assert.ok(read < 1100, `${read} lines`)
})

test('changesSince() tells that a log does not go back so far', () => {
  const { knownSince, gap } = summary(LOG, at('01T00:00:00'))
  assert.deepEqual([knownSince, gap], ['20T10:00:00', 'short'])
  assert.deepEqual(summary('', NOON), { steps: [], knownSince: null, gap: 'short' })
})

test('changesSince() needs no line before the time where one is of that very time', () => {
  assert.equal(summary(LOG, at('20T10:00:00')).gap, null)
  assert.equal(summary(LOG, at('20T09:59:59')).gap, 'short')
})

test('changesSince() stops at a damaged line, and knows what came after', () => {
  const damaged = LOG.replace('removed b (1-1)', 'removed b (1')
  assert.deepEqual(summary(damaged, at('20T20:00:00')), {
    steps: ['0 c 1-1'],
    knownSince: '21T10:00:03',
    gap: 'damaged',
  })
})

test('changesSince() does not mind damage before the time', () => {
  assert.equal(summary(LOG.replace('removed b (1-1)', 'removed b (1'), at('22T00:00:00')).gap, null)
})

test('changesSince() goes on behind a last line that was cut, and says so', () => {
  for (const cut of [2, 20, 40, 55]) {
    const { steps, gap } = summary(LOG.slice(0, -cut), at('22T00:00:00'))
    assert.deepEqual([steps, gap], [['0 c 1-1'], 'damaged'])
  }
})

test('changesSince() takes a whole entry without its newline', () => {
  const text = LOG.slice(0, LOG.indexOf('installed c (1-1)') + 'installed c (1-1)'.length)
  assert.deepEqual(summary(text, at('22T00:00:00')).steps, ['0 c 1-1'])
  assert.equal(summary(text, at('22T00:00:00')).gap, null)
})

test('changesSince() ignores the rest of a line at the beginning of a log', () => {
  assert.deepEqual(summary(LOG.slice(30), at('20T20:00:00')), summary(LOG, at('20T20:00:00')))
})

test('changesSince() compares nothing across a clock that was set back', () => {
  const future = logTransaction(at('28T10:00:00'), ['upgraded d (1-1 -> 2-1)'])
  const stepped = future + logTransaction(at('22T12:00:00'), ['installed e (1-1)'])
  assert.deepEqual(summary(LOG + stepped, at('22T11:00:00')), {
    steps: ['0 e 1-1'],
    knownSince: '22T12:00:00',
    gap: 'clock-stepped',
  })
  assert.deepEqual(summary(LOG + future, at('22T11:00:00')), {
    steps: [],
    knownSince: null,
    gap: 'clock-stepped',
  })
})

test('changesSince() finds out that the line at which it would stop was written by a dead clock', () => {
  const dead = logTransaction(new Date('1970-01-01T00:01:00Z'), ['upgraded d (1-1 -> 2-1)'])
  const text = LOG + dead + logTransaction(at('23T10:00:00'), ['upgraded d (2-1 -> 3-1)'])
  assert.deepEqual(summary(text, at('23T00:00:00')), {
    steps: ['0 d 3-1'],
    knownSince: '23T10:00:00',
    gap: 'clock-stepped',
  })
})

test('changesSince() does not mind a dead clock that was right again before the time', () => {
  const dead = logTransaction(new Date('1970-01-01T00:01:00Z'), ['upgraded d (1-1 -> 2-1)'])
  const right = logTransaction(at('23T01:00:00'), ['upgraded d (2-1 -> 3-1)'])
  const after = logTransaction(at('23T10:00:00'), ['upgraded d (3-1 -> 4-1)'])
  const told = { steps: ['0 d 4-1'], knownSince: '23T05:00:00', gap: null }
  assert.deepEqual(summary(LOG + dead + right + after, at('23T05:00:00')), told)
  // It was not right yet: an earlier line is later.
  const slow = logTransaction(at('19T10:00:00'), ['upgraded d (2-1 -> 3-1)'])
  assert.equal(summary(LOG + dead + slow + after, at('23T05:00:00')).gap, 'clock-stepped')
})

test('changesSince() finds out that the clock was set back by an hour right before it would stop', () => {
  const ahead = logTransaction(at('23T10:00:00'), ['upgraded d (1-1 -> 2-1)'])
  const back = logTransaction(at('23T09:00:00'), ['upgraded d (2-1 -> 3-1)'])
  const text = LOG + ahead + back + logTransaction(at('23T11:00:00'), ['upgraded d (3-1 -> 4-1)'])
  assert.equal(summary(text, at('23T09:30:00')).gap, 'clock-stepped')
})

test('changesSince() does not mind a machine that was set up in the wrong time zone', () => {
  const gapOf = (ahead: string) => {
    const setup = logTransaction(at(ahead), ['installed base (1-1)'])
    return summary(setup + LOG, at('22T00:00:00')).gap
  }
  // LOG begins on the 20th at ten.
  assert.equal(gapOf('20T11:00:00'), null)
  assert.equal(gapOf('21T11:59:00'), null)
  assert.equal(gapOf('21T12:01:00'), 'clock-stepped')
})

test('changesSince() does not add up seconds that it does not mind', () => {
  const lines = [7, 5, 3, 1].map((second) => `[${logTime(at(`23T10:00:0${second}`))}] [PACMAN] x\n`)
  assert.equal(summary(LOG + lines.join(''), at('22T00:00:00')).gap, 'clock-stepped')
})

test('changesSince() does not mind a time that is off by a second or two', () => {
  const lines = [1, 3, 2, 4].map((second) => `[${logTime(at(`23T10:00:0${second}`))}] [PACMAN] x\n`)
  assert.equal(summary(LOG + lines.join(''), at('22T00:00:00')).gap, null)
})

/** As real transactions are: pacman says what it was asked for before libalpm says anything. */
const BUSY = [1, 2, 3, 4, 5].map((number) => {
  const [time, later] = ['00', '05'].map(
    (second) => `[${logTime(at(`20T1${number}:00:${second}`))}]`,
  )
  const change = `upgraded a (${number}-1 -> ${number + 1}-1)`
  return [
    `${time} [PACMAN] Running 'pacman -Syu'\n${time} [PACMAN] starting full system upgrade\n`,
    logTransaction(at(`20T1${number}:00:01`), [change, 'warning: /etc/a installed as a.pacnew']),
    `${later} [ALPM-SCRIPTLET] ==> Building image\n${later} [ALPM] running 'a.hook'...\n`,
  ].join('')
})

test('changesSince() misses nothing in silence where lines are lost from the middle of one on', () => {
  const text = BUSY.join('')
  const since = at('20T11:30:00')
  const whole = summary(text, since)
  assert.equal(whole.steps.length, 4)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(40), (from, lines) => {
      const begin = text.lastIndexOf('\n', from - 1) + 1
      // Whole lines leave no trace, and a scriptlet can print anything.
      fc.pre(from > begin && !text.slice(begin).startsWith('[ALPM-SCRIPTLET]', 27))
      let next = from
      for (let line = 0; line <= lines; line += 1)
        next = text.indexOf('\n', next) + 1 || text.length
      // Neither does a whole entry at the very end.
      fc.pre(next < text.length || text[from] !== '\n')
      const torn = summary(text.slice(0, from) + text.slice(next), since)
      if (torn.gap === null) assert.deepEqual(torn.steps, whole.steps)
    }),
    { numRuns: 2000 },
  )
})

const RUN = "[ALPM] running 'zz-stale-libs.hook'..."
const FAILED = '  stale-libs: could not look for programs that use old code'

/** Returns a log of transactions that upgrade a, b, c and so on, ten minutes apart. */
function logOfRuns(...runs: readonly (readonly string[])[]): string {
  return runs
    .map((lines, number) => {
      const start = new Date(at('20T10:00:00').getTime() + number * 600_000)
      const name = String.fromCodePoint(97 + number)
      const behind = lines.map((line) => {
        const who = line.startsWith('[') ? line : `[ALPM-SCRIPTLET] ${line}`
        return `[${logTime(new Date(start.getTime() + 3000))}] ${who}\n`
      })
      return logTransaction(start, [`upgraded ${name} (1-1 -> 2-1)`]) + behind.join('')
    })
    .join('')
}

const SINCE = at('20T09:59:00')

function traceOf(text: string, now = '20T10:59:00') {
  return changesSince(backwards(`[${logTime(SINCE)}] [ALPM] x\n${text}`), SINCE, at(now)).hook
}

const TOLD: readonly (readonly [
  name: string,
  runs: readonly (readonly string[])[],
  number | null,
])[] = [
  ['it never ran', [[], []], null],
  [
    'it spoke',
    [
      [RUN, '  a'],
      [RUN, '  b'],
    ],
    0,
  ],
  ['it runs now', [[RUN, '  a'], [RUN]], 1],
  ['it is masked', [[RUN, '  a'], [], []], 2],
  [
    'it failed',
    [
      [RUN, '  a'],
      [RUN, FAILED],
    ],
    1,
  ],
  ['it complained, and spoke', [[RUN], [RUN, '  stale-libs: config; defaults', '  b']], 0],
  [
    'libalpm could not start it',
    [
      [RUN, '  a'],
      [RUN, 'call to execv failed (...)'],
    ],
    1,
  ],
  ['it had nothing to say, or was killed', [[RUN, '  a'], [RUN], [RUN]], 2],
  [
    'another hook spoke behind it',
    [
      [RUN, '  a'],
      [RUN, "[ALPM] running 'zzz.hook'...", '  b'],
    ],
    1,
  ],
  [
    'another hook spoke before it',
    [
      [RUN, '  a'],
      ["[ALPM] running 'a.hook'...", '  b', RUN],
    ],
    1,
  ],
  ['another program wrote meanwhile', [[RUN, "[PACMAN] Running 'pacman -Q'", '  a'], []], null],
]
for (const [name, runs, told] of TOLD)
  test(`changesSince() tells of which transaction the hook spoke last where ${name}`, () => {
    assert.equal(traceOf(logOfRuns(...runs)).told, told)
  })

test('changesSince() tells what the hook said within the last hour, and of which packages', () => {
  const log = logOfRuns([RUN, '  a'], [RUN, '  b', '  (b)'], [], [RUN, FAILED], [RUN])
  assert.deepEqual(traceOf(log), { told: 3, lately: ['b', 'a'], said: ['  a', '  b', '  (b)'] })
  assert.deepEqual(traceOf(log, '20T11:05:00').lately, ['b'])
  assert.deepEqual(traceOf(log, '20T11:05:00').said, ['  b', '  (b)'])
  assert.deepEqual(traceOf(log, '20T11:15:00'), { told: 3, lately: [], said: [] })
})

test('changesSince() keeps the output of a hook alone, and no more than a hook prints', () => {
  const many = Array.from({ length: 5000 }, (_, n) => `  ${n}`)
  assert.equal(traceOf(logOfRuns([RUN, ...many], [RUN])).said.length, 32)
})

test('memoryOf() is what changed since the hook last spoke, where the log tells when that was', () => {
  const memory = (text: string, since = SINCE) =>
    memoryOf(changesSince(backwards(text), since, at('20T10:59:00')))
  const first = logOfRuns([RUN, '  a'], [], [RUN])
  assert.deepEqual(memory(first), { changed: ['c', 'b'], lately: ['a'], said: ['  a'] })
  const never = logOfRuns([], [RUN])
  assert.equal(memory(never), null)
  assert.deepEqual(memory(never, at('20T10:00:00'))?.changed, ['b', 'a'])
  assert.equal(memory(''), null)
  // The newest counts even where the hook spoke already.
  assert.deepEqual(memory(logOfRuns([RUN, '  a'], [RUN, '  b']))?.changed, ['b'])
})

test('the script of the hook says what failed as core knows it, under the name that core knows', () => {
  const hooks = fileURLToPath(new URL('../../../hooks/', import.meta.url))
  assert.deepEqual(
    readdirSync(hooks).filter((name) => name.endsWith('.hook')),
    [/'(.*)'/.exec(RUN)?.[1]],
  )
  const script = readFileSync(`${hooks}stale-libs`, 'utf8')
  // What it prints is the report or one of these.
  const said = script.matchAll(/\b(?:said|failed)='(.+?)'/g)
  const sentences = [...said].map(([, text]) => text ?? '')
  assert.ok(sentences.some((text) => text.startsWith(FAILED)))
  assert.equal(sentences.length, 2, sentences.join('\n'))
  for (const text of sentences) {
    assert.ok(text.startsWith(COMPLAINT), text)
    assert.equal(traceOf(logOfRuns([RUN, text], [RUN])).told, null, text)
  }
})

const STARTS: readonly (readonly [
  name: string,
  runs: readonly (readonly string[])[],
  start: string,
])[] = [
  ['the hook runs after each', [[RUN], [RUN, '  a'], [RUN]], '20T10:20:00'],
  ['the hook runs after each, by hand', [[RUN], [RUN], [RUN, '  c']], '20T10:20:00'],
  ['it was masked', [[RUN], [], [], [RUN]], '20T10:10:00'],
  ['it failed', [[RUN, '  a'], [RUN, FAILED], [RUN]], '20T10:10:00'],
  ['libalpm could not start it', [[RUN], [RUN, 'call to execv failed'], [RUN]], '20T10:10:00'],
  ['it complained, and looked', [[RUN], [RUN, '  stale-libs: x', '  b'], [RUN]], '20T10:20:00'],
  ['it was not there before', [[], [], [RUN]], '20T10:20:00'],
  ['it is not there', [[], [], []], '20T10:20:00'],
]
for (const [name, runs, start] of STARTS)
  test(`lastTransactionStart() goes back to the last run of the hook where ${name}`, () => {
    const found = lastTransactionStart(backwards(logOfRuns(...runs)))
    assert.equal(new Date((found ?? 0) * 1000).toISOString().slice(8, 19), start)
  })

test('lastTransactionStart() goes no further back than a bounded number of lines', () => {
  const quiet = Array.from({ length: 1000 }, () => '[PACMAN] x')
  assert.equal(
    lastTransactionStart(backwards(logOfRuns([RUN, ...quiet], [], [RUN]))),
    at('20T10:20:00').getTime() / 1000,
  )
})
