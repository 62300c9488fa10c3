import { parsePeople } from '../../src/core/machine/passwd.ts'
import { anonymized, anonymizedMaps } from '../../src/core/recording/anonymize.ts'
import { openAnonymizer } from '../../src/core/recording/anonymizer.ts'
import {
  knownBeginning,
  ofSameKind,
  systemWords,
  wordsIn,
} from '../../src/core/recording/vocabulary.ts'
import { jsonIn } from './config.ts'
import { fixtureAnswers } from './fixtures.ts'
import type { Found, Parser } from './property.ts'

const PEOPLE = parsePeople('max.muster:x:1000:1000:Max Muster,1:/home/max.muster:/bin/sh\n')
const ANONYMIZER = openAnonymizer(
  { people: PEOPLE, hostname: 'kestrel' },
  new Set(systemWords('/usr/lib/systemd/systemd /usr/bin/nginx', ['/home/max.muster'])),
)

function readWords(text: string): Found {
  const { path, bytePath, name, system, text: lines, login, comm } = ANONYMIZER
  ofSameKind(text, text.slice(1))
  const changed = [path, bytePath, name, system, lines, login].map((change) => change(text))
  const [word = ''] = wordsIn(text)
  knownBeginning(text, text.indexOf(word), word)
  systemWords(text, ['/usr/home/a'])
  return { raw: [...changed, comm(text, '/usr/bin/nginx'), anonymizedMaps(text, ANONYMIZER)] }
}

/** What `record --anonymize` replaces. */
export const ANONYMOUS: readonly Parser[] = [
  {
    name: 'words that people chose',
    seeds: [
      '/home/max.muster/Secret-Project/libpatient.so.1',
      'app-max\\x2emuster-12.scope',
      '7f00-7f10 r-xp 00000000 fe:00 42     /home/max.muster/a b.so (deleted)',
      '/usr/lib/systemd/system/a@max.muster.service',
    ],
    read: readWords,
  },
  {
    name: 'accounts of people',
    seeds: ['root:x:0:0::/root:/bin/bash\nzoe:x:1000:1000:Zoe,1,2:/home/zoe:/bin/sh\n'],
    read(text) {
      const people = parsePeople(text)
      return { plain: people.flatMap(({ name, gecos, home }) => [name, gecos, home]) }
    },
  },
  {
    name: 'document without names',
    seeds: [JSON.stringify({ answers: fixtureAnswers().slice(0, 3) })],
    isJson: true,
    read: (text) => ({ text: [JSON.stringify(anonymized(jsonIn(text), ANONYMIZER))] }),
  },
]
