import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Attribution } from '../../src/core/pacman/attribution.ts'
import { printableText } from '../../src/core/printable.ts'
import { makeRecording } from '../support/recording.ts'
import { offersAt } from './ask.ts'
import { installed, SHELLS, whyNotAsked } from './machine.ts'
import type { Machine, Shell } from './machine.ts'
import { callsOf, forget } from './terminal.ts'

const SSL = '/usr/lib/libssl.so.3'
/** When the processes of a recording start: see test/support/tree.ts. */
const START = 1_790_000_010_000
const ESCAPED = String.raw`dev-disk-by\x2duuid.service`
const COLONS = 'dbus-:1.2-org.x@0'
const SYSTEM = ['nginx', 'getty@tty1', ESCAPED, COLONS, 'bluetooth', 'dbus']
const HOSTILE = ['$(touch evil)', '`touch evil`', 'a;touch evil', '-rf', '*', "a'b", '~root', '@']

function changed(name: string): Attribution {
  const [from, to, at] = ['3.6.0-1', '3.6.1-1', '2026-11-23T07:18:40.000Z'].map(printableText)
  assert.ok(from && to && at)
  const change = { name: printableText(name), from, to, at, change: 'upgraded' } as const
  return { kind: 'changed', change, isNew: true }
}

const old = (comm: string, cgroup: string, path = SSL) => ({
  comm,
  cgroup,
  maps: [`r-xp ${path} (deleted)`],
})
const services = SYSTEM.map((name) => (name.endsWith('.service') ? name : `${name}.service`))
const OF_ZOE = '/user.slice/user-1000.slice/user@1000.service/app.slice'
const recorded = {
  processes: Object.fromEntries([
    ...services.map((unit, at) => [at + 10, old('daemon', `/system.slice/${unit}`)]),
    [90, old('pipewire', `${OF_ZOE}/pipewire.service`)],
    [91, old('gimp', `${OF_ZOE}/app-gimp-91.scope`)],
  ]),
  units: Object.fromEntries(services.map((unit) => [unit, {}])),
  changes: [[`${START} ${SSL}`, changed('openssl')] as const],
}
/** Names of programs, units and packages that strangers chose. */
const strange = {
  processes: Object.fromEntries([
    ...HOSTILE.map((name, at) => [100 + at, old(name, '/', `/usr/lib/lib${at}.so`)]),
    ...HOSTILE.map((name, at) => [200 + at, old('x', `${OF_ZOE}/app-${name}-1.scope`)]),
    ...HOSTILE.map((name, at) => [300 + at, old('x', `${OF_ZOE}/${name}.service`)]),
  ]),
  changes: HOSTILE.map((name, at) => [`${START} /usr/lib/lib${at}.so`, changed(name)] as const),
}
const LEGAL = /^[\w\\][\w@.+:\\-]*(?: \(.*\))?$/
const machine = installed(makeRecording(recorded))

/** Returns the words that are offered at the end of each line, with what is told beside them. */
async function offered(shell: Shell, lines: readonly string[], where: Machine = machine) {
  const answers = await offersAt(shell, where, lines)
  return answers.map((answer) =>
    // Where no name can stand zsh offers options.
    answer
      .filter(({ word }) => !word.startsWith('-'))
      .map(({ word, about }) => (about === '' ? word : `${word} (${about})`))
      .toSorted(),
  )
}

const textOf = ({ root }: Machine, name: string) => readFileSync(join(root, 'home', name), 'utf8')

/** Returns a name as a shell shows it: fish as it is, the others with quotes. */
const shown = (shell: Shell, name: string) =>
  shell !== 'fish' ? name.replaceAll('\\', '\\\\') : name

