import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { staleLibs } from '../support/bundle.ts'
import { parseExposition } from '../support/exposition.ts'
import { makeRecording } from '../support/recording.ts'
import { makeTree, procTree } from '../support/tree.ts'
import { EXPORTER, PROMTOOL, whyNot } from './exporter.ts'

const NOBODY = '65534'
const LIBC = 'r-xp /usr/lib/libc.so.6 (deleted)'

/** Two users have the same unit: it must be one series. */
const ofUser = (uid: number) =>
  `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice/b.service`
const stale = makeRecording({
  processes: {
    1: { comm: 'systemd', maps: [LIBC], cgroup: '/init.scope' },
    10: { comm: 'sshd', maps: [LIBC], cgroup: '/system.slice/sshd.service' },
    11: { comm: 'a', maps: [LIBC], cgroup: '/system.slice/system-x\\x2dy.slice/x\\x2dy@1.service' },
    13: { comm: 'b', maps: [LIBC], cgroup: ofUser(1000) },
    14: { comm: 'b', maps: [LIBC], cgroup: ofUser(1001) },
    12: { comm: 'bash', maps: [LIBC], cgroup: '/user.slice/user-1000.slice/session-3.scope' },
  },
  units: { 'sshd.service': {}, 'x\\x2dy@1.service': {} },
  denied: 2,
})
/** Names that would end a label, a line or a comment. */
const hostile = makeTree(
  procTree({
    5: { comm: '"} 1\n# HELP x', maps: [LIBC], cgroup: '/' },
    6: {
      comm: '\xff\x1b[31m\\',
      maps: ['r-xp /usr/lib/"a\\b.so (deleted)'],
      cgroup: '/x "y".service',
    },
    7: { comm: 'e', maps: [LIBC], cgroup: '/system.slice/docker-".scope' },
  }),
)

const SCANS: readonly (readonly [what: string, argv: readonly string[]])[] = [
  ['this machine', []],
  ['this machine, one side of it', ['--system', '--all']],
  ['a machine with stale services', ['--from', stale]],
  ['a machine with hostile names', ['--proc', hostile]],
  ...readdirSync(new URL('../fixtures', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const directory = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
      return [`the recording "${name}"`, ['--from', directory]] as const
    }),
]

describe('promtool', { skip: whyNot(PROMTOOL) }, () => {
  const checked = (input: string) => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { status, said: `${stdout}${stderr}` }
  }

  for (const [what, argv] of SCANS) {
    test(`finds nothing wrong with the metrics of ${what}`, () => {
      const { status, stdout, stderr } = staleLibs(['--format', 'prometheus', ...argv])
      assert.deepEqual([status, stderr], [0, ''])
      assert.deepEqual(checked(stdout), { status: 0, said: '' })
      assert.ok(parseExposition(stdout).size > 10)
    })
  }

  test('finds what is wrong', () => {
    assert.notEqual(checked('stale_libs_findings{unit="a"b"} 1\n').status, 0)
  })
})

describe('node_exporter', { skip: whyNot(EXPORTER) }, () => {
  const exporters: ReturnType<typeof spawn>[] = []
  after(() => exporters.forEach((exporter) => exporter.kill('SIGKILL')))

  /**
   * Runs it with nothing but its textfile collector, as nobody, and returns the address that it
   * took.
   */
  const serve = async (directory: string) => {
    const options = [
      '--web.disable-exporter-metrics',
      '--collector.disable-defaults',
      '--collector.textfile',
    ]
    const where = [
      `--collector.textfile.directory=${directory}`,
      '--web.listen-address=127.0.0.1:0',
    ]
    const identity = [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--pdeathsig',
      'KILL',
    ]
    const exporter = spawn('setpriv', [...identity, '--', EXPORTER, ...options, ...where], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: '/usr/bin', LC_ALL: 'C' },
      timeout: 60_000,
    })
    exporters.push(exporter)
    let said = ''
    return await new Promise<string>((resolve, reject) => {
      exporter.once('close', () => reject(new Error(`node_exporter ended: ${said}`)))
      // Read to the end: it does not outlive a log that nobody reads.
      exporter.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [, address] = /(127\.0\.0\.1:[1-9]\d*)/.exec(said) ?? []
        if (address !== undefined) resolve(address)
      })
    })
  }
  const scrape = async (directory: string) => {
    const answer = await fetch(`http://${await serve(directory)}/metrics`)
    return await answer.text()
  }
  const textfiles = () => {
    const directory = makeTree({})
    chmodSync(directory, 0o755)
    return { directory, file: join(directory, 'stale-libs.prom') }
  }

  test('gives back every series of the file that --output wrote', async () => {
    const { directory, file } = textfiles()
    const argv = ['--format', 'prometheus', '--from', stale]
    const written = staleLibs([...argv, '--output', file])
    assert.deepEqual(written, { status: 0, stdout: '', stderr: '' })
    assert.equal((statSync(file).mode & 0o777).toString(8), '644')
    assert.deepEqual(readdirSync(directory), ['stale-libs.prom'])
    const text = await scrape(directory)
    assert.match(text, /^node_textfile_scrape_error 0$/m)
    assert.match(text, /^node_textfile_mtime_seconds\{file="[^"]*stale-libs\.prom"\} /m)
    const given = parseExposition(text.replaceAll(/^(?!.*\bstale_libs_).*\n/gm, ''))
    for (const [name, { help, type, series }] of parseExposition(staleLibs(argv).stdout)) {
      // It leaves out a metric that has no series.
      if (series.size === 0) continue
      assert.deepEqual(sorted(given.get(name)?.series), sorted(series), name)
      assert.deepEqual([given.get(name)?.help, given.get(name)?.type], [help, type])
    }
    assert.match(
      text,
      /^stale_libs_unit_stale\{action="restart",kind="service",unit="sshd.service"\} 1$/m,
    )
  })

  test('reads hostile names', async () => {
    const { directory, file } = textfiles()
    staleLibs(['--format', 'prometheus', '--proc', hostile, '--output', file])
    const text = await scrape(directory)
    assert.match(text, /^node_textfile_scrape_error 0$/m)
    assert.match(text, /^stale_libs_processes_stale 3$/m)
  })

  test('says so where a file is none', async () => {
    const directory = makeTree({ 'bad.prom': 'stale_libs_findings{unit="a"b"} 1\n' })
    chmodSync(directory, 0o755)
    assert.match(await scrape(directory), /^node_textfile_scrape_error 1$/m)
  })
})

/** The labels of a series in the order of their names, as node_exporter writes them. */
function sorted(series: ReadonlyMap<string, number> = new Map()) {
  return Object.fromEntries(
    [...series].map(([labels, value]) => [
      [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)]
        .map(([label]) => label)
        .toSorted()
        .join(),
      value,
    ]),
  )
}
