import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ACTIONS } from '../../src/core/advice/action.ts'
import { KINDS } from '../../src/core/owner/kinds.ts'
import { staleLibs } from '../support/bundle.ts'
import { parseExposition } from '../support/exposition.ts'
import { makeTree } from '../support/tree.ts'
import { PROMTOOL, whyNot } from './exporter.ts'

const RULES = fileURLToPath(new URL('../../share/monitoring/stale-libs.rules.yml', import.meta.url))
const MANUAL = new URL('../../share/man/stale-libs.8', import.meta.url)
const rules = readFileSync(RULES, 'utf8')

/** The scrapes of a test come every five minutes, and begin at the time 0. */
const STEP = 5
const HOUR = 60
const DAY = 24 * HOUR
const lasting = (value: number, minutes: number) => `${value}x${minutes / STEP}`
const AT = 'job="node",instance="a"'
const up = { [`up{${AT}}`]: lasting(1, 2 * DAY) }
/** The time of a look at each scrape, up to `minutes`. */
const looks = (minutes: number) => ({
  [`stale_libs_scan_timestamp_seconds{${AT}}`]: `0+${STEP * 60}x${minutes / STEP}`,
})
/** The time of one look at the time 0, which each scrape up to `minutes` repeats. */
const oneLook = (minutes: number) => ({
  [`stale_libs_scan_timestamp_seconds{${AT}}`]: lasting(0, minutes),
})
const one = (name: string, labels: string, value: string) => ({
  [`stale_libs_${name}{${AT}${labels}}`]: value,
})
const reboot = (level: string, value: string) => one('reboot_needed', `,level="${level}"`, value)
/** A unit that has been stale since the time 0. */
const unit = (kind: string, action: string, minutes: number) =>
  one(
    'unit_stale_since_timestamp_seconds',
    `,unit="a.service",kind="${kind}",action="${action}"`,
    lasting(0, minutes),
  )
const undated = (kind: string, action: string) =>
  one('unit_stale', `,unit="a.service",kind="${kind}",action="${action}"`, lasting(1, 8 * DAY))
const findings = (action: string, value: number) =>
  one('findings', `,kind="service",action="${action}"`, lasting(value, 2 * DAY))

