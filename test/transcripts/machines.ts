import type { Guest } from '../../src/core/owner/guest.ts'
import { printed } from '../support/printed.ts'
import type { RecordedMachine } from '../support/recording.ts'
import type { Told } from './told.ts'

/** What a container does not share with the machine. */
const INSIDE = { pid: '9', mnt: '9', uts: '9', root: '9' }

/** Mon 23 Nov, when the machines of the situations were upgraded before. */
const MONDAY = '2026-11-23T07:18:40Z'
/** Tue 24 Nov, a minute before the screens. */
const TODAY = '2026-11-24T06:40:12Z'

/** Versions of Arch, old and new, with the time of the upgrade. */
const OF_TODAY = {
  'amd-ucode': ['20251021-1', '20251111-1', TODAY],
  curl: ['8.16.0-1', '8.17.0-1', TODAY],
  docker: ['1:28.5.2-1', '1:29.0.1-1', TODAY],
  expat: ['2.7.2-1', '2.7.3-1', TODAY],
  glibc: ['2.41+r48+g5cb575ca9a3d-1', '2.42+r17+gd7274d718e6f-1', TODAY],
  icu: ['78.1-1', '78.2-1', TODAY],
  libcups: ['2:2.4.14-1', '2:2.4.15-1', TODAY],
  libsoup3: ['3.6.5-1', '3.6.6-1', TODAY],
  linux: ['6.17.9.arch1-1', '6.18.1.arch1-2', TODAY],
  mariadb: ['12.0.2-2', '12.1.2-1', TODAY],
  nginx: ['1.28.0-3', '1.28.1-1', TODAY],
  nss: ['3.118-1', '3.118.1-1', TODAY],
  'nvidia-utils': ['580.95.05-2', '580.105.08-3', TODAY],
  openssh: ['10.0p1-4', '10.2p1-2', TODAY],
  openssl: ['3.6.0-1', '3.6.1-1', TODAY],
  'qemu-base': ['10.1.2-1', '10.1.2-2', TODAY],
  tmux: ['3.5_a-2', '3.6-1', TODAY],
  tzdata: ['2025b-1', '2025c-1', TODAY],
  zlib: ['1:1.3.1-2', '1:1.3.1-3', TODAY],
} as const satisfies Told['changed']

type Name = keyof typeof OF_TODAY

/** Returns what packages were upgraded to, a minute ago. */
export function today(...names: readonly Name[]): Told['changed'] {
  return Object.fromEntries(names.map((name) => [name, OF_TODAY[name]]))
}

/** Returns what packages were upgraded to on Monday. */
export function onMonday(...names: readonly Name[]): Told['changed'] {
  return Object.fromEntries(
    names.map((name) => [name, [OF_TODAY[name][0], OF_TODAY[name][1], MONDAY] as const]),
  )
}

/** Returns what packages were upgraded to today, and once before on Monday. */
export function again(...names: readonly Name[]): Told['changed'] {
  return Object.fromEntries(names.map((name) => [name, [...OF_TODAY[name], MONDAY] as const]))
}

/** A login by ssh: sshd, the first service of each server here, is an ancestor. */
export const BY_SSH: Partial<RecordedMachine> = {
  self: {
    cgroup: '/user.slice/user-1000.slice/session-3.scope',
    terminal: 'pts/0',
    ancestors: { 601: '/system.slice/sshd.service' },
  },
}

/** A login at the screen of a desktop. */
export const AT_THE_SCREEN: Partial<RecordedMachine> = {
  self: {
    cgroup: '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-console-4400.scope',
    terminal: 'pts/1',
  },
  graphicalSessions: 1,
}

export const SSHD = { comm: 'sshd', facts: { KillMode: 'process' } }

/** What a server runs that uses openssl, beside sshd. */
const SERVER_NAMES =
  'dovecot fail2ban mariadb nginx opendkim php-fpm postfix postgresql rspamd systemd-resolved valkey vsftpd'

/** Those of them with clients that are connected. */
const WITH_CLIENTS = 'dovecot mariadb postgresql valkey vsftpd'

/** Returns services that use old files of the same packages. */
export function allUse(names: string, uses: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, uses]))
}

function withClients(names: string, uses: string) {
  return Object.fromEntries(
    names.split(' ').map((name) => [name, { uses, hasClients: true } as const]),
  )
}

const VPN = { uses: 'openssl', comm: 'openvpn', holds: { interfaces: ['tun0'] } }

