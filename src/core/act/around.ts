import type { Limit } from '../limits.ts'
import type { Printable } from '../printable.ts'
import type { Report } from '../report/report.ts'

/** What a person reads beside a plan. */
export type Around = Pick<Report, 'reboot' | 'canSoftReboot' | 'isRoot'> & {
  readonly limits: readonly Limit[]
  /** The number of findings that the configuration hides. */
  readonly hidden: number
  /** Whether nearly everything of the machine uses old code, so that a reboot is simpler. */
  readonly isRebootSimpler: boolean
  /** Whether pacman has its database locked: a transaction may be half done. */
  readonly isPacmanAtWork: boolean
  /** Named units that run, and use no old code. */
  readonly current: readonly Printable[]
  /** Named units that do not run. */
  readonly notRunning: readonly Printable[]
  /**
   * Services that do not end with a soft reboot (`SurviveFinalKillSignal=`). `null`: this systemd
   * has no such setting, or gave no answer.
   */
  readonly survivors: readonly Printable[] | null
  /** Whether the caller came in over a remote login, whose connection may break. */
  readonly isRemote: boolean
}