type Case = readonly [
  alert: string,
  fires: 'fires' | 'is silent',
  where: string,
  series: Readonly<Record<string, string>>,
  minutes: number,
]
const CASES: readonly Case[] = [
  ['RebootNeeded', 'fires', 'after a day', reboot('full', lasting(1, 2 * DAY)), DAY],
  ['RebootNeeded', 'is silent', 'before', reboot('full', lasting(1, 2 * DAY)), DAY - STEP],
  ['RebootNeeded', 'is silent', 'without one', reboot('full', lasting(0, 2 * DAY)), 2 * DAY],
  ['RebootNeeded', 'is silent', 'with a soft one', reboot('soft', lasting(1, 2 * DAY)), 2 * DAY],
  ['SoftRebootNeeded', 'fires', 'after three days', reboot('soft', lasting(1, 4 * DAY)), 3 * DAY],
  ['SoftRebootNeeded', 'is silent', 'before', reboot('soft', lasting(1, 4 * DAY)), 3 * DAY - STEP],
  [
    'SoftRebootNeeded',
    'is silent',
    'with a full one',
    reboot('full', lasting(1, 4 * DAY)),
    4 * DAY,
  ],
  ['LifelineStale', 'fires', 'after hours', one('lifelines_stale', '', lasting(2, DAY)), 4 * HOUR],
  ['LifelineStale', 'is silent', 'before', one('lifelines_stale', '', lasting(2, DAY)), 3 * HOUR],
  ['LifelineStale', 'is silent', 'with none', one('lifelines_stale', '', lasting(0, DAY)), DAY],
  ['ServiceStale', 'fires', 'of a service', unit('service', 'restart', 4 * DAY), 3 * DAY + 20],
  ['ServiceStale', 'fires', 'of PID 1', unit('manager', 'reexec', 4 * DAY), 3 * DAY + 20],
  ['ServiceStale', 'is silent', 'before', unit('service', 'restart', 4 * DAY), 3 * DAY],
  ['ServiceStale', 'is silent', 'to look at', unit('service', 'manual', 4 * DAY), 4 * DAY],
  [
    'ServiceStale',
    'is silent',
    'of a user',
    unit('user-service', 'user-restart', 4 * DAY),
    4 * DAY,
  ],
  ['ServiceToLookAt', 'fires', 'after a week', unit('service', 'manual', 8 * DAY), 7 * DAY + 20],
  ['ServiceToLookAt', 'is silent', 'before', unit('service', 'manual', 8 * DAY), 7 * DAY],
  ['ServiceToLookAt', 'is silent', 'to restart', unit('service', 'restart', 8 * DAY), 8 * DAY],
  ['ServiceStaleOfUnknownAge', 'fires', 'to restart', undated('service', 'restart'), 7 * DAY],
  ['ServiceStaleOfUnknownAge', 'fires', 'to look at', undated('service', 'manual'), 7 * DAY],
  ['ServiceStaleOfUnknownAge', 'fires', 'of PID 1', undated('manager', 'reexec'), 7 * DAY],
  [
    'ServiceStaleOfUnknownAge',
    'is silent',
    'before',
    undated('service', 'restart'),
    7 * DAY - STEP,
  ],
  [
    'ServiceStaleOfUnknownAge',
    'is silent',
    'of a user',
    undated('user-service', 'manual'),
    8 * DAY,
  ],
  [
    'ServiceStaleOfUnknownAge',
    'is silent',
    'where a reboot ends it',
    undated('service', 'reboot'),
    8 * DAY,
  ],
  [
    'ServiceStaleOfUnknownAge',
    'is silent',
    'where the age is known',
    { ...undated('service', 'restart'), ...unit('service', 'restart', 8 * DAY) },
    8 * DAY,
  ],
  [
    'ManyFindings',
    'fires',
    'above twenty',
    { ...findings('restart', 11), ...findings('manual', 10) },
    DAY,
  ],
  [
    'ManyFindings',
    'is silent',
    'at twenty',
    { ...findings('restart', 10), ...findings('manual', 10) },
    2 * DAY,
  ],
  [
    'ManyFindings',
    'is silent',
    'with what ends by itself',
    { ...findings('restart', 11), ...findings('wait', 10) },
    2 * DAY,
  ],
  ...(['failed', 'bus-name-lost'] as const).flatMap((code): readonly Case[] => {
    const broken = one('after_effects', `,code="${code}"`, lasting(1, DAY))
    return [
      ['ServiceBroken', 'fires', `where it is ${code}`, broken, 15],
      ['ServiceBroken', 'is silent', `where it is ${code} for less long`, broken, 10],
    ]
  }),
  [
    'ServiceBroken',
    'is silent',
    'where none is',
    one('after_effects', ',code="failed"', lasting(0, DAY)),
    DAY,
  ],
  [
    'ScanIncomplete',
    'fires',
    'where much may be missed',
    one('scan_may_have_missed', '', lasting(1, DAY)),
    HOUR,
  ],
  [
    'ScanIncomplete',
    'is silent',
    'with a kernel of no package',
    { ...one('scan_may_have_missed', '', lasting(0, DAY)), ...one('scan_complete', '', '0x288') },
    DAY,
  ],
  ['MetricsOld', 'fires', 'where no look follows', { ...up, ...oneLook(DAY) }, 2 * HOUR],
  ['MetricsOld', 'is silent', 'before', { ...up, ...oneLook(DAY) }, HOUR + 30],
  ['MetricsOld', 'is silent', 'where looks follow', { ...up, ...looks(DAY) }, DAY],
  ['MetricsAbsent', 'fires', 'where they were', { ...up, ...looks(HOUR) }, 2 * HOUR + 15],
  ['MetricsAbsent', 'is silent', 'before', { ...up, ...looks(HOUR) }, 2 * HOUR],
  ['MetricsAbsent', 'is silent', 'where they are', { ...up, ...looks(DAY) }, DAY],
  ['MetricsAbsent', 'is silent', 'where they never were', up, DAY],
  ['MetricsAbsent', 'is silent', 'where the machine is off', looks(HOUR), 3 * HOUR],
]

