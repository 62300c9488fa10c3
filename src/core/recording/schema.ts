/** In the place of a value that has not the form it must have. */
export const WRONG: unique symbol = Symbol('wrong')

/** Reads a value that came from outside, total: returns it in its form, or `WRONG`. */
export type Schema<Value> = (value: unknown) => Value | typeof WRONG

export const text: Schema<string> = (value) => (typeof value === 'string' ? value : WRONG)

/** What is printed as it is: no character changes a line without being seen. */
export const plain: Schema<string> = (value) =>
  typeof value === 'string' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? value : WRONG

export const flag: Schema<boolean> = (value) => (typeof value === 'boolean' ? value : WRONG)

/** A whole number from 0 on. */
export const count: Schema<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : WRONG

/** A number, for times that the file system has with parts of a millisecond. */
export const number: Schema<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : WRONG

/** ISO 8601. */
export const date: Schema<string> = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : WRONG

export function oneOf<Value>(values: readonly Value[]): Schema<Value> {
  return (value) => {
    const at = values.findIndex((one) => one === value)
    return at === -1 ? WRONG : (values[at] ?? WRONG)
  }
}

export function nullable<Value>(schema: Schema<Value>): Schema<Value | null> {
  return (value) => (value === null ? null : schema(value))
}

/** A member of a table that may be absent. */
export function optional<Value>(schema: Schema<Value>): Schema<Value | undefined> {
  return (value) => (value === undefined ? undefined : schema(value))
}

/** A member of a table that has a value of its own where it is absent. */
export function withDefault<Value>(schema: Schema<Value>, absent: Value): Schema<Value> {
  return (value) => (value === undefined ? absent : schema(value))
}

export function either<A, B>(first: Schema<A>, second: Schema<B>): Schema<A | B> {
  return (value) => {
    const read = first(value)
    return read === WRONG ? second(value) : read
  }
}

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

export function pairOf<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== 2) return WRONG
    const a = first(value[0])
    const b = second(value[1])
    return a === WRONG || b === WRONG ? WRONG : [a, b]
  }
}

/** A map as the list of its entries. */
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

/** A table of exactly these members; others are left out. */
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

/** A table of any members. */
export const anyTable: Schema<Readonly<Record<string, unknown>>> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : WRONG
