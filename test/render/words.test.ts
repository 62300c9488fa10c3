import assert from 'node:assert/strict'
import { test } from 'node:test'
import { say } from '../../src/core/printable.ts'
import type { Caution, CautionCode, RuleCode } from '../../src/core/advice/advice.ts'
import type { LimitCode } from '../../src/core/limits.ts'
import { CAUTION_WORDS, cautionText } from '../../src/render/words/cautions.ts'
import type { CautionWords } from '../../src/render/words/cautions.ts'
import { LIMIT_WORDS } from '../../src/render/words/limits.ts'
import type { LimitWords } from '../../src/render/words/limits.ts'
import { OWNER_RULE_WORDS, UNIT_RULE_WORDS } from '../../src/render/words/rules.ts'
import { NO_REMAINS } from '../../src/core/work/login-remains.ts'
import { printed } from '../support/printed.ts'
import type { Plain } from '../support/printed.ts'

const GUESTS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ runtime: 'docker', name }) as const)
const AT_PTS = { name: 'pts/3', user: { uid: 1000, name: 'zoe' } }
const NAMELESS = { name: 'pts/4', user: { uid: 1001, name: null } }
const UNITS = GUESTS.map(({ name }) => `${name}.service`)

const SENTENCES: readonly (readonly [caution: Plain<Caution>, sentence: string])[] = [
  [{ code: 'frozen', blocking: true, detail: null }, 'it is frozen (systemctl freeze)'],
  [
    { code: 'sensitive', blocking: true, detail: { reason: 'it is the bus', guests: [] } },
    'it is the bus',
  ],
  [
    {
      code: 'sensitive',
      blocking: true,
      detail: { reason: 'it ends', guests: [{ runtime: 'vm', name: 'win' }, ...GUESTS] },
    },
    'it ends; running now: virtual machine win, container a, container b, container c, 3 more',
  ],
  [
    { code: 'ends-guests', blocking: true, detail: GUESTS },
    'a restart stops container a, container b, container c, container d, 2 more',
  ],
  [
    { code: 'ends-guests', blocking: false, detail: GUESTS.slice(0, 5) },
    'a restart stops container a, container b, container c, container d, container e',
  ],
  [
    { code: 'ends-terminals', blocking: true, detail: [AT_PTS, NAMELESS] },
    'somebody works inside of it: pts/3 (zoe), pts/4 (uid 1001)',
  ],
  [
    {
      code: 'takes-mounts-away',
      blocking: true,
      detail: ['/media/zoe/My (disk)', `/srv/${'x'.repeat(80)}`, null],
    },
    'a restart disconnects file systems that it serves: ' +
      `"/media/zoe/My (disk)", /srv/${'x'.repeat(52)}..., mount point unknown`,
  ],
  [
    {
      code: 'start-skipped',
      blocking: true,
      detail: [
        { path: '/etc/a b', isNegated: false },
        { path: '/etc/off', isNegated: true },
      ],
    },
    'its unit file keeps systemd from starting it again: "/etc/a b" is missing, /etc/off is there',
  ],
  [
    {
      code: 'blocks-shutdown',
      blocking: true,
      detail: [
        { isBlocking: true, who: 'PackageKit', why: 'Package (Update)' },
        null,
        { isBlocking: true, who: '', why: '' },
      ],
    },
    'a restart interrupts what it asked not to interrupt: ' +
      'PackageKit ("Package (Update)"), a program',
  ],
  [
    { code: 'blocks-shutdown', blocking: true, detail: [null] },
    'a restart may interrupt what it asked not to interrupt: its purpose is not known',
  ],
  [
    { code: 'takes-interfaces-away', blocking: true, detail: ['tun0', 'a b'] },
    'a restart takes away network interfaces that it made: tun0, "a b"',
  ],
  [
    { code: 'serves-display', blocking: true, detail: [':0'] },
    'a restart closes all windows on the displays that it serves: :0',
  ],
  [
    {
      code: 'hangs-up-terminals',
      blocking: true,
      detail: [AT_PTS, { name: 'tty3', user: null }],
    },
    'a restart hangs up pts/3 (zoe), tty3, and ends what runs there',
  ],
  [
    { code: 'succeeded', blocking: true, detail: null },
    'its main process runs the new program: these end after their work, which a restart would cut short',
  ],
  [
    { code: 'stops-without-limit', blocking: false, detail: null },
    'a restart may take long: systemd waits without limit (TimeoutStopSec=infinity)',
  ],
  [
    { code: 'ends-tasks', blocking: false, detail: [{ ...AT_PTS, name: say`sleep` }] },
    'a restart ends what it has started: sleep (zoe)',
  ],
  [{ code: 'cuts-clients', blocking: false, detail: null }, 'its clients must reconnect'],
  [
    { code: 'cuts-logins', blocking: true, detail: [{ ...AT_PTS, name: say`session 4` }] },
    'a restart cuts logins that come through it: session 4 (zoe)',
  ],
  [
    { code: 'open-files-unknown', blocking: true, detail: null },
    'not all that its processes hold could be read: what a restart takes from others is not known',
  ],
  [
    {
      code: 'jobs-inside',
      blocking: true,
      detail: [
        { ...AT_PTS, name: 'rsync' },
        { ...NAMELESS, name: '' },
      ],
    },
    'a restart ends work in progress: rsync (zoe), a program (uid 1001)',
  ],
  [
    { code: 'still-listens', blocking: true, detail: ['0.0.0.0:2222', '/run/a b.sock', ''] },
    'a restart leaves these processes alone (KillMode=process): they listen on 0.0.0.0:2222, "/run/a b.sock", a socket whose path is not shown',
  ],
  [
    { code: 'holds-guest', blocking: true, detail: GUESTS.slice(0, 1) },
    'a restart leaves these processes alone: they run container a; restart it when it suits',
  ],
  [
    { code: 'stops-too', blocking: true, detail: UNITS },
    'a restart stops a, b, c, d, 2 more, and does not start them again',
  ],
  [
    { code: 'takes-along', blocking: true, detail: UNITS },
    'a restart also restarts a, b, c, d, e, f',
  ],
  [
    { code: 'ends-logins', blocking: true, detail: 2 },
    'a restart may end logins through it: 2 processes beside its main process',
  ],
  [
    { code: 'guest-supervisor', blocking: true, detail: 'web' },
    'it runs container web: restart the container when it suits',
  ],
  [
    { code: 'lingers', blocking: true, detail: 'a\u202eb\u001b' },
    'no logout ends it, since the user lingers (loginctl): restart a\\xe2\\x80\\xaeb\\x1b, ' +
      'which ends all services and applications of the user, or reboot',
  ],
  [
    { code: 'holder-stays', blocking: false, detail: null },
    'its process (sd-pam) uses old code until the user logs out',
  ],
  [
    { code: 'holder-stays', blocking: false, detail: 'user@1000.service' },
    'its process (sd-pam) uses old code until user@1000 ends, as the user lingers',
  ],
  [
    { code: 'kept-by-sessions', blocking: false, detail: ['session 3', 'session c1'] },
    'first end what runs in session 3, session c1: it stayed after the logout, and keeps this running',
  ],
  [
    { code: 'session-left', blocking: true, detail: NO_REMAINS },
    'the user has logged out of this session; end these processes',
  ],
  [
    {
      code: 'session-left',
      blocking: true,
      detail: { ...NO_REMAINS, terminals: [AT_PTS], isUnknown: true },
    },
    'the user has logged out of this session; end these processes, ' +
      'which also ends 1 open terminal (pts/3 (zoe)); what else ends with them is not known',
  ],
  [
    {
      code: 'session-left',
      blocking: true,
      detail: {
        terminals: [AT_PTS, NAMELESS],
        mounts: ['/home/zoe/My (disk)'],
        guests: [{ runtime: 'vm', name: 'win' }],
        listens: ['127.0.0.1:8888', ''],
        isUnknown: false,
      },
    },
    'the user has logged out of this session; end these processes, ' +
      'which also ends 2 open terminals (pts/3 (zoe), pts/4 (uid 1001)), ' +
      'file systems ("/home/zoe/My (disk)"), virtual machine win, ' +
      'what listens on 127.0.0.1:8888, a socket whose path is not shown',
  ],
]
for (const [caution, sentence] of SENTENCES)
  test(`cautionText() says "${sentence}"`, () =>
    assert.equal(cautionText(printed<Caution>(caution)), sentence))

