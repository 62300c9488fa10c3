import type { Finding, FindingFile } from '../../core/report/report.ts'
import { changeWithFixes } from '../words/packages.ts'
import { listed } from '../words/words.ts'
import { shortened } from './layout.ts'
import type { Page } from './layout.ts'

const MAX_NAME = 60
const MAX_NAMES = 4
const MAX_ISSUES = 4
const MAX_ISSUES_OF_A_HOOK = 1

/**
 * Returns the reason of a finding: the files of a service, the names of the programs that a person
 * started.
 */
export function subjectsOf(finding: Finding, page: Page): string {
  const { kind, rule, files, processes } = finding
  const isLeftOver = rule === 'left-over'
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  if (isService && !isLeftOver)
    return joined([fileWords(files, page), ownPackageWords(finding, page)])
  const names = new Set(processes.map(({ comm }) => quotedName(comm)))
  return `${listed([...names], MAX_NAMES)}${isLeftOver ? sinceOf(processes) : ''}`
}

/** Returns the change of the unit's own package, unless a stale file shows it already. */
function ownPackageWords({ ownPackage, files }: Finding, { isHook }: Page): string {
  const isTold = files.some((file) => file.package?.name === ownPackage?.change.name)
  if (ownPackage === null || isTold) return ''
  return `its own package (${changeWithFixes(ownPackage.change, mostIssues(isHook))})`
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ')
}

/** Returns the files by package, so that the versions of a package are written once. */
function fileWords(files: readonly FindingFile[], page: Page): string {
  const byPackage = new Map<string, FindingFile[]>()
  for (const file of files) {
    const key = packageWords(file, page)
    const some = byPackage.get(key) ?? []
    some.push(file)
    byPackage.set(key, some)
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
 * Returns what pacman did, as `openssl 3.5.0-1 -> 3.5.1-1`, or an empty text where that is not
 * known.
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

/** The directories in which packages put files. */
const INSTALLED = /^\/(?:usr|opt|bin|sbin|lib|lib32|lib64)\//

/**
 * Returns the name of a file for a text. The text of a hook goes to pacman.log, which every user
 * can read, so the names of users' own files are left out.
 */
function fileName(path: string, isHook: boolean): string {
  if (isHook && !INSTALLED.test(path)) return 'a file of its own'
  return quotedName(path.slice(path.lastIndexOf('/') + 1))
}

/**
 * Returns a name in quotes where it has blanks, since it could read like a line of this program.
 */
function quotedName(name: string): string {
  return shortened(/^\S+$/.test(name) ? name : `"${name}"`, MAX_NAME)
}
