import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staleLibs } from '../support/bundle.ts'
import { StoryMachine } from '../support/story.ts'
import type { Actor, HookRun, Moment, Packages, StoryTree } from '../support/story.ts'

const HOUR = 60
const DAY = 24 * HOUR

const LIBCRYPTO = 'usr/lib/libcrypto.so.3'
const LIBC = 'usr/lib/libc.so.6'

/** What is installed when a story begins. */
const INSTALLED = {
  glibc: ['1-1', LIBC],
  openssh: ['1-1', 'usr/bin/sshd'],
  openssl: ['1-1', LIBCRYPTO],
  curl: ['1-1', 'usr/lib/libcurl.so.4'],
  icu: ['1-1', 'usr/lib/libicu.so.1'],
  networkmanager: ['1-1', 'usr/bin/NetworkManager'],
  toy: ['1-1', 'usr/bin/toy'],
  tzdata: ['1-1', 'usr/share/tz/table'],
  linux: [
    '6.18.1.arch1-1',
    'usr/lib/modules/6.18.1-arch1-1/',
    'usr/lib/modules/6.18.1-arch1-1/pkgbase',
    'usr/lib/modules/6.18.1-arch1-1/vmlinuz',
  ],
} as const satisfies Packages

type Name = keyof typeof INSTALLED

/** Returns packages in another version, with the files that they have when a story begins. */
function to(version: number, ...names: readonly Name[]): Packages {
  return Object.fromEntries(
    names.map((name) => [name, [`${version}-1`, ...INSTALLED[name].slice(1)] as const]),
  )
}

const KERNEL: Packages = {
  linux: [
    '6.18.2.arch1-1',
    'usr/lib/modules/6.18.2-arch1-1/',
    'usr/lib/modules/6.18.2-arch1-1/pkgbase',
    'usr/lib/modules/6.18.2-arch1-1/vmlinuz',
  ],
}

const service = (name: string, exe: string, ...libraries: readonly string[]): Actor => ({
  comm: name,
  cgroup: `/system.slice/${name}.service`,
  exe,
  libraries,
})

const [SSHD, NGINX, NETWORK, CUPS, WEB, BUILT] = [11, 12, 13, 14, 15, 16] as const

/** Who runs from the beginning, and never ends. */
const ACTORS: Readonly<Record<number, Actor>> = {
  [SSHD]: service('sshd', 'usr/bin/sshd', LIBCRYPTO),
  [NGINX]: service('nginx', 'usr/bin/nginx', LIBCRYPTO),
  [NETWORK]: service('NetworkManager', 'usr/bin/NetworkManager', 'usr/lib/libcurl.so.4'),
  [CUPS]: service('cups', 'usr/bin/cupsd', 'usr/lib/libicu.so.1'),
}

/** Files of no package. */
const OWN_FILES = ['usr/bin/nginx', 'usr/bin/cupsd', 'home/zoe/app'] as const

const says = (text: string): HookRun => ({ says: text })
const SILENT = says('')
const FAILED: HookRun = {
  prints: ['  stale-libs: could not look for programs that use old code (/usr/bin/node failed)'],
}
const GAVE_UP: HookRun = {
  prints: ['  stale-libs: gave up after 20 seconds; run stale-libs by hand'],
}
/** It found nothing, and did not see all. */
const UNSEEN: HookRun = {
  prints: ['  Nothing found; not read to the end: 3 processes of the system (run stale-libs)'],
}
const NOT_STARTED: HookRun = { prints: ['call to execv failed (No such file or directory)'] }
/** Nothing of it is in the log but that libalpm runs it. */
const KILLED: HookRun = { prints: [] }

type Told = {
  readonly actors?: Readonly<Record<number, Actor>>
  readonly moments: readonly Moment[]
}

