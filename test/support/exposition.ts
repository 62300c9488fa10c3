import assert from 'node:assert/strict'

export type Metric = {
  readonly help: string
  readonly type: string
  /** Value of each series, by its labels: `{a="1"}`, or an empty text. */
  readonly series: ReadonlyMap<string, number>
}

const SAMPLE =
  /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN)$/i

/**
 * Reads the text format of Prometheus (0.0.4) as strictly as its specification allows: every metric
 * has HELP and TYPE before its series, in one piece, and no series comes twice.
 */
export function parseExposition(text: string): ReadonlyMap<string, Metric> {
  assert.ok(text.endsWith('\n'), 'the last line is ended')
  const metrics = new Map<string, Metric & { series: Map<string, number> }>()
  let current = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') {
      assert.ok(!metrics.has(about), `${about} comes twice`)
      metrics.set(about, { help: rest, type: '', series: new Map() })
      current = about
    } else if (kind === 'TYPE') {
      assert.equal(about, current)
      metrics.set(about, { ...metrics.get(about), type: rest } as Metric & {
        series: Map<string, number>
      })
    } else if (!line.startsWith('#')) {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
      assert.equal(name, current, `not a sample of ${current}: ${line}`)
      const series = metrics.get(current)?.series
      assert.ok(series !== undefined && !series.has(labels), `a second ${line}`)
      series.set(labels, Number(value))
    }
  }
  return metrics
}
