import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { reportDocument } from '../support/bundle.ts'
import type { FindingDocument, ReportDocument } from '../support/bundle.ts'
import { labRoot } from './host.ts'
import { bootLab, mustRun } from './lab.ts'
import type { Lab, RunOptions } from './lab.ts'
import { buildPackage, configurePacman, libraryIn, publish } from './packages.ts'
import type { PackageFile, PackageSpec } from './packages.ts'
import { programPackage } from './program.ts'

/** The library that services of the tests have loaded. */
export const LIBRARY = '/usr/lib/libtoy.so.1'
const REPOSITORY = 'toys'
export const PACMAN = ['/usr/bin/pacman', '--noconfirm'] as const
export const SCRIPT = '/usr/share/libalpm/scripts/stale-libs'

/** What the program depends on. Arch's own systemd package reloads unit files with such a hook. */
const BASE: PackageSpec = {
  name: 'toy-base',
  provides: ['nodejs=20.19.0', 'systemd=252', 'util-linux=2.38', 'coreutils=9.1', 'sed=4.9', 'sh'],
  files: {
    'usr/share/libalpm/hooks/30-systemd-daemon-reload-system.hook': {
      text: [
        '[Trigger]',
        'Type = Path',
        'Operation = Install',
        'Operation = Upgrade',
        'Operation = Remove',
        'Target = usr/lib/systemd/system/*',
        '',
        '[Action]',
        'Description = Reloading system manager configuration...',
        'When = PostTransaction',
        'Exec = /usr/bin/systemctl daemon-reload',
        '',
      ].join('\n'),
    },
  },
}

/**
 * Boots a machine on which pacman has installed the program, from its package of now or from
 * `file`; `specs` lie in its `/srv/toys`.
 */
export async function bootWithProgram(
  specs: readonly PackageSpec[] = [],
  file?: string,
): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'stale-libs-toys-'))
  try {
    const toBuild = [BASE, ...specs].map((spec) => buildPackage(spec, directory))
    const [program, [base = '', ...toys]] = await Promise.all([
      file ?? programPackage(),
      Promise.all(toBuild),
    ])
    const lab = await bootLab()
    allowManyRestarts(lab)
    configurePacman(lab, REPOSITORY)
    beginLog(lab)
    publish(lab, REPOSITORY, [base])
    for (const toy of toys) lab.copyIn(toy, `/srv/${REPOSITORY}/${basename(toy)}`)
    const copy = `/srv/${basename(program)}`
    lab.copyIn(program, copy)
    mustRun(lab, [...PACMAN, '-Sy'])
    mustRun(lab, [...PACMAN, '-U', copy])
    return lab
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/**
 * Begins the log of pacman an hour ago. The start of a process is known to the second (`btime` of
 * proc_stat(5)), so in a log that begins with the first test a service can be older than the log.
 */
function beginLog(lab: Lab): void {
  const at = new Date(Date.now() - 3600_000).toISOString().replace(/\.\d+Z$/, '+0000')
  lab.write('/var/log/pacman.log', `[${at}] [PACMAN] Running '/usr/bin/pacman -Sy'\n`)
}

/** The tests restart services more often than systemd likes. */
function allowManyRestarts(lab: Lab): void {
  const text = '[Manager]\nDefaultStartLimitIntervalSec=0\n'
  lab.write('/etc/systemd/system.conf.d/toys.conf', text)
  lab.write('/etc/systemd/user.conf.d/toys.conf', text)
  mustRun(lab, ['systemctl', 'daemon-reload'])
}

/** Returns where the package of a spec lies in the machine. */
export function packageFile(name: string, version: string): string {
  return `/srv/${REPOSITORY}/${name}-${version}-any.pkg.tar`
}

/** Adds packages of `bootWithProgram` to the repository, for `pacman -S`. */
export function release(lab: Lab, ...files: readonly string[]): void {
  const database = `/srv/${REPOSITORY}/${REPOSITORY}.db.tar.gz`
  mustRun(lab, ['repo-add', '-q', database, ...files])
  // pacman keeps its copy unless the new one is younger by a whole second.
  mustRun(lab, ['rm', '-f', `/var/lib/pacman/sync/${REPOSITORY}.db`])
}

/** A real library: any that the machine has. */
export function toyLibrary(): PackageFile {
  return { copyOf: libraryIn(labRoot(), 'libz.so.1') }
}

/** Runs a transaction of pacman that must go well, and returns the lines the hook printed. */
export function transaction(lab: Lab, argv: readonly string[], options?: RunOptions) {
  const { status, stdout, stderr } = lab.run(argv, options)
  assert.equal(status, 0, stdout + stderr)
  assertNothingWrong(stdout + stderr)
  return hookLines(stdout)
}

/** What pacman itself says to a reinstallation or a downgrade. */
const EXPECTED_WARNING = /^warning: (?:downgrading package |.* is up to date -- reinstalling$)/

function assertNothingWrong(said: string): void {
  const wrong = said
    .split('\n')
    .filter((line) => /error:|warning:/.test(line) && !EXPECTED_WARNING.test(line))
  assert.deepEqual(wrong, [])
  assert.doesNotMatch(said, /[^\n -~]/)
}

const DESCRIPTION = /^\(\d+\/\d+\) Checking for programs that still use old code\.\.\.$/

/** Returns what the hook printed, of all that pacman did. */
export function hookLines(stdout: string): readonly string[] {
  const lines = stdout.trimEnd().split('\n')
  const started = lines.findIndex((line) => DESCRIPTION.test(line))
  assert.notEqual(started, -1, `the hook did not run:\n${stdout}`)
  return lines.slice(started + 1)
}

/**
 * Writes `[Service]` sections, or whole unit files where a text begins with `[`, and loads them.
 */
export function writeUnits(lab: Lab, units: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(units)) {
    const unit = text.startsWith('[') ? text : `[Service]\n${text}`
    lab.write(`/etc/systemd/system/${name}`, `${unit}\n`)
  }
  mustRun(lab, ['systemctl', 'daemon-reload'])
}

