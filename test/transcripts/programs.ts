import { DESKTOP, NOTHING, SERVER, THREE_SERVICES, today } from './machines.ts'
import type { Situations } from './screen.ts'

/** What scripts, monitoring and cron get. */
export const FOR_PROGRAMS: Situations = {
  names: {
    shows: 'the units that can be restarted, with their whole names',
    machine: THREE_SERVICES,
    typed: '$ sudo stale-libs --format names',
  },
  json: {
    shows: 'the JSON document, of one service',
    machine: {
      changed: today('libcups'),
      services: { cups: { uses: 'libcups', comm: 'cupsd' } },
    },
    typed: '$ sudo stale-libs --format json',
  },
  'quiet-nothing': {
    shows: 'nothing is old: cron sends no mail',
    machine: NOTHING,
    typed: '# stale-libs --quiet',
  },
  'quiet-incomplete': {
    shows: 'nothing was found, and not everything was seen',
    machine: { ...NOTHING, machine: { ...NOTHING.machine, denied: 2 } },
    typed: '# stale-libs --quiet',
  },
  'exit-code': {
    shows: 'the exit status of a look that found something',
    machine: THREE_SERVICES,
    typed: '$ sudo stale-libs --quiet --exit-code >/dev/null; echo $?',
  },
  nagios: {
    shows: 'a check of a monitoring system: logins are concerned',
    machine: SERVER,
    typed: '# stale-libs --format nagios',
    status: 2,
  },
  'nagios-warning': {
    shows: 'a check of a monitoring system: a desktop',
    machine: DESKTOP,
    typed: '# stale-libs --format nagios',
    status: 2,
  },
}
