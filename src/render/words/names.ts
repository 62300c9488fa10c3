import { shortName } from '../../core/act/names.ts'
import { say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Placed } from '../../core/answer/placed.ts'
import type { Kind } from '../../core/owner/kinds.ts'
import type { Finding } from '../../core/report/report.ts'
import { compareText, printableText } from '../../core/printable.ts'
import { applicationLabel, findingLabel, nameLabel, userLabel } from './labels.ts'

/**
 * Returns what a list calls a finding: `cronie`, `your session`, `session 3 of zoe`. A command
 * takes the name of a unit in the same form.
 *
 * @param isReaders whether it belongs to the user who reads this
 */
export function listName(finding: Finding, isReaders = false): Printable {
  const { kind, name, unit, user, isYours, container, rule } = finding
  const ofUser = user === null || isReaders ? say`` : say` of ${userLabel(user)}`
  switch (kind) {
    case 'manager':
      return say`systemd`
    case 'user-manager':
      return say`user manager${ofUser}`
    case 'service':
    case 'user-service':
      if (unit === null || rule === 'started-by-bus') return findingLabel(finding)
      return user === null || isReaders
        ? shortName(unit)
        : say`${nameLabel(shortName(unit))}${ofUser}`
    case 'session':
      return isYours ? say`your session` : isReaders ? say`your ${name}` : say`${name}${ofUser}`
    case 'container':
      return say`${nameLabel(name)} (${container?.runtime ?? 'container'})${user === null ? say`` : say` of ${userLabel(user)}`}`
    case 'vm':
      return say`${nameLabel(name)} (virtual machine)${ofUser}`
    case 'app':
      return say`${applicationLabel(finding)}${ofUser}`
    case 'process':
      return findingLabel(finding)
    default:
      return kind satisfies never
  }
}

/** Returns what a list calls a finding that has its place. */
export function placedName({ finding, isReaders }: Placed): Printable {
  return listName(finding, isReaders)
}

/** The fewest instances in a row that are written as the first and the last. */
const FEWEST_FOLDED = 3

/**
 * Returns names in their order, with instances of one template that count up as `app@1 to app@37`.
 */
export function folded(names: readonly Printable[]): readonly Printable[] {
  return foldedBy(names, (name) => name).map(({ text }) => text)
}

/** A name, or the first and the last of several, with all that it stands for. */
export type Folded<Item> = { readonly text: Printable; readonly items: readonly Item[] }

/** Returns items by their names as `folded` does, each name with what it stands for. */
export function foldedBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => Printable,
): readonly Folded<Item>[] {
  const sorted = items
    .map((item) => ({ text: nameOf(item), items: [item] }))
    .toSorted((a, b) => compareNames(a.text, b.text))
  const textOf = (at: number) => sorted[at]?.text ?? say``
  const folds: Folded<Item>[] = []
  for (let at = 0; at < sorted.length;) {
    let end = at
    while (end + 1 < sorted.length && isNext(textOf(end), textOf(end + 1))) end += 1
    const some = sorted.slice(at, end + 1)
    if (some.length < FEWEST_FOLDED) folds.push(...some)
    else
      folds.push({
        text: say`${textOf(at)} to ${textOf(end)}`,
        items: some.flatMap((one) => one.items),
      })
    at = end + 1
  }
  return folds
}

const INSTANCE = /^(?<template>.*@)(?<number>\d{1,9})$/

function isNext(one: string, next: string): boolean {
  const [a, b] = [INSTANCE.exec(one)?.groups, INSTANCE.exec(next)?.groups]
  return a?.['template'] === b?.['template'] && Number(a?.['number']) + 1 === Number(b?.['number'])
}

/** Compares names, the numbers in them by their value. */
function compareNames(one: Printable, other: Printable): number {
  const [a, b] = [one.split(NUMBER), other.split(NUMBER)]
  const at = a.findIndex((part, index) => part !== b[index])
  const [part = '', same = ''] = [a[at], b[at]]
  // Every second part is a number.
  const isNumber = at % 2 === 1 && same !== ''
  return (isNumber && Number(part) - Number(same)) || compareText(one, other)
}

const NUMBER = /(\d{1,15})/

/** The kinds whose names begin with a word of ours: `user manager`, `your session`. */
const IN_WORDS: ReadonlySet<Kind> = new Set(['user-manager', 'session'])

/** Returns a name as the beginning of a sentence. That of a unit keeps its letters. */
export function nameFirst(text: Printable, { finding }: Placed): Printable {
  return IN_WORDS.has(finding.kind) ? withCapital(text) : text
}

/** Returns a text, which begins with a word of ours, with a capital as its first letter. */
export function withCapital(text: Printable): Printable {
  return printableText(text.replace(/^[a-z]/, (letter) => letter.toUpperCase()))
}
