import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { shortName } from '../../src/core/act/names.ts'
import { printableText } from '../../src/core/printable.ts'

/**
 * Says whether a text for people names a unit, in the form in which people read it and as a word of
 * its own: neither `a-nginx` nor `nginx@1` names `nginx.service`.
 */
export function isNamed(text: string, unit: string): boolean {
  const name = shortName(printableText(unit)).replaceAll(/\W/g, String.raw`\$&`)
  return new RegExp(String.raw`(?<![\w@:.\\-])${name}(?![\w@:\\-]|\.\w)`).test(text)
}

/**
 * Returns what stands below a heading of the scan (`Restart`, `Log out`), the line of the heading
 * with it; empty where there is no such heading.
 */
export function partOf(text: string, heading: string): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trimStart().startsWith(`${heading} `))
  if (start === -1) return ''
  const indent = /^ */.exec(lines[start] ?? '')?.[0] ?? ''
  const rest = lines.slice(start + 1)
  const length = rest.findIndex((line) => !line.startsWith(`${indent} `))
  return lines.slice(start, length === -1 ? undefined : start + 1 + length).join('\n')
}

/**
 * Returns the units of the command of systemctl that a text has to paste, as systemctl gets them
 * from a shell; no unit where the text has no such command.
 */
export function restartedBy(text: string): readonly string[] {
  const command = /^ +(systemctl (?:-- )?restart (?:.*\\\n)*.*)$/m.exec(text)?.[1]
  if (command === undefined) return []
  const script = `systemctl() { printf '%s\\n' "$@"; }\n${command}`
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  const words = stdout.trimEnd().split('\n')
  return words.slice(words.indexOf('restart') + 1)
}
