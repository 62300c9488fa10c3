import { printableText } from '../printable.ts'
import type { Printable } from '../printable.ts'
import { isUnitName } from '../systemd/unit-name.ts'

/** The answer of a schema about a value of another form. */
export const WRONG: unique symbol = Symbol('wrong')

/** Reads a value from outside. Any value has an answer: the value in its form, or `WRONG`. */
export type Schema<Value> = (value: unknown) => Value | typeof WRONG

/** Any text. */
export const text: Schema<string> = (value) => (typeof value === 'string' ? value : WRONG)

/** A text that is printed. What is not printable in it is escaped. */
export const plain: Schema<Printable> = (value) =>
  typeof value === 'string' ? printableText(value) : WRONG

/** The name of a unit that can exist. Rules and lines take it as it is. */
export const unitName: Schema<Printable> = (value) =>
  typeof value === 'string' && isUnitName(value) ? value : WRONG

/** `true` or `false`. */
export const flag: Schema<boolean> = (value) => (typeof value === 'boolean' ? value : WRONG)

/** A whole number from 0 on. */
export const count: Schema<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : WRONG

/** A finite number: times of a file system have parts of a millisecond. */
export const number: Schema<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : WRONG

/** A date, ISO 8601. `Date.parse` reads more than that, and is no check of the text. */
export const date: Schema<Printable> = (value) => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? WRONG : printableText(new Date(at).toISOString())
}

/** Returns the schema of one of these values. */
export function oneOf<Value>(values: readonly Value[]): Schema<Value> {
  return (value) => {
    const at = values.findIndex((one) => one === value)
    return at === -1 ? WRONG : (values[at] ?? WRONG)
  }
}

/** Returns the schema of a value that can be `null`. */
export function nullable<Value>(schema: Schema<Value>): Schema<Value | null> {
  return (value) => (value === null ? null : schema(value))
}

/** Returns the schema of a member of a table that may be absent. */
export function optional<Value>(schema: Schema<Value>): Schema<Value | undefined> {
  return (value) => (value === undefined ? undefined : schema(value))
}

/** Returns the schema of a member of a table that has this value where it is absent. */
export function withDefault<Value>(schema: Schema<Value>, absent: Value): Schema<Value> {
  return (value) => (value === undefined ? absent : schema(value))
}

/** Returns the schema of a value that keeps to one of two schemas; the first is tried first. */
export function either<A, B>(first: Schema<A>, second: Schema<B>): Schema<A | B> {
  return (value) => {
    const read = first(value)
    return read === WRONG ? second(value) : read
  }
}

/** Returns the schema of a list. */
export function listOf<Value>(item: Schema<Value>): Schema<readonly Value[]> {
  return (value) => {
    if (!Array.isArray(value)) return WRONG
    const list: Value[] = []
    for (const one of value) {
      const read = item(one)
      if (read === WRONG) return WRONG
      list.push(read)
    }
    return list
  }
}

/** Returns the schema of a list of exactly two members. */
export function pairOf<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== 2) return WRONG
    const a = first(value[0])
    const b = second(value[1])
    return a === WRONG || b === WRONG ? WRONG : [a, b]
  }
}

/** Returns the schema of a map, which a recording has as the list of its entries. */
export function mapOf<Key, Value>(
  key: Schema<Key>,
  value: Schema<Value>,
): Schema<ReadonlyMap<Key, Value>> {
  const entries = listOf(pairOf(key, value))
  return (given) => {
    const read = entries(given)
    return read === WRONG ? WRONG : new Map(read)
  }
}

/** The schema of each member of a table. */
export type Members<Value> = {
  readonly [Name in keyof Value]-?: Schema<
    Value extends Record<Name, unknown> ? Value[Name] : Value[Name] | undefined
  >
}

/** Returns the schema of a table with these members. It leaves other members out. */
export function table<Value extends object>(members: Members<Value>): Schema<Value> {
  const names = Object.keys(members) as (keyof Value & string)[]
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return WRONG
    const read: Partial<Value> = {}
    for (const name of names) {
      const member = members[name]((value as Readonly<Record<string, unknown>>)[name])
      if (member === WRONG) return WRONG
      if (member !== undefined) read[name] = member as Value[typeof name]
    }
    return read as Value
  }
}

/** A table with any members. */
export const anyTable: Schema<Readonly<Record<string, unknown>>> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : WRONG
