import { test } from 'node:test'
import { checkHostileReports } from '../support/hostile-reports.ts'

/** 200,000 in a long run: `HOSTILE_REPORTS=200000 node --import tsx --test THIS_FILE`. */
const RUNS = Number(process.env['HOSTILE_REPORTS'] ?? 1000)

test(`in ${RUNS} reports no name hides a character or begins a line of ours`, () => {
  checkHostileReports(RUNS)
})
