import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NO_CONFIG, readConfig } from '../../../src/core/config/config.ts'
import type { Config } from '../../../src/core/config/config.ts'
import type { ScanOptions } from '../../../src/core/options.ts'
import type { Report } from '../../../src/core/report/report.ts'
import { parseCommand } from '../../../src/cli/cli.ts'
import { startClock } from '../../../src/io/clock.ts'
import { openLog } from '../../../src/io/log.ts'
import { openProc } from '../../../src/io/proc/proc.ts'
import { openRecorder } from '../../../src/io/recording/recorder.ts'
import { openRecording } from '../../../src/io/recording/recording.ts'
import { openWorld } from '../../../src/io/world.ts'
import type { World } from '../../../src/io/world.ts'
import { scan } from '../../../src/scan/scan.ts'
import { makeTree, procTree } from '../../support/tree.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const RUN = { uid: 0, environment: {}, version: '0.1.0', clock: startClock() }

async function options(): Promise<ScanOptions> {
  const command = await parseCommand([], '0.1.0')
  assert.ok(command.kind === 'scan')
  return command.options
}

/** Records what a scan reads, and returns its report, and the directory of the recording. */
async function recorded(
  world: World,
  config: Config,
  anonymize: boolean,
  proc: string,
  parent = makeTree({}),
) {
  const recorder = openRecorder()
  for (const pid of world.proc.pids())
    recorder.observe(pid, readFileSync(join(proc, String(pid), 'maps'), 'latin1'))
  const listened = recorder.listenTo(world)
  const { report } = await scan(listened, await options(), config, RUN, await openLog('silent'))
  const directory = join(parent, 'recording')
  const uid = process.getuid?.() ?? 0
  recorder.save(directory, { version: '0.1.0', config, report, uid, anonymize })
  return { report, directory }
}

async function replayed(directory: string): Promise<Report> {
  const { world, config } = openRecording(directory)
  return (await scan(world, await options(), config, RUN, await openLog('silent'))).report
}

/** Returns what a report says, without any name, in an order that no name decides. */
function verdicts({ findings, ignored, limits, reboot, temporaryCode, afterEffects }: Report) {
  return {
    findings: findings
      .map((one) =>
        JSON.stringify([
          one.kind,
          one.action,
          one.rule,
          one.cautions.map(({ code, blocking }) => [code, blocking]),
          one.lifeline,
          one.user?.uid,
          one.container?.runtime,
          one.processes.map(({ pid, main, startedAt }) => [pid, main, startedAt]),
          one.files.map(({ kind, state, isNew, isUnowned }) => [kind, state, isNew, isUnowned]),
          one.command?.length,
        ]),
      )
      .toSorted(),
    ignored: ignored.map(({ findings: number }) => number).toSorted(),
    limits,
    reboot: reboot.needed,
    temporary: temporaryCode.map(({ pid }) => pid),
    effects: afterEffects.map(({ code }) => code),
  }
}

/** Returns all names and contents of a directory as one text of bytes. */
function contentOf(directory: string): string {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return paths
    .map((path) => {
      const file = join(directory, path)
      const found = lstatSync(file)
      if (found.isSymbolicLink()) return readlinkSync(file, 'latin1')
      return found.isFile() ? readFileSync(file, 'latin1') : path
    })
    .join('\n')
}

const machines = readdirSync(FIXTURES, { withFileTypes: true }).filter((one) => one.isDirectory())

for (const { name } of machines)
  test(`the recording "${name}" replays with the same verdicts without its names`, async () => {
    const { world, config } = openRecording(`${FIXTURES}${name}`)
    const { report, directory } = await recorded(world, config, true, `${FIXTURES}${name}/proc`)
    assert.deepEqual(verdicts(await replayed(directory)), verdicts(report))
  })

const PASSWD = [
  'root:x:0:0::/root:/bin/bash',
  'max.muster:x:1000:1000:Maximilian Mustermann,Room 7,555-1234:/home/max.muster:/bin/sh',
  'zoe:x:1001:1001:Zoe Smith:/data/people/zoe:/bin/sh',
  'git:x:1002:1002::/usr/share/githome:/bin/sh',
  'nobody:x:65534:65534:Nobody:/:/bin/false',
  '',
].join('\n')

/** No word of these may be in a recording without names, in any case. */
const CHOSEN =
  'max muster maximilian mustermann zoe smith secret patient mueller m\u00c3\u00bcller diary ' +
  'holiday divorce tax2024 kestrel stick zettel kundenliste praxis githome oncology ' +
  'mybackup invoice client-a'

const GROUPS = '/user.slice/user-1000.slice'
const STALE = ['r-xp /usr/lib/libc.so.6 (deleted)']

