import { printableText } from '../../src/core/printable.ts'
import type { Around } from '../../src/core/act/around.ts'
import type { End, Outcome } from '../../src/core/act/outcome.ts'
import type { Left, LeftCode, Plan, Planned } from '../../src/core/act/plan.ts'
import type { UnitProgress } from '../../src/core/act/progress.ts'
import type { Finding } from '../../src/core/report/report.ts'
import type { Screen } from '../../src/render/act/layout.ts'
import type { OutcomeExtras } from '../../src/render/act/outcome.ts'
import { printed } from './printed.ts'
import type { Plain } from './printed.ts'
import { progress } from './progress.ts'
import { finding } from './report.ts'

/** The services of a mail server. */
export const MAIL_SERVER =
  'dovecot fail2ban mariadb nginx opendkim php-fpm postfix postgresql rspamd sshd systemd-resolved valkey vsftpd'.split(
    ' ',
  )

/** A plan about nothing, and what differs from it. */
export function planWith(some: Plain<Partial<Plan>> = {}): Plan {
  const { units = [], left: alone = [] } = some
  return printed<Plan>({
    isOfUser: false,
    isNamed: false,
    manager: null,
    isReloaded: false,
    units,
    keeping: [],
    left: alone,
    services: units.length + alone.length,
    others: 0,
    ...some,
  })
}

/** A service that a plan restarts, by its name without `.service`. */
export function planned(name: string, some: Plain<Partial<Planned & Finding>> = {}): Planned {
  const { isSafe = true, endsCaller = false, ...of } = some
  const unit = `${name}.service`
  return { unit: printableText(unit), finding: finding({ unit, ...of }), isSafe, endsCaller }
}

/** A service that a plan leaves alone. */
export function left(name: string, code: LeftCode, some: Plain<Partial<Finding>> = {}): Left {
  const unit = `${name}.service`
  return { unit: printableText(unit), finding: finding({ unit, action: 'manual', ...some }), code }
}

/** What stands around the plan of root on a machine that was seen whole. */
export function around(some: Plain<Partial<Around>> = {}): Around {
  return printed<Around>({
    reboot: { needed: 'none', reasons: [] },
    canSoftReboot: true,
    isRoot: true,
    limits: [],
    hidden: 0,
    isRebootSimpler: false,
    isPacmanAtWork: false,
    current: [],
    notRunning: [],
    survivors: null,
    isRemote: false,
    ...some,
  })
}

/** A cost of the table of sensitive units. */
export function cost(reason: string): Plain<Finding['cautions'][number]> {
  return { code: 'sensitive', blocking: true, detail: { reason, guests: [] } }
}

/** What systemd says of a service that runs since an unknown time, and what differs from it. */
export function state(some: Plain<Partial<UnitProgress>> = {}): UnitProgress {
  return progress({ activeSince: null, ...some })
}

/** What became of a unit, by its name without `.service`. */
export function end(name: string, code: End['code'], some: Plain<Partial<End>> = {}): End {
  return printed<End>({
    unit: `${name}.service`,
    code,
    state: null,
    old: null,
    isMainNew: null,
    ...some,
  })
}

/** What a restart did, as a watching to the end saw it. */
export function outcomeWith(some: Plain<Partial<Outcome>> = {}): Outcome {
  return printed<Outcome>({
    ends: [],
    alsoFailed: [],
    isManagerOld: null,
    isLookedAgain: true,
    watched: 'to-the-end',
    ...some,
  })
}

/** A screen of 80 columns, in a shell of root. */
export const SCREEN: Screen = { width: 80, asRoot: null }

/** The same for a user who called sudo. */
export const SUDO_SCREEN: Screen = { ...SCREEN, asRoot: 'sudo' }

/** What a person reads beside an outcome of root. */
export function extrasWith(some: Plain<Partial<OutcomeExtras>> = {}): OutcomeExtras {
  return printed<OutcomeExtras>({ units: new Map(), looked: around(), ...some })
}
