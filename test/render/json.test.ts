import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderJson } from '../../src/render/json.ts'
import { finding, reportOf } from '../support/report.ts'
import { shown } from '../support/door.ts'

test('the document says of a finding what the finding says', () => {
  const some = finding({
    clears: false,
    lifeline: 'the way in',
    cautions: [{ code: 'frozen', blocking: true, detail: null }],
    causes: ['package-upgraded'],
  })
  const { findings } = JSON.parse(shown(renderJson(reportOf({ findings: [some] }))))
  assert.equal(findings[0].clears, false)
  assert.equal(findings[0].lifeline, true)
  assert.deepEqual(findings[0].causes, ['package-upgraded'])
  const text = 'it is frozen (systemctl freeze)'
  assert.deepEqual(findings[0].cautions, [{ code: 'frozen', blocking: true, text }])
})
