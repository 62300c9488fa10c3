import type { Manager } from '../core/cases.ts'
import { parseUnitFacts } from '../core/unit-facts.ts'
import { UNIT_PROPERTIES } from '../core/types.ts'
import type { LimitCode, UnitFacts } from '../core/types.ts'
import { errorCode, unlessUnreadable } from './error.ts'
import { statSync } from 'node:fs'

/** What systemd said of the units it was asked about, or why it said nothing. */
export type UnitAnswer = {
  readonly facts: ReadonlyMap<string, UnitFacts>
  readonly limit: LimitCode | null
}

export type Systemctl = {
  /** @param units at least one: without a name, `show` prints the properties of the manager */
  readonly show: (units: readonly string[], manager: Manager) => Promise<UnitAnswer>
}

const TIME_LIMIT_MS = 3000
/** A whole argument list may take 2 MiB (execve(2)); a unit name takes 256 bytes. */
const MAX_UNITS = 4096
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * Asks the running machine's systemd. All units are asked in one call: systemctl(1), `show`. What starts
 * programs is loaded only here: most scans find nothing to ask about.
 */
export function liveSystemctl(uid: number): Systemctl {
  return {
    async show(units, manager) {
      const facts = new Map<string, UnitFacts>()
      for (let at = 0; at < units.length; at += MAX_UNITS) {
        const answer = await showBatch(units.slice(at, at + MAX_UNITS), manager, uid)
        if (answer.limit !== null) return { facts, limit: answer.limit }
        for (const [unit, known] of answer.facts) facts.set(unit, known)
      }
      return { facts, limit: null }
    },
  }
}

async function showBatch(
  units: readonly string[],
  manager: Manager,
  uid: number,
): Promise<UnitAnswer> {
  const asked = manager === 'system' ? uid : manager
  const runtime = `/run/user/${asked}`
  const owner = unlessUnreadable(() => statSync(runtime))
  if (manager !== 'system' && owner?.uid !== manager) return silent('user-manager-missing')
  // root becomes the user: nobody with privileges talks to what a user controls (systemd #12770).
  const identity = asked === uid || owner === null ? {} : { uid: owner.uid, gid: owner.gid }
  const { spawnSync } = await import('node:child_process')
  const properties = `--property=${UNIT_PROPERTIES.join(',')}`
  const { status, stdout, error } = spawnSync(
    '/usr/bin/systemctl',
    [
      manager === 'system' ? '--system' : '--user',
      'show',
      '--no-pager',
      properties,
      '--',
      ...units,
    ],
    {
      // The user's manager listens there; whoever comes through sudo or a hook has no such variable.
      env: { PATH: '/usr/bin', LC_ALL: 'C', XDG_RUNTIME_DIR: runtime },
      ...identity,
      cwd: '/',
      encoding: 'utf8',
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const code = errorCode(error)
  if (code === 'ENOENT') return silent('systemctl-missing')
  if (code === 'ETIMEDOUT') return silent('systemctl-timeout')
  const facts = parseUnitFacts(stdout ?? '')
  if (status !== 0 || facts.length !== units.length || !facts.every(isWhole))
    return silent('systemctl-failed')
  // An alias answers with another Id, so the answers are matched by their order.
  return { facts: new Map(units.map((unit, at) => [unit, facts[at] as UnitFacts])), limit: null }
}

/** Whatever stands in the place of systemctl, half an answer is none. */
function isWhole({ Id, LoadState, ActiveState }: UnitFacts): boolean {
  return Id !== '' && LoadState !== '' && ActiveState !== ''
}

/** Stands in where there is no systemd to ask: every question is answered with the reason. */
export function silentSystemctl(limit: LimitCode): Systemctl {
  return { show: async () => silent(limit) }
}

function silent(limit: LimitCode): UnitAnswer {
  return { facts: new Map(), limit }
}
