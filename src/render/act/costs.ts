import type { Action } from '../../core/advice/action.ts'
import type { CautionCode } from '../../core/advice/advice.ts'
import type { Left, Plan, Planned } from '../../core/act/plan.ts'
import { joined, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import type { Finding } from '../../core/report/report.ts'
import type { Line } from '../door.ts'
import type { PageSize } from '../width.ts'
import { cautionText, cutOffText } from '../words/cautions.ts'
import { pathLabel } from '../words/labels.ts'
import { withCapital } from '../words/names.ts'
import { stepText } from '../words/steps.ts'
import { commandLine, enumerated, listed } from '../words/words.ts'
import { lookCommand } from './commands.ts'
import { heading, item, namesOfUnits, sentence, unitList } from './layout.ts'
import type { Screen } from './layout.ts'

/** What is said of one unit. */
export type Remark = { readonly unit: Printable; readonly text: Printable }

/** Returns one item for each text, with the names of all units that it is said of. */
export function itemsFor(said: readonly Remark[], page: PageSize): readonly Printable[] {
  const units = new Map<Printable, Printable[]>()
  for (const { unit, text } of said) units.set(text, [...(units.get(text) ?? []), unit])
  return [...units].flatMap(([text, some]) => item(say`${unitList(some)}: ${text}`, page))
}

/** The cautions with a sentence of their own on this screen. */
const SAID_APART: ReadonlySet<CautionCode> = new Set([
  'carries-your-connection',
  'cuts-clients',
  'needs-daemon-reload',
])

type Of = Pick<Planned, 'unit' | 'finding' | 'endsCaller'>

/** The caution about the caller has the code of its rule, and a sentence of its own. */
function cautionsOf({ unit, finding, endsCaller }: Of, isBlocking: boolean): readonly Remark[] {
  return finding.cautions
    .filter(({ code, blocking }) => blocking === isBlocking && !SAID_APART.has(code))
    .filter(({ code }) => !endsCaller || code !== finding.rule)
    .map((caution) => ({ unit, text: cautionText(caution) }))
}

/** Returns what the restarts of a plan cost, unit by unit. */
export function costsOf({ units }: Pick<Plan, 'units'>): readonly Remark[] {
  return units.flatMap((one) => cautionsOf(one, true))
}

const KEEPING = say`a restart leaves some of its processes alone, and they keep old code: see stale-libs`

/** Returns what a person should know of the restarts of a plan, and decides with. */
export function knowLines(plan: Plan, page: PageSize): readonly Line[] {
  const costs = itemsFor(costsOf(plan), page)
  const notes = itemsFor(
    [
      ...plan.units.flatMap((one) => cautionsOf(one, false)),
      ...plan.keeping.map((unit) => ({ unit, text: KEEPING })),
    ],
    page,
  )
  return [
    ...(costs.length === 0 ? [] : [{ strong: say`What it costs:` }, ...costs]),
    ...(notes.length === 0 ? [] : [say`What to know:`, ...notes]),
  ]
}

/** Returns the sentence about the clients of services, whose connections end with the restarts. */
export function clientLines({ units }: Pick<Plan, 'units'>, page: PageSize): readonly Line[] {
  const cut = units.filter(({ finding }) =>
    finding.cautions.some(({ code }) => code === 'cuts-clients'),
  )
  if (cut.length === 0) return []
  return sentence(say`${withCapital(cutOffText(namesOfUnits(cut.map(({ unit }) => unit))))}.`, page)
}

/** Returns the sentences about the session that the caller works in. */
export function callerLines({ units }: Pick<Plan, 'units'>, screen: Screen): readonly Line[] {
  const ends = units.filter(({ endsCaller }) => endsCaller).map(({ unit }) => unit)
  const carries = units.filter(({ finding }) =>
    finding.cautions.some(({ code }) => code === 'carries-your-connection'),
  )
  return [
    ...(carries.length === 0
      ? []
      : sentence(say`Your own session came through ${named(carries)} and stays open.`, screen)),
    ...(ends.length === 0
      ? []
      : heading(
          joined(
            [
              say`Your own session or terminal ends with ${enumerated(namesOfUnits(ends))}.`,
              say`The restarts go on without it: look again with ${lookCommand(screen)}.`,
            ],
            ' ',
          ),
          screen,
        )),
  ]
}

function named(units: readonly Planned[]): Printable {
  return enumerated(namesOfUnits(units.map(({ unit }) => unit)))
}

/**
 * Returns why a unit is left alone: what a restart costs, why there can be none, or what renews the
 * unit instead.
 */
export function whyLeft({ finding }: Pick<Left, 'finding'>): Printable {
  const blocking = finding.cautions.filter((caution) => caution.blocking)
  const said = blocking.length === 0 ? finding.cautions : blocking
  const step = stepInstead(finding)
  const words = [...(step === null ? [] : [step]), ...said.map(cautionText)]
  return words.length === 0 ? say`a restart does not renew it` : joined(words, '; ')
}

/** Returns the step for what is no service, in place of a restart. */
function stepInstead(finding: Finding): Printable | null {
  const { action, command } = finding
  if (action === 'user-reexec' && command !== null) return commandLine(command)
  return INSTEAD.has(action) ? stepText(finding) : null
}

const INSTEAD: ReadonlySet<Action> = new Set(['relogin', 'close', 'container'])

const MAX_FILES = 3

/** Returns which old code a finding uses: by its packages, else by its files. */
export function oldCodeOf({ files, ownPackage }: Pick<Finding, 'files' | 'ownPackage'>): {
  readonly packages: readonly Printable[]
  /** The first of its files, and the number of the others. */
  readonly paths: Printable
} {
  const own = ownPackage === null ? [] : [ownPackage.change.name]
  const packages = files.flatMap((file) => (file.package === null ? [] : [file.package.name]))
  const paths = files.map(({ path }) => pathLabel(path))
  return { packages: [...new Set([...packages, ...own])], paths: listed(paths, MAX_FILES) }
}