for (const shell of SHELLS)
  describe(`${shell} completes names`, { skip: whyNotAsked(shell) }, () => {
    const all = (...names: readonly string[]) =>
      names.map((name) => `${shown(shell, name)} (openssl)`).toSorted()

    test('of what is old now and is to be explained', async () => {
      const [typed = [], bare] = await offered(shell, ['stale-libs explain ', 'stale-libs sshd '])
      const packages = ['openssl (package 3.6.0-1 -> 3.6.1-1)']
      assert.deepEqual(typed, [...all(...SYSTEM, 'pipewire', 'gimp'), ...packages].toSorted())
      assert.deepEqual(bare, typed)
    })

    test('of units that restart and mark take now, without those on the line', async () => {
      const taken = SYSTEM.filter((name) => name !== 'dbus')
      const safe = taken.filter((name) => name !== 'bluetooth' && name !== 'getty@tty1')
      const answers = await offered(shell, [
        'stale-libs restart ',
        'stale-libs restart -- ',
        'stale-libs mark ',
        'stale-libs restart --except nginx bluetooth.service ',
        'stale-libs mark --list ',
        'stale-libs restart ngi',
        'stale-libs restart nothing-like-it',
      ])
      assert.deepEqual(answers, [
        all(...taken),
        all(...taken),
        all(...safe),
        all(...taken.filter((name) => name !== 'nginx' && name !== 'bluetooth')),
        [],
        // bash puts a single name into the line, without a description.
        shell === 'bash' ? ['nginx'] : all('nginx'),
        [],
      ])
    })

    test('by a question that says which, and for whose units', async () => {
      forget(machine, ['questions'])
      await offered(shell, [
        'stale-libs explain n',
        'stale-libs restart --user n',
        'stale-libs --user restart n',
        'stale-libs mark n',
        'stale-libs mark --clear n',
        'stale-libs restart --except n',
        'stale-libs record n',
        'stale-libs n',
      ])
      const asked = textOf(machine, 'questions').trimEnd().split('\n')
      const whole = ['explain', 'restart --user', 'mark', 'clear', 'restart']
      // zsh asks again in its second round of matching.
      assert.deepEqual(
        [...new Set(asked)],
        whole.map((one) => `--complete ${one}`),
      )
    })

    test('which arrive whole at the program, whatever stands in them', async () => {
      const lines = {
        'stale-libs rest\tdev\t': ['restart', ESCAPED],
        [String.raw`stale-libs restart dev-disk-by\\x` + '\t']: ['restart', ESCAPED],
        "stale-libs restart 'dev\t": ['restart', ESCAPED],
        'stale-libs restart "dev\t': ['restart', ESCAPED],
        'stale-libs restart dbus-:\t': ['restart', COLONS],
        'stale-libs restart dbus-:1.2-org.x@\t': ['restart', COLONS],
        'stale-libs restart get\t ng\t': ['restart', 'getty@tty1', 'nginx'],
        'stale-libs restart --except=getty@\t': ['restart', '--except=getty@tty1'],
        'stale-libs restart --exc\tget\t':
          shell === 'zsh'
            ? ['restart', '--except=getty@tty1']
            : ['restart', '--except', 'getty@tty1'],
        'sudo stale-libs re\x0bstart ng\t': ['restart', 'nginx'],
      }
      const typed = Object.keys(lines)
      const called = await callsOf(shell, machine, typed)
      for (const [index, expected] of Object.values(lines).entries())
        assert.deepEqual(
          called[index]?.map((word) => word.trim()),
          expected,
          typed[index],
        )
    })

    test('but none that a stranger chose to be more than a name', async () => {
      const [names = []] = await offered(
        shell,
        ['stale-libs explain '],
        installed(makeRecording(strange)),
      )
      for (const one of names) assert.match(one, LEGAL)
    })

    test('and evaluates none of them, whoever answers', async () => {
      const hostile = installed(makeRecording({ processes: {} }))
      const said = HOSTILE.map((name) => `${name.replaceAll(' ', '\t')} ${name} \u001b]0;x\u0007`)
      writeFileSync(join(hostile.root, 'home/answer'), `cat <<'END'\n${said.join('\n')}\nEND\n`)
      await offered(
        shell,
        ['stale-libs explain ', 'stale-libs explain $(', 'stale-libs explain `'],
        hostile,
      )
      writeFileSync(join(hostile.root, 'home/answer'), "printf 'zz$(touch\\tevil) a\\n'\n")
      await callsOf(shell, hostile, ['stale-libs explain zz\t'])
      assert.equal(existsSync(join(hostile.root, 'home/evil')), false)
      assert.match(textOf(hostile, 'questions'), /^--complete explain/)
    })

    test('but not where another program of that name is typed', async () => {
      const other = installed(makeRecording(recorded))
      forget(other, ['questions'])
      const lines = ['./stale-libs restart n', `${other.root}/usr/bin/stale-libs restart n`]
      writeFileSync(join(other.root, 'home/stale-libs'), '#!/bin/sh\ntouch $HOME/evil\n', {
        mode: 0o755,
      })
      const answers = await offered(shell, lines, other)
      assert.equal(existsSync(join(other.root, 'home/evil')), false)
      assert.deepEqual(
        answers.map((answer) => answer.length),
        [0, 1],
      )
    })

    test('of this machine, with the program as it is', async () => {
      const here = installed(null)
      const [explained = []] = await offered(shell, ['stale-libs explain '], here)
      for (const one of explained) assert.match(one, LEGAL)
      assert.match(textOf(here, 'questions'), /^--complete explain/)
    })
  })

// All at once, since each waits until its limit.
test('no shell waits for a program that hangs or fails', async (context) => {
  const here = SHELLS.filter((shell) => whyNotAsked(shell) === false)
  if (here.length === 0) context.skip('no shell is installed')
  const asked = here.flatMap((shell) =>
    ['exec sleep 10000', 'echo wrong >&2; exit 3'].map(async (answer) => {
      const broken = installed(makeRecording({ processes: {} }))
      writeFileSync(join(broken.root, 'home/answer'), `${answer}\n`)
      assert.deepEqual(await offered(shell, ['stale-libs explain '], broken), [[]], shell)
      assert.match(textOf(broken, 'questions'), /^--complete explain/)
    }),
  )
  await Promise.all(asked)
})
