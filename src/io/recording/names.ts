import { configTables } from '../../core/config/tables.ts'
import type { IgnoreSubject } from '../../core/config/config.ts'
import { isPerson } from '../../core/machine/passwd.ts'
import type { Account } from '../../core/machine/passwd.ts'
import { printable } from '../../core/printable.ts'
import { parseDeletedMappings } from '../../core/proc/maps.ts'
import { anonymized } from '../../core/recording/anonymize.ts'
import { openAnonymizer } from '../../core/recording/anonymizer.ts'
import type { Anonymizer } from '../../core/recording/anonymizer.ts'
import { renamableRules } from '../../core/recording/ignore-rules.ts'
import { homesOf, systemWords, wordsIn } from '../../core/recording/vocabulary.ts'
import type { Report } from '../../core/report/report.ts'
import type { World } from '../world.ts'
import { asRecorded } from './form.ts'
import type { About, RecordingDocument, Taken } from './form.ts'

/** Replaces nothing. */
export const UNCHANGED: Pick<Anonymizer, 'bytePath' | 'name' | 'text' | 'system' | 'comm'> = {
  bytePath: (path) => path,
  name: (name) => name,
  text: (text) => text,
  system: (text) => text,
  comm: (comm) => comm,
}

/** Returns the accounts of people, by the machine's list or by the names that a scan asked for. */
function peopleOf({ machine }: World): readonly Account[] {
  const known = machine.people()
  const uids = new Set(known.map(({ uid }) => uid))
  const others = [...machine.userNames()].flatMap(([uid, name]) =>
    uids.has(uid) || !isPerson(uid) ? [] : [{ uid, name, gecos: '', home: `/home/${name}` }],
  )
  return [...known, ...others]
}

/** Opens an anonymizer that knows the people of the machine and the words of its system. */
export function anonymizerOf(
  document: RecordingDocument,
  world: World,
  { maps, facts }: Taken,
  { host }: Report,
): Anonymizer {
  const people = peopleOf(world)
  const homes = [...homesOf(people).keys()]
  const packages = document.answers.filter(([question]) => question.startsWith('packages.'))
  const lines = [...maps.values()].flat()
  const texts = [
    ...document.answers.map((call) => JSON.stringify(call, asRecorded)),
    ...lines.map((line) => line.slice(line.indexOf(' /') + 1)),
    ...[...facts.values()].map(({ exe }) => exe ?? ''),
  ]
  const vocabulary = new Set([
    ...texts.flatMap((text) => systemWords(text, homes)),
    ...packages.flatMap(([, , answer]) => wordsIn(JSON.stringify(answer, asRecorded))),
  ])
  return openAnonymizer({ people, hostname: host.hostname }, vocabulary)
}

/** Returns the document of a recording without the words that people chose. */
export function withoutNames(
  document: RecordingDocument,
  anonymizer: Anonymizer,
  { machine }: World,
  { maps, facts }: Taken,
  { config, report }: About,
): unknown {
  const groups = [...facts.values()].flatMap(({ cgroup }) => cgroup.text.split(/[/\n]/))
  const lines = [...maps.values()].flatMap((text) => parseDeletedMappings(text.join('\n')))
  const paths = lines.map(({ path }) => printable(path))
  const distinct = (names: readonly string[]) => [...new Set(names)]
  const labels = {
    unit: distinct([...groups, ...report.ignored.flatMap(({ names }) => names)]),
    path: distinct(paths),
    package: [],
    user: distinct([...machine.userNames().values()]),
  }
  const rename = (text: string, subject: IgnoreSubject) =>
    subject === 'user' ? anonymizer.login(text) : anonymizer.text(text)
  const ignore = renamableRules(config.ignore, labels, rename)
  const whole = { ...document, config: configTables({ ...config, ignore }) }
  return anonymized(JSON.parse(JSON.stringify(whole, asRecorded)), anonymizer)
}
