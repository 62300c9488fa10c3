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
  prints: ['  Nothing found; 3 programs of the system could not be read: sudo stale-libs'],
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
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old openssl (1-1 -> 2-1).
  Restart      nginx
                 systemctl restart nginx
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 3-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service uses old code since <${DAY}>. To see it: stale-libs
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(3, 'openssl'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 3-1),
  since <${2 * DAY}>. No reason to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old openssl (1-1 -> 3-1).
  Restart      nginx
                 systemctl restart nginx
`),
      },
    ],
  },
  'three days with a restart between': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'openssl'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old openssl (1-1 -> 2-1).
  Restart      nginx
                 systemctl restart nginx
`),
      },
      { minute: DAY + HOUR, restart: [SSHD] },
      {
        minute: 2 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
  1 more service uses old code since <${DAY}>. To see it: stale-libs
`),
      },
      { minute: 2 * DAY + HOUR, restart: [NGINX] },
      {
        minute: 3 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (2-1 -> 3-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service uses old code since <${2 * DAY}>. To see it: stale-libs
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
        hook: says(`  2 services still use old code of curl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      cups
                 systemctl restart cups
  Choose when  NetworkManager: the network may drop for a moment
                 stale-libs restart NetworkManager
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  2 services use old code since <${DAY}>, NetworkManager among them. To see
  them: stale-libs
`),
      },
      { minute: 3 * DAY, pacman: to(2, 'tzdata'), hook: SILENT },
      {
        minute: 4 * DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  2 services still use the old openssl (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, nginx
                 systemctl restart sshd nginx
  2 more services use old code since <${DAY}>, NetworkManager among them. To
  see them: stale-libs
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
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old icu (1-1 -> 2-1).
  Restart      cups
                 systemctl restart cups
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'tzdata'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1),
  since <${DAY}>.
    systemctl restart sshd
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
        hook: says(`  New logins may fail: sshd still uses the old glibc (1-1 -> 2-1). No reason to
  reboot was seen.
    systemctl restart sshd
  1 more service still uses the old glibc (1-1 -> 2-1).
  Restart      cups
                 systemctl restart cups
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'tzdata'),
        hook: says(`  New logins may fail: sshd still uses the old glibc (1-1 -> 2-1),
  since <${DAY}>.
    systemctl restart sshd
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
        hook: says(`  3 services still use old code of openssl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, cups, nginx
                 systemctl restart sshd cups nginx
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  3 services use old code since <${DAY}>, sshd among them. To see them:
  stale-libs
`),
      },
    ],
  },
  'a hook that was masked for a week': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'openssl'), hook: 'masked' },
      { minute: 5 * DAY, pacman: to(2, 'openssh'), hook: 'masked' },
      {
        minute: 8 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old openssl (1-1 -> 2-1).
  Restart      nginx
                 systemctl restart nginx
  1 more service uses old code since <${DAY}>. To see it: stale-libs
`),
      },
      {
        minute: 9 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1),
  since <${5 * DAY}>.
    systemctl restart sshd
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
        hook: says(`  4 services still use old code of openssl, curl and 1 more package.
  No reason to reboot was seen.
  Restart      sshd, cups, nginx
                 systemctl restart sshd cups nginx
  Choose when  NetworkManager: the network may drop for a moment
                 stale-libs restart NetworkManager
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
        hook: says(`  3 services still use old code of openssl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, cups, nginx
                 systemctl restart sshd cups nginx
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
        hook: says(`  3 services still use old code of openssl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, cups, nginx
                 systemctl restart sshd cups nginx
`),
      },
      {
        minute: 4 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  3 services use old code since <${DAY}>, sshd among them. To see them:
  stale-libs
`),
      },
    ],
  },
  'a package that prints what the hook prints when it fails': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
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
        hook: says(`  cups still uses the old icu (1-1 -> 3-1). No reason to reboot was seen.
    systemctl restart cups
`),
      },
    ],
  },
  'a downgrade': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  2 services still use the old openssl (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, nginx
                 systemctl restart sshd nginx
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(1, 'openssl'),
        hook: says(`  2 services still use the old openssl (1-1, installed again).
  No reason to reboot was seen.
  Restart      sshd, nginx
                 systemctl restart sshd nginx
`),
      },
    ],
  },
  'a removal': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
`),
      },
      {
        minute: 2 * DAY,
        pacman: { icu: null },
        hook: says(`  cups still uses old files of no package. No reason to reboot was seen.
    systemctl restart cups
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
        hook: says(`  2 services still use old code of curl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      cups
                 systemctl restart cups
  Choose when  NetworkManager: the network may drop for a moment
                 stale-libs restart NetworkManager
`),
      },
      {
        minute: 2 * DAY,
        pacman: to(2, 'openssl', 'openssh'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old openssl (1-1 -> 2-1).
  Restart      nginx
                 systemctl restart nginx
  2 more services use old code since <${DAY}>, NetworkManager among them. To
  see them: stale-libs
`),
      },
      { minute: 2 * DAY + 1, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 2 * DAY + 2,
        pacman: to(3, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 3-1). No reason to reboot was seen.
    systemctl restart cups
`),
      },
      { minute: 2 * DAY + 3, pacman: to(2, 'tzdata'), hook: SILENT },
      {
        minute: 2 * DAY + 4,
        pacman: to(3, 'openssh'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 3-1). No reason
  to reboot was seen.
    systemctl restart sshd
`),
      },
      { minute: 2 * DAY + 30, pacman: to(3, 'toy'), hook: SILENT },
      {
        minute: 2 * DAY + 66,
        pacman: to(4, 'toy'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 3-1),
  since <${2 * DAY}>.
    systemctl restart sshd
  3 more services use old code since <${DAY}>, NetworkManager among them. To
  see them: stale-libs
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
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 3 * DAY,
        pacman: to(2, 'openssl'),
        hook: says(`  2 services still use the old openssl (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, nginx
                 systemctl restart sshd nginx
  1 more service uses old code since <${DAY}>. To see it: stale-libs
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
        hook: says(`  cups still uses the old icu (1-1 -> 2-1). No reason to reboot was seen.
    systemctl restart cups
  1 more service uses old code. To see it: stale-libs
`),
      },
    ],
  },
  'a clock that was set back': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssh', 'icu'),
        hook: says(`  New logins may fail: sshd still uses the old openssh (1-1 -> 2-1). No reason
  to reboot was seen.
    systemctl restart sshd
  1 more service still uses the old icu (1-1 -> 2-1).
  Restart      cups
                 systemctl restart cups
`),
      },
      { minute: DAY + HOUR, clock: -5 * DAY },
      {
        minute: 2 * DAY,
        pacman: to(3, 'openssh'),
        hook: says(`  New logins may fail: sshd still uses old code. No reason to reboot was seen.
    systemctl restart sshd
  1 more service uses old code. To see it: stale-libs
  Not all was seen (packages not known): stale-libs
`),
      },
      {
        minute: 3 * DAY,
        pacman: to(3, 'icu'),
        hook: says(`  New logins may fail: sshd still uses old code. No reason to reboot was seen.
    systemctl restart sshd
  1 more service still uses old code.
  Restart      cups
                 systemctl restart cups
  Not all was seen (packages not known): stale-libs
`),
      },
      {
        minute: 4 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  New logins may fail: sshd still uses old code.
    systemctl restart sshd
  Not all was seen (packages not known): stale-libs
`),
      },
    ],
  },
  'a log that was rotated': {
    moments: [
      {
        minute: DAY,
        pacman: to(2, 'openssl', 'icu'),
        hook: says(`  3 services still use old code of openssl (1-1 -> 2-1) or icu (1-1 -> 2-1).
  No reason to reboot was seen.
  Restart      sshd, cups, nginx
                 systemctl restart sshd cups nginx
`),
      },
      { minute: DAY + HOUR, rotate: 'kept' },
      {
        minute: 2 * DAY,
        pacman: to(3, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 3-1). No reason to reboot was seen.
    systemctl restart cups
  2 more services use old code since <${DAY}>, sshd among them. To see them:
  stale-libs
`),
      },
      { minute: 2 * DAY + HOUR, rotate: 'kept' },
      {
        minute: 3 * DAY,
        pacman: to(2, 'toy'),
        hook: says(`  3 services use old code since <${DAY}>, sshd among them. To see them:
  stale-libs
`),
      },
      { minute: 3 * DAY + HOUR, rotate: 'compressed' },
      {
        minute: 4 * DAY,
        pacman: to(4, 'icu'),
        hook: says(`  cups still uses old code. No reason to reboot was seen.
    systemctl restart cups
  2 more services use old code, sshd among them. To see them: stale-libs
  Not all was seen (packages not known): stale-libs
`),
      },
      {
        minute: 5 * DAY,
        pacman: to(3, 'toy'),
        hook: says(`  3 services use old code, sshd among them. To see them: stale-libs
  Not all was seen (packages not known): stale-libs
`),
      },
    ],
  },
  'a kernel': {
    moments: [
      {
        minute: DAY,
        pacman: KERNEL,
        hook: says(`  Reboot soon: new devices may not work.
  Reboot       kernel  6.18.2-arch1-1 is installed, 6.18.1-arch1-1 runs: what it
                       has not loaded yet (USB, VPN, disks) cannot load
`),
      },
      { minute: 2 * DAY, pacman: to(2, 'toy'), hook: SILENT },
      {
        minute: 3 * DAY,
        pacman: to(2, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 2-1).
    systemctl restart cups
  A reboot was due before this upgrade. To see it: stale-libs
`),
      },
      {
        minute: 3 * DAY + 1,
        pacman: to(3, 'icu'),
        hook: says(`  cups still uses the old icu (1-1 -> 3-1).
    systemctl restart cups
`),
      },
      {
        minute: 4 * DAY,
        pacman: KERNEL,
        hook: says(`  Reboot soon: new devices may not work.
  Reboot       kernel  6.18.2-arch1-1 is installed, 6.18.1-arch1-1 runs: what it
                       has not loaded yet (USB, VPN, disks) cannot load
  cups uses old code since <${3 * DAY}>. To see it: stale-libs
`),
      },
    ],
  },
}

