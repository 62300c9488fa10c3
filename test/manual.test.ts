import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMANDS, VERBS } from '../src/cli/declare.ts'
import type { CommandName, Option, Options } from '../src/cli/declare.ts'
import { helpOf, MAIN_HELP } from '../src/cli/help.ts'
import { EXIT } from '../src/core/exit.ts'
import { itemsIn, macroLines, plainText, section } from './support/mdoc.ts'
import type { Item } from './support/mdoc.ts'

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const read = (name: string) => readFileSync(at(name), 'utf8')
const PAGES = readdirSync(at('share/man'))
const manual = read('share/man/stale-libs.8')
const forPrograms = read('share/doc/for-programs.md')

/** Returns the skip of a test that needs a formatter. CI has both. */
function need(program: string) {
  const isMissing = spawnSync(program, ['--version']).error !== undefined
  if (isMissing && process.env['CI']) throw new Error(`Cannot test the manual: no ${program}`)
  return { skip: isMissing && `${program} is not installed` }
}

test('there are two pages, and each names the other', () => {
  assert.deepEqual(PAGES.toSorted(), ['stale-libs.8', 'stale-libs.toml.5'])
  assert.match(section(manual, 'SEE ALSO'), /^stale-libs\.toml\(5\)/m)
  assert.match(section(read('share/man/stale-libs.toml.5'), 'SEE ALSO'), /^stale-libs\(8\)/m)
})

for (const page of PAGES) {
  const file = at(`share/man/${page}`)

  test(`mandoc says not one line about ${page}`, need('mandoc'), () => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', file], {
      encoding: 'utf8',
    })
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
  })

  for (const [program, argv] of [
    ['mandoc', ['-T', 'utf8']],
    ['groff', ['-mdoc', '-Tutf8', '-ww', '-P-c']],
  ] as const)
    test(`${program} lays ${page} out on 80 columns without a warning`, need(program), () => {
      const { stdout, stderr } = spawnSync(program, [...argv, file], { encoding: 'utf8' })
      assert.equal(stderr, '')
      const lines = stdout.replaceAll(/.\u0008/gu, '').split('\n')
      assert.ok(lines.length > 100)
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      )
    })

  test(`each quotation of ${page} ends where it should`, () => {
    // Ql reaches to the end of its line, and takes the words of a bracket and macros with it.
    const reaching = macroLines(read(`share/man/${page}`)).filter((line) =>
      /^Pq Ql \S+ \w|\bQl .* (?:No|Ql) /.test(line),
    )
    assert.deepEqual(reaching, [])
  })
}

type Described = {
  readonly short: string | undefined
  readonly value: string
  readonly commands: readonly string[]
}

/** The value of an option as the manual has it: its word, or all that can be chosen. */
function valueOf({ value = '', choices }: Option): string {
  return choices === undefined ? value : choices.join(' | ')
}

function declared(): ReadonlyMap<string, Described> {
  const found = new Map<string, Described>([
    ['help', { short: 'h', value: '', commands: VERBS }],
    ['version', { short: 'V', value: '', commands: VERBS }],
  ])
  for (const [verb, options] of Object.entries<Options>(COMMANDS))
    for (const [name, option] of Object.entries(options)) {
      const commands = [...(found.get(name)?.commands ?? []), verb]
      found.set(name, { short: option.alias, value: valueOf(option), commands })
    }
  return found
}

/** Returns the commands that the text of an option names: "Of restart and mark:". */
function commandsIn({ body }: Item): readonly string[] {
  const text = plainText(body)
  const named = [...text.matchAll(/(?:^|\. )Of ([a-z ,]+?) ?:/g)].flatMap<string>(
    ([, words = '']) => (words === 'every command' ? VERBS : words.split(/ ?, | and /)),
  )
  return text.startsWith('Of ') ? named : ['scan', ...named]
}

