/** The output formats of `scan`. */
export const FORMATS = ['text', 'json', 'names', 'prometheus', 'nagios'] as const

/** One output format of `scan`. */
export type Format = (typeof FORMATS)[number]

/** The options of a scan, as stale-libs(8) describes them. */
export type ScanOptions = {
  readonly format: Format
  readonly hook: boolean
  /** File with what the transaction changed, `-` for the standard input; only with `hook`. */
  readonly targets: string | null
  readonly all: boolean
  /** Whether nothing is written where nothing is old and all was seen. */
  readonly quiet: boolean
  readonly side: 'both' | 'system' | 'user'
  /** The one user whose things are looked for: a login name or a user id, as it was typed. */
  readonly of: string | null
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

/** The levels of the diagnostic log, the most important first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** One level of the diagnostic log. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** All commands whose names a shell asks for. */
export const OFFERED_FOR = ['explain', 'restart', 'mark', 'clear'] as const

/** A command whose names a shell asks for; `clear` stands for `mark --clear`. */
export type OfferedFor = (typeof OFFERED_FOR)[number]

/** What a command line asks for. */
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
      /** Whether every fact and rule is asked for. */
      readonly isFacts: boolean
      readonly options: ScanOptions
    }
  | {
      readonly kind: 'restart'
      /** As they were typed. */
      readonly units: readonly string[]
      readonly except: readonly string[]
      readonly isUser: boolean
      readonly isYes: boolean
      readonly isDryRun: boolean
      /** Limit on waiting for the jobs, in seconds. */
      readonly waitSeconds: number
      readonly options: ScanOptions
    }
  | {
      readonly kind: 'mark'
      readonly verb: 'set' | 'clear' | 'list'
      /** As they were typed. `list` has none. */
      readonly units: readonly string[]
      readonly isUser: boolean
      readonly isYes: boolean
      readonly isDryRun: boolean
      readonly options: ScanOptions
    }
  | {
      readonly kind: 'complete'
      readonly command: OfferedFor
      readonly isUser: boolean
      readonly options: ScanOptions
    }
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string }
