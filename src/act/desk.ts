import type { Command } from '../core/options.ts'
import type { Scan } from '../core/report/report.ts'
import type { Reader } from '../core/report/reader.ts'
import type { Style } from '../render/style.ts'
import type { PageSize } from '../render/width.ts'
import type { TerminalFacts } from '../io/act/terminal.ts'
import type { World } from '../io/world.ts'

/** One look at the machine: what a scan found, and the machine as it was then. */
export type MachineLook = Scan & { readonly world: World }

/** What a command that acts gets from the one who calls it. */
export type Desk = {
  readonly uid: number
  /** The words behind the name of the program. */
  readonly argv: readonly string[]
  readonly reader: Reader
  /** Scans the machine as it is now. */
  readonly look: () => Promise<MachineLook>
  readonly style: Style
  readonly page: PageSize
  readonly terminal: TerminalFacts
}

/** A command that restarts units. */
export type RestartCommand = Extract<Command, { readonly kind: 'restart' }>

/** A command about marks of units. */
export type MarkCommand = Extract<Command, { readonly kind: 'mark' }>

/** A question of a shell for the names that a command takes. */
export type CompleteCommand = Extract<Command, { readonly kind: 'complete' }>