const ordered = (options: ReadonlyMap<string, Described>) =>
  [...options]
    .map(([name, { commands, ...rest }]) => ({ name, ...rest, commands: commands.toSorted() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

test('the manual has each option with its value and its commands, and no other', () => {
  const described = new Map(
    itemsIn(section(manual, 'OPTIONS')).map((item) => {
      const [, short, name = '', value = ''] =
        /^(?:Fl (\w) , )?Fl -([a-z-]+)(?: Ar (.+))?$/.exec(item.head) ?? []
      return [name, { short, value, commands: commandsIn(item) }] as const
    }),
  )
  assert.deepEqual(ordered(described), ordered(declared()))
  assert.ok(described.size > 25)
})

test('the manual has each command, and the help of the program too', () => {
  const heads = itemsIn(section(manual, 'COMMANDS')).map(({ head }) => head)
  assert.deepEqual(
    heads.map((head) => /^Cm (\w+)/.exec(head)?.[1]).toSorted(),
    [...VERBS].toSorted(),
  )
  const helped = [...MAIN_HELP.matchAll(/^ {2}stale-libs (\w+)/gm)].map(([, verb]) => verb)
  assert.deepEqual(
    helped,
    VERBS.filter((verb) => verb !== 'scan'),
    'scan is what happens without a command',
  )
})

/** The options in the lines of the synopsis, each with its value. */
function synopsisOf(text: string): readonly string[] {
  return macroLines(text).flatMap((line) =>
    /^(?:Op )?Fl /.test(line)
      ? line
          .replace(/^(?:Op )?Fl /, '')
          .split(' | ')
          .map((one) => one.replace(' Ar ', ' '))
      : [],
  )
}

test('the synopsis has the options of each command, all of those that take no others', () => {
  const blocks = section(manual, 'SYNOPSIS')
    .split(/^\.Nm\n/m)
    .slice(1)
  const verbs = blocks.map((text) => /^\.(?:Op )?Cm (\w+)/m.exec(text)?.[1] as CommandName)
  assert.deepEqual(verbs.toSorted(), [...VERBS].toSorted())
  for (const [index, text] of blocks.entries()) {
    const own = Object.entries<Options[string]>(COMMANDS[verbs[index] ?? 'scan'])
      .filter(([name]) => !['config', 'log-level'].includes(name))
      .map(([name, { value }]) => `-${name}${value === undefined ? '' : ` ${value}`}`)
    const shown = synopsisOf(text)
    if (/^\.Op Ar options$/m.test(text))
      assert.deepEqual(
        shown.filter((option) => !own.includes(option)),
        [],
      )
    else assert.deepEqual(shown.toSorted(), own.toSorted())
  }
})

test('the help of a command has its options, but those for programs and tests', () => {
  for (const [verb, options] of Object.entries<Options>(COMMANDS)) {
    const rows = helpOf(verb as CommandName).matchAll(
      /^ {2}(?:-\w, | {4})--([a-z-]+)(?: ([A-Z]+))?/gm,
    )
    assert.deepEqual(
      [...rows].map(([, name, value]) => [name, value]),
      Object.entries(options).flatMap(([name, { isHidden, value }]) =>
        isHidden ? [] : [[name, value]],
      ),
    )
  }
  const known = declared()
  for (const [, name = '', word] of MAIN_HELP.matchAll(/--([a-z-]+)(?: ([A-Z]+)\b)?/g)) {
    const options = Object.values<Options>(COMMANDS).flatMap((some) => some[name] ?? [])
    assert.ok(known.has(name), name)
    assert.ok(
      options.every(({ isHidden }) => !isHidden),
      name,
    )
    if (word !== undefined) assert.equal(word, options[0]?.value, name)
  }
})

test('the exit statuses are the same everywhere', () => {
  const all = Object.values(EXIT).map(String).toSorted()
  const heads = itemsIn(section(manual, 'EXIT STATUS')).map(({ head }) => head)
  assert.deepEqual(heads, all)
  const [, list = ''] = /^## Exit status\n\n(.*?)\. With `--format/m.exec(forPrograms) ?? []
  assert.deepEqual(
    [...list.matchAll(/\*\*(\d)\*\*/g)].map(([, status]) => status),
    all,
  )
  const inHelp = VERBS.map((verb) => /^Exit status: [^]*?\.\sMore/m.exec(helpOf(verb))?.[0] ?? '')
  for (const [index, verb] of VERBS.entries()) {
    const statuses = [...(inHelp[index] ?? '').matchAll(/[:;]\s(\d) /g)].map(([, status]) => status)
    const isActing = verb === 'restart' || verb === 'mark'
    const most = verb === 'scan' ? ['0', '1', '2', '3'] : ['0', '2', '3']
    assert.deepEqual(statuses, isActing ? [...most, '4'] : most, verb)
  }
})

const UNNAMED = new Set(['environment[variable]'])

test('the manual has each variable of the environment that the program reads', () => {
  const sources = readdirSync(at('src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(`src/${name}`))
  const uses = sources.flatMap((text) => text.match(/\benv(?:ironment)?\??\.?\[[^\]]+\]/g) ?? [])
  assert.doesNotMatch(sources.join('\n'), /\benv(?:ironment)?\??\.[A-Z]/, 'read by its name')
  const literals = uses.flatMap((use) => /\['(.+)'\]/.exec(use)?.[1] ?? [])
  assert.deepEqual(new Set(uses.filter((use) => !use.includes("'"))), UNNAMED)
  // The variables of `environment[variable]`, and the zone that Node itself reads.
  const others = [...read('src/core/report/reader.ts').matchAll(/\bvariable: '(.+?)'/g)]
  const known = new Set([...literals, ...others.map(([, name]) => name), 'TZ'])
  const heads = itemsIn(section(manual, 'ENVIRONMENT')).map(({ head }) => head)
  const described = heads.flatMap((head) => head.replace(/^Ev /, '').split(' , '))
  assert.deepEqual(described.toSorted(), [...known].toSorted())
})
