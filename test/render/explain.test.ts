import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../src/core/advice/case.ts'
import { explanationsOf } from '../../src/core/explain/resolve.ts'
import { say } from '../../src/core/printable.ts'
import type { Finding, FindingFile } from '../../src/core/report/report.ts'
import { renderExplanations } from '../../src/render/explain/explain.ts'
import { COLOURED } from '../../src/render/style.ts'
import { RULE_VERDICTS } from '../../src/render/explain/verdicts.ts'
import { shown } from '../support/door.ts'
import { explainedText, installedAs, LONG_AGO, old } from '../support/explained.ts'
import type { Situation } from '../support/explained.ts'
import { knownOf } from '../support/known.ts'
import { caseOf, staleProcess } from '../support/knowledge.ts'
import { printed } from '../support/printed.ts'
import { file, finding, reportOf } from '../support/report.ts'

// The screens have days, which depend on the zone.
process.env['TZ'] = 'UTC'

const LOGIN = '/user.slice/user-0.slice/session-1.scope'
const USER = '/user.slice/user-1000.slice/user@1000.service'
const CRYPTO = '/usr/lib/libcrypto.so.3'
const SSL = '/usr/lib/libssl.so.3'
const CURL = '/usr/lib/libcurl.so.4.8.0'

const of = (name: string) => `/system.slice/${name}.service`
const ofUser = (name: string, uid = 1000) =>
  `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/${name}.service`
const SSHD = of('sshd')

/** Modules of a server, some behind a path that no line has room for. */
const MODULES = [
  ...Array.from({ length: 9 }, (_, at) => `/usr/lib/nginx/modules/ngx_${at}.so`),
  `/srv/a-directory-with-a-long-name/${'another-one/'.repeat(4)}ngx_own_module.so`,
]

/** A machine on which openssl is old everywhere, in two versions. */
const SEVERAL: Situation = {
  processes: {
    10: old(SSHD, 'sshd', [CRYPTO]),
    11: old(of('nginx'), 'nginx', [CRYPTO, SSL]),
    12: old(of('postfix'), 'master', [CRYPTO]),
    13: old(of('dovecot'), 'dovecot', [CRYPTO]),
    14: old(of('rspamd'), 'rspamd', [CRYPTO]),
    15: old(of('postgresql'), 'postgres', [CRYPTO]),
    16: old(of('NetworkManager'), 'NetworkManager', [CRYPTO], LONG_AGO),
    17: old(`${USER}/app.slice/app-firefox-17.scope`, 'firefox', [CRYPTO]),
    18: old(ofUser('pipewire'), 'pipewire', [CRYPTO]),
    19: old('/user.slice/user-1000.slice/session-2.scope', 'bash', [CRYPTO]),
  },
  units: {
    'sshd.service': {},
    'nginx.service': {},
    'postfix.service': {},
    'dovecot.service': {},
    'rspamd.service': {},
    'postgresql.service': {},
    'NetworkManager.service': {},
  },
  gone: { 16: '2026-11-02T10:00:00.000Z' },
}

const LOGIN_SERVICE: Situation = {
  reader: { asRoot: 'sudo', uid: 1000 },
  self: { cgroup: LOGIN, ancestors: { 10: SSHD } },
  processes: { 10: old(SSHD, 'sshd', ['/usr/bin/sshd', CRYPTO]) },
  units: { 'sshd.service': { KillMode: 'process' } },
}

