import assert from 'node:assert/strict'
import { test } from 'node:test'
import { say } from '../../../src/core/printable.ts'
import { mayBeJobs, mayBeTasks, ofOtherPackages } from '../../../src/core/work/jobs.ts'
import type { Employer, Worker } from '../../../src/core/work/jobs.ts'

const DAEMON = '/usr/bin/daemon'
const ROOTS: Employer = { main: { startTicks: 1000, exe: DAEMON }, user: 0, starts: 'anything' }
/** What a shell of a job is: it began a minute after the service. */
const SHELL: Worker = {
  pid: 20,
  comm: say`sh`,
  uid: 0,
  startTicks: 7000,
  leadsSession: true,
  exe: '/usr/bin/bash',
}

const NOTEBOOK = { uid: 1000, leadsSession: false, exe: '/usr/bin/python3.14' }
const PYTHON = { main: { startTicks: 1000, exe: '/usr/bin/python3.14' } }

const isJob = (some: Partial<Worker>, employer: Partial<Employer> = {}) =>
  mayBeJobs([{ ...SHELL, ...some }], { ...ROOTS, ...employer }).length === 1

const ROWS: readonly (readonly [
  fact: string,
  isJob: boolean,
  some: Partial<Worker>,
  employer?: Partial<Employer>,
])[] = [
  ['a shell in a session of its own', true, {}],
  ['a shell in the session of the service', false, { leadsSession: false }],
  ['a co-process of the service (the shell of rabbit_disk_monitor)', false, { isCommanded: true }],
  ['what a person has the service command', true, { uid: 1000, isCommanded: true }],
  ['a helper that started with the service', false, { startTicks: 1499 }],
  ['a shell that began five seconds after the service', true, { startTicks: 1500 }],
  ['a backend in a session of its own (PostgreSQL)', false, { exe: DAEMON }],
  ['a backend of a service that was upgraded', false, { exe: `${DAEMON} (deleted)` }],
  ['a program whose file nobody may know', false, { exe: null }],
  ['a person’s shell in the session of the service', true, { uid: 1000, leadsSession: false }],
  ['what a service starts as a person (sudo)', false, { uid: 1000, startTicks: 1499 }],
  ['a worker of a person (php-fpm)', false, { uid: 1000, leadsSession: false, exe: DAEMON }],
  [
    'a worker of the person whose service it is',
    false,
    { uid: 1000, leadsSession: false },
    { user: 1000 },
  ],
  [
    'what a person’s own service opened (a browser below a panel)',
    true,
    { uid: 1000, leadsSession: false, exe: '/usr/lib/firefox/firefox' },
    { user: 1000, isOfUser: true },
  ],
  [
    'a worker that the interpreter of a person’s own service runs',
    false,
    NOTEBOOK,
    { ...PYTHON, user: 1000, isOfUser: true },
  ],
  [
    'what a person’s own service started with itself',
    false,
    { uid: 1000, leadsSession: false, startTicks: 1499 },
    { user: 1000, isOfUser: true },
  ],
  ['a worker of a system user (smtpd)', false, { uid: 89, leadsSession: false }],
  ['what is older than the service', false, { startTicks: 999, uid: 1000 }],
  ['a notebook that an interpreter runs, of a person', true, NOTEBOOK, PYTHON],
  [
    'a worker that an interpreter runs',
    false,
    { ...NOTEBOOK, uid: 0, leadsSession: false },
    PYTHON,
  ],
  [
    'root’s job of a scheduler',
    true,
    { leadsSession: false, startTicks: 1000 },
    { starts: 'jobs' },
  ],
  ['a scheduler’s own process', false, { exe: DAEMON }, { starts: 'jobs' }],
  ['a build of a runner', true, { leadsSession: false }, { starts: 'runs' }],
  ['a build that a runner finds as it starts', true, { startTicks: 1100 }, { starts: 'runs' }],
  ['a step of a build that is the runner again', true, { exe: DAEMON }, { starts: 'runs' }],
  [
    'a helper of a runner',
    false,
    { startTicks: 1100, exe: '/opt/r/Runner.Listener' },
    { starts: 'runs', helpers: ['Runner.Listener'] },
  ],
  [
    'a helper’s name that comes later',
    true,
    { exe: '/opt/r/node' },
    { starts: 'runs', helpers: ['node'] },
  ],
]
for (const [fact, expected, some, employer] of ROWS)
  test(`${fact} is ${expected ? '' : 'not '}work in progress`, () => {
    assert.equal(isJob(some, employer), expected)
  })