const STORIES: Readonly<Record<string, Told>> = {
  'two days': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   sshd (openssh 1-1 -> 2-1), libcrypto.so.3 (openssl 1-1 ->
                   2-1) (lifeline): new logins may fail until it is restarted:
                   its own program was replaced
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 3-1), libcrypto.so.3 (openssl 1-1 -> 2-1)
                  (lifeline): new logins may fail until it is restarted: its own
                  program was replaced
  Restart the services:
    systemctl restart -- sshd.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(3, 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   sshd (openssh 1-1 -> 3-1), libcrypto.so.3 (openssl 1-1 ->
                   3-1) (lifeline): new logins may fail until it is restarted:
                   its own program was replaced
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
`),
      },
    ],
  },
  'three days with a restart between': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   sshd (openssh 1-1 -> 2-1), libcrypto.so.3 (openssl 1-1 ->
                   2-1) (lifeline): new logins may fail until it is restarted:
                   its own program was replaced
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
`),
      },
      { minute: DAY + HOUR, restart: [SSHD] },
      {
        minute: 2 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
      { minute: 2 * DAY + HOUR, restart: [NGINX] },
      {
        minute: 3 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 2-1 -> 3-1) (lifeline): new logins may fail
                  until it is restarted: its own program was replaced
  Restart the services:
    systemctl restart -- sshd.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
      { minute: 3 * DAY + HOUR, restart: [SSHD, CUPS] },
      { minute: 4 * DAY, pacman: to(2, 'toy'), hook: SILENT },
    ],
  },
  'a lifeline that is merely old': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'curl', 'icu'),
        hook: says(`  Still running code that was replaced:
    NetworkManager.service  libcurl.so.4 (curl 1-1 -> 2-1) (lifeline): the
                            network may drop while it restarts
    cups.service            libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  (NetworkManager.service and 1 more were stale before this upgrade: run
        stale-libs)
`),
      },
      { minute: 3 * DAY, pacman: to(2, 'tzdata'), hook: SILENT },
      {
        minute: 4 * DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
  (NetworkManager.service and 1 more were stale before this upgrade: run
        stale-libs)
`),
      },
      { minute: 4 * DAY + HOUR, restart: [NETWORK, SSHD] },
      { minute: 5 * DAY, pacman: to(3, 'toy'), hook: SILENT },
    ],
  },
  'data only': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'icu'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 2-1) (lifeline): new logins may fail
                  until it is restarted: its own program was replaced
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service sshd.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'tzdata'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 2-1) (lifeline): new logins may fail
                  until it is restarted: its own program was replaced
  Restart the services:
    systemctl restart -- sshd.service
`),
      },
      { minute: 2 * DAY + HOUR, restart: [SSHD] },
      { minute: 3 * DAY, pacman: to(3, 'tzdata'), hook: SILENT },
    ],
  },
  'the C library': {
    actors: {
      [SSHD]: service('sshd', 'usr/bin/sshd', LIBC),
      [CUPS]: service('cups', 'usr/bin/cupsd', LIBC),
    },
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'glibc'),
        hook: says(`  Still running code that was replaced:
    sshd.service  libc.so.6 (glibc 1-1 -> 2-1) (lifeline)
    cups.service  libc.so.6
  Restart the services:
    systemctl restart -- cups.service sshd.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'tzdata'),
        hook: says(`  Still running code that was replaced:
    sshd.service  libc.so.6 (glibc 1-1 -> 2-1) (lifeline)
  Restart the services:
    systemctl restart -- sshd.service
`),
      },
    ],
  },
  'an interrupted transaction': {
    moments: [
      { minute: DAY, pacman: to(2, 'openssl'), hook: 'masked', ends: 'interrupted' },
      {
        minute: 2 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    cups.service   libicu.so.1 (icu 1-1 -> 2-1)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- cups.service nginx.service sshd.service
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  (sshd.service and 2 more were stale before this upgrade: run stale-libs)
`),
      },
    ],
  },
  'a hook that was masked for a week': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'openssl'), hook: 'masked' },
      { minute: 5 * DAY, pacman: to(2, 'openssh'), hook: 'masked' },
      {
        minute: 8 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service   sshd (openssh 1-1 -> 2-1), libcrypto.so.3 (openssl 1-1 ->
                   2-1) (lifeline): new logins may fail until it is restarted:
                   its own program was replaced
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
      {
        minute: 9 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 2-1), libcrypto.so.3 (openssl 1-1 -> 2-1)
                  (lifeline): new logins may fail until it is restarted: its own
                  program was replaced
  Restart the services:
    systemctl restart -- sshd.service
`),
      },
    ],
  },
  'a hook that failed, gave up and could not be started': {
    moments: [
      { minute: DAY, pacman: to(2, 'icu'), hook: FAILED },
      { minute: 2 * DAY, pacman: to(2, 'openssl'), hook: GAVE_UP },
      { minute: 3 * DAY, pacman: to(2, 'curl'), hook: NOT_STARTED },
      {
        minute: 4 * DAY,
        pacman: to(2, 'tzdata'),
        hook: says(`  Still running code that was replaced:
    NetworkManager.service  libcurl.so.4 (curl 1-1 -> 2-1) (lifeline): the
                            network may drop while it restarts
    sshd.service            libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    cups.service            libicu.so.1 (icu 1-1 -> 2-1)
    nginx.service           libcrypto.so.3
  Restart the services:
    systemctl restart -- cups.service nginx.service sshd.service
`),
      },
      { minute: 5 * DAY, pacman: to(3, 'tzdata'), hook: SILENT },
    ],
  },
  'a hook that found nothing, and did not see all': {
    moments: [
      { minute: DAY, pacman: to(2, 'openssl', 'icu'), hook: UNSEEN },
      {
        minute: DAY + 10,
        pacman: to(2, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    cups.service   libicu.so.1 (icu 1-1 -> 2-1)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- cups.service nginx.service sshd.service
`),
      },
    ],
  },
  'pacman that was killed': {
    moments: [
      { minute: DAY, pacman: to(2, 'openssl'), hook: KILLED },
      { minute: 2 * DAY, pacman: to(2, 'icu'), hook: 'masked', ends: null },
      {
        minute: 3 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    cups.service   libicu.so.1 (icu 1-1 -> 2-1)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- cups.service nginx.service sshd.service
`),
      },
      {
        minute: 4 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  (sshd.service and 2 more were stale before this upgrade: run stale-libs)
`),
      },
    ],
  },
  'a package that prints what the hook prints when it fails': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'toy'),
        scriptlets: [
          '  stale-libs: could not look for programs that use old code (/usr/bin/node failed)',
          "[ALPM] running 'zz-stale-libs.hook'...",
          '    cups.service  x',
        ],
        hook: SILENT,
      },
      {
        minute: 3 * DAY,
        pacman: to(3, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 3-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
    ],
  },
  'a downgrade': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(1, 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 reinstalled) (lifeline)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
