export const ACTIONS = [
  'restart',
  'reexec',
  'user-restart',
  'user-reexec',
  'relogin',
  'close',
  'container',
  'manual',
  'soft-reboot',
  'reboot',
  'wait',
  'none',
] as const

export type Action = (typeof ACTIONS)[number]

/** A fact that a person should know before acting. The words are made in `render/words.ts`. */
export type Caution = {
  readonly code: string
  /** A blocking caution keeps the finding out of `commands`. */
  readonly blocking: boolean
  /** What the code's sentence needs: a unit, a number of processes, the reason of a table row. */
  readonly detail: string | null
}

export type Advice = {
  readonly action: Action
  readonly command: readonly string[] | null
  readonly clears: boolean
  readonly cautions: readonly Caution[]
  /** Code of the rule that decided; `explain` says it in words. */
  readonly rule: string
}