const PACKAGES: readonly (readonly [
  fact: string,
  isOther: boolean,
  main: string,
  exe: string,
  owners: readonly (readonly [string, string])[],
])[] = [
  [
    'of the same package',
    false,
    '/usr/bin/dovecot',
    '/usr/lib/dovecot/imap',
    [
      ['/usr/bin/dovecot', 'dovecot'],
      ['/usr/lib/dovecot/imap', 'dovecot'],
    ],
  ],
  [
    'of the same package, which was upgraded',
    false,
    '/usr/bin/a (deleted)',
    '/usr/lib/a/b',
    [
      ['/usr/bin/a', 'a'],
      ['/usr/lib/a/b', 'a'],
    ],
  ],
  [
    'of another package',
    true,
    '/usr/bin/a',
    '/usr/bin/rsync',
    [
      ['/usr/bin/a', 'a'],
      ['/usr/bin/rsync', 'rsync'],
    ],
  ],
  ['of no package, below one of a package', true, '/usr/bin/a', '/opt/b', [['/usr/bin/a', 'a']]],
  ['of no package, in the same directory', false, '/opt/runner/a', '/opt/runner/b', []],
  [
    'of no package, in a directory of the service’s name',
    false,
    '/usr/sbin/dovecot',
    '/usr/lib/dovecot/imap',
    [],
  ],
  ['of no package, in another directory', true, '/opt/runner/a', '/opt/tools/b', []],
  ['of no package, in the same directory of all', true, '/usr/local/bin/a', '/usr/local/bin/b', []],
  [
    'an interpreter of the same package',
    true,
    '/usr/bin/bash',
    '/usr/bin/sh',
    [
      ['/usr/bin/bash', 'bash'],
      ['/usr/bin/sh', 'bash'],
    ],
  ],
]
for (const [fact, isOther, main, exe, owners] of PACKAGES)
  test(`a program ${fact} is ${isOther ? 'not ' : ''}the service’s own`, () => {
    const employer = { main: { startTicks: 1, exe: main }, starts: 'anything' } as const
    const packages = new Map(owners)
    const others = ofOtherPackages([{ ...SHELL, exe }], employer, packages)
    assert.equal(others.length === 1, isOther)
    // What a runner runs is work, whatever it is.
    const runner = { ...employer, starts: 'runs' } as const
    assert.equal(ofOtherPackages([{ ...SHELL, exe }], runner, packages).length, 1)
  })

const TASKS: readonly (readonly [
  fact: string,
  isTask: boolean,
  some: Partial<Worker>,
  employer?: Partial<Employer>,
])[] = [
  ['a program in the session of the service (a task of Celery)', true, {}],
  ['a job', false, { leadsSession: true }],
  ['a program that started with the service', false, { startTicks: 1499 }],
  ['a worker that was forked', false, { exe: DAEMON }],
  ['a co-process', false, { isCommanded: true }],
  ['a program whose file nobody may know', false, { exe: null }],
  ['what a scheduler starts', false, {}, { starts: 'jobs' }],
  ['what a runner starts', false, {}, { starts: 'runs' }],
]
for (const [fact, isTask, some, employer = {}] of TASKS)
  test(`${fact} is ${isTask ? 'a task or a helper' : 'none that is only told'}`, () => {
    const worker = { ...SHELL, leadsSession: false, ...some }
    assert.deepEqual(mayBeTasks([worker], { ...ROOTS, ...employer }), isTask ? [worker] : [])
  })
