import { isAskedFor } from '../act/when-named.ts'
import type { Action } from '../advice/action.ts'
import type { RuleCode } from '../advice/advice.ts'
import type { Kind } from '../owner/kinds.ts'
import { isLeftAlone } from '../report/finding.ts'
import type { Finding } from '../report/report.ts'
import { isCarrier } from './carriers.ts'

/** What is to be done about findings, as the contract names it, in the order of the text. */
export const GROUPS = [
  'reboot',
  'restart',
  'later',
  'own',
  'logout',
  'close',
  'guests',
  'nothing',
] as const

/** One group of findings. */
export type AnswerGroup = (typeof GROUPS)[number]

/** Returns the group of a finding: what a person does about it. */
export function groupOf(finding: Finding, isRoot: boolean): AnswerGroup {
  const { action, cautions, kind } = finding
  switch (action) {
    case 'reboot':
    case 'soft-reboot':
      return 'reboot'
    case 'restart':
    case 'reexec':
      return cautions.some(({ blocking }) => blocking) ? 'later' : 'restart'
    case 'user-restart':
    case 'user-reexec':
      if (isRoot) return 'own'
      return cautions.some(({ blocking }) => blocking) ? 'later' : 'restart'
    case 'relogin':
      return isCarrierAlone(finding) ? 'nothing' : 'logout'
    case 'close':
      return 'close'
    case 'container':
      return finding.rule === 'container-of-machine' ? 'later' : 'guests'
    case 'manual':
      return ENDS_BY_ITSELF.has(finding.rule)
        ? 'nothing'
        : OF_A_PERSON.has(kind)
          ? 'close'
          : 'later'
    case 'wait':
    case 'none':
      return 'nothing'
    default:
      return action satisfies never
  }
}

/** The rules about what ends without anybody doing something. */
const ENDS_BY_ITSELF: ReadonlySet<RuleCode> = new Set(['greeter', 'session-of-command'])

/** The kinds that a person has started, and ends, by hand. */
const OF_A_PERSON: ReadonlySet<Kind> = new Set(['app', 'process', 'session'])

/** The actions of a restart that `stale-libs restart NAME` can do. */
const RESTARTABLE: ReadonlySet<Action> = new Set(['manual', 'wait', 'restart'])

/**
 * Says whether a text offers `stale-libs restart NAME`, which asks first. What users make old from
 * files of their own leads nobody to a restart of the service that they work inside of.
 */
export function isRestartedByName(finding: Finding): boolean {
  if (finding.rule === 'users-work') return false
  const isService = finding.kind === 'service' || finding.kind === 'user-service'
  return (
    isService && finding.unit !== null && RESTARTABLE.has(finding.action) && isAskedFor(finding)
  )
}

/** Says whether nothing of a session is old but what carries it. */
function isCarrierAlone({ kind, processes }: Finding): boolean {
  return kind === 'session' && processes.every(({ comm }) => isCarrier(comm))
}

/** What a sentence counts findings as. */
export const NOUNS = ['service', 'session', 'app', 'machine', 'program'] as const

/** One word of a count. */
export type Noun = (typeof NOUNS)[number]

const NOUN_OF: Readonly<Record<Kind, Noun>> = {
  service: 'service',
  'user-service': 'service',
  manager: 'service',
  'user-manager': 'service',
  session: 'session',
  app: 'app',
  vm: 'machine',
  container: 'program',
  process: 'program',
}

/**
 * Returns what a finding counts as; `null` where it is not counted. The files of a container are
 * not those of the machine, and a session that only its carrier makes old is no task. What a
 * restart of a service leaves alone is no second service.
 */
export function nounOf(finding: Finding, group: AnswerGroup): Noun | null {
  if (group === 'guests') return null
  if (group === 'nothing' && finding.kind === 'session') return null
  return isLeftAlone(finding) ? 'program' : NOUN_OF[finding.kind]
}