test('what has a code has words, or does not compile', () => {
  const { frozen, ...cautions } = CAUTION_WORDS
  const { scope, ...questions } = UNIT_RULE_WORDS
  const { app, ...owners } = OWNER_RULE_WORDS
  const { 'maps-denied': denied, ...limits } = LIMIT_WORDS
  // @ts-expect-error a caution has no sentence
  cautions satisfies CautionWords
  // @ts-expect-error a rule about units has no question
  questions satisfies typeof UNIT_RULE_WORDS
  // @ts-expect-error a rule about owners has no sentence
  owners satisfies typeof OWNER_RULE_WORDS
  // @ts-expect-error a limit has no sentence
  limits satisfies LimitWords
  for (const words of [frozen, scope, app, denied]) assert.ok(words)
})

test('codes are closed', () => {
  // @ts-expect-error no rule makes this caution
  const caution: CautionCode = 'frosty'
  // @ts-expect-error no rule has this code
  const rule: RuleCode = 'frosty'
  // @ts-expect-error nothing makes this limit
  const limit: LimitCode = 'frosty'
  // @ts-expect-error the sentence of this caution needs units
  const wrong: Caution = { code: 'stops-too', blocking: true, detail: null }
  assert.ok([caution, rule, limit, wrong])
})

test('sentences follow a colon: lower case or a name, without a full stop', () => {
  const all = [...SENTENCES.map(([, sentence]) => sentence), ...Object.values(OWNER_RULE_WORDS)]
  const limits = Object.values(LIMIT_WORDS).flatMap((words) => [
    words(1, true, [say`zoe`, null]),
    words(2, false, [say`1000`]),
  ])
  for (const sentence of [...all, ...limits]) assert.doesNotMatch(sentence, /\.$|undefined|null/)
  for (const question of Object.values(UNIT_RULE_WORDS)) assert.match(question, /^[A-Z].*\?$/)
})
