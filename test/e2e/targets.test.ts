import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readHook } from './hook-output.ts'
import { whySkipped } from './host.ts'
import { mustRun } from './lab.ts'
import type { Lab } from './lab.ts'
import {
  LIBRARY,
  PACMAN,
  SCRIPT,
  bootWithProgram,
  packageFile,
  service,
  start,
  toyLibrary,
  transaction,
  waitUntilLoaded,
  writeUnits,
} from './toys.ts'

const skip = whySkipped()

/** Their names take more than pacman's and the kernel's buffers together. */
const MANY = Object.fromEntries(
  Array.from({ length: 20_000 }, (_, n) => [
    `usr/share/toy-many/a-file-with-quite-a-long-name-${n}`,
    { text: '' },
  ]),
)
/** Each brings one file, and nothing below usr that the hook looks for (Arch's packages, 2026). */
const MICROCODE = ['amd-ucode', 'intel-ucode'] as const
const OTHER = '/usr/lib/libother.so.1'
/** The line about what was old before. */
const MORE = / 1 more service uses old code\b.*\. To see it: (?:run0 )?stale-libs\b/
const WROTE = '{ seq 1 400000 && echo "wrote all" >&2; }'

describe('what pacman says that it changed', { skip }, () => {
  let lab: Lab

  before(async () => {
    const versions = ['1.0-1', '1.1-1'] as const
    lab = await bootWithProgram([
      { name: 'toy-many', files: MANY },
      ...MICROCODE.map((name) => ({ name, files: { [`boot/${name}.img`]: { text: '' } } })),
      { name: 'toy-boot', files: { 'boot/toy.img': { text: '' } } },
      ...versions.flatMap((version) => [
        { name: 'libtoy', version, files: { [LIBRARY.slice(1)]: toyLibrary() } },
        { name: 'libother', version, files: { [OTHER.slice(1)]: toyLibrary() } },
      ]),
    ])
    install('libtoy', '1.0-1')
    install('libother', '1.0-1')
    writeUnits(lab, {
      'old.service': service(),
      'new.service': `Environment=LD_PRELOAD=${OTHER}\nExecStart=/usr/bin/sleep infinity`,
    })
    start(lab, ['old.service'])
    mustRun(lab, ['systemctl', 'start', 'new.service'])
    waitUntilLoaded(lab, ['new.service'], 1, OTHER)
  })
  after(() => lab.stop())

  const install = (name: string, version: string) =>
    transaction(lab, [...PACMAN, '-U', packageFile(name, version)])

  const renew = () => {
    mustRun(lab, ['systemctl', 'restart', 'old.service', 'new.service'])
    waitUntilLoaded(lab, ['old.service'])
    waitUntilLoaded(lab, ['new.service'], 1, OTHER)
  }
  /** Lets what the log tells be two hours ago. */
  const turnLogBack = () => {
    const log = '/var/log/pacman.log'
    const times = /^\[([^\]]+)\]/gm
    const earlier = (text: string) => new Date(Date.parse(text) - 7_200_000).toISOString()
    lab.write(
      log,
      lab.read(log).replaceAll(times, (_, time: string) => `[${earlier(time).slice(0, 19)}+0000]`),
    )
  }

  for (const name of MICROCODE)
    test(`makes the hook run where it is only the microcode of ${name}`, () => {
      assert.deepEqual(install(name, '1.0-1'), [])
    })

  test('makes no hook run where it is another file in boot', () => {
    const said = mustRun(lab, [...PACMAN, '-U', packageFile('toy-boot', '1.0-1')])
    assert.doesNotMatch(said, /still use old code/)
  })

  test('is read to its end where nothing is stale, however long it is', () => {
    assert.deepEqual(install('toy-many', '1.0-1'), [])
    assert.match(lab.run(['sh', '-c', `${WROTE} | ${SCRIPT} --targets`]).stderr, /wrote all/)
  })

  test('is read to its end where the hook has nothing to look at', () => {
    const script = `mount -t tmpfs tmpfs /run && ${WROTE} | ${SCRIPT} --targets`
    const { status, stdout, stderr } = lab.run(['unshare', '--mount', 'sh', '-c', script])
    assert.deepEqual([status, stdout, stderr], [0, '', 'wrote all\n'])
  })

  test('is not waited for by whoever calls the script by hand', () => {
    const script = `mkfifo /tmp/quiet && exec 3<>/tmp/quiet && ${SCRIPT} <&3 && echo done`
    assert.equal(mustRun(lab, ['sh', '-c', script], { timeoutMs: 30_000 }), 'done\n')
  })

  test('tells what was stale before where no log does', () => {
    assert.deepEqual(readHook(install('libtoy', '1.1-1')).named, ['old'])
    mustRun(lab, ['rm', '/var/log/pacman.log'])
    const lines = install('libother', '1.1-1')
    assert.deepEqual(readHook(lines).named, ['new'])
    assert.match(readHook(lines).said, MORE)
    mustRun(lab, ['rm', '/var/log/pacman.log'])
    assert.deepEqual(install('toy-many', '1.0-1'), [])
  })

  test('says nothing again within the hour, and one line of it later', () => {
    renew()
    assert.deepEqual(readHook(install('libtoy', '1.0-1')).named, ['old'])
    const { said, named } = readHook(install('libother', '1.0-1'))
    assert.deepEqual(named, ['new'])
    assert.doesNotMatch(said, MORE)
    turnLogBack()
    const later = readHook(install('libother', '1.1-1'))
    assert.deepEqual(later.named, ['new'])
    assert.match(later.said, MORE)
  })
})
