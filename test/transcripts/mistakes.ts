import { SERVER } from './machines.ts'
import type { Situation, Situations } from './screen.ts'

const wrong = (typed: `$ ${string}`, shows: string): Situation => ({ shows, typed, status: 2 })

/** What a person mistypes, and what is said then. */
export const MISTAKES: Situations = {
  help: { shows: 'the commands and options, on one screen', typed: '$ stale-libs --help' },
  'short-help': { shows: 'the same by its short name', typed: '$ stale-libs -h | head -1' },
  version: { shows: 'the version', typed: '$ stale-libs -V' },
  'wrong-option': wrong('$ stale-libs --jsn', 'an option that does not exist'),
  'wrong-colour': wrong('$ stale-libs --colour', 'an option in other English'),
  'wrong-version': wrong('$ stale-libs --versoin', 'two letters changed places'),
  'wrong-command': wrong('$ stale-libs explian sshd', 'a command that does not exist'),
  'wrong-format': wrong('$ stale-libs --format yaml', 'a format that does not exist'),
  'wrong-user': wrong('$ stale-libs --user zoe', 'an option that takes no value'),
  'explain-what': wrong('$ stale-libs explain', 'nothing to explain'),
  'wrong-recording': {
    shows: 'a directory that is no recording',
    typed: '$ stale-libs --from /proc',
    status: 3,
  },
  'wrong-name': {
    shows: 'no unit, package or user has the name',
    machine: SERVER,
    typed: '$ sudo stale-libs explain ngin',
    status: 2,
  },
  'far-name': {
    shows: 'nothing has a name like it',
    machine: SERVER,
    typed: '$ sudo stale-libs explain frobnicate',
    status: 2,
  },
  'wrong-pid': {
    shows: 'no process has the number',
    machine: SERVER,
    typed: '$ sudo stale-libs explain 99999',
    status: 2,
  },
  'bare-name': {
    shows: 'a name without a command is explained',
    machine: SERVER,
    typed: '$ sudo stale-libs nginx',
  },
  'near-bare-name': {
    shows: 'a name without a command, mistyped',
    machine: SERVER,
    typed: '$ sudo stale-libs ngnix',
    status: 2,
  },
  'of-nobody': {
    shows: 'a user who does not exist',
    machine: SERVER,
    typed: '$ sudo stale-libs --of zo',
    status: 2,
  },
}