/** A server with 14 services that use the old openssl, looked at through ssh. */
export const SERVER: Told = {
  changed: today('openssl'),
  now: ['openssl'],
  services: {
    sshd: { ...SSHD, uses: 'openssl' },
    ...allUse(SERVER_NAMES, 'openssl'),
    ...withClients(WITH_CLIENTS, 'openssl'),
    'openvpn-server@office': VPN,
  },
  clean: 68,
  machine: BY_SSH,
}

/** The same server a day after an upgrade, with openssh upgraded again. */
export const SECOND_DAY: Told = {
  ...SERVER,
  changed: { ...onMonday('openssl'), ...again('openssh') },
  now: ['openssh'],
  services: { ...SERVER.services, sshd: { ...SSHD, uses: 'openssh openssl' } },
}

/** The server where only sshd and a few others are old. */
export const THREE_SERVICES: Told = {
  ...SERVER,
  services: { sshd: { ...SSHD, uses: 'openssl' }, ...allUse('nginx postfix', 'openssl') },
}

/** A desktop on which ben works: GNOME, and services of his own. */
export const DESKTOP: Told = {
  changed: today('openssl'),
  now: ['openssl'],
  services: {
    cups: 'openssl',
    gdm: { uses: 'openssl', facts: { Names: 'gdm.service display-manager.service' } },
    NetworkManager: 'openssl',
    'systemd-resolved': 'openssl',
    wpa_supplicant: 'openssl',
  },
  ofUsers: {
    1000: allUse('evolution-source-registry localsearch-3 pipewire pipewire-pulse', 'openssl'),
  },
  apps: { 1000: { libreoffice: 'openssl', transmission: 'openssl' } },
  clean: 140,
  machine: AT_THE_SCREEN,
}

/** The same desktop without a wireless network. */
export const WIRED: Told = {
  ...DESKTOP,
  services: Object.fromEntries(
    Object.entries(DESKTOP.services ?? {}).filter(([name]) => name !== 'wpa_supplicant'),
  ),
}

/** The same desktop after an upgrade of expat, which the bus and the session use. */
export const DESKTOP_WITH_BUS: Told = {
  ...DESKTOP,
  changed: today('openssl', 'expat'),
  now: ['openssl', 'expat'],
  services: {
    ...DESKTOP.services,
    'dbus-broker': { uses: 'expat', comm: 'dbus-broker-lau' },
    polkit: 'expat',
  },
  sessions: { 2: { uid: 1000, uses: 'expat', comm: 'gdm-wayland-ses' } },
  ofUsers: { 1000: { ...DESKTOP.ofUsers?.[1000], 'org.gnome.Shell@wayland': 'expat' } },
}

const CONTAINERS = 'db gitea grafana loki mail proxy redis registry wiki'
  .split(' ')
  .map((name) => ({ runtime: 'docker', name }) as const)

/** A host of containers and virtual machines. */
export const CONTAINER_HOST: Told = {
  changed: today('openssl', 'docker'),
  now: ['openssl', 'docker'],
  services: {
    sshd: { ...SSHD, uses: 'openssl' },
    containerd: {
      uses: 'openssl',
      facts: { KillMode: 'process' },
      inside: { guests: CONTAINERS },
    },
    docker: {
      uses: 'docker',
      comm: 'dockerd',
      facts: { KillMode: 'process' },
    },
    libvirtd: {
      uses: 'openssl',
      facts: { KillMode: 'process' },
      inside: { guests: [{ runtime: 'vm', name: 'vm1' }] },
    },
    'systemd-resolved': 'openssl',
  },
  clean: 210,
  machine: {
    ...BY_SSH,
    guests: printed<Guest[]>(CONTAINERS),
  },
}

const ID = '0123456789abcdef'.repeat(4)

/** The same host by hand: a virtual machine and two guests with old files of their own. */
export const GUESTS: Told = {
  ...CONTAINER_HOST,
  changed: today('docker', 'qemu-base', 'zlib'),
  services: { docker: CONTAINER_HOST.services?.['docker'] ?? 'docker' },
  groups: {
    [String.raw`/machine.slice/machine-qemu\x2d1\x2dvm1.scope`]: {
      uses: 'qemu-base',
      comm: 'qemu-system-x86',
    },
    '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service': {
      uses: 'zlib',
      comm: 'nginx',
      apart: INSIDE,
    },
    [`/system.slice/docker-${ID}.scope`]: { uses: 'zlib', comm: 'gitea', apart: INSIDE },
  },
}

/** A server on which nothing is old. */
export const NOTHING: Told = { changed: {}, clean: 82, machine: BY_SSH }
