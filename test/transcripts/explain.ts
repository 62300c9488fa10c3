import { CONTAINER_HOST, DESKTOP, SECOND_DAY, SERVER, today } from './machines.ts'
import { BEN, BY_HAND_ROOT } from './by-hand.ts'
import type { Situations } from './screen.ts'

/** Why something is old, and what a restart does. */
export const EXPLAINED: Situations = {
  'explain-sshd': {
    shows: 'sshd: urgent, and safe',
    machine: SECOND_DAY,
    typed: '$ sudo stale-libs explain sshd',
  },
  'explain-sshd-facts': {
    shows: 'every property and rule behind it',
    machine: SECOND_DAY,
    typed: '$ sudo stale-libs explain sshd --facts',
  },
  'explain-network': {
    shows: 'NetworkManager: it costs something',
    machine: BY_HAND_ROOT,
    typed: '# stale-libs explain NetworkManager',
  },
  'explain-docker': {
    shows: 'docker: it ends containers',
    machine: CONTAINER_HOST,
    typed: '$ sudo stale-libs explain docker',
  },
  'explain-vpn': {
    shows: 'a VPN: it makes an interface',
    machine: SERVER,
    typed: '$ sudo stale-libs explain openvpn-server@office',
  },
  'explain-bus': {
    shows: 'the bus: only a reboot renews it',
    machine: BY_HAND_ROOT,
    typed: '# stale-libs explain dbus-broker',
  },
  'explain-pid': {
    shows: 'a process by its number',
    machine: SERVER,
    typed: '$ sudo stale-libs explain 601',
  },
  'explain-package': {
    shows: 'a package: who still uses an old one',
    machine: SERVER,
    typed: '$ sudo stale-libs explain openssl',
  },
  'explain-file': {
    shows: 'a file: who still uses an old one',
    machine: SERVER,
    typed: '$ sudo stale-libs explain /usr/lib/libcrypto.so.3',
  },
  'explain-user': {
    shows: 'a user: what of theirs is old',
    machine: DESKTOP,
    typed: '$ sudo stale-libs explain ben',
  },
  'explain-own': {
    shows: 'a service of the user who asks',
    machine: BEN,
    typed: '$ stale-libs explain pipewire',
  },
  'explain-new': {
    shows: 'a service that uses nothing old',
    machine: {
      ...SERVER,
      changed: today('openssl'),
      machine: {
        ...SERVER.machine,
        processes: {
          900: { comm: 'chronyd', maps: [], cgroup: '/system.slice/chronyd.service', uid: 0 },
        },
      },
    },
    typed: '$ sudo stale-libs explain chronyd',
  },
}
