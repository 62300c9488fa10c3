import type { CautionCode, RuleCode } from '../advice/advice.ts'
import type { Finding } from './report.ts'

/**
 * Says whether a restart may end the session or the terminal of the reader, or the network or the
 * display that it comes through: no command is printed for it.
 */
export function endsReader({
  rule,
  cautions,
  carriesReader,
}: Pick<Finding, 'rule' | 'cautions' | 'carriesReader'>): boolean {
  return carriesReader || ENDING.has(rule) || cautions.some(({ code }) => ENDING.has(code))
}

const ENDING: ReadonlySet<RuleCode | CautionCode> = new Set([
  'display-manager',
  'ends-your-connection',
  'you-are-inside',
  'own-job',
  'carries-remote-logins',
  'cuts-logins',
  'serves-display',
  'hangs-up-terminals',
])

/** Says whether something beside the unit ends with its restart, so that it is to be asked for. */
export function endsSomething({ cautions }: Pick<Finding, 'cautions'>): boolean {
  return cautions.some(({ code }) => BESIDE.has(code))
}

const BESIDE: ReadonlySet<CautionCode> = new Set(['ends-tasks', 'ends-guests', 'ends-terminals'])
