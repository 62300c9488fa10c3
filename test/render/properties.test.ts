/**
 * What holds for the screen of any report, held against it by a small parser of screens that is
 * written apart from the renderer. `SCREENS=100000` before the command tries more, and `SEED=1`
 * repeats a run.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderText } from '../../src/render/text/text.ts'
import type { Report } from '../../src/core/report/report.ts'
import { shown } from '../support/door.ts'
import { namedReports } from '../support/random-reports.ts'
import type { NamedReport } from '../support/random-reports.ts'
import { parseScreen } from '../support/screen-parser.ts'
import type { ParsedScreen } from '../support/screen-parser.ts'

const RUNS = Number(process.env['SCREENS'] ?? 10_000)
const SEEDED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }
const MOST_COLUMNS = 80
const MOST_LINES_OF_A_HOOK = 20
const BEHIND_PACMAN = 2

/** How often something was there to be checked: a check of nothing checks nothing. */
type Checked = { sums: number; commands: number }

type Screen = NamedReport & {
  readonly isHook: boolean
  readonly text: string
  readonly parsed: ParsedScreen
}

test(`${RUNS} reports: width, length of a hook, sum, commands`, () => {
  const checked: Checked = { sums: 0, commands: 0 }
  const property = fc.property(namedReports(40), fc.boolean(), (one, isHook) => {
    const text = shown(renderText(one.report, { hook: isHook, all: false })).trimEnd()
    const parsed = parseScreen(text, one.names, isHook ? BEHIND_PACMAN : 0)
    try {
      checkScreen({ ...one, isHook, text, parsed }, checked)
    } catch (error) {
      throw new Error(`${String(error)}\n${text}`, { cause: error })
    }
  })
  const { failed, errorInstance, seed } = fc.check(property, { numRuns: RUNS, ...SEEDED })
  if (failed) assert.fail(`SEED=${seed}: ${String(errorInstance)}`)
  assert.ok(checked.sums > RUNS / 4 && checked.commands > RUNS, JSON.stringify(checked))
})

function checkScreen(screen: Screen, checked: Checked): void {
  const { text, isHook, parsed, report, names } = screen
  const lines = text.split('\n')
  const isOneWord = (line: string) => !line.trim().replace(/ \\$/, '').includes(' ')
  for (const line of lines)
    assert.ok(line.length <= MOST_COLUMNS || isOneWord(line), `more columns: ${line}`)
  assert.ok(!isHook || lines.length <= MOST_LINES_OF_A_HOOK, `${lines.length} lines`)
  checkSum(screen, checked)
  for (const words of parsed.commands) checkCommand(words, report, new Set(names))
  checked.commands += parsed.commands.length
}

const COUNTED =
  /(\d+) (?:more )?(?:other )?(?:services?|sessions?|apps?|virtual machines?|programs?)\b/g

/** Returns how many a text speaks of: those that it names, and those that it counts. */
function spokenOf(text: string, names: readonly string[]): number {
  const counted = [...text.matchAll(COUNTED)].reduce((sum, [, number]) => sum + Number(number), 0)
  const words = new Set(text.split(/[ ,:()]+/).map((word) => word.replace(/\.$/, '')))
  const isYours = /\byour session\b/i.test(text) ? 1 : 0
  return counted + isYours + names.filter((name) => words.has(name)).length
}

/** Checks that the first sentence counts what is listed below it. */
function checkSum({ text, parsed, names, isHook, report }: Screen, checked: Checked): void {
  const isOfMany = report.findings.length > MOST_ROWS && !isHook
  // A reboot that should be soon swallows the lists, and its count is that of a part.
  if (isOfMany || report.summary.simpler !== null || text.includes('Reboot soon')) return
  const sum = sumIn(parsed.sentences, names, isHook)
  const isShort = parsed.groups.some((group) => group.text.includes('yours: stale-libs'))
  if (sum === null || isShort) return
  const listed = parsed.groups
    .filter(({ heading }) => heading !== 'Update')
    .map((group) => (isHook ? spokenOf(group.text, names) : rowsIn(group.text, names)))
  const total = listed.reduce((all, number) => all + number, 0)
  // The only one stands in the sentence, and nothing is listed.
  if (total === 0 && sum === 1 && isHook) return
  assert.equal(total, sum, 'what is listed is not what is counted')
  checked.sums += 1
}

