export const FORMATS = ['text', 'json', 'names', 'prometheus', 'nagios'] as const

export type Format = (typeof FORMATS)[number]

export type ScanOptions = {
  readonly format: Format
  readonly hook: boolean
  /** File with what the transaction changed, `-` for the standard input; only with `hook`. */
  readonly targets: string | null
  readonly all: boolean
  readonly side: 'both' | 'system' | 'user'
  readonly ignoreUnits: readonly string[]
  readonly ignorePaths: readonly string[]
  readonly config: string | null
  readonly exitCode: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly output: string | null
  readonly proc: string
  readonly root: string
  /** Directory of a recording to replay. */
  readonly from: string | null
  readonly logLevel: LogLevel
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export type Command =
  | { readonly kind: 'scan'; readonly options: ScanOptions }
  | {
      readonly kind: 'record'
      readonly directory: string
      readonly anonymize: boolean
      readonly options: ScanOptions
    }
  | {
      readonly kind: 'explain'
      readonly subjects: readonly string[]
      readonly options: ScanOptions
    }
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string }