/** What a hook adds where it looks at another process tree than its own. */
const NOT_ASKED = /\d+ without an answer of systemd(?:, )?/
const NOTHING_ELSE = /^ {2}Not all was seen \(\): stale-libs\n/m

function hookOf({ proc, root, targets }: StoryTree): string {
  const argv = ['--hook', '--targets', `${targets}/targets`, '--proc', proc, '--root', root]
  const { stdout, stderr, status } = staleLibs(argv)
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

/** A minute of a story in its expected text, in the place of the day. */
const MINUTE = /<(?<minute>\d+)>/g

/** Returns a text without its line breaks, since days are of different lengths. */
const flowing = (text: string) => text.replaceAll(/\s+/g, ' ')

/** Returns the day on which a minute of a story was, seen from a later one, which is now. */
function dayOf(minute: number, now: number): string {
  const [day, month, date] = new Date(Date.now() - (now - minute) * 60_000).toString().split(' ')
  return `${day} ${Number(date)} ${month}`
}

for (const [name, story] of Object.entries(STORIES))
  test(`the story of ${name}`, () => {
    const machine = new StoryMachine(INSTALLED, { ...ACTORS, ...story.actors }, OWN_FILES)
    for (const moment of story.moments) {
      let text = ''
      machine.tell(moment, (tree) => (text = hookOf(tree)))
      if (!('hook' in moment) || typeof moment.hook === 'string' || !('says' in moment.hook))
        continue
      const said = text.replace(NOT_ASKED, '').replace(NOTHING_ELSE, '')
      const { says: expected } = moment.hook
      const dated = expected.replaceAll(MINUTE, (_, at) => dayOf(Number(at), moment.minute))
      assert.equal(flowing(said), flowing(dated), `after ${moment.minute / DAY} days`)
      assert.ok(
        text.split('\n').every((line) => /^(?: {2}.{1,78})?$/.test(line)),
        text,
      )
    }
  })
