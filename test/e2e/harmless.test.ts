import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseTrace } from '../bench/system-calls.ts'
import type { Call } from '../bench/system-calls.ts'
import { addUser, mustRun, openSession } from './lab.ts'
import type { Lab } from './lab.ts'
import { libraryIn } from './packages.ts'
import { installProgram, whySkippedWithCompiler } from './silent.ts'
import {
  LIBRARY,
  SCRIPT,
  bootWithProgram,
  giveBus,
  makeTree,
  namesIn,
  replace,
  report,
  service,
  start,
  startInSession,
  waitUntilMapped,
  writeUnits,
} from './toys.ts'

const skip = whySkippedHere()

function whySkippedHere(): string | false {
  const reason = whySkippedWithCompiler()
  if (reason !== false) return reason
  if (spawnSync('strace', ['--version']).error === undefined) return false
  if (process.env['CI']) throw new Error('Cannot test: no strace')
  return 'no strace'
}

const ALICE = { name: 'alice', uid: 1000 }
const GUEST = '/home/alice/guest'
const GUEST_LIBRARY = '/opt/libguest.so.1'

/** Each way to look, with the programs that it begins with. */
const LOOKS: Readonly<Record<string, readonly string[]>> = {
  'by hand': ['/usr/bin/stale-libs'],
  'for a program': ['/usr/bin/stale-libs', '--format', 'json'],
  'that explains': ['/usr/bin/stale-libs', 'explain', 'one.service'],
  'that explains what belongs to a user': ['/usr/bin/stale-libs', 'explain', 'own.service'],
  'of the hook': [SCRIPT],
}

/** What may be asked. All else is read. */
const ASKED = ['/usr/bin/systemctl', '/usr/bin/busctl', '/usr/bin/loginctl']
/** What the program is started by: its "#!" line, and what the hook's script is made of. */
const STARTERS = /^\/usr\/(?:local\/)?s?bin\/(?:env|node|sh|cat|dd|sed|timeout|stale-libs)$/

const OPENS = /^(?:open|openat|openat2|creat)$/
const FOR_WRITING = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/
const CHANGES =
  /^(?:creat|rename(?:at2?)?|(?:un)?link(?:at)?|symlink(?:at)?|(?:mk|rm)dir(?:at)?|mknod(?:at)?|f?chmod(?:at2?)?|[fl]?chown(?:at)?|f?truncate|fallocate|utime\w*|futimesat|f?(?:set|remove)xattr|lsetxattr|lremovexattr|mount|umount2?|move_mount|pivot_root|chroot|sethostname|setdomainname|swapon|swapoff|reboot|settimeofday|clock_settime)$/
