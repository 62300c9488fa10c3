import { printableText } from '../../src/core/printable.ts'
import type { Printable } from '../../src/core/printable.ts'

/** A value with any text in the place of printable text: a test spells its texts out. */
export type Plain<Value> = Value extends Printable
  ? string
  : Value extends string | Date | RegExp | ((...given: never[]) => unknown)
    ? Value
    : Value extends ReadonlyMap<infer Key, infer Item>
      ? ReadonlyMap<Plain<Key>, Plain<Item>>
      : Value extends ReadonlySet<infer Item>
        ? ReadonlySet<Plain<Item>>
        : { readonly [Name in keyof Value]: Plain<Value[Name]> }

/** Returns a value with its texts made printable, as parsers make them. */
export function printed<Value>(value: Plain<Value>): Value {
  return deep(value) as Value
}

function deep(value: unknown): unknown {
  if (typeof value === 'string') return printableText(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof RegExp) return value
  if (Array.isArray(value)) return value.map(deep)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [deep(key), deep(item)]))
  if (value instanceof Set) return new Set([...value].map(deep))
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deep(item)]))
}
