import { joined, printableText, say } from '../../core/printable.ts'
import type { Printable } from '../../core/printable.ts'
import { isLeftAlone } from '../../core/report/finding.ts'
import type { Finding, FindingFile } from '../../core/report/report.ts'
import { nameLabel } from '../words/labels.ts'
import { changeWithFixes } from '../words/packages.ts'
import { listed } from '../words/words.ts'
import type { Page } from './layout.ts'

const MAX_NAMES = 4
const MAX_ISSUES = 4
const MAX_ISSUES_OF_A_HOOK = 1

/**
 * Returns the reason of a finding: the files of a service, the names of the programs that a person
 * started.
 */
export function subjectsOf(finding: Finding, page: Page): Printable {
  const { kind, rule, files, processes } = finding
  // Only their names tell them from the other processes of the unit.
  const isLeftOver = isLeftAlone(finding) || rule === 'succeeded'
  const isService = ['service', 'user-service', 'manager', 'user-manager', 'process'].includes(kind)
  if (isService && !isLeftOver) return both(fileWords(files, page), ownPackageWords(finding, page))
  const names = new Set(processes.map(({ comm }) => nameLabel(comm)))
  return say`${listed([...names], MAX_NAMES)}${isLeftOver ? sinceOf(processes) : ''}`
}

/** Returns the change of the unit's own package, unless a stale file shows it already. */
function ownPackageWords({ ownPackage, files }: Finding, { isHook }: Page): Printable {
  const isTold = files.some((file) => file.package?.name === ownPackage?.change.name)
  if (ownPackage === null || isTold) return say``
  return say`its own package (${changeWithFixes(ownPackage.change, mostIssues(isHook))})`
}

function both(...words: readonly Printable[]): Printable {
  return joined(
    words.filter((word) => word !== ''),
    ', ',
  )
}

/** Returns the files by package, so that the versions of a package are written once. */
function fileWords(files: readonly FindingFile[], page: Page): Printable {
  const byPackage = new Map<Printable, FindingFile[]>()
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
    return say`${listed([...names], each)}${isSaid ? '' : say` (${key})`}`
  })
  return listed(words, MAX_NAMES)
}

/**
 * Returns what pacman did, as `openssl 3.5.0-1 -> 3.5.1-1`, or an empty text where that is not
 * known.
 */
function packageWords({ package: change, isUnowned }: FindingFile, { isHook }: Page): Printable {
  if (change === null) return isUnowned && !isHook ? say`no package` : say``
  return changeWithFixes(change, mostIssues(isHook))
}

function mostIssues(isHook: boolean): number {
  return isHook ? MAX_ISSUES_OF_A_HOOK : MAX_ISSUES
}

function sinceOf(processes: Finding['processes']): Printable {
  const oldest = processes.flatMap(({ startedAt }) => startedAt ?? []).toSorted()[0]
  if (oldest === undefined) return say``
  return say` since ${printableText(oldest.slice(0, 16).replace('T', ' '))} UTC`
}

/** The directories in which packages put files. */
const INSTALLED = /^\/(?:usr|opt|bin|sbin|lib|lib32|lib64)\//

/**
 * Returns the name of a file for a text. The text of a hook goes to pacman.log, which every user
 * can read, so the names of users' own files are left out.
 */
function fileName(path: string, isHook: boolean): Printable {
  if (isHook && !INSTALLED.test(path)) return say`a file of its own`
  return nameLabel(printableText(path.slice(path.lastIndexOf('/') + 1)))
}