describe('the alerts', { skip: whyNot(PROMTOOL) }, () => {
  const directory = makeTree({})
  const promtool = (argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, argv, {
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { status, said: `${stdout}${stderr}` }
  }
  /** Runs tests of rules; the file is JSON, which is YAML. */
  const testRules = (name: string, tests: readonly object[]) => {
    const file = join(directory, `${name}.yml`)
    const interval = `${STEP}m`
    const whole = { rule_files: [RULES], evaluation_interval: interval, tests }
    writeFileSync(file, JSON.stringify(whole))
    return promtool(['test', 'rules', file])
  }
  const inputOf = (series: Case[3]) => ({
    interval: `${STEP}m`,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  })
  /** All cases in one pass, each an instance of its own: promtool needs seconds for a pass. */
  const passOf = (isRight: boolean) => ({
    interval: `${STEP}m`,
    input_series: CASES.flatMap(([, , , series], index) =>
      inputOf(series).input_series.map((input) => ({
        ...input,
        series: input.series.replace('instance="a"', `instance="${index}"`),
      })),
    ),
    promql_expr_test: CASES.map(([alert, fires, , , minutes], index) => ({
      expr: `count(ALERTS{alertname="StaleLibs${alert}",alertstate="firing",instance="${index}"})`,
      eval_time: `${minutes}m`,
      exp_samples: (fires === 'fires') === isRight ? [{ labels: '{}', value: 1 }] : [],
    })),
  })
  /** Returns the names of the cases that promtool finds wrong. */
  const wrongIn = (said: string) =>
    [...said.matchAll(/instance=\\?"(\d+)/g)].map(([, index]) => {
      const [alert, fires, where] = CASES[Number(index)] ?? []
      return `${alert} ${fires} ${where}`
    })

  test('promtool finds nothing wrong with them', () => {
    const { status, said } = promtool(['check', 'rules', RULES])
    assert.equal(status, 0, said)
  })

  test('each fires where it should, and is silent beside it', () => {
    const { status, said } = testRules('right', [passOf(true)])
    assert.deepEqual(wrongIn(said), [])
    assert.equal(status, 0, said)
  })

  test('each case can fail', () => {
    const { status, said } = testRules('wrong', [passOf(false)])
    assert.equal(status, 1)
    assert.equal(new Set(wrongIn(said)).size, CASES.length, said)
  })

  test('each is tried in both directions', () => {
    const alerts = [...rules.matchAll(/^ +- alert: StaleLibs(\w+)$/gm)].map(([, name]) => name)
    for (const fires of ['fires', 'is silent']) {
      const tried = new Set(CASES.filter((row) => row[1] === fires).map(([alert]) => alert))
      assert.deepEqual(alerts.toSorted(), [...tried].toSorted())
    }
  })

  test('one says the machine, the unit, the time and the command', () => {
    const labels = { unit: 'a.service', kind: 'service', action: 'manual' }
    const told = {
      eval_time: `${7 * DAY + 20}m`,
      alertname: 'StaleLibsServiceToLookAt',
      exp_alerts: [
        {
          exp_labels: { severity: 'warning', job: 'node', instance: 'a', ...labels },
          exp_annotations: {
            summary: 'a.service of a uses old code: choose when.',
            description:
              'a.service of a has used old code for 7d 0h 20m 0s. Somebody has to choose when to ' +
              'restart it. "stale-libs" there, as root, names it, and "stale-libs explain" with ' +
              'the name says why.',
          },
        },
      ],
    }
    const input = inputOf(unit('service', 'manual', 8 * DAY))
    const { status, said } = testRules('told', [{ ...input, alert_rule_test: [told] }])
    assert.equal(status, 0, said)
  })
})

describe('the metrics that are named', () => {
  const machine = fileURLToPath(new URL('../fixtures/plain', import.meta.url))
  const { stdout } = staleLibs(['--format', 'prometheus', '--from', machine])
  const metrics = parseExposition(stdout)
  /** What each label of the metrics may be. */
  const values = new Map<string, readonly string[]>([
    ['kind', KINDS],
    ['action', ACTIONS],
    ['level', ['soft', 'full']],
    ['code', ['failed', 'bus-name-lost']],
  ])
  const labelsOf = (name: string) => {
    const series = metrics.get(name)?.series
    assert.ok(series !== undefined, `${name} is not written`)
    const [first = ''] = series.keys()
    return [...first.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
  }

  test('in the alerts are written, with the labels and values', () => {
    const selectors = [...rules.matchAll(/\b(stale_libs_\w+)(?:\{([^}]*)\})?/g)]
    assert.ok(selectors.length >= 11, `${selectors.length} selectors`)
    for (const [, name = '', matchers = ''] of selectors) {
      const known = labelsOf(name)
      for (const [, label = '', wanted = ''] of matchers.matchAll(/(\w+)[=!~]+"([^"]*)"/g)) {
        assert.ok(known.includes(label), `${name} has no label ${label}`)
        for (const value of wanted.split('|'))
          assert.ok(values.get(label)?.includes(value), `${name} has no ${label} ${value}`)
      }
    }
  })

  test('in what an alert says are labels of its metric', () => {
    const parts = rules.split(/^ +- alert: /m).slice(1)
    for (const part of parts) {
      const [, name = ''] = /\b(stale_libs_\w+)/.exec(part) ?? []
      const known = [...labelsOf(name), 'instance']
      const used = [...part.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
      assert.deepEqual(
        used.filter((label) => !known.includes(label)),
        [],
        part,
      )
    }
  })

  test('put nothing of a label into a command: a shell reads a backslash and a glob', () => {
    const commands = rules.match(/"[^"\n]*\bstale-libs\b[^"]*"/g) ?? []
    assert.ok(commands.length >= 8, `${commands.length} commands`)
    for (const command of commands) assert.doesNotMatch(command, /\{\{/)
  })

  test('in the manual are those that are written', () => {
    const entries = readFileSync(MANUAL, 'utf8').match(/^\.It Cm stale_libs_.*$/gm) ?? []
    const named = entries.flatMap((entry) => entry.match(/stale_libs_\w+/g) ?? [])
    assert.deepEqual(named.toSorted(), [...metrics.keys()].toSorted())
  })
})