/** Whole screens: a situation, what is asked, and what is said. */
const SCREENS: readonly (readonly [
  name: string,
  situation: Situation,
  subjects: readonly string[],
  says: string,
])[] = [
  [
    'the service that the login came through',
    LOGIN_SERVICE,
    ['sshd'],
    `sshd: restart it now, it is safe. Until then new logins may fail.
  Old         /usr/bin/sshd            openssh 10.0p1-4 -> 10.2p1-2
              /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       Mon 23 Nov 07:18 (openssh), today 06:40 (openssl)
  Why now     each login starts a new part of it, which may not fit the old one
  Restarting  leaves all logins through it open, yours among them
              (KillMode=process)
  Running     10, since Fri 20 Nov 06:12
  Command     sudo systemctl restart sshd
  All 50 checks passed: sudo stale-libs explain sshd --facts
`,
  ],
  [
    'the service that people log in through, which a restart does not end',
    {
      processes: { 10: old(SSHD, 'sshd', ['/usr/bin/sshd']) },
      units: { 'sshd.service': { KillMode: 'none' } },
    },
    ['sshd'],
    `sshd: a restart does not renew it. End its programs yourself. Until then new
    logins may fail.
  Old         /usr/bin/sshd  openssh 10.0p1-4 -> 10.2p1-2
  Since       Mon 23 Nov 07:18
  Why now     each login starts a new part of it, which may not fit the old one
  Why         a restart ends none of its processes (KillMode=none)
  Running     10, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain sshd --facts
`,
  ],
  [
    'the network that remote logins come over',
    {
      reader: { asRoot: 'sudo', uid: 1000 },
      processes: { 611: old(of('NetworkManager'), 'NetworkManager', [CRYPTO, CURL]) },
      units: { 'NetworkManager.service': {} },
      paths: [['enp3s0', ['NetworkManager.service']]],
    },
    ['NetworkManager.service'],
    `NetworkManager: restart it when a short loss of the network is all right.
  Old         /usr/lib/libcurl.so.4.8.0  curl 8.16.0-1 -> 8.17.0-1
              /usr/lib/libcrypto.so.3    openssl 3.6.0-1 -> 3.6.1-1
  Since       Mon 23 Nov 07:18 (curl), today 06:40 (openssl)
  Waiting     nothing is known to break while you wait
  Restarting  the network may drop for a moment
              remote logins come in through it (enp3s0): be ready to log in
              again
  Running     611, since Fri 20 Nov 06:12
  Command     sudo stale-libs restart NetworkManager    (asks first)
  1 of 50 checks spoke against "safe":
    sudo stale-libs explain NetworkManager.service --facts
`,
  ],
  [
    'a service with many files and processes',
    {
      processes: Object.fromEntries(
        Array.from({ length: 14 }, (_, at) => [
          30 + at,
          old(of('nginx'), at === 0 ? 'nginx' : 'worker', [CRYPTO, SSL, ...MODULES]),
        ]),
      ),
      units: { 'nginx.service': { MainPID: '31' } },
    },
    ['nginx'],
    `nginx: restart it now, it is safe.
  Old         /usr/lib/libcrypto.so.3          openssl 3.6.0-1 -> 3.6.1-1
              /usr/lib/libssl.so.3             openssl
              /srv/a-directory-with-a-long-name/another-one/another-one/anot
                  her-one/another-one/ngx_own_module.so
                package not known
              /usr/lib/nginx/modules/ngx_0.so  package not known
              /usr/lib/nginx/modules/ngx_1.so  package not known
              /usr/lib/nginx/modules/ngx_2.so  package not known
              /usr/lib/nginx/modules/ngx_3.so  package not known
              /usr/lib/nginx/modules/ngx_4.so  package not known
              and 4 more: --facts
  Since       today 06:40 (openssl), not known (others)
  Waiting     nothing is known to break while you wait
  Restarting  stops it for a moment: who is connected to it must connect again
  Running     31, 30, 32, 33, 34, 35, 36, 37, and 6 more: --facts
              since Fri 20 Nov 06:12
  Command     systemctl restart nginx
  All 50 checks passed: stale-libs explain nginx --facts
`,
  ],
  [
    'a container engine with a running container',
    {
      processes: { 40: old(of('docker'), 'dockerd', [CURL]) },
      units: { 'docker.service': {} },
      guests: [{ runtime: 'docker', name: say`web` }],
    },
    ['docker'],
    `docker: choose when to restart it, since what runs in it may stop.
  Old         /usr/lib/libcurl.so.4.8.0  curl 8.16.0-1 -> 8.17.0-1
  Since       Mon 23 Nov 07:18
  Waiting     nothing is known to break while you wait
  Restarting  running containers stop with it, unless live-restore is on;
              running now: container web
  Running     40, since Fri 20 Nov 06:12
  Command     stale-libs restart docker    (asks first)
  1 of 50 checks spoke against "safe": stale-libs explain docker --facts
`,
  ],
  [
    'a service whose restart ends a job',
    {
      processes: { 40: old(of('nginx'), 'nginx', [CURL]) },
      units: { 'nginx.service': {} },
      tasks: { 'nginx.service': [{ name: say`rsync`, user: { uid: 1001, name: say`ben` } }] },
    },
    ['nginx'],
    `nginx: restart it when the end of what runs inside of it is all right.
  Old         /usr/lib/libcurl.so.4.8.0  curl 8.16.0-1 -> 8.17.0-1
  Since       Mon 23 Nov 07:18
  Waiting     nothing is known to break while you wait
  Restarting  ends what it has started: rsync (ben)
  Running     40, since Fri 20 Nov 06:12
  Command     stale-libs restart nginx    (asks first)
  All 50 checks passed: stale-libs explain nginx --facts
`,
  ],
  [
    'a package of such a service and of another one',
    {
      processes: {
        40: old(of('nginx'), 'nginx', [CURL]),
        41: old(of('fresh'), 'fresh', [CURL]),
      },
      units: { 'nginx.service': {}, 'fresh.service': {} },
      tasks: { 'nginx.service': [{ name: say`rsync`, user: { uid: 1001, name: say`ben` } }] },
    },
    ['pkg:curl'],
    `curl 8.17.0-1 is installed. 2 programs still use an older one.
  8.16.0-1    since Mon 23 Nov   fresh, nginx
  Old files   /usr/lib/libcurl.so.4.8.0
  Do          stale-libs restart fresh nginx    (asks first)
`,
  ],
  [
    'what starts containers, whose own program was replaced',
    {
      processes: { 41: old(of('containerd'), 'containerd', ['/usr/bin/containerd']) },
      units: { 'containerd.service': { KillMode: 'process' } },
    },
    ['containerd'],
    `containerd: restart it now, it is safe. Until then new containers may not start.
  Old         /usr/bin/containerd  containerd 2.1.0-1 -> 2.2.0-1
  Since       Mon 23 Nov 07:18
  Why now     each new one is started by a new part of it, which may not fit
  Restarting  ends its main process and leaves all others alone
              (KillMode=process)
  Running     41, since Fri 20 Nov 06:12
  Command     systemctl restart containerd
  All 50 checks passed: stale-libs explain containerd --facts
  Also a package: stale-libs explain pkg:containerd
`,
  ],
  [
    'a service of the user who ran sudo',
    {
      reader: { asRoot: 'sudo', uid: 1000 },
      processes: { 50: old(ofUser('pipewire'), 'pipewire', [CRYPTO]) },
    },
    ['pipewire'],
    `pipewire (zoe): it is yours, so restart it without sudo.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  what it costs is not known here: root asks no user's systemd
  Running     50, since Fri 20 Nov 06:12
  Command     stale-libs restart --user pipewire    (without sudo)
  All that is known of it: sudo stale-libs explain pipewire --facts
`,
  ],
  [
    'a service of another user',
    {
      processes: { 50: old(ofUser('pipewire'), 'pipewire', [CRYPTO]) },
    },
    ['50'],
    `pipewire (zoe): only zoe can restart it.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  what it costs is not known here: root asks no user's systemd
  Running     50, since Fri 20 Nov 06:12
  Command     stale-libs restart --user pipewire    (as zoe)
  All that is known of it: stale-libs explain 50 --facts
`,
  ],
  [
    'the manager of the user who ran doas',
    {
      reader: { asRoot: 'doas', uid: 1000 },
      processes: { 51: old(`${USER}/init.scope`, 'systemd', ['/usr/lib/systemd/systemd']) },
    },
    ['51'],
    `user manager (zoe): it is yours, so renew it without doas.
  Old         /usr/lib/systemd/systemd  systemd 257.1-1 -> 257.2-1
  Since       Mon 23 Nov 07:18
  Waiting     nothing is known to break while you wait
  Renewing    nothing of the user stops: the user's systemd starts itself anew
  Running     51, since Fri 20 Nov 06:12
  Command     stale-libs restart --user    (without doas)
  All that is known of it: doas stale-libs explain 51 --facts
`,
  ],
  [
    'the manager of root',
    {
      reader: { asRoot: 'sudo', uid: 1000 },
      processes: {
        51: old('/user.slice/user-0.slice/user@0.service/init.scope', 'systemd', [
          '/usr/lib/systemd/systemd',
        ]),
      },
    },
    ['51'],
    `user manager (root): renew it now, it is safe.
  Old         /usr/lib/systemd/systemd  systemd 257.1-1 -> 257.2-1
  Since       Mon 23 Nov 07:18
  Waiting     nothing is known to break while you wait
  Renewing    nothing of the user stops: the user's systemd starts itself anew
  Running     51, since Fri 20 Nov 06:12
  Command     sudo systemctl --user -M root@ daemon-reexec
  All that is known of it: sudo stale-libs explain 51 --facts
`,
  ],
  [
    'an own service, asked by its user',
    {
      uid: 1000,
      reader: { asRoot: 'sudo' },
      self: { cgroup: ofUser('term') },
      processes: { 50: old(ofUser('pipewire'), 'pipewire', [CRYPTO]) },
      units: { '1000/pipewire.service': {} },
    },
    ['pipewire'],
    `pipewire (zoe): restart it now, it is safe.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  stops it for a moment: who is connected to it must connect again
  Running     50, since Fri 20 Nov 06:12
  Command     systemctl --user restart pipewire
  All 50 checks passed: stale-libs explain pipewire --facts
`,
  ],
  [
    'an application',
    {
      processes: {
        60: old(`${USER}/app.slice/app-firefox-60.scope`, 'firefox', [
          '/usr/lib/firefox/libxul.so',
        ]),
      },
    },
    ['firefox'],
    `firefox (zoe): close it and open it again when it suits.
  Old         /usr/lib/firefox/libxul.so  firefox 145.0-1 -> 145.0.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Closing it  its windows close, so save your work first
  Running     60, since Fri 20 Nov 06:12
  All that is known of it: stale-libs explain firefox --facts
  Also a package: stale-libs explain pkg:firefox
`,
  ],
  [
    'the own session',
    {
      self: { cgroup: '/user.slice/user-1000.slice/session-2.scope' },
      processes: { 61: old('/user.slice/user-1000.slice/session-2.scope', 'bash', [CRYPTO]) },
    },
    ['session 2'],
    `session 2 (zoe, yours): this is your own login. Log out and in again when it
    suits.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Logging out ends all that runs in this login, so save your work first
  Running     61, since Fri 20 Nov 06:12
  All that is known of it: stale-libs explain 'session 2' --facts
`,
  ],
  [
    'what only a reboot renews',
    {
      processes: { 62: old(of('dbus-broker'), 'dbus-broker', ['/usr/lib/libexpat.so.1']) },
      units: { 'dbus-broker.service': {} },
    },
    ['dbus-broker'],
    `dbus-broker: only a reboot renews it. Reboot when it suits.
  Old         /usr/lib/libexpat.so.1  expat 2.7.2-1 -> 2.7.3-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Why         every program on the system bus would lose its connection
  Running     62, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain dbus-broker --facts
`,
  ],
  [
    'a display manager',
    {
      processes: { 63: old(of('gdm'), 'gdm', ['/usr/lib/libexpat.so.1']) },
      units: { 'gdm.service': {} },
      graphicalSessions: 1,
    },
    ['gdm'],
    `gdm: log out first, since a restart ends the graphical session.
  Old         /usr/lib/libexpat.so.1  expat 2.7.2-1 -> 2.7.3-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  ends the graphical session, and all programs in it
  Running     63, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain gdm --facts
`,
  ],
  [
    'a program of no unit and of no known package',
    {
      processes: { 64: old('/', 'toy', ['/opt/toy/lib.so']) },
    },
    ['64'],
    `toy (PID 64): end it and start it again when it suits.
  Old         /opt/toy/lib.so  package not known
  Since       not known
  Waiting     nothing is known to break while you wait
  Running     64, since Fri 20 Nov 06:12
  All that is known of it: stale-libs explain 64 --facts
`,
  ],
  [
    'systemd itself',
    {
      reader: { asRoot: 'doas', uid: null },
      processes: { 1: old('/init.scope', 'systemd', ['/usr/lib/systemd/systemd']) },
    },
    ['1'],
    `systemd itself: renew it now, it is safe.
  Old         /usr/lib/systemd/systemd  systemd 257.1-1 -> 257.2-1
  Since       Mon 23 Nov 07:18
  Waiting     nothing is known to break while you wait
  Renewing    nothing stops: systemd starts itself anew and keeps all that runs
  Running     1, since Fri 20 Nov 06:12
  Command     doas systemctl daemon-reexec
  All that is known of it: doas stale-libs explain 1 --facts
`,
  ],
  [
    'what could not start again',
    {
      processes: { 65: old(of('gone'), 'gone', [CRYPTO]) },
      units: { 'gone.service': { LoadState: 'masked' } },
    },
    ['gone'],
    `gone: leave it running for now, as it could not start again.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Why         its unit file is masked: systemd could not start it again
  Running     65, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain gone --facts
`,
  ],
  [
    'a job that runs',
    {
      processes: { 66: old(of('man-db'), 'mandb', [CRYPTO]) },
      units: { 'man-db.service': { Type: 'oneshot', ActiveState: 'activating' } },
    },
    ['man-db'],
    `man-db: nothing to do, it ends when its work is done.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Why         it is a job that runs right now and ends by itself
  Running     66, since Fri 20 Nov 06:12
  3 of 50 checks spoke against "safe": stale-libs explain man-db --facts
`,
  ],
  [
    'a service with somebody at a terminal inside',
    {
      reader: { asRoot: 'run0', uid: null },
      processes: { 67: old(of('work'), 'work', [CRYPTO]) },
      units: { 'work.service': {} },
      inhabitants: {
        [of('work')]: { terminals: [{ name: say`pts/3`, uid: 1000 }], guests: [], processes: 2 },
      },
    },
    ['work'],
    `work: choose when to restart it, since somebody works inside of it.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  somebody works inside of it: pts/3 (zoe)
  Running     67, since Fri 20 Nov 06:12
  Command     run0 stale-libs restart work    (asks first)
  1 of 50 checks spoke against "safe": run0 stale-libs explain work --facts
`,
  ],
  [
    'a unit that systemd could not be asked about',
    {
      processes: { 68: old(of('mute'), 'mute', [CRYPTO]) },
      unanswered: { 'mute.service': 'systemctl-timeout' },
    },
    ['mute'],
    `mute: nothing can be advised, since systemd could not be asked about it.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Why         systemd could not be asked about this unit
  Running     68, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain mute --facts
  Note: systemctl did not answer in time: 1 unit could not be looked up
`,
  ],
  [
    'processes that a restart leaves alone',
    {
      processes: { 52: old(of('sshd'), 'sshd', [CRYPTO]), 53: old(of('sshd'), 'bash', [CRYPTO]) },
      units: { 'sshd.service': { KillMode: 'process', MainPID: '52' } },
    },
    ['sshd'],
    `sshd: restart it now, it is safe.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  leaves all logins through it open (KillMode=process)
  Running     52, since Fri 20 Nov 06:12
  Command     systemctl restart sshd
  All 50 checks passed: stale-libs explain sshd --facts

sshd, PID 53: nothing to do, these are logins or jobs that end by themselves.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Why         a restart leaves these processes alone: logins or jobs that end by
              themselves
  Running     53, since Fri 20 Nov 06:12
  1 of 50 checks spoke against "safe": stale-libs explain sshd --facts
`,
  ],
  [
    'a service whose restart takes others along',
    {
      processes: { 54: old(of('postgresql'), 'postgres', [CRYPTO]) },
      units: {
        'postgresql.service': {
          RequiredBy: 'web.service',
          TimeoutStopUSec: 'infinity',
          SendSIGKILL: 'no',
          NeedDaemonReload: 'yes',
        },
        'web.service': {},
      },
    },
    ['postgresql'],
    `postgresql: restart it now, it is safe.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  its unit file has changed: systemctl daemon-reload first
              systemd does not kill what does not end by itself (SendSIGKILL=no)
              may take long: systemd waits without limit
              (TimeoutStopSec=infinity)
              restarts web too
  Running     54, since Fri 20 Nov 06:12
  Command     systemctl restart postgresql
  All 50 checks passed: stale-libs explain postgresql --facts
`,
  ],
  [
    'a container',
    {
      processes: {
        69: {
          ...old('/machine.slice/systemd-nspawn@web.service/payload/system.slice/a.service', 'a', [
            CRYPTO,
          ]),
          apart: { pid: '2', mnt: '2', uts: '2', root: '2' },
        },
      },
    },
    ['69'],
    `container web (nspawn): update it with its own tools, as its files are its own.
  Old         /usr/lib/libcrypto.so.3  a file of the container
  Since       not known
  Waiting     nothing is known to break while you wait
  Running     69, since Fri 20 Nov 06:12
  All that is known of it: stale-libs explain 69 --facts
`,
  ],
  [
    'a service of which nothing is old',
    {
      processes: { 4: { cgroup: of('fresh'), maps: ['r-xp /usr/lib/libc.so.6'] } },
    },
    ['fresh', '4'],
    `fresh: nothing to do. It uses no old code.
  Running     4

PID 4 of fresh: nothing to do. It uses no old code.
  Running     4
`,
  ],
  [
    'what only root may look at, asked by a user',
    {
      uid: 1000,
      denied: 1,
      processes: { 4: { cgroup: of('fresh'), maps: ['r-xp /usr/lib/libc.so.6'] } },
      known: { unread: new Set([4]) },
    },
    ['fresh'],
    `fresh: it could not be looked at.
  Running     4
  Not seen    only root may look at these processes
  Note: 1 process could not be read: run as root to see all
`,
  ],
  [
    'a service whose code is temporary, in an incomplete look',
    {
      stuck: 1,
      processes: { 6: { comm: 'java', cgroup: of('app'), maps: ['r-xp /tmp/jna1.tmp (deleted)'] } },
    },
    ['app'],
    `app: nothing to do, as far as was seen.
  Running     6
  PID 6 uses code that it made itself, no old file: /tmp/jna1.tmp
  Note: 1 process could not be read: the kernel gave no answer in time
`,
  ],
  [
    'what the configuration ignores',
    {
      processes: { 30: old(of('nginx'), 'nginx', [CRYPTO]) },
      units: { 'nginx.service': {} },
      config: { ignore: { units: [{ glob: 'nginx.*', reason: 'at night only' }] } },
    },
    ['nginx'],
    `nginx: it uses old code, and the configuration ignores that.
  Ignored     by the rule unit:nginx.*: at night only
  Running     30
`,
  ],
  [
    'a package of which two versions are in use',
    {
      reader: { asRoot: 'sudo', uid: 1000 },
      ...SEVERAL,
    },
    ['openssl'],
    `openssl 3.6.1-1 is installed. 10 programs still use an older one.
  3.6.0-1     since today       sshd, dovecot, nginx, postfix, 5 more
  3.5.4-1     since Mon 2 Nov   NetworkManager
  Old files   /usr/lib/libcrypto.so.3, /usr/lib/libssl.so.3
  Do          sudo stale-libs restart    6 of them
              sudo stale-libs explain NetworkManager
              sudo stale-libs explain pipewire
              sudo stale-libs explain 19
              sudo stale-libs explain 17
`,
  ],
  [
    'a package that two units of one name use',
    {
      processes: {
        50: old(ofUser('pipewire'), 'pipewire', [CRYPTO]),
        51: old(ofUser('pipewire', 1001), 'pipewire', [CRYPTO]),
      },
    },
    ['openssl'],
    `openssl 3.6.1-1 is installed. 2 programs still use an older one.
  3.6.0-1     since today   pipewire (zoe), pipewire (ben)
  Old files   /usr/lib/libcrypto.so.3
  Do          stale-libs explain pipewire
`,
  ],
  [
    'a package that was removed',
    {
      processes: { 30: old(of('foo'), 'foo', ['/usr/lib/libfoo.so.1']) },
      units: { 'foo.service': {} },
    },
    ['pkg:foo'],
    `foo was removed. 1 program still uses it.
  1.0-1       since today   foo
  Old files   /usr/lib/libfoo.so.1
  Do          systemctl restart foo
`,
  ],
  [
    'a package that nothing uses an older one of',
    {
      processes: {},
      known: installedAs('zlib 1:1.3.1-2'),
    },
    ['zlib'],
    `zlib 1:1.3.1-2 is installed. Nothing that runs uses an older one.
`,
  ],
  [
    'the same where not all was seen',
    {
      denied: 2,
      processes: {},
      known: installedAs('zlib 1:1.3.1-2'),
    },
    ['zlib'],
    `zlib 1:1.3.1-2 is installed. Nothing that was seen uses an older one.
  Note: 2 processes could not be read, not even as root: a sandbox or
      container forbids it
`,
  ],
  [
    'an old file',
    SEVERAL,
    ['/usr/lib/libcrypto.so.3'],
    `/usr/lib/libcrypto.so.3: 10 programs use an old one.
  Package     openssl 3.6.1-1
  3.6.0-1     since today       sshd, dovecot, nginx, postfix, 5 more
  3.5.4-1     since Mon 2 Nov   NetworkManager
  Do          stale-libs restart    6 of them
              stale-libs explain NetworkManager
              stale-libs explain pipewire
              stale-libs explain 19
              stale-libs explain 17
`,
  ],
  [
    'a file that is there and that nobody uses an old one of',
    {
      processes: {},
      known: {
        ...installedAs('zlib 1:1.3.1-2'),
        fileOwners: new Map([['/usr/lib/libz.so.1', 'zlib']]),
      },
    },
    ['/usr/lib/libz.so.1'],
    `/usr/lib/libz.so.1: nothing that runs uses an old one.
  Package     zlib 1:1.3.1-2
`,
  ],
  [
    'a file of no package',
    {
      processes: {},
      known: { ...installedAs('zlib 1:1.3.1-2'), onDisk: new Set(['/opt/x']) },
    },
    ['/opt/x'],
    `/opt/x: nothing that runs uses an old one.
  Package     no package has a file of this path
`,
  ],
  [
    'a user',
    { reader: { asRoot: 'sudo', uid: 1000 }, ...SEVERAL },
    ['zoe'],
    `zoe: 1 service, 1 session and 1 app use old code.
  Restart     pipewire
  Log out     session 2
  Reopen      firefox
  Command     stale-libs restart --user    (without sudo)
`,
  ],
  [
    'a user of whom nothing is old',
    {
      processes: { 50: { cgroup: ofUser('pipewire', 1001), maps: ['r-xp /usr/lib/libc.so.6'] } },
    },
    ['user:ben'],
    `ben: nothing of this user uses old code.
  Running     1 program in logins of this user
`,
  ],
  [
    'a unit that is a package too',
    {
      processes: { 70: old(of('cups'), 'cupsd', [CRYPTO]) },
      units: { 'cups.service': {} },
      known: installedAs('cups 2:2.4.15-1'),
    },
    ['cups'],
    `cups: restart it now, it is safe.
  Old         /usr/lib/libcrypto.so.3  openssl 3.6.0-1 -> 3.6.1-1
  Since       today 06:40
  Waiting     nothing is known to break while you wait
  Restarting  stops it for a moment: who is connected to it must connect again
  Running     70, since Fri 20 Nov 06:12
  Command     systemctl restart cups
  All 50 checks passed: stale-libs explain cups --facts
  Also a package: stale-libs explain pkg:cups
`,
  ],
  [
    'a name that nothing has',
    {
      processes: { 70: old(of('cronie'), 'crond', [CRYPTO]) },
      units: { 'cronie.service': {} },
      known: installedAs('cups 2:2.4.15-1'),
    },
    ['croni'],
    `no unit, package or user is called "croni". Did you mean cronie?
`,
  ],
  [
    'a service of which a user could look at one process',
    {
      uid: 1000,
      processes: {
        4: { cgroup: of('fresh'), maps: ['r-xp /usr/lib/libc.so.6'] },
        5: { cgroup: of('fresh'), maps: ['r-xp /usr/lib/libc.so.6'] },
      },
      known: { unread: new Set([5]) },
    },
    ['fresh'],
    `fresh: nothing to do, as far as was seen.
  Running     4, 5
  Not seen    only root may look at 5
`,
  ],
  [
    'a package with a long version',
    {
      processes: { 30: old(of('nginx'), 'nginx', ['/usr/lib/libc.so.6']) },
      units: { 'nginx.service': {} },
    },
    ['glibc'],
    `glibc 2.42+r17+gd7274d718e6f-1 is installed. 1 program still uses an older one.
  2.41+r48+g5cb575ca9a3d-1
              since today   nginx
  Old files   /usr/lib/libc.so.6
  Do          systemctl restart nginx
`,
  ],
]

