import assert from 'node:assert/strict'
import { numberIn, parseSubject, pathBytes } from '../../src/core/explain/subject.ts'
import { filesOfPackage, usesOfPackage } from '../../src/core/explain/uses.ts'
import { file, finding } from '../support/report.ts'
import type { Parser } from './property.ts'

/** What a person asks to be explained. */
export const EXPLAIN: readonly Parser[] = [
  {
    name: 'subject of explain',
    seeds: [
      'sshd',
      '4711',
      'pkg:openssl',
      'file:/usr/lib/libz.so.1',
      'unit:a@b:c.service',
      'user:zoe',
    ],
    read(text) {
      const { typed, text: rest, meaning } = parseSubject(text)
      assert.equal(meaning === null ? text : `${meaning}:${rest}`, text)
      const number = numberIn(rest)
      const { package: change, ...old } = file('libz.so.1', 'zlib 1-1 2-1')
      const using = change && { ...old, package: { ...change, name: typed, from: typed } }
      const findings = using === null ? [] : [finding({ files: [using] })]
      const [use] = usesOfPackage(findings, typed)
      assert.deepEqual(filesOfPackage(findings, typed), ['/usr/lib/libz.so.1'])
      return { plain: [typed, String(number ?? ''), use?.version ?? ''], raw: [pathBytes(rest)] }
    },
  },
]
