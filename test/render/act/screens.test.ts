import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { End, EndCode } from '../../../src/core/act/outcome.ts'
import type { Plan } from '../../../src/core/act/plan.ts'
import { typedName } from '../../../src/core/act/names.ts'
import { printableText } from '../../../src/core/printable.ts'
import type { Finding } from '../../../src/core/report/report.ts'
import { isUnitName } from '../../../src/core/systemd/unit-name.ts'
import { ROOT_PROGRAMS } from '../../../src/core/report/reader.ts'
import { markPlanLines } from '../../../src/render/act/marks.ts'
import { outcomeLines } from '../../../src/render/act/outcome.ts'
import type { OutcomeExtras } from '../../../src/render/act/outcome.ts'
import { planLines } from '../../../src/render/act/plan.ts'
import { restartQuestion } from '../../../src/render/act/question.ts'
import { columnsOf } from '../../../src/render/text/columns.ts'
import {
  around,
  cost,
  end,
  extrasWith,
  left,
  outcomeWith,
  planned,
  planWith,
  state,
} from '../../support/act.ts'
import { shown } from '../../support/door.ts'
import { hostileText } from '../../support/hostile-reports.ts'
import type { Plain } from '../../support/printed.ts'
import { file, finding } from '../../support/report.ts'

const RUNS = Number(process.env['ACT_SCREENS'] ?? 300)

const name = fc
  .oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z][a-z0-9@.-]{0,14}$/) },
    { weight: 1, arbitrary: fc.stringMatching(/^[0-9A-Za-z:_.\\@-]{1,60}$/) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{90,240}$/) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('-a', 'x.mount', 'systemctl', 'sudo', String.raw`a\x2db`),
    },
  )
  .filter((one) => isUnitName(`${one}.service`))

type Cautions = readonly Plain<Finding['cautions'][number]>[]

function cautionsOf(texts: readonly string[], unit: string): Cautions {
  const [a = 'a', b = 'b'] = texts.map(printableText)
  const job = { name: a, user: { uid: 1000, name: b } }
  const all: Cautions = [
    { code: 'jobs-inside', blocking: true, detail: [job] },
    { code: 'takes-mounts-away', blocking: true, detail: [a, null] },
    { code: 'cannot-start', blocking: true, detail: [b] },
    { code: 'ends-guests', blocking: false, detail: [{ runtime: 'vm', name: b }] },
    { code: 'restarts-too', blocking: false, detail: [unit] },
    { code: 'carries-your-connection', blocking: false, detail: null },
    cost('its tunnels drop for a moment'),
  ]
  return all
}

type Row = {
  readonly name: string
  readonly fate: 'safe' | 'costs' | 'ends-caller' | Plan['left'][number]['code']
  readonly texts: readonly string[]
  readonly picks: readonly number[]
  readonly code: EndCode
  readonly journal: readonly string[]
}
const row = fc.record<Row>({
  name,
  fate: fc.constantFrom(
    'safe',
    'safe',
    'costs',
    'ends-caller',
    'excepted',
    'renewed',
    'reboot',
    'costs',
    'impossible',
  ),
  texts: fc.tuple(hostileText, hostileText),
  picks: fc.array(fc.nat(6), { maxLength: 3 }),
  code: fc.constantFrom(
    'restarted',
    'failed',
    'starting-again',
    'stopped',
    'untouched',
    'waiting',
    'still-old',
    'unseen',
  ),
  journal: fc.array(hostileText, { maxLength: 3 }),
})
const world = fc.record({
  rows: fc.uniqueArray(row, { maxLength: 25, selector: (one) => one.name }),
  isOfUser: fc.boolean(),
  isNamed: fc.boolean(),
  isManager: fc.boolean(),
  asRoot: fc.constantFrom(...ROOT_PROGRAMS, null),
  width: fc.oneof(fc.constant(80), fc.integer({ min: 40, max: 200 })),
  isPart: fc.boolean(),
  others: fc.nat(2),
  current: fc.array(name, { maxLength: 3 }),
})
type World = typeof world extends fc.Arbitrary<infer One> ? One : never

