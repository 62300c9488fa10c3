import type { Finding, FindingFile } from '../../core/report/report.ts'
import { changeWithFixes } from '../words/packages.ts'
import { listed } from '../words/words.ts'
import { shortened } from './layout.ts'
import type { Page } from './layout.ts'

const MAX_NAME = 60
const MAX_NAMES = 4
const MAX_ISSUES = 4
const MAX_ISSUES_OF_A_HOOK = 1

/** Services are told by the files, what a person started by the names of its programs. */
export function subjectsOf(finding: Finding, page: Page): string {
  const { kind, rule, files, processes } = finding
  const isLeftOver = rule === 'left-over'
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  if (isService && !isLeftOver)
    return joined([fileWords(files, page), ownPackageWords(finding, page)])
  const names = new Set(processes.map(({ comm }) => quotedName(comm)))
  return `${listed([...names], MAX_NAMES)}${isLeftOver ? sinceOf(processes) : ''}`
}

/** Said where no stale file tells it already. */
function ownPackageWords({ ownPackage, files }: Finding, { isHook }: Page): string {
  const isTold = files.some((file) => file.package?.name === ownPackage?.change.name)
  if (ownPackage === null || isTold) return ''
  return `its own package (${changeWithFixes(ownPackage.change, mostIssues(isHook))})`
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ')
}

/** The files of one package stand together; its versions are said once. */
function fileWords(files: readonly FindingFile[], page: Page): string {
  const byPackage = new Map<string, FindingFile[]>()
  for (const file of files) {
    const key = packageWords(file, page)
    byPackage.set(key, [...(byPackage.get(key) ?? []), file])
  }
  const each = Math.max(1, Math.floor(MAX_NAMES / byPackage.size))
  const words = [...byPackage].map(([key, some]) => {
    const names = new Set(some.map(({ path }) => fileName(path, page.isHook)))
    const isSaid = key === '' || page.said.has(key)
    page.said.add(key)
    return `${listed([...names], each)}${isSaid ? '' : ` (${key})`}`
  })
  return listed(words, MAX_NAMES)
}

/**
 * Returns what pacman did, as `openssl 3.5.0-1 -> 3.5.1-1`; an empty text where nothing is known.
 */
function packageWords({ package: change, isUnowned }: FindingFile, { isHook }: Page): string {
  if (change === null) return isUnowned && !isHook ? 'no package' : ''
  return changeWithFixes(change, mostIssues(isHook))
}

function mostIssues(isHook: boolean): number {
  return isHook ? MAX_ISSUES_OF_A_HOOK : MAX_ISSUES
}

function sinceOf(processes: Finding['processes']): string {
  const oldest = processes.flatMap(({ startedAt }) => startedAt ?? []).toSorted()[0]
  return oldest === undefined ? '' : ` since ${oldest.slice(0, 16).replace('T', ' ')} UTC`
}

/** Where packages put files. */
const INSTALLED = /^\/(?:usr|opt|bin|sbin|lib|lib32|lib64)\//

/**
 * A hook's text goes to pacman.log, which everybody can read: what people call their files stays
 * theirs.
 */
function fileName(path: string, isHook: boolean): string {
  if (isHook && !INSTALLED.test(path)) return 'a file of its own'
  return quotedName(path.slice(path.lastIndexOf('/') + 1))
}

/** A name with blanks could read like a line of our own. */
function quotedName(name: string): string {
  return shortened(/^\S+$/.test(name) ? name : `"${name}"`, MAX_NAME)
}