for (const [name, situation, subjects, says] of SCREENS)
  test(`explained: ${name}`, async () => {
    assert.equal(await explainedText(situation, subjects), says)
    assert.notEqual(await explainedText(situation, subjects, 40), '')
    assert.notEqual(await explainedText(situation, subjects, 120), '')
  })

test('a screen is as wide as the page, and a command goes on as a shell reads it', async () => {
  assert.equal(await explainedText(LOGIN_SERVICE, ['sshd'], 40), NARROW)
  assert.match(
    await explainedText(LOGIN_SERVICE, ['sshd'], 120),
    /^ {2}Restarting {2}leaves all logins through it open, yours among them \(KillMode=process\)$/m,
  )
})

const NARROW = `sshd: restart it now, it is safe.
    Until then new logins may fail.
  Old         /usr/bin/sshd
                openssh
                10.0p1-4 -> 10.2p1-2
              /usr/lib/libcrypto.so.3
                openssl
                3.6.0-1 -> 3.6.1-1
  Since       Mon 23 Nov 07:18
              (openssh), today 06:40
              (openssl)
  Why now     each login starts a new
              part of it, which may not
              fit the old one
  Restarting  leaves all logins through
              it open, yours among them
              (KillMode=process)
  Running     10, since Fri 20 Nov 06:12
  Command     sudo systemctl restart \\
                sshd
  All 50 checks passed:
    sudo stale-libs explain sshd \\
      --facts
`