/** A `[Service]` section with the toy library loaded. */
export function service(...lines: readonly string[]): string {
  const exec = lines.some((line) => line.startsWith('ExecStart='))
  const command = exec ? [] : ['ExecStart=/usr/bin/sleep infinity']
  return ['Type=exec', `Environment=LD_PRELOAD=${LIBRARY}`, ...command, ...lines].join('\n')
}

/** Starts units and returns when `processes` of each have the library loaded. */
export function start(lab: Lab, units: readonly string[], processes = 1, library = LIBRARY): void {
  mustRun(lab, ['systemctl', 'start', '--', ...units])
  waitUntilLoaded(lab, units, processes, library)
}

export function waitUntilLoaded(
  lab: Lab,
  units: readonly string[],
  processes = 1,
  library = LIBRARY,
): void {
  // exec(2) is done when systemctl returns, but not what the dynamic loader does. Shells that start
  // the processes do not count.
  const script =
    'library=$1 wanted=$2; shift 2\n' +
    'loaded() {\n' +
    '  for pid in $(cat $(find "$1" -name cgroup.procs)); do\n' +
    '    grep -qs "$library$" "/proc/$pid/maps" && readlink "/proc/$pid/exe"\n' +
    '  done | grep -Evc "/(ba|da)?sh$"\n' +
    '}\n' +
    'for unit do\n' +
    '  group=$(systemctl show --value -p ControlGroup -- "$unit")\n' +
    '  [ -n "$group" ] || { echo "$unit does not run"; exit 1; }\n' +
    '  until [ "$(loaded "/sys/fs/cgroup$group")" -ge "$wanted" ]; do sleep 0.01; done\n' +
    'done'
  const argv = ['sh', '-c', script, 'loaded', library, String(processes), ...units]
  mustRun(lab, argv, { timeoutMs: 10_000 })
}

/**
 * Makes a directory tree that has all of a system but what lies in /usr, which is to be mounted.
 */
export function makeTree(lab: Lab, path: string): void {
  const script =
    'mkdir -p "$1" && cd "$1" && mkdir -p dev etc opt proc run sys tmp usr var && ' +
    'for name in bin lib lib64 sbin; do ln -s "usr/$name" "$name"; done'
  mustRun(lab, ['sh', '-c', script, 'tree', path])
}