const isPlanned = ({ fate }: Row) => fate === 'safe' || fate === 'ends-caller' || fate === 'costs'

function planOfWorld({ rows, isOfUser, isNamed, isManager, others }: World): Plan {
  const detail = ({ name: unit, texts, picks }: Row, isSafe: boolean) => ({
    cautions: picks
      .flatMap((pick) => cautionsOf(texts, `${unit}.service`)[pick] ?? [])
      .filter(({ blocking }) => !isSafe || !blocking),
    files: texts.map((text) => ({ ...file(''), path: printableText(`/usr/lib/${text}`) })),
  })
  const units = rows.filter(isPlanned).map((one) => {
    const isSafe = one.fate === 'safe'
    return planned(one.name, {
      ...detail(one, isSafe),
      isSafe,
      endsCaller: one.fate === 'ends-caller',
    })
  })
  const alone = rows.flatMap((one) =>
    isPlanned(one) || one.fate === 'safe' || one.fate === 'ends-caller'
      ? []
      : [left(one.name, one.fate, detail(one, false))],
  )
  const manager = isManager ? finding({ kind: 'manager', unit: 'init.scope' }) : null
  return planWith({ isOfUser, isNamed, manager, units, left: alone, others, services: rows.length })
}

function aroundWorld({ isPart, current }: World) {
  const limits = isPart ? ([{ code: 'maps-stuck', count: 1 }] as const) : []
  return around({ limits, current: current.map((one) => `${one}.service`), isRemote: isPart })
}

function endsOfWorld({ rows }: World): readonly End[] {
  return rows.filter(isPlanned).map((one) =>
    end(one.name, one.code, {
      state: state({ result: 'exit-code', mainExit: { kind: 'exited', number: 1 } }),
      old:
        one.code === 'still-old' ? finding({ files: one.texts.map((text) => file(text)) }) : null,
      isMainNew: true,
    }),
  )
}

function extrasOfWorld({ rows }: World, looked: OutcomeExtras['looked']): OutcomeExtras {
  const units = rows.map(
    (one) =>
      [
        `${one.name}.service`,
        { journal: one.journal, messages: one.texts, goBack: `/var/cache/${one.texts.join('')}` },
      ] as const,
  )
  return extrasWith({ units: new Map(units), looked })
}

function screensOf(one: World): Readonly<Record<string, string>> {
  const plan = planOfWorld(one)
  const sides = aroundWorld(one)
  const outcome = outcomeWith({
    ends: endsOfWorld(one),
    isManagerOld: one.isManager ? one.isPart : null,
  })
  const marks = {
    isOfUser: one.isOfUser,
    isManagerOld: plan.manager !== null,
    units: plan.units.map(({ unit }) => unit),
    left: plan.left,
  }
  const asRoot = one.isOfUser ? null : one.asRoot
  const screen = { width: one.width, asRoot }
  const firing = { isAtUpgrade: one.isPart, command: null }
  return {
    plan: shown(planLines(plan, sides, screen)),
    question: shown(restartQuestion(plan, screen)),
    outcome: shown(outcomeLines(plan, outcome, extrasOfWorld(one, sides), screen)),
    marks: shown(markPlanLines(marks, sides, firing, screen)),
  }
}

/** What may be the name of a unit is never cut. */
const hasLongName = (line: string, width: number) =>
  line.match(/[0-9A-Za-z:_.\\@-]+/g)?.some(({ length }) => length > width - 20) ?? false

function checkWidth(text: string, width: number): void {
  for (const line of text.split('\n'))
    if (columnsOf(line) > width && !hasLongName(line, width) && !/^ {15}\S/.test(line))
      assert.fail(`more than ${width} columns: ${line}`)
}