/** By hand, groups of more than that share paragraphs. */
const MOST_ROWS = 20

const COUNT = /^(?:At least )?(.+?) (?:of yours )?(still )?uses? (?:the old|old) /
const WHO = /^(?:\d+ [a-z ,\d]+|[Yy]our session[a-z ,\d]*|n\d\S+(?: of \w+)?)$/
const END_OF_A_PARAGRAPH = /(?:\.|--failed|journalctl.*|stale-libs)$/

/** Returns the number in the sentence that counts; `null` where there is none. */
function sumIn(lines: readonly string[], names: readonly string[], isHook: boolean): number | null {
  for (const [at, line] of lines.entries()) {
    const isStart = at === 0 || END_OF_A_PARAGRAPH.test(lines[at - 1] ?? '')
    const [, who, still] = COUNT.exec([line, ...lines.slice(at + 1)].join(' ')) ?? []
    if (isHook !== (still !== undefined) || !isStart) continue
    if (who !== undefined && WHO.test(who)) return spokenOf(who, names)
  }
  return null
}

function rowsIn(text: string, names: readonly string[]): number {
  const words = new Set(text.split(' '))
  return names.filter((name) => words.has(name)).length
}

const VERBS: Readonly<Record<string, readonly string[]>> = {
  systemctl: ['restart', 'daemon-reexec', 'soft-reboot', '--failed'],
  'stale-libs': ['restart', '--user', '--all', '--system'],
  journalctl: ['-eu'],
}
/** The most units that one command of systemctl has. */
const MOST_UNITS = 3

/** The commands that root and users type alike, and the mention of a step. */
const OF_NOBODY = /--user|--failed|soft-reboot|journalctl/

function checkCommand(words: readonly string[], report: Report, names: ReadonlySet<string>): void {
  const said = words.join(' ')
  const isPrefixed = words[0] === report.reader.asRoot
  const [program = '', ...given] = isPrefixed ? words.slice(1) : words
  const verbs = VERBS[program]
  assert.ok(verbs !== undefined, said)
  const named = given.filter((word) => !verbs.includes(word))
  for (const name of named) assert.ok(names.has(name), said)
  assert.equal(isPrefixed, report.reader.asRoot !== null && !OF_NOBODY.test(said), said)
  if (program === 'systemctl' && given[0] === 'restart')
    assert.ok(named.length > 0 && named.length <= MOST_UNITS, said)
}

test('the parser reads what people read', () => {
  const hook = [
    '  3 services still use the old openssl (3.6.0-1 -> 3.6.1-1). No reboot needed.',
    '  Restart      n1z, n2z',
    '                 sudo systemctl restart \\',
    '                   n1z n2z    (shows the list and asks first)',
    '               This ssh login stays open. Clients of n1z are cut off and must',
    '               reconnect.',
    '  Choose when  n3z: the network drops',
    '               for a moment',
    '  2 more use old code. To see them: sudo stale-libs',
  ]
  const names = ['n1z', 'n2z', 'n3z']
  const parsed = parseScreen(hook.join('\n'), names, BEHIND_PACMAN)
  assert.deepEqual(parsed, {
    sentences: [
      '3 services still use the old openssl (3.6.0-1 -> 3.6.1-1). No reboot needed.',
      '2 more use old code. To see them: sudo stale-libs',
    ],
    groups: [
      { heading: 'Restart', text: 'n1z, n2z' },
      { heading: 'Choose when', text: 'n3z: the network drops for a moment' },
    ],
    commands: [
      ['sudo', 'systemctl', 'restart', 'n1z', 'n2z'],
      ['sudo', 'stale-libs'],
    ],
  })
  assert.equal(sumIn(parsed.sentences, names, true), 3)
  assert.equal(spokenOf('n1z, n2z and 4 more services (also does n3z)', names), 7)
  assert.equal(spokenOf('2 services, your session and 1 app', names), 4)
})