`),
      },
    ],
  },
  'a removal': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: { icu: null },
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      { minute: 3 * DAY, pacman: to(2, 'toy'), hook: SILENT },
    ],
  },
  'several transactions within minutes': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'curl', 'icu'),
        hook: says(`  Still running code that was replaced:
    NetworkManager.service  libcurl.so.4 (curl 1-1 -> 2-1) (lifeline): the
                            network may drop while it restarts
    cups.service            libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'openssl', 'openssh'),
        hook: says(`  Still running code that was replaced:
    sshd.service   sshd (openssh 1-1 -> 2-1), libcrypto.so.3 (openssl 1-1 ->
                   2-1) (lifeline): new logins may fail until it is restarted:
                   its own program was replaced
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
  (NetworkManager.service and 1 more were stale before this upgrade: run
        stale-libs)
`),
      },
      { minute: 2 * DAY + 1, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 2 * DAY + 2,
        pacman: to(3, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 3-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      { minute: 2 * DAY + 3, pacman: to(2, 'tzdata'), hook: SILENT },
      {
        minute: 2 * DAY + 4,
        pacman: to(3, 'openssh'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 3-1), libcrypto.so.3 (openssl 1-1 -> 2-1)
                  (lifeline): new logins may fail until it is restarted: its own
                  program was replaced
  Restart the services:
    systemctl restart -- sshd.service
`),
      },
      { minute: 2 * DAY + 30, pacman: to(3, 'toy'), hook: SILENT },
      {
        minute: 2 * DAY + 66,
        pacman: to(4, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 3-1), libcrypto.so.3 (openssl 1-1 -> 2-1)
                  (lifeline): new logins may fail until it is restarted: its own
                  program was replaced
  Restart the services:
    systemctl restart -- sshd.service
  (NetworkManager.service and 2 more were stale before this upgrade: run
        stale-libs)
`),
      },
      { minute: 2 * DAY + 67, pacman: to(5, 'toy'), hook: SILENT },
    ],
  },
  'a container beside it': {
    actors: {
      [WEB]: {
        comm: 'web',
        cgroup: `/system.slice/docker-${'a'.repeat(64)}.scope`,
        exe: 'usr/bin/web',
        libraries: [LIBCRYPTO],
        apart: { mnt: '2' },
      },
    },
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 3 * DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- nginx.service sshd.service
  (2 more were stale before this upgrade: run stale-libs)
`),
      },
    ],
  },
  'a program of no package beside it': {
    actors: {
      [BUILT]: {
        comm: 'app',
        cgroup: '/system.slice/app.service',
        exe: 'home/zoe/app',
        libraries: [],
      },
    },
    moments: [
      { minute: HOUR, replace: 'home/zoe/app' },
      { minute: DAY, pacman: to(2, 'toy'), hook: SILENT },
      { minute: DAY + HOUR, replace: 'home/zoe/app' },
      {
        minute: 2 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
  (1 more was stale before this upgrade: run stale-libs)
`),
      },
    ],
  },
  'a clock that was set back': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'icu'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (openssh 1-1 -> 2-1) (lifeline): new logins may fail
                  until it is restarted: its own program was replaced
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service sshd.service
`),
      },
      { minute: DAY + HOUR, clock: -5 * DAY },
      {
        minute: 2 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (lifeline): new logins may fail until it is restarted:
                  its own program was replaced
  Restart the services:
    systemctl restart -- sshd.service
  (1 more was stale before this upgrade: run stale-libs)
  Note: the clock was set back while pacman.log was written: what changed bef...
  (1 more note: run stale-libs)
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(3, 'icu'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (lifeline): new logins may fail until it is restarted:
                  its own program was replaced
    cups.service  libicu.so.1
  Restart the services:
    systemctl restart -- cups.service sshd.service
  Note: the clock was set back while pacman.log was written: what changed bef...
  (1 more note: run stale-libs)
`),
      },
      {
        minute: 4 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  Still running code that was replaced:
    sshd.service  sshd (lifeline): new logins may fail until it is restarted:
                  its own program was replaced
  Restart the services:
    systemctl restart -- sshd.service
  Note: the clock was set back while pacman.log was written: what changed bef...
  (1 more note: run stale-libs)
`),
      },
    ],
  },
  'a log that was rotated': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssl', 'icu'),
        hook: says(`  Still running code that was replaced:
    sshd.service   libcrypto.so.3 (openssl 1-1 -> 2-1) (lifeline)
    cups.service   libicu.so.1 (icu 1-1 -> 2-1)
    nginx.service  libcrypto.so.3
  Restart the services:
    systemctl restart -- cups.service nginx.service sshd.service
`),
      },
      { minute: DAY + HOUR, rotate: 'kept' },
      {
        minute: 2 * DAY,
        pacman: to(3, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 3-1)
  Restart the services:
    systemctl restart -- cups.service
  (sshd.service and 1 more were stale before this upgrade: run stale-libs)
`),
      },
      { minute: 2 * DAY + HOUR, rotate: 'kept' },
      {
        minute: 3 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  (sshd.service and 2 more were stale before this upgrade: run stale-libs)
`),
      },
      { minute: 3 * DAY + HOUR, rotate: 'compressed' },
      {
        minute: 4 * DAY,
        pacman: to(4, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1
  Restart the services:
    systemctl restart -- cups.service
  (sshd.service and 1 more were stale before this upgrade: run stale-libs)
  Note: pacman.log begins after some processes: what changed before is not known
  (1 more note: run stale-libs)
`),
      },
      {
        minute: 5 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  (sshd.service and 2 more were stale before this upgrade: run stale-libs)
  Note: pacman.log begins after some processes: what changed before is not known
  (1 more note: run stale-libs)
`),
      },
    ],
  },
  'a kernel': {
    moments: [
      {
        minute: DAY,
        pacman: KERNEL,
        hook: says(`  A reboot is needed:
    the modules of the running kernel 6.18.1-arch1-1 are gone (linux brought
      6.18.2-arch1-1): what is not loaded yet cannot be loaded
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 3 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 2-1)
  Restart the services:
    systemctl restart -- cups.service
  (a reboot was needed before this upgrade: run stale-libs)