/** Returns the commands on a screen as a shell would read them. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const whole = text.replaceAll(/ \\\n +/g, ' ')
  const lines = whole.split('\n').flatMap((line) => {
    const [, command] =
      /^ {2}(?:Read more {2}|Go back {4})?((?:sudo |doas |run0 |)(?:systemctl|stale-libs|journalctl|pacman) .*)$/.exec(
        line,
      ) ?? []
    return command === undefined ? [] : [command]
  })
  return lines.map((line) =>
    [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
      word.replaceAll(/'([^']*)'|\\(')/g, (_, plain, quote) => plain ?? quote),
    ),
  )
}

const VERBS = new Set('restart daemon-reexec daemon-reload list-jobs --failed'.split(' '))

function checkCommands(text: string, units: ReadonlySet<string>, isOfUser: boolean): void {
  for (const words of commandsIn(text)) {
    const isForRoot = ROOT_PROGRAMS.some((word) => word === words[0])
    const [program = '', ...rest] = isForRoot ? words.slice(1) : words
    if (program === 'pacman') {
      assert.equal(isOfUser, false)
      continue
    }
    if (isOfUser) assert.equal(isForRoot, false)
    const plain = rest.filter((word) => word !== '--user' && word !== '--')
    assert.equal(rest.includes('--user'), isOfUser, words.join(' '))
    const [verb = '', ...named] = plain
    assert.ok(program === 'journalctl' ? verb === '-eu' : VERBS.has(verb), words.join(' '))
    for (const one of named) assert.ok(units.has(unitOf(one)), words.join(' '))
    if (program !== 'journalctl' && named.some((one) => one.startsWith('-')))
      assert.ok(rest.includes('--'))
  }
}

function unitOf(typed: string): string {
  const found = typedName(typed)
  return 'unit' in found ? found.unit : ''
}

test(`${RUNS} random screens: no line is too wide, and commands about units of the plan alone`, () => {
  fc.assert(
    fc.property(world, (one) => {
      const { plan, question, outcome, marks } = screensOf(one)
      const units = new Set(one.rows.map((some) => `${some.name}.service`))
      for (const text of [plan, question, outcome, marks]) checkWidth(text ?? '', one.width)
      for (const text of [plan, outcome]) checkCommands(text ?? '', units, one.isOfUser)
      const restart = commandsIn(plan ?? '').find(
        (words) => words[0] === 'systemctl' && words.includes('restart'),
      )
      const meant = one.rows.filter(isPlanned).map((some) => `${some.name}.service`)
      const named = restart?.slice(restart.indexOf('restart') + 1).filter((word) => word !== '--')
      assert.deepEqual(named?.map(unitOf) ?? [], meant)
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})

test(`${RUNS} random outcomes: the numbers of the first line are those of the units`, () => {
  fc.assert(
    fc.property(world, (one) => {
      const [first = ''] = (screensOf({ ...one, width: 80 })['outcome'] ?? '').split(/\n\n|\.\n|: /)
      const numbers = [...first.replaceAll('\n', ' ').matchAll(/(?:^|, |\. )(\d+) /g)].map(
        ([, number]) => Number(number),
      )
      const sum = numbers.reduce((all, number) => all + number, 0)
      assert.equal(sum, one.rows.length, first)
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})

/** The same world with a tame word in the place of each text of a stranger. */
function tamed(one: World): World {
  const tame = (text: string, at: number): string =>
    printableText(text).trim() === '' ? text : `q${at}`
  return {
    ...one,
    rows: one.rows.map((some) => ({
      ...some,
      texts: some.texts.map(tame),
      journal: some.journal.map(tame),
    })),
  }
}

/** Returns the lines of ours: what begins at the left edge, and the commands below it. */
function ours(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) =>
      /^(?:\S| {2}(?:sudo|systemctl|stale-libs|journalctl|Read|Go|Its) )/.test(line),
    )
}

test(`${RUNS} random screens: no text of a stranger makes a line of ours`, () => {
  fc.assert(
    fc.property(world, (one) => {
      const hostile = screensOf(one)
      const tame = screensOf(tamed(one))
      for (const screen of ['plan', 'outcome', 'marks'])
        assert.deepEqual(ours(hostile[screen] ?? ''), ours(tame[screen] ?? ''), screen)
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
})
