import type { BootFacts } from '../../src/core/reboot/boot-facts.ts'
import type { ServiceStates } from '../../src/core/report/after-effects.ts'
import type { Plain } from '../support/printed.ts'
import { printed } from '../support/printed.ts'
import type { RecordedMachine } from '../support/recording.ts'
import { allUse, BY_SSH, DESKTOP, onMonday, SSHD, today } from './machines.ts'
import type { Told } from './told.ts'

const RUNS = '6.17.9-arch1-1'
const INSTALLED = '6.18.1-arch1-2'
/** The upgrade of today, in seconds since 1970. */
const AT = Date.parse('2026-11-24T06:40:00Z') / 1000

const linux = { name: 'linux', installedAt: AT }
const NEXT = { release: INSTALLED, pkgbase: 'linux', hasModules: true, package: linux }

const PROC = { 'sys/kernel/osrelease': `${RUNS}\n` }

/** Returns what a machine says of its boot, on which a new kernel is installed. */
function booted(some: Plain<Partial<BootFacts>>): BootFacts {
  return printed<BootFacts>({
    isGuestOfKernel: false,
    hasDatabase: true,
    kernels: [NEXT],
    packages: [],
    changes: [],
    processor: null,
    nvidia: null,
    ...some,
  })
}

/** A kernel, the microcode of AMD and a driver of NVIDIA were upgraded. */
export const NEW_KERNEL: Partial<RecordedMachine> = {
  proc: PROC,
  boot: booted({
    packages: [{ name: 'amd-ucode', installedAt: AT }],
    processor: { vendor: 'AuthenticAMD', isVirtual: false },
    nvidia: { loaded: '580.95.05', installed: '580.105.08' },
  }),
}

/** A kernel was upgraded, and the modules of the running one are kept. */
export const KEPT_KERNEL: Partial<RecordedMachine> = {
  proc: PROC,
  boot: booted({
    kernels: [{ release: RUNS, pkgbase: 'linux', hasModules: true, package: null }, NEXT],
  }),
}

/** Services failed while pacman worked. */
export function failed(...names: readonly string[]): NonNullable<RecordedMachine['services']> {
  const units = names.map((name) => ({
    unit: `${name}.service`,
    isFailed: true,
    result: 'exit-code',
    busName: '',
    since: AT + 4,
  }))
  const states = { at: AT + 60, units, busNames: [], isBusSilent: false }
  return { transactionStart: AT, haveChanged: true, states: printed<ServiceStates>(states) }
}

/** Everything at once, on a workstation that somebody has come to by ssh. */
export const WORST_DAY: Told = {
  ...DESKTOP,
  changed: {
    ...today('openssl', 'openssh', 'expat', 'nvidia-utils', 'linux', 'icu', 'nss', 'mariadb'),
    ...onMonday('curl'),
  },
  now: ['openssl', 'openssh', 'expat', 'nvidia-utils', 'linux', 'icu', 'nss', 'mariadb'],
  services: {
    sshd: { ...SSHD, uses: 'openssh openssl' },
    ...allUse('avahi-daemon cups dovecot fail2ban nginx php-fpm postfix rspamd valkey', 'openssl'),
    ...allUse('accounts-daemon polkit udisks2 upower', 'expat icu'),
    'dbus-broker': { uses: 'expat', comm: 'dbus-broker-lau' },
    gdm: { uses: 'expat', facts: { Names: 'gdm.service display-manager.service' } },
    NetworkManager: 'curl',
  },
  sessions: {
    2: { uid: 1000, uses: 'expat', comm: 'gnome-session-b' },
    5: { uid: 1001, uses: 'openssl', comm: 'irssi' },
  },
  ofUsers: {
    1000: allUse('evolution-source-registry pipewire pipewire-pulse xdg-desktop-portal', 'openssl'),
  },
  apps: { 1000: allUse('blender evolution firefox gimp libreoffice steam thunderbird', 'nss') },
  clean: 120,
  machine: {
    ...BY_SSH,
    ...NEW_KERNEL,
    graphicalSessions: 1,
    services: failed('mariadb'),
  },
}
