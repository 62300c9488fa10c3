import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingOf } from '../../../src/core/report/finding.ts'
import { copiesOf, copyKey } from '../../../src/core/report/stale-copies.ts'
import { say } from '../../../src/core/printable.ts'
import { parseTargets } from '../../../src/core/pacman/targets.ts'
import { caseOf, staleProcess } from '../../support/knowledge.ts'

const GROUP = '/system.slice/a.service'

test('pacman knows a file by its path on the machine, whatever the process sees', () => {
  const machinePath = say`/usr/lib/libz.so.1`
  const path = say`/run/host${machinePath}`
  const file = { path, machinePath, kind: 'library', state: 'replaced' } as const
  const process = staleProcess(GROUP, { files: [file], unlinked: [null], isForeign: true })
  const subject = caseOf(GROUP, { processes: [process] })
  const change = {
    name: say`zlib`,
    from: say`1`,
    to: say`2`,
    change: 'upgraded',
    at: say`2026-11-23T07:18:40.000Z`,
  } as const
  const known = copiesOf(subject, 0).map(
    (copy) => [copyKey(copy), { kind: 'changed', change, isNew: true }] as const,
  )
  const found = (targets: string) =>
    findingOf(subject, 0, new Map(known), parseTargets(targets)).files.map((one) => [
      one.path,
      one.package?.name,
      one.isNew,
    ])
  assert.deepEqual(found('usr/lib/libz.so.1\n'), [[path, 'zlib', true]])
  assert.deepEqual(found('usr/lib/libc.so.6\n'), [[path, 'zlib', false]])
})
