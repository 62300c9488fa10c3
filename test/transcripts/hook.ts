import {
  allUse,
  AT_THE_SCREEN,
  BY_SSH,
  CONTAINER_HOST,
  DESKTOP,
  DESKTOP_WITH_BUS,
  onMonday,
  SECOND_DAY,
  SERVER,
  SSHD,
  THREE_SERVICES,
  today,
  WIRED,
} from './machines.ts'
import { failed, KEPT_KERNEL, NEW_KERNEL, WORST_DAY } from './reboots.ts'
import type { Situations } from './screen.ts'
import type { Told } from './told.ts'

const SUDO = { SUDO_UID: '1000' }

const GLIBC: Partial<Told> = { changed: today('glibc'), now: ['glibc'] }

/** What a person sees below pacman's own line. */
export const IN_THE_HOOK: Situations = {
  'hook-server': {
    shows: 'openssl on a server: a login by ssh, services with clients, a VPN',
    machine: SERVER,
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-three': {
    shows: 'few services: a command of systemctl that can be checked at a glance',
    machine: THREE_SERVICES,
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-root-shell': {
    shows: 'the same in a root shell: nothing stands in front of a command',
    machine: THREE_SERVICES,
    typed: { hook: '1/1' },
    environment: { TERM: 'linux' },
  },
  'hook-doas': {
    shows: 'the same for a user of doas',
    machine: THREE_SERVICES,
    typed: { hook: '1/1' },
    environment: { DOAS_USER: 'ben' },
  },
  'hook-pkexec': {
    shows: 'the same below a graphical package manager',
    machine: THREE_SERVICES,
    typed: { hook: '1/1' },
    environment: { PKEXEC_UID: '1000' },
  },
  'hook-desktop': {
    shows: 'openssl on a desktop: own services, applications, the display manager',
    machine: DESKTOP,
    typed: { hook: '7/7' },
    environment: SUDO,
  },
  'hook-desktop-wired': {
    shows: 'the same without a wireless network: narrow enough for the manual',
    machine: WIRED,
    typed: { hook: '7/7' },
    environment: SUDO,
  },
  'hook-desktop-bus': {
    shows: 'expat on a desktop: only a reboot renews the bus, and covers the rest',
    machine: DESKTOP_WITH_BUS,
    typed: { hook: '7/7' },
    environment: SUDO,
  },
  'hook-glibc-desktop': {
    shows: 'glibc on a desktop: nearly everything is old',
    machine: {
      ...DESKTOP,
      ...GLIBC,
      services: allUse(
        'cronie cups dbus-broker gdm NetworkManager polkit rtkit-daemon systemd-logind systemd-resolved',
        'glibc',
      ),
      sessions: { 2: { uid: 1000, uses: 'glibc', comm: 'gdm-wayland-ses' } },
      ofUsers: { 1000: allUse('pipewire pipewire-pulse wireplumber', 'glibc') },
      apps: { 1000: allUse('firefox libreoffice transmission', 'glibc') },
      clean: 3,
    },
    typed: { hook: '9/9' },
    environment: SUDO,
  },
  'hook-glibc-server': {
    shows: 'glibc on a server: what lets a person back in',
    machine: {
      ...SERVER,
      ...GLIBC,
      services: {
        sshd: { ...SSHD, uses: 'glibc' },
        ...allUse('cronie dbus-broker dovecot nginx postfix systemd-logind', 'glibc'),
        ...allUse('systemd-networkd systemd-resolved', 'glibc'),
      },
      clean: 2,
    },
    typed: { hook: '9/9' },
    environment: SUDO,
  },
  'hook-second-day': {
    shows: 'the second day of a server on which nothing was restarted',
    machine: SECOND_DAY,
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-one-service': {
    shows: 'one library of one service',
    machine: {
      changed: today('libcups'),
      now: ['libcups'],
      services: { cups: { uses: 'libcups', comm: 'cupsd' } },
      machine: AT_THE_SCREEN,
    },
    typed: { hook: '3/3' },
    environment: SUDO,
  },
  'hook-data-only': {
    shows: 'only data changed, and logins may fail since Monday',
    machine: {
      changed: onMonday('openssh'),
      now: ['tzdata'],
      services: { sshd: { ...SSHD, uses: 'openssh' } },
      machine: BY_SSH,
    },
    typed: { hook: '2/2' },
    environment: SUDO,
  },
  'hook-data-only-silent': {
    shows: 'only data changed, and what is old is not urgent: silence',
    machine: {
      changed: onMonday('curl'),
      now: ['tzdata'],
      services: allUse('cups NetworkManager', 'curl'),
    },
    typed: { hook: '2/2' },
    environment: SUDO,
  },
  'hook-other-code': {
    shows: 'nothing that runs changed, and the network is old since Monday: one line',
    machine: {
      changed: onMonday('curl'),
      now: ['tmux'],
      services: allUse('cups NetworkManager', 'curl'),
    },
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-failed': {
    shows: 'a service failed since the upgrade began',
    machine: {
      changed: today('mariadb'),
      now: ['mariadb'],
      machine: { services: failed('mariadb') },
    },
    typed: { hook: '2/2' },
    environment: SUDO,
  },
  'hook-incomplete': {
    shows: 'not everything was seen, and what was seen is old',
    machine: { ...THREE_SERVICES, machine: { ...BY_SSH, denied: 2 } },
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-incomplete-nothing': {
    shows: 'not everything was seen, and nothing was found',
    machine: {
      changed: {},
      now: ['openssl'],
      machine: { ...BY_SSH, denied: 2, tally: { ofSystem: 2 } },
    },
    typed: { hook: '1/1' },
    environment: SUDO,
  },
  'hook-kernel': {
    shows: 'kernel, graphics driver and microcode: three reasons to reboot',
    machine: {
      changed: today('nvidia-utils', 'linux', 'amd-ucode'),
      now: ['nvidia-utils', 'linux', 'amd-ucode'],
      ofUsers: { 1000: { 'org.gnome.Shell@wayland': 'nvidia-utils' } },
      apps: {
        1000: allUse('blender firefox gimp steam thunderbird vlc', 'nvidia-utils'),
      },
      machine: { ...AT_THE_SCREEN, ...NEW_KERNEL },
    },
    typed: { hook: '12/12' },
    environment: SUDO,
  },
  'hook-kernel-kept': {
    shows: 'a kernel whose modules are kept: a reboot when it suits',
    machine: { changed: today('linux'), now: ['linux'], machine: { ...BY_SSH, ...KEPT_KERNEL } },
    typed: { hook: '3/3' },
    environment: SUDO,
  },
  'hook-containers': {
    shows: 'a host of containers: what happens to the guests',
    machine: CONTAINER_HOST,
    typed: { hook: '2/2' },
    environment: SUDO,
  },
  'hook-worst-day': {
    shows: 'everything at once, by ssh on a workstation',
    machine: WORST_DAY,
    typed: { hook: '9/9' },
    environment: SUDO,
  },
  'hook-nothing': {
    shows: 'an upgrade that nothing runs: silence',
    machine: { changed: {}, now: ['zlib'], machine: BY_SSH },
    typed: { hook: '1/1' },
    environment: SUDO,
  },
}
