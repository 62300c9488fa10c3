import { BEN, BY_HAND_ROOT } from './by-hand.ts'
import { NOTHING, SERVER, THREE_SERVICES, today } from './machines.ts'
import type { Situations } from './screen.ts'

/** What the restart of services says: before it, and after it. */
export const RESTARTED: Situations = {
  restart: {
    shows: 'a restart over ssh that goes well',
    machine: THREE_SERVICES,
    typed: '$ sudo stale-libs restart',
    deed: { isRemote: true, answer: 'y' },
  },
  'restart-server': {
    shows: 'a restart of all that is safe on a server, over ssh',
    machine: SERVER,
    typed: '$ sudo stale-libs restart',
    deed: { isRemote: true, answer: 'y' },
  },
  'restart-failed': {
    shows: 'a restart of 13 services, of which one fails, on 74 columns',
    machine: {
      ...SERVER,
      changed: today('openssl', 'nginx'),
      services: { ...SERVER.services, nginx: 'nginx openssl' },
    },
    typed: '$ sudo stale-libs restart',
    deed: {
      isRemote: true,
      columns: 74,
      answer: 'y',
      fails: {
        nginx: {
          journal: ['nginx: [emerg] unknown directive "brotli" in /etc/nginx/nginx.conf:41'],
          goBack: '/var/cache/pacman/pkg/nginx-1.28.0-3-x86_64.pkg.tar.zst',
          messages: [],
        },
      },
    },
  },
  'restart-network': {
    shows: 'a restart that costs something: it asks with the cost, and the answer is no',
    machine: BY_HAND_ROOT,
    typed: '$ sudo stale-libs restart NetworkManager',
    deed: { named: ['NetworkManager'], answer: 'n' },
  },
  'restart-user': {
    shows: 'a user restarts services of their own',
    machine: BEN,
    typed: '$ stale-libs restart --user',
    deed: { isOfUser: true, answer: 'y' },
  },
  'restart-nothing': {
    shows: 'nothing to restart',
    machine: NOTHING,
    typed: '$ sudo stale-libs restart',
    deed: { answer: 'y' },
  },
}
