import { WRONG } from '../../core/recording/schema.ts'
import type { Schema } from '../../core/recording/schema.ts'
import type { CallLog } from './call-log.ts'

/** How a recording handles a method of a port. */
export type Question<Method> = {
  /** The schema of one answer in a log. */
  readonly schema: Schema<unknown>
  /** Returns the same method, which notes each answer. */
  listen(method: Method, name: string, log: CallLog): Method
  /** Returns a method that gives the answers of a log. */
  replay(name: string, log: CallLog): Method
}

/**
 * A method with one answer a call.
 *
 * @param key tells calls apart, by their arguments
 * @param otherwise the answer to a call that was not recorded
 */
export function single<Args extends readonly unknown[], Answer>(
  key: (...args: Args) => string,
  schema: Schema<Answer>,
  otherwise: Answer,
): Question<(...args: Args) => Answer> {
  return {
    schema,
    listen:
      (method, name, log) =>
      (...args) => {
        const answer = method(...args)
        log.note(name, key(...args), answer)
        return answer
      },
    replay:
      (name, log) =>
      (...args) =>
        recorded(log, name, key(...args), schema, otherwise),
  }
}

/** Does the same as `single` for a method that returns a promise. */
export function later<Args extends readonly unknown[], Answer>(
  key: (...args: Args) => string,
  schema: Schema<Answer>,
  otherwise: Answer,
): Question<(...args: Args) => Promise<Answer>> {
  const now = single(key, schema, otherwise)
  return {
    schema,
    listen:
      (method, name, log) =>
      async (...args) => {
        const answer = await method(...args)
        log.note(name, key(...args), answer)
        return answer
      },
    replay: (name, log) => {
      const answer = now.replay(name, log)
      return async (...args) => answer(...args)
    },
  }
}

/** How the answer about many items is composed of one part for each item. */
export type Parts<Item, Rest extends readonly unknown[], Answer, Part> = {
  /** Returns a text that distinguishes items, over all calls. */
  readonly key: (item: Item, ...rest: Rest) => string
  /** Returns what has the part of each item. It is asked for once for each answer. */
  readonly parts: (answer: Answer) => (item: Item, at: number) => Part
  readonly whole: (parts: readonly (readonly [item: Item, part: Part])[]) => Answer
  readonly schema: Schema<Part>
  /** The part for an item that was not recorded. */
  readonly otherwise: Part
}

/**
 * Returns how a method about many items is recorded. Another call about some of the items gets the
 * same parts.
 */
export function many<Item, Rest extends readonly unknown[], Answer, Part>(
  parts: Parts<Item, Rest, Answer, Part>,
): Question<(items: readonly Item[], ...rest: Rest) => Answer> {
  return {
    schema: parts.schema,
    listen:
      (method, name, log) =>
      (items, ...rest) =>
        noted(parts, method(items, ...rest), items, rest, name, log),
    replay:
      (name, log) =>
      (items, ...rest) =>
        recordedParts(parts, items, rest, name, log),
  }
}

/** Does the same as `many` for a method that returns a promise. */
export function manyLater<Item, Rest extends readonly unknown[], Answer, Part>(
  parts: Parts<Item, Rest, Answer, Part>,
): Question<(items: readonly Item[], ...rest: Rest) => Promise<Answer>> {
  return {
    schema: parts.schema,
    listen:
      (method, name, log) =>
      async (items, ...rest) =>
        noted(parts, await method(items, ...rest), items, rest, name, log),
    replay:
      (name, log) =>
      async (items, ...rest) =>
        recordedParts(parts, items, rest, name, log),
  }
}

/**
 * Returns the question of a method that no stage of a scan calls. Other answers of the log depend
 * on it.
 */
export function unasked<Method>(answers: Method): Question<Method> {
  return { schema: () => WRONG, listen: (method) => method, replay: () => answers }
}

function noted<Item, Rest extends readonly unknown[], Answer, Part>(
  { key, parts }: Parts<Item, Rest, Answer, Part>,
  answer: Answer,
  items: readonly Item[],
  rest: Rest,
  name: string,
  log: CallLog,
): Answer {
  const part = parts(answer)
  for (const [at, item] of items.entries()) log.note(name, key(item, ...rest), part(item, at))
  return answer
}

function recordedParts<Item, Rest extends readonly unknown[], Answer, Part>(
  { key, whole, schema, otherwise }: Parts<Item, Rest, Answer, Part>,
  items: readonly Item[],
  rest: Rest,
  name: string,
  log: CallLog,
): Answer {
  return whole(
    items.map(
      (item) => [item, recorded(log, name, key(item, ...rest), schema, otherwise)] as const,
    ),
  )
}

/** Returns a recorded answer. The log was validated with the schemas when it was opened. */
function recorded<Answer>(
  log: CallLog,
  name: string,
  key: string,
  schema: Schema<Answer>,
  otherwise: Answer,
): Answer {
  const answer = log.answer(name, key)
  const read = answer === undefined ? WRONG : schema(answer)
  return read === WRONG ? otherwise : read
}