const SIGNALS = /^(?:kill|tkill|tgkill|rt_sigqueueinfo|rt_tgsigqueueinfo|pidfd_send_signal)$/
const IDENTITIES = /^set(?:(?:res|re|fs)?[ug]id|groups)(?:32)?$/
const CREATES_PROCESS = /^(?:clone3?|v?fork)$/
/** Paths with a descriptor in them stand as `3</proc/7/root>`. */
const LOOKS_THROUGH_ROOT = /\/proc\/(\d+)\/root(?=["/>])/
/** A user may mount what they serve here: a portal for documents does. */
const OF_USERS = /^\/run\/user\//
const TRACED = `%file,%process,%creds,setsid,ftruncate,fallocate,fchmod,fchown,kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo,pidfd_send_signal`

describe('a look', { skip }, () => {
  let lab: Lab
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-traces-'))

  before(async () => {
    lab = await bootWithProgram()
    for (const program of ['caller', 'witness']) installProgram(lab, program)
    lab.copyIn(libraryIn(lab.root, 'libz.so.1'), LIBRARY)
    addUser(lab, ALICE.name, ALICE.uid)
    giveBus(lab)
    mustRun(lab, ['systemctl', 'start', `user@${ALICE.uid}.service`])
    const asAlice = { uid: ALICE.uid, cgroup: openSession(lab, ALICE.name) }
    writeUnits(lab, { 'one.service': service() })
    start(lab, ['one.service'])
    const own = ['--unit=own.service', '-E', `LD_PRELOAD=${LIBRARY}`, 'sleep', 'infinity']
    mustRun(lab, ['systemd-run', '--user', '--quiet', ...own], asAlice)
    waitUntilMapped(lab, LIBRARY, 2)
    startGuest(asAlice)
    replace(lab, LIBRARY)
    replace(lab, `${GUEST}${GUEST_LIBRARY}`)
  })
  after(async () => {
    rmSync(directory, { recursive: true })
    await lab?.stop()
  })

  /** A container that a user without rights makes. */
  const startGuest = (asAlice: { readonly uid: number; readonly cgroup: string }) => {
    makeTree(lab, GUEST)
    mustRun(lab, ['cp', LIBRARY, `${GUEST}${GUEST_LIBRARY}`])
    mustRun(lab, ['chown', '-R', ALICE.name, GUEST])
    const apart = ['unshare', '--user', '--map-root-user', '--mount', '--pid', '--fork']
    const inside = `/usr/bin/env LD_PRELOAD=${GUEST_LIBRARY} /usr/bin/sleep infinity`
    const script = `mount --rbind /usr usr && exec chroot . ${inside}`
    startInSession(lab, [...apart, 'sh', '-c', script], { ...asAlice, cwd: GUEST })
    waitUntilMapped(lab, GUEST_LIBRARY, 1)
  }
  /** The system calls from where the program begins: before are those that enter the machine. */
  const callsOf = (argv: readonly string[]): readonly Call[] => {
    const file = join(directory, 'trace')
    const options = ['-y', '-e', `trace=${TRACED}`]
    mustRun(lab, argv, { trace: { file, options }, timeoutMs: 60_000 })
    const calls = parseTrace(readFileSync(file, 'latin1'))
    const begin = calls.findIndex((call) => executed(call) === argv[0])
    assert.notEqual(begin, -1)
    return calls.slice(begin)
  }

  test('finds what it is to be tested with', () => {
    const found = namesIn(report(lab))
    assert.ok(found.includes('one.service') && found.includes('own.service'), found.join(', '))
  })

  for (const [how, argv] of Object.entries(LOOKS))
    describe(how, () => {
      let calls: readonly Call[]
      before(() => {
        calls = callsOf(argv)
      })

      const matching = (names: RegExp) => calls.filter(({ name }) => names.test(name))
      const show = ({ name, words, result }: Call) => `${name}(${words}) = ${result}`

      test('opens nothing for writing, and changes nothing', () => {
        const opened = matching(OPENS)
        assert.ok(opened.length > 50, `${opened.length} files were opened`)
        const written = opened.filter(
          ({ words }) => FOR_WRITING.test(words) && !words.includes('"/dev/null"'),
        )
        assert.deepEqual([...written, ...matching(CHANGES)].map(show), [])
      })

      test('sends signals to nobody, but the script to what it started', () => {
        const started = matching(CREATES_PROCESS).map(({ result }) => String(result))
        const isOwn = ({ words }: Call) =>
          argv[0] === SCRIPT && started.includes(words.split(',')[0] ?? '')
        const sent = matching(SIGNALS).filter((call) => !isOwn(call))
        assert.deepEqual(sent.map(show), [])
      })

      test('is root from its beginning to its end, and so is what it starts', () => {
        assert.deepEqual(matching(IDENTITIES).map(show), [])
      })

      test('executes only programs that are known here, and asks no manager of a user', () => {
        const known = (path: string) =>
          ASKED.includes(path) || STARTERS.test(path) || path === argv[0]
        const tried = matching(/^execve(?:at)?$/).map(({ words }) => pathIn(words))
        assert.deepEqual(
          tried.filter((path) => !known(path)),
          [],
        )
        const asksUser = calls.filter(({ words }) => /"--(?:user|machine)\b/.test(words))
        assert.deepEqual(asksUser.map(show), [])
        const ran = calls.map(executed).filter((path) => path !== null && ASKED.includes(path))
        assert.ok(ran.length > 0)
      })

      test('starts what it asks in a session of its own', () => {
        for (const [at, call] of calls.entries()) {
          if (!ASKED.includes(executed(call) ?? '')) continue
          const isApart = calls.slice(0, at).some(({ name, thread, result }) => {
            return name === 'setsid' && thread === call.thread && result > 0
          })
          assert.ok(isApart, show(call))
        }
      })

      test('looks through the root of no process, and at nothing that users serve', () => {
        const looks = calls.filter(({ name, words }) => {
          const [, pid] = LOOKS_THROUGH_ROOT.exec(words) ?? []
          // The hook's script asks whether it is in a chroot, as Arch's own hooks do.
          const isThrough = pid !== undefined && pid !== '1' && !name.startsWith('readlink')
          return isThrough || OF_USERS.test(pathIn(words))
        })
        assert.deepEqual(looks.map(show), [])
      })
    })

  test('gives what it asks neither its terminal nor its files', () => {
    mustRun(lab, ['sh', '-c', ': >/run/witness && chmod 666 /run/witness && mkdir -p /srv/real'])
    for (const program of ASKED) {
      mustRun(lab, ['cp', program, '/srv/real/'])
      mustRun(lab, ['mount', '--bind', '/usr/local/bin/witness', program])
    }
    try {
      for (const argv of Object.values(LOOKS)) mustRun(lab, ['/usr/local/bin/caller', ...argv])
    } finally {
      mustRun(lab, ['umount', ...ASKED])
    }
    const lines = lab.read('/run/witness').trim().split('\n')
    assert.ok(lines.length >= Object.keys(LOOKS).length, `${lines.length} programs were started`)
    for (const line of lines) {
      const [, , pid, session] = line.split(' ')
      assert.match(line, new RegExp(`^[a-z]+ 0 ${pid} ${pid} 0$`), `of session ${session}: ${line}`)
    }
  })
})

/** Returns the path of the program that a call has begun to run. */
function executed({ name, words, result }: Call): string | null {
  return name === 'execve' && result === 0 ? pathIn(words) : null
}

function pathIn(words: string): string {
  return /"([^"]*)"/.exec(words)?.[1] ?? ''
}
