import type { Config } from '../core/config/config.ts'
import { changesOf, findingWithAdvisories } from '../core/report/fixed-advisories.ts'
import type { Finding } from '../core/report/report.ts'
import type { World } from '../io/world.ts'
import { limitIf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Adds the security advisories that the new packages fixed. It reads the list of the security
 * tracker only where the configuration names one and a package changed.
 */
export function addFixes(
  findings: readonly Finding[],
  { advisories: file }: Config,
  world: World,
): Stage<readonly Finding[]> {
  if (file === null || findings.every((finding) => changesOf(finding).length === 0))
    return { value: findings, limits: [] }
  const groups = world.advisories(file)
  return {
    value: findings.map((finding) => findingWithAdvisories(finding, groups ?? [])),
    limits: limitIf(groups === null, 'advisories-unreadable', 1),
  }
}