/** Runs a command that stays, in the background of the session; its output is lost. */
export function startInSession(lab: Lab, argv: readonly string[], options?: RunOptions): void {
  const script = 'setsid "$@" >/dev/null 2>&1 </dev/null &'
  mustRun(lab, ['sh', '-c', script, 'background', ...argv], options)
}

/**
 * Returns when `processes` of the machine, its guests' included, have a library of that name
 * loaded.
 */
export function waitUntilMapped(lab: Lab, library: string, processes: number): void {
  const script =
    'until [ "$(grep -ls "$1$" /proc/[0-9]*/maps | wc -l)" -ge "$2" ]; do sleep 0.01; done'
  const argv = ['sh', '-c', script, 'mapped', library, String(processes)]
  mustRun(lab, argv, { timeoutMs: 10_000 })
}

/** Every Arch has a bus for each user; a small Debian has none, and `--machine` needs it. */
const BUS = {
  '/etc/systemd/user/dbus.socket': [
    '[Socket]',
    'ListenStream=%t/bus',
    'ExecStartPost=-/usr/bin/systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS=unix:path=%t/bus',
  ],
  '/etc/systemd/user/dbus.service': [
    '[Unit]',
    'Requires=dbus.socket',
    '[Service]',
    'ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation',
  ],
}

/** Gives each user a bus where the machine has none for them. */
export function giveBus(lab: Lab): void {
  if (lab.run(['test', '-e', '/usr/lib/systemd/user/dbus.socket']).status === 0) return
  for (const [path, lines] of Object.entries(BUS)) lab.write(path, `${lines.join('\n')}\n`)
  const wants = '/etc/systemd/user/sockets.target.wants'
  mustRun(lab, ['mkdir', '-p', wants])
  mustRun(lab, ['ln', '-s', '../dbus.socket', `${wants}/dbus.socket`])
}

/** Puts another file in a file's place, as pacman does: whoever has the old one loaded is stale. */
export function replace(lab: Lab, path: string): void {
  mustRun(lab, ['sh', '-c', 'cp -a "$1" "$1.new" && mv "$1.new" "$1"', 'replace', path])
}

/** Runs the hook's script as after a transaction that changed files, and returns its lines. */
export function hookAfter(
  lab: Lab,
  changed: readonly string[],
  env: RunOptions['env'] = {},
): readonly string[] {
  const input = changed.map((path) => `${path.slice(1)}\n`).join('')
  const said = mustRun(lab, [SCRIPT, '--targets'], { env, input })
  return said.split('\n').filter((line) => line !== '')
}

/** Machines were seen to stand still for 10 seconds, and a look waits for two. */
const MOST_LOOKS = 10

/**
 * Returns the program's report, held against the schema. The machines of two userlands run side by
 * side: where systemd was silent for as long as the program waits, it looks once more.
 */
export function report(lab: Lab, options: RunOptions = {}): ReportDocument {
  const look = () => reportDocument(mustRun(lab, ['stale-libs', '--format', 'json'], options))
  const isSilent = ({ limits }: ReportDocument) =>
    limits.some(({ code }) => code === 'systemctl-timeout')
  let document = look()
  for (let looks = 1; isSilent(document) && looks < MOST_LOOKS; looks += 1) document = look()
  return document
}

/** Returns the one finding of a unit. */
export function findingOf({ findings, limits }: ReportDocument, unit: string): FindingDocument {
  const found = findings.filter((finding) => finding.unit === unit)
  const names = findings.map(({ name }) => name).join(', ')
  const codes = limits.map(({ code }) => code).join(', ')
  assert.equal(found.length, 1, `${unit} is not named once, but: ${names}; limits: ${codes}`)
  return found[0] as FindingDocument
}

export function cautionCodes({ cautions }: FindingDocument): readonly string[] {
  return cautions.map(({ code }) => code)
}

export function namesIn({ findings }: ReportDocument): readonly string[] {
  return findings.map(({ name }) => name)
}
