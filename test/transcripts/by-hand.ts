import type { Guest } from '../../src/core/owner/guest.ts'
import { printed } from '../support/printed.ts'
import {
  allUse,
  AT_THE_SCREEN,
  BY_SSH,
  DESKTOP,
  GUESTS,
  NOTHING,
  onMonday,
  SECOND_DAY,
  SERVER,
  SSHD,
  THREE_SERVICES,
  today,
} from './machines.ts'
import { KEPT_KERNEL, NEW_KERNEL } from './reboots.ts'
import type { Situations } from './screen.ts'
import type { Told } from './told.ts'

const INSIDE = { pid: '9', mnt: '9', uts: '9', root: '9' }

/** Old things of every kind, looked at in a root shell. */
export const BY_HAND_ROOT: Told = {
  changed: {
    ...today('openssl', 'expat', 'icu', 'docker', 'zlib'),
    ...onMonday('openssh', 'curl'),
  },
  services: {
    sshd: { ...SSHD, uses: 'openssh openssl' },
    ...allUse('cups mariadb nginx php-fpm systemd-resolved', 'openssl'),
    postgresql: 'openssl icu',
    'dbus-broker': { uses: 'expat', comm: 'dbus-broker-lau' },
    docker: { uses: 'docker', comm: 'dockerd', facts: { KillMode: 'process' } },
    gdm: { uses: 'expat', facts: { Names: 'gdm.service display-manager.service' } },
    'man-db': {
      uses: 'zlib',
      comm: 'mandb',
      facts: { Type: 'oneshot', ActiveState: 'activating' },
    },
    NetworkManager: 'curl',
  },
  ofUsers: { 1000: { pipewire: 'expat' }, 1001: { mpd: 'curl' } },
  apps: { 1000: allUse('firefox libreoffice', 'expat') },
  sessions: { 2: { uid: 1000, uses: 'expat', comm: 'gnome-session-b' } },
  groups: {
    '/user.slice/user-1001.slice/user@1001.service/app.slice/tmux-spawn-0b1c.scope': {
      uses: 'openssl',
      comm: 'tmux: server',
      uid: 1001,
    },
    '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service': {
      uses: 'zlib',
      comm: 'nginx',
      apart: INSIDE,
    },
  },
  clean: 190,
  machine: {
    self: { cgroup: '/user.slice/user-0.slice/session-7.scope', terminal: 'pts/0' },
    graphicalSessions: 1,
    guests: printed<Guest[]>([
      { runtime: 'docker', name: 'gitea' },
      { runtime: 'docker', name: 'proxy' },
    ]),
  },
}

/** What ben sees of a desktop. */
export const BEN: Told = {
  changed: { ...today('libsoup3', 'nss', 'curl'), ...onMonday('openssl') },
  ofUsers: {
    1000: {
      pipewire: 'openssl',
      'pipewire-pulse': 'openssl',
      'evolution-source-registry': 'libsoup3',
    },
  },
  apps: { 1000: { firefox: 'nss', libreoffice: 'curl' } },
  clean: 56,
  machine: { ...AT_THE_SCREEN, uid: 1000, denied: 240 },
}

const APPS = Array.from({ length: 37 }, (_, at) => `app@${String(at + 1).padStart(2, '0')}`).join(
  ' ',
)

const SIXTY: Told = {
  changed: { ...today('openssl'), ...onMonday('openssh') },
  services: {
    sshd: { ...SSHD, uses: 'openssh openssl' },
    ...allUse('mariadb postgresql valkey', 'openssl'),
    ...allUse(APPS, 'openssl'),
    ...allUse('dovecot fail2ban nginx opendkim php-fpm postfix rspamd', 'openssl'),
    ...allUse('systemd-resolved vaultwarden vsftpd web-api web-cron web-mail', 'openssl'),
    ...allUse('web-push web-queue web-sync web-thumbs', 'openssl'),
    NetworkManager: 'openssl',
    'openvpn-client@a': { uses: 'openssl', comm: 'openvpn', holds: { interfaces: ['tun0'] } },
  },
  clean: 100,
  machine: BY_SSH,
}

const INCOMPLETE: Told = {
  ...THREE_SERVICES,
  services: allUse('nginx postfix systemd-resolved', 'openssl'),
  machine: {
    self: { cgroup: '/user.slice/user-0.slice/session-7.scope', terminal: 'tty1' },
    denied: 2,
    tally: { cut: 1, longOf: ['zoe'] },
  },
}

