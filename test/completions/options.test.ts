import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COMMANDS, VERBS } from '../../src/cli/declare.ts'
import type { CommandName, Option, Options } from '../../src/cli/declare.ts'
import { MAIN_HELP } from '../../src/cli/help.ts'
import { makeRecording } from '../support/recording.ts'
import { offersAt } from './ask.ts'
import type { Offered } from './ask.ts'
import { installed, SHELLS, whyNotAsked } from './machine.ts'
import type { Shell } from './machine.ts'

const machine = installed(makeRecording({ processes: {} }))

const optionsOf = (verb: CommandName) => Object.entries<Option>(COMMANDS[verb] satisfies Options)
const words = (offered: readonly Offered[]) => offered.map(({ word }) => word).toSorted()

/** Holds that these words are offered at the end of lines, by the last part of each word. */
async function holds(shell: Shell, rows: Readonly<Record<string, readonly string[]>>) {
  const answers = await offersAt(shell, machine, Object.keys(rows))
  for (const [index, [line, expected]] of Object.entries(rows).entries()) {
    const ends = words(answers[index] ?? []).map((word) =>
      word
        .replace(/^--[a-z-]+=/, '')
        .replace(/\/$/, '')
        .replace(/^.*\//, ''),
    )
    assert.deepEqual(ends, expected, line)
  }
}

const FILES = ['group', 'group-']
const ENDS = {
  'stale-libs --config /etc/grou': FILES,
  'stale-libs --config=/etc/grou': FILES,
  'stale-libs --output /etc/grou': FILES,
  'stale-libs --targets /etc/grou': FILES,
  'stale-libs explain --config /etc/grou': FILES,
  'stale-libs record /et': ['etc'],
  'stale-libs record --anonymize /et': ['etc'],
  'stale-libs record /etc/grou': [],
  'stale-libs record /etc /et': [],
  'stale-libs --from /et': ['etc'],
  'stale-libs --proc /et': ['etc'],
  'stale-libs --root /et': ['etc'],
  'stale-libs --of nobod': ['nobody'],
  'stale-libs --ignore-unit ': [],
  'stale-libs --ignore-path ': [],
  'stale-libs restart --wait ': [],
  'stale-libs --no-such=': [],
}
const GIVEN = {
  'stale-libs -a --a': [],
  'stale-libs restart --wait 5 --wa': [],
  'stale-libs restart --wait=5 --wa': [],
  'stale-libs mark --yes --ye': [],
  'stale-libs restart --except a --exc': ['--except'],
  'stale-libs --ignore-unit a --ignore-u': ['--ignore-unit'],
}

/** What the help says of each command. A scan is what happens without one. */
const ABOUT = new Map(
  [...MAIN_HELP.matchAll(/^ {2}stale-libs(?: ([a-z]+) \S+)? {3,}(.*)$/gm)].map(
    ([, verb = 'scan', about = '']) => [verb, about] as const,
  ),
)

/** What is offered of a command, and what is told beside it: both forms of each option. */
function offeredOf(verb: CommandName): readonly Offered[] {
  const shown = optionsOf(verb).filter(([, { isHidden }]) => !isHidden)
  const always = [
    ['help', { alias: 'h', describe: 'show the help' }],
    ['version', { alias: 'V', describe: 'show the version' }],
  ] as const
  return [...shown, ...always].flatMap(([name, { alias, describe: about }]) =>
    [`--${name}`, ...(alias ? [`-${alias}`] : [])].map((word) => ({ word, about })),
  )
}

const sorted = (offered: readonly Offered[]) =>
  offered.toSorted((a, b) => (a.word < b.word ? -1 : Number(a.word > b.word)))

for (const shell of SHELLS)
  describe(`${shell} completes the command line`, { skip: whyNotAsked(shell) }, () => {
    test('each command, with what the help says of it', async () => {
      const [offered = []] = await offersAt(shell, machine, ['stale-libs '])
      const said = VERBS.map((word) => ({ word, about: ABOUT.get(word) ?? '?' }))
      assert.deepEqual(sorted(offered), sorted(said))
    })

    test('each option of each command, with what the program says of it, and no other', async () => {
      const lines = VERBS.map((verb) => `stale-libs ${verb} -`)
      const answers = await offersAt(shell, machine, ['stale-libs -', ...lines])
      for (const [index, verb] of (['scan', ...VERBS] as const).entries()) {
        const offered = answers[index] ?? []
        const expected = offeredOf(verb)
        // bash has one line for all options.
        if (shell === 'bash') assert.deepEqual(words(offered), words(expected), verb)
        else assert.deepEqual(sorted(offered), sorted(expected), verb)
      }
    })

    test('the choices of each option that has some, apart or behind an equals sign', async () => {
      const rows = VERBS.flatMap((verb) =>
        optionsOf(verb).flatMap(([name, { choices }]) =>
          choices === undefined || name === 'complete' ? [] : [{ verb, name, choices }],
        ),
      )
      assert.ok(rows.length >= 7)
      const lines = rows.flatMap(({ verb, name }) => [
        `stale-libs ${verb} --${name} `,
        `stale-libs ${verb} --${name}=`,
      ])
      const answers = await offersAt(shell, machine, lines)
      for (const [index, { choices }] of rows.flatMap((row) => [row, row]).entries()) {
        const plain = (answers[index] ?? []).map(({ word }) => word.replace(/^--[a-z-]+=/, ''))
        assert.deepEqual(plain.toSorted(), choices.toSorted(), lines[index])
      }
    })

    test('a value is taken for no command', async () => {
      const rows = optionsOf('scan').filter(([, { type }]) => type === 'string')
      const lines = rows.map(
        ([name, { choices }]) => `stale-libs --${name} ${choices?.[0] ?? 'x'} `,
      )
      for (const [index, offered] of (await offersAt(shell, machine, lines)).entries())
        assert.deepEqual(words(offered), VERBS.toSorted(), lines[index])
    })

    test('files, directories and users; nothing for a pattern and a number', async () => {
      await holds(shell, ENDS)
    })

    test('what is given is not offered again, but what may be', async () => {
      await holds(shell, GIVEN)
    })

    test('two hyphens end the options', async () => {
      await holds(shell, { 'stale-libs restart -- -': [], 'stale-libs -- -': [] })
    })
  })
