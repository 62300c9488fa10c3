import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import type { PackageSpec } from './packages.ts'
import { PACMAN, bootWithProgram, packageFile, report, transaction, writeUnits } from './toys.ts'

const skip = whySkipped()

/** A package with a hook of its own, as those that restart services have. */
const meddler = (version: string, exec: string): PackageSpec => ({
  name: 'meddler',
  version,
  files: {
    'usr/share/meddler/version': { text: version },
    'usr/share/libalpm/hooks/50-meddler.hook': {
      text: [
        '[Trigger]',
        'Type = Path',
        'Operation = Install',
        'Operation = Upgrade',
        'Target = usr/share/meddler/*',
        '',
        '[Action]',
        'Description = Meddling...',
        'When = PostTransaction',
        `Exec = ${exec}`,
        '',
      ].join('\n'),
    },
  },
})

const NAME = 'org.example.Keeper'
/**
 * Takes a name on the system bus and goes on running when the bus goes away, as many daemons do;
 * SIGUSR1 makes it hang up. Messages as in the D-Bus Specification: Hello, then RequestName.
 */
const KEEPER = `
const { connect } = require('node:net')
const u32 = (number) => { const four = Buffer.alloc(4); four.writeUInt32LE(number); return four }
const pad = (bytes, to) => Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)])
const string = (text) => Buffer.concat([u32(text.length), Buffer.from(text + '\\0')])
const field = (code, type, value) =>
  Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), value])
const call = (serial, member, signature, body) => {
  const daemon = 'org.freedesktop.DBus'
  const fields = [field(1, 'o', string('/org/freedesktop/DBus')), field(2, 's', string(daemon)),
    field(3, 's', string(member)), field(6, 's', string(daemon))]
  if (signature)
    fields.push(field(8, 'g', Buffer.from([signature.length, ...Buffer.from(signature), 0])))
  const all = Buffer.concat(fields.map((one, at) => (at < fields.length - 1 ? pad(one, 8) : one)))
  const head = Buffer.concat([Buffer.from('l\\x01\\x00\\x01'), u32(body.length), u32(serial), u32(all.length)])
  return Buffer.concat([pad(Buffer.concat([head, all]), 8), body])
}
const bus = connect('/run/dbus/system_bus_socket')
bus.on('error', () => {})
bus.once('data', () => {
  bus.write('BEGIN\\r\\n')
  bus.write(call(1, 'Hello', '', Buffer.alloc(0)))
  const body = Buffer.concat([pad(string('${NAME}'), 4), u32(4)])
  bus.write(call(2, 'RequestName', 'su', body))
})
bus.write('\\0AUTH EXTERNAL ' + Buffer.from(String(process.getuid())).toString('hex') + '\\r\\n')
process.on('SIGUSR1', () => bus.destroy())
setInterval(() => {}, 1 << 30)
`
const POLICY = `<busconfig><policy user="root"><allow own="${NAME}"/></policy></busconfig>`
const TIME_LIMIT_MS = 20_000
const LOST = `keeper.service is not on the bus as ${NAME}`
const LOST_IN_TEXT = `keeper runs, but not as ${NAME} on the bus: systemctl status keeper`
const FAILED = 'fails.service failed since the upgrade began (exit-code)'