`),
      },
      {
        minute: 3 * DAY + 1,
        pacman: to(3, 'icu'),
        hook: says(`  Still running code that was replaced:
    cups.service  libicu.so.1 (icu 1-1 -> 3-1)
  Restart the services:
    systemctl restart -- cups.service
`),
      },
      {
        minute: 4 * DAY,
        pacman: KERNEL,
        hook: says(`  A reboot is needed:
    the modules of the running kernel 6.18.1-arch1-1 are gone (linux brought
      6.18.2-arch1-1): what is not loaded yet cannot be loaded
  (1 was stale before this upgrade: run stale-libs)
`),
      },
    ],
  },
}

/** What a hook adds where it looks at another process tree than its own. */
const NOTE = /^ {2}Note: systemd is not asked about another process tree: .*\n/m

function hookOf({ proc, root, targets }: StoryTree): string {
  const argv = ['--hook', '--targets', `${targets}/targets`, '--proc', proc, '--root', root]
  const { stdout, stderr, status } = staleLibs(argv)
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

for (const [name, story] of Object.entries(STORIES))
  test(`the story of ${name}`, () => {
    const machine = new StoryMachine(INSTALLED, { ...ACTORS, ...story.actors }, OWN_FILES)
    for (const moment of story.moments) {
      let text: string | null = null
      machine.tell(moment, (tree) => (text = hookOf(tree)))
      if (!('hook' in moment) || typeof moment.hook === 'string' || !('says' in moment.hook))
        continue
      const said = (text ?? '').replace(NOTE, '')
      assert.equal(said, moment.hook.says, `after ${moment.minute / DAY} days`)
      assert.ok((text ?? '').split('\n').every((line) => line.length <= 80))
    }
  })
