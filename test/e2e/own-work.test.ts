import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reportDocument } from '../support/bundle.ts'
import type { ReportDocument } from '../support/bundle.ts'
import { readHook } from './hook-output.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import { MALLORY, REINSTALL, bootWithMallory } from './mallory.ts'
import { whySkippedWithCompiler } from './silent.ts'
import {
  LIBRARY,
  cautionCodes,
  findingOf,
  makeTree,
  report,
  transaction,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkippedWithCompiler()

const HOLDER = '/usr/local/bin/holder'
const APART = '/usr/local/bin/apart'
const LENT = '/usr/local/bin/lent'
const OWN = `${MALLORY.home}/own.so`
/** A directory of mallory's, which lies over that of the system in a namespace of mallory's own. */
const OVER = `${MALLORY.home}/lib`
/** root once put it into mallory's home. */
const OF_ROOT = `${MALLORY.home}/root.so`
const POOL = '/srv/pool'
const DYNAMIC = '/var/lib/private/dynamic/own.so'

const SCRIPTS = {
  [APART]: [
    '#!/bin/sh',
    'exec unshare --user --map-root-user --mount \\',
    `  /bin/sh -c 'mount --bind ${OVER} /usr/lib && exec "$@"' apart "$@"`,
  ],
  // A process in no namespace of its own maps a file that has its path in the namespace of another.
  [LENT]: [
    '#!/bin/sh',
    `${APART} ${HOLDER} &`,
    `until [ "$(readlink /proc/$!/exe)" = ${HOLDER} ]; do sleep 0.1; done`,
    `exec ${HOLDER} "/proc/$!/root${LIBRARY}"`,
  ],
}

const as = (uid: number) => `/usr/bin/setpriv --reuid ${uid} --regid ${uid} --clear-groups --`
const asMallory = as(MALLORY.uid)
const asWorker = as(33)

/** A service whose main process is the program. */
const being = (command: string, ...lines: readonly string[]) =>
  ['[Service]', 'Type=exec', ...lines, `ExecStart=${command}`].join('\n')
/** A service whose main process is root's and fresh, and that has started something else. */
const running = (command: string, ...lines: readonly string[]) =>
  being(`/bin/sh -c '${command} & exec /usr/bin/sleep infinity'`, ...lines)

/** Services that run what mallory gives to them, and are fresh themselves. */
const OF_MALLORY: Readonly<Record<string, string>> = {
  'own-file': running(`${asMallory} ${HOLDER} ${OWN}`),
  'file-of-root': running(`${asMallory} ${HOLDER} ${OF_ROOT}`),
  'own-namespace': running(`${asMallory} ${APART} ${HOLDER} ${LIBRARY}`),
  'lent-file': running(`${asMallory} ${LENT}`),
  'not-to-be-stopped': `[Unit]\nRefuseManualStop=yes\n${running(`${asMallory} ${HOLDER} ${OWN}`)}`,
}

/** Services that are stale themselves. */
const STALE: Readonly<Record<string, string>> = {
  'main-process': being(`${HOLDER} ${LIBRARY}`),
  // As php-fpm has its workers.
  pool: running(`${asWorker} ${HOLDER} ${LIBRARY}`),
  'protected-pool': running(
    `${asWorker} ${HOLDER} ${LIBRARY}`,
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
  ),
  // As dovecot and postfix have them.
  'caged-pool': running(`/usr/sbin/chroot --userspec=33:33 ${POOL} ${HOLDER} ${LIBRARY}`),
  'of-mallory': being(`${HOLDER} ${OWN}`, `User=${MALLORY.name}`),
  'became-mallory': being(`${asMallory} ${HOLDER} ${OWN}`),
  'dynamic-user': being(
    `/bin/sh -c 'cp ${LIBRARY} ${DYNAMIC} && exec ${HOLDER} ${DYNAMIC}'`,
    'DynamicUser=yes',
    'StateDirectory=dynamic',
  ),
  both: running(`${HOLDER} ${LIBRARY} & ${asMallory} ${HOLDER} ${OWN}`),
}

const ALL = { ...OF_MALLORY, ...STALE }
const unitOf = (name: string) => `${name}.service`

describe('what a user runs inside of a service', { skip }, () => {
  let lab: Lab
  let stale: ReportDocument
  let hook: readonly string[]

  before(async () => {
    lab = await bootWithMallory('holder')
    for (const [path, lines] of Object.entries(SCRIPTS))
      lab.write(path, `${lines.join('\n')}\n`, 0o755)
    makeTree(lab, POOL)
    mustRun(lab, ['mount', '--bind', '/usr', `${POOL}/usr`])
    const copy = `mkdir ${OVER} && cp ${LIBRARY} ${OWN} && cp ${LIBRARY} ${OVER}`
    mustRun(lab, ['sh', '-c', copy], { uid: MALLORY.uid })
    mustRun(lab, ['cp', LIBRARY, OF_ROOT])
    const units = Object.entries(ALL).map(([name, text]) => [unitOf(name), text])
    writeUnits(lab, Object.fromEntries(units))
    mustRun(lab, ['systemctl', 'start', ...Object.keys(ALL).map(unitOf)])
    waitUntilMapped(lab, '/own.so', 6)
    waitUntilMapped(lab, OF_ROOT, 1)
    waitUntilMapped(lab, LIBRARY, 7)
    mustRun(lab, ['rm', OWN, OF_ROOT, `${OVER}/libtoy.so.1`, DYNAMIC])
    hook = transaction(lab, REINSTALL)
    stale = report(lab)
  })
  after(() => lab?.stop())

  const verdictOf = (name: string) => {
    const finding = findingOf(stale, unitOf(name))
    return [finding.action, finding.command, cautionCodes(finding)]
  }

  for (const name of Object.keys(OF_MALLORY))
    test(`${name}: there is nothing to restart`, () => {
      assert.deepEqual(verdictOf(name), ['manual', null, ['users-work']])
    })

  for (const name of Object.keys(STALE))
    test(`${name}: the service is to be restarted`, () => {
      assert.deepEqual(verdictOf(name), [
        'restart',
        ['systemctl', 'restart', '--', unitOf(name)],
        [],
      ])
    })

  test('does not count where the service is stale itself', () => {
    const { files } = findingOf(stale, unitOf('both'))
    assert.deepEqual(
      files.map(({ path }) => path),
      [LIBRARY],
    )
  })

  test('leads to no command, by hand and in the hook', () => {
    const units = Object.keys(STALE).map(unitOf).toSorted()
    assert.deepEqual(stale.commands, [['systemctl', 'restart', '--', ...units]])
    assert.equal(stale.reboot.needed, 'none')
    // A machine that has just booted may have a log that is younger than its services.
    const limits = stale.limits.filter(({ code }) => code !== 'package-log-short')
    assert.deepEqual(limits, [])
    const { named, commands } = readHook(hook)
    assert.deepEqual([named.includes('both'), commands], [true, ['stale-libs restart']])
    const words = [...named, ...commands.flatMap((command) => command.split(' '))]
    for (const name of Object.keys(OF_MALLORY)) assert.ok(!words.includes(name), words.join(' '))
  })

  test('is the same in a recording', () => {
    mustRun(lab, ['stale-libs', 'record', '/root/recording'])
    const replayed = mustRun(lab, ['stale-libs', '--from', '/root/recording', '--format', 'json'])
    assert.deepEqual(reportDocument(replayed).findings, stale.findings)
  })
})
