import type { Around } from '../../src/core/act/around.ts'
import { isNothing, oldUnits, planOf } from '../../src/core/act/plan.ts'
import type { Plan } from '../../src/core/act/plan.ts'
import { withAllCosts } from '../../src/core/act/when-named.ts'
import type { Scan } from '../../src/core/report/report.ts'
import { openLog } from '../../src/io/log.ts'
import { openRecording } from '../../src/io/recording/recording.ts'
import { outcomeLines } from '../../src/render/act/outcome.ts'
import type { Screen } from '../../src/render/act/layout.ts'
import type { UnitExtras } from '../../src/render/act/ends.ts'
import { planLines } from '../../src/render/act/plan.ts'
import { saidNoText } from '../../src/render/act/problems.ts'
import { restartQuestion } from '../../src/render/act/question.ts'
import { scan } from '../../src/scan/scan.ts'
import { around, end, extrasWith, outcomeWith, SCREEN, state, SUDO_SCREEN } from '../support/act.ts'
import { shown } from '../support/door.ts'
import type { Plain } from '../support/printed.ts'
import { progress } from '../support/progress.ts'
import { optionsOf } from '../support/world.ts'

/** What somebody does with `stale-libs restart`, and what becomes of it. */
export type Deed = {
  /** The services that are named, without `.service`; left out: all that is safe. */
  readonly named?: readonly string[]
  readonly isOfUser?: boolean
  /** Whether the person came in through sshd. */
  readonly isRemote?: boolean
  /** The width of the terminal, 80 where it is not given. */
  readonly columns?: number
  /** The answer to the question. */
  readonly answer: 'y' | 'n'
  /** The services that fail, by their names without `.service`. */
  readonly fails?: Readonly<Record<string, Plain<UnitExtras>>>
}

/**
 * Returns what `stale-libs restart` prints on a recorded machine. systemd alone can restart
 * anything, so this is put together of the parts of the program, and what systemd says of the
 * restarted units is told by the situation.
 */
export async function actedText(directory: string, uid: number, deed: Deed): Promise<string> {
  const look = await lookAt(directory)
  const reader = deed.isOfUser === true ? SCREEN : SUDO_SCREEN
  const screen = { ...reader, width: deed.columns ?? reader.width }
  const plan = planOfLook(look, uid, deed)
  const { reboot, canSoftReboot, isRoot, limits } = look.report
  const sides = around({ reboot, canSoftReboot, isRoot, limits, isRemote: deed.isRemote ?? false })
  const told = shown(planLines(plan, sides, screen))
  if (isNothing(plan)) return told
  const question = shown(restartQuestion(plan, screen)).slice(0, -1)
  const after =
    deed.answer === 'y' ? outcomeText(plan, deed, sides, screen) : [saidNoText('restart')]
  return `${told}${question}${deed.answer}\n${shown(after)}`
}

/** What came of a restart, where nothing else has changed meanwhile. */
function outcomeText(plan: Plan, { fails = {} }: Deed, looked: Around, screen: Screen) {
  const extras = Object.entries(fails).map(([name, one]) => [`${name}.service`, one] as const)
  const failed = { result: 'exit-code', mainExit: { kind: 'exited', number: 1 } } as const
  const ends = plan.units.map(({ unit }) => {
    const name = unit.replace(/\.service$/, '')
    return name in fails ? end(name, 'failed', { state: state(failed) }) : end(name, 'restarted')
  })
  const beside = extrasWith({ units: new Map(extras), looked })
  return outcomeLines(plan, outcomeWith({ ends }), beside, screen)
}

async function lookAt(directory: string): Promise<Scan> {
  const { world, config } = openRecording(directory)
  const log = await openLog('silent')
  return await scan(world, optionsOf(), config, { version: '0.1.0', environment: {} }, log)
}

function planOfLook(look: Scan, uid: number, { named, isOfUser = false }: Deed): Plan {
  const unitOf = (name: string) => `${name}.service`
  const wanted = {
    named: named === undefined ? null : new Set(named.map(unitOf)),
    except: new Set<string>(),
    isOfUser,
  }
  const units = oldUnits(look.report, isOfUser)
  const states = new Map(units.map((unit) => [unit, progress({ unit, activeSince: null })]))
  return planOf({ findings: withAllCosts(look) }, wanted, uid, states)
}