describe('what a transaction broke otherwise', { skip }, () => {
  let lab: Lab

  before(async () => {
    lab = await bootWithProgram([
      meddler('1.0-1', '/usr/bin/true'),
      meddler('2.0-1', '/bin/sh -c "systemctl start fails.service || true"'),
      meddler('3.0-1', '/bin/sh -c "systemctl restart dbus.service || true"'),
      { name: 'toy-data', files: { 'usr/share/toy/table': { text: 'data' } } },
    ])
    lab.write('/srv/keeper.cjs', KEEPER)
    lab.write('/etc/dbus-1/system.d/keeper.conf', POLICY)
    mustRun(lab, ['systemctl', 'reload', 'dbus.service'])
    writeUnits(lab, {
      'fails.service': 'Type=oneshot\nExecStart=/usr/bin/false',
      'long-ago.service': 'Type=oneshot\nExecStart=/usr/bin/false',
      'keeper.service': `Type=exec\nBusName=${NAME}\nExecStart=/usr/bin/node /srv/keeper.cjs`,
    })
    assert.notEqual(lab.run(['systemctl', 'start', 'long-ago.service']).status, 0)
    startKeeper()
    waitForTheNextSecond()
  })
  after(() => lab.stop())

  const wait = (until: string) =>
    mustRun(lab, ['sh', '-c', `until ${until}; do sleep 0.02; done`], { timeoutMs: TIME_LIMIT_MS })
  const hasName = `busctl --system status ${NAME} >/dev/null 2>&1`
  const startKeeper = () => {
    mustRun(lab, ['systemctl', 'restart', 'keeper.service'])
    wait(hasName)
  }
  /**
   * What failed in the second in which a transaction began counts as of it: the log has whole
   * seconds.
   */
  const waitForTheNextSecond = () =>
    mustRun(lab, ['sh', '-c', 'now=$(date +%s); until [ "$(date +%s)" -gt "$now" ]; do :; done'])
  const install = (name: string, version: string) =>
    transaction(lab, [...PACMAN, '-U', packageFile(name, version)])
  const effects = () => report(lab).afterEffects?.map(({ code, text }) => [code, text])

  test('nothing is said where a transaction touched no service', () => {
    assert.deepEqual(install('meddler', '1.0-1'), [])
    assert.deepEqual(effects(), [])
  })

  test('a unit that failed in the transaction, and none that failed before it', () => {
    waitForTheNextSecond()
    const lines = install('meddler', '2.0-1')
    const said = 'fails has failed since this upgrade began: journalctl -eu fails'
    assert.deepEqual(lines, [`  ${said}`])
    assert.deepEqual(effects(), [['failed', FAILED]])
    const byHand = said.replace('this upgrade', 'the last upgrade')
    assert.equal(mustRun(lab, ['stale-libs']).split('\n')[0], byHand)
    const asNobody = ['setpriv', '--reuid', '65534', '--clear-groups', 'stale-libs']
    assert.equal(mustRun(lab, asNobody).split('\n')[0], byHand)
  })

  test('it is not said again after the next transaction', () => {
    waitForTheNextSecond()
    assert.deepEqual(install('toy-data', '1.0-1'), [])
    assert.deepEqual(effects(), [])
  })

  test('a service that loses its name on the bus, until it has it again', () => {
    assert.deepEqual(effects(), [])
    mustRun(lab, ['systemctl', 'kill', '--signal=USR1', 'keeper.service'])
    wait(`! ${hasName}`)
    // It is given a few seconds from its start.
    const deadline = Date.now() + TIME_LIMIT_MS
    while (effects()?.length === 0 && Date.now() < deadline);
    assert.deepEqual(effects(), [['bus-name-lost', LOST]])
    assert.equal(mustRun(lab, ['stale-libs']).split('\n')[0], LOST_IN_TEXT)
    startKeeper()
    assert.deepEqual(effects(), [])
  })

  test('a hook says it where the bus was restarted in the transaction', () => {
    const started = '$(systemctl show -P ActiveEnterTimestampMonotonic keeper) / 1000000'
    wait(`[ $(($(cut -d. -f1 /proc/uptime) - ${started})) -gt 5 ]`)
    waitForTheNextSecond()
    const lines = install('meddler', '3.0-1')
    // The bus lost others with it. No command is broken over two lines.
    assert.ok(lines.every((line) => !line.endsWith(' systemctl')))
    assert.ok(lines.includes(`  ${LOST_IN_TEXT}`), lines.join('\n'))
  })

  test('a machine is no reboot away where a container boots no kernel', () => {
    const { reboot, limits } = report(lab)
    assert.deepEqual([reboot.needed, limits.map(({ code }) => code)], ['none', []])
  })
})