/** What a person gets who asks. */
export const BY_HAND: Situations = {
  'hand-root': {
    shows: 'old things of every kind, in a root shell',
    machine: BY_HAND_ROOT,
    typed: '# stale-libs',
  },
  'hand-sudo': {
    shows: 'the server of the first screen, by hand',
    machine: SERVER,
    typed: '$ sudo stale-libs',
  },
  'hand-doas': {
    shows: 'three services, with doas',
    machine: THREE_SERVICES,
    typed: '$ doas stale-libs',
  },
  'hand-run0': {
    shows: 'three services, with run0',
    machine: THREE_SERVICES,
    typed: '$ run0 stale-libs',
  },
  'hand-second-day': {
    shows: 'the second day: logins may fail',
    machine: SECOND_DAY,
    typed: '$ sudo stale-libs',
  },
  'hand-week': {
    shows: 'a week later: what is old since which day',
    machine: {
      ...THREE_SERVICES,
      changed: onMonday('openssl'),
      machine: { ...BY_SSH, at: '2026-11-30T09:12:00.000Z' },
    },
    typed: '$ sudo stale-libs',
  },
  'hand-year': {
    shows: 'a year later',
    machine: {
      ...THREE_SERVICES,
      changed: onMonday('openssl'),
      machine: { ...BY_SSH, at: '2027-11-29T09:12:00.000Z' },
    },
    typed: '$ sudo stale-libs',
  },
  'hand-zone': {
    shows: 'days are those of the zone of the reader',
    machine: { ...THREE_SERVICES, changed: onMonday('openssl') },
    typed: '$ sudo stale-libs',
    environment: { TZ: 'America/Los_Angeles' },
  },
  'hand-desktop': { shows: 'a desktop, by hand', machine: DESKTOP, typed: '$ sudo stale-libs' },
  'hand-user': { shows: 'a desktop as its user sees it', machine: BEN, typed: '$ stale-libs' },
  'hand-user-nothing': {
    shows: 'a user of whom nothing is old',
    machine: { ...NOTHING, machine: { ...AT_THE_SCREEN, uid: 1000, denied: 240 } },
    typed: '$ stale-libs',
  },
  'hand-nothing': { shows: 'nothing is old', machine: NOTHING, typed: '# stale-libs' },
  'hand-restarted': {
    shows: 'after a restart: only the VPN, which was left alone, is old',
    machine: {
      ...SERVER,
      services: { 'openvpn-server@office': SERVER.services?.['openvpn-server@office'] ?? '' },
    },
    typed: '$ sudo stale-libs',
  },
  'hand-reboot-waits': {
    shows: 'nothing is old, and a reboot waits',
    machine: { ...NOTHING, machine: { ...BY_SSH, ...NEW_KERNEL } },
    typed: '$ sudo stale-libs',
  },
  'hand-reboot-kept': {
    shows: 'nothing is old, and a reboot waits that is not urgent',
    machine: { ...NOTHING, machine: { ...BY_SSH, ...KEPT_KERNEL } },
    typed: '$ sudo stale-libs',
  },
  'hand-incomplete': {
    shows: 'not everything was seen',
    machine: INCOMPLETE,
    typed: '# stale-libs',
  },
  'hand-sixty': { shows: 'sixty services', machine: SIXTY, typed: '$ sudo stale-libs' },
  'hand-sixty-all': {
    shows: 'sixty services, with a row for each',
    machine: SIXTY,
    typed: '$ sudo stale-libs --all',
  },
  'hand-guests': {
    shows: 'a host of containers, by hand: guests have old files of their own',
    machine: GUESTS,
    typed: '$ sudo stale-libs',
  },
  'hand-tmux': {
    shows: 'a look from within the tmux that is old',
    machine: {
      changed: today('openssl', 'tmux'),
      groups: {
        '/user.slice/user-1000.slice/session-3.scope': {
          uses: 'tmux',
          comm: 'tmux: server',
          uid: 1000,
        },
      },
      machine: BY_SSH,
    },
    typed: '$ sudo stale-libs',
  },
  'hand-narrow': {
    shows: 'a terminal of 60 columns',
    machine: SERVER,
    typed: '$ sudo stale-libs',
    environment: { COLUMNS: '60', NO_COLOR: '1', TERM: 'linux' },
    isAtTerminal: true,
  },
  'hand-of-user': {
    shows: 'only what belongs to one user',
    machine: BY_HAND_ROOT,
    typed: '# stale-libs --of zoe',
  },
  'hand-system': {
    shows: 'only what is the system has',
    machine: DESKTOP,
    typed: '$ sudo stale-libs --system',
  },
}