const TREE = procTree({
  5: {
    comm: 'patient-app',
    exe: '/home/max.muster/Secret-Project/patient-app (deleted)',
    maps: [
      'r-xp /home/max.muster/Secret-Project/libpatient-mueller.so (deleted)',
      'r-xp /home/max.muster/M\u00c3\u00bcller Secret/libm\u00c3\u00bcller.so.1.2-tax2024 (deleted)',
      'r-xp /home/max.muster/.cache/JNA/temp/jna77.tmp (deleted)',
      'r-xp /tmp/libnetty_secret_tcnative.so (deleted)',
      'r-xp /data/people/zoe/oncology.so.3 (deleted)',
      'r-xp /run/media/max.muster/STICK/kundenliste.so (deleted)',
      'r-xp /home/user4242/Praxis/liba.so (deleted)',
      'r-xp /memfd:secret zettel (deleted)',
      'r-xp /usr/lib/libssl.so.3 (deleted)',
      'r-xp /usr/share/githome/secret.so (deleted)',
      'r-xp /usr/local/lib/libinvoice.so (deleted)',
      'r-xp /srv/ZoeSmith/x.so (deleted)',
      'r-xp /opt/zoe_2/y.so (deleted)',
    ],
    cgroup: `${GROUPS}/user@1000.service/app.slice/app-gnome-patient\\x2ddiary-123.scope`,
  },
  6: { comm: 'zoe-diary', maps: STALE, cgroup: '/system.slice/zoe-diary.service' },
  7: { comm: 'sshd', exe: '/usr/bin/sshd', maps: STALE, cgroup: '/system.slice/sshd.service' },
  8: { maps: STALE, cgroup: '/machine.slice/machine-holiday\\x2dbox.scope', apart: { pid: '9' } },
  9: { maps: STALE, cgroup: `${GROUPS}/session-3.scope`, exe: '/usr/bin/kestrel-report' },
  10: { maps: STALE, cgroup: `${GROUPS}/user@1000.service/app.slice/divorce.service` },
  11: { maps: STALE, cgroup: '/system.slice/mybackup@client-a.service' },
  12: { maps: STALE, cgroup: '/system.slice/nginx.service', comm: 'tax2024' },
  13: { comm: 'secret', maps: STALE, cgroup: '/', exe: '/usr/bin/python3' },
})

const CONFIG = {
  ignore: {
    units: [{ glob: 'mybackup@*', reason: 'Zoe Smith makes it on holiday' }],
    paths: ['/srv/ZoeSmith/*', '*/Secret-Project/*'],
    users: ['zoe', 'max.*'],
  },
  sensitive: [{ units: ['zoe-diary.service'], action: 'manual', reason: 'of Zoe' }],
  lifeline: [{ units: ['divorce.service'], role: 'jobs', reason: 'oncology' }],
}

function hostileWorld() {
  const config = readConfig(CONFIG, 'config.toml')
  assert.ok(!('key' in config), JSON.stringify(config))
  const proc = makeTree(TREE)
  const root = makeTree({ 'etc/passwd': PASSWD, 'var/lib/systemd/linger/max.muster': '' })
  return { config, proc, world: openWorld(openProc(proc), { root }, RUN) }
}

test('no word that a person chose is in a recording without names', async () => {
  const { config, proc, world } = hostileWorld()
  const { report, directory } = await recorded(world, config, true, proc)
  const content = contentOf(directory).toLowerCase()
  const left = CHOSEN.split(' ').filter((word) => content.includes(word.toLowerCase()))
  assert.deepEqual(left, [])
  assert.match(content, /\/usr\/lib\/libssl\.so\.3 /)
  assert.match(content, /\/home\/user1000\/word\d+-word\d+\/word\d+-word\d+\.so \(deleted\)/)
  assert.match(content, /"user1001"/)
  assert.deepEqual(verdicts(await replayed(directory)), verdicts(report))
})

test('a recording with names has them all', async () => {
  const { config, proc, world } = hostileWorld()
  const { report, directory } = await recorded(world, config, false, proc)
  const content = contentOf(directory)
  assert.match(content, /libpatient-mueller\.so/)
  assert.deepEqual(verdicts(await replayed(directory)), verdicts(report))
})

test('a recording is for the eyes of its owner, whatever the umask is', async () => {
  const { proc, world } = hostileWorld()
  const parents = [makeTree({}), makeTree({})]
  const before = process.umask(0)
  try {
    for (const [at, mask] of [0, 0o277].entries()) {
      process.umask(mask)
      const { directory } = await recorded(world, NO_CONFIG, false, proc, parents[at])
      const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      for (const path of ['', ...paths]) {
        const found = lstatSync(join(directory, path))
        if (found.isSymbolicLink()) continue
        assert.equal(found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600, path)
      }
    }
  } finally {
    process.umask(before)
  }
})