test('what to do and its command stand out, what may fail is red, the rest is dim', async () => {
  const text = await explainedText(LOGIN_SERVICE, ['sshd'], 80, COLOURED)
  assert.match(text, /^\u001b\[1msshd: restart it now, it is safe\.\u001b\[22m/)
  assert.match(text, /\u001b\[31m Until then new logins may fail\.\u001b\[39m\n/)
  assert.match(text, /^ {2}Command {5}\u001b\[1msudo systemctl restart sshd\u001b\[22m$/m)
  assert.match(text, /^\u001b\[2m {2}All \d+ checks passed: .+\u001b\[22m$/m)
  assert.equal(text.split('\u001b').length, 9)
})

/** What is said of one finding, and of the case behind it. */
function saidOf(found: Finding, some: Partial<Case> = {}): string {
  const one = { ...caseOf('/system.slice/a.service', some), processes: [staleProcess('/a')] }
  const report = reportOf({ findings: [found], at: new Date('2026-11-24T07:18:43.120Z') })
  const explained = explanationsOf(['a'], { report, cases: [one] }, knownOf(new Map()))
  assert.ok(!('nearest' in explained))
  return shown(renderExplanations(explained, false, { width: 80 }))
}

test('a service whose own program changed says which package that is of', () => {
  const { package: change } = file('x', 'firewalld 2.3.0-1 2.4.0-1')
  assert.ok(change)
  const own = finding({ files: [], ownPackage: { change, isNew: null } })
  const text = saidOf(own)
  assert.match(text, /^ {2}Old {9}its own program, from firewalld 2\.3\.0-1 -> 2\.4\.0-1$/m)
  assert.match(text, /^ {2}Since {7}Mon 23 Nov 07:18$/m)
  const both = finding({
    files: [file('x', 'firewalld 2.3.0-1 2.4.0-1')],
    ownPackage: own.ownPackage,
  })
  assert.doesNotMatch(saidOf(both), /its own program/)
})

test('who waits is told of the weaknesses that an upgrade mended', () => {
  const used = file('libssl.so.3', 'openssl 3.6.0-1 3.6.1-1')
  const advisory = {
    name: 'AVG-1',
    severity: 'High',
    issues: ['CVE-2026-1', 'CVE-2026-2'],
  } as const
  const mended = printed<FindingFile>({
    ...used,
    package: used.package && { ...used.package, advisories: [advisory] },
  })
  const text = saidOf(finding({ files: [mended] }))
  assert.match(
    text.replaceAll(/\n {14}/g, ' '),
    /^ {2}Waiting {5}leaves .* use: openssl 3\.6\.0-1 -> 3\.6\.1-1, fixes CVE-2026-1, CVE-2026-2 \(High\)$/m,
  )
})

test('no time is made up where none is known', () => {
  const text = saidOf(finding())
  assert.match(text, /^ {2}Since {7}not known$/m)
  assert.match(text, /^ {2}Running {5}10$/m)
})

test('each verdict is a sentence for people, which names no code', () => {
  for (const [rule, verdict] of Object.entries(RULE_VERDICTS)) {
    assert.match(verdict, /^[a-z].*[^.]\.$/, rule)
    assert.doesNotMatch(verdict, /stale|outdated|replaced|unit|scope|oneshot|PID/i, rule)
    assert.ok(verdict.length <= 80, rule)
  }
})
