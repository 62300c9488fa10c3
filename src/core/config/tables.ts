import type { IgnoreSubject, Config } from './config.ts'

/** Returns the tables that `readConfig` reads back as the same configuration. */
export function configTables({
  ignore,
  sensitive,
  lifelines,
  packageUpgraded: isNamed,
  advisories: file,
}: Config): Readonly<Record<string, unknown>> {
  const rulesOf = (subject: IgnoreSubject) =>
    ignore[subject].map(({ glob, reason }) => ({
      glob: glob.source,
      ...(reason === null ? {} : { reason }),
    }))
  return {
    ignore: {
      units: rulesOf('unit'),
      paths: rulesOf('path'),
      packages: rulesOf('package'),
      users: rulesOf('user'),
    },
    ...(isNamed === null ? {} : { causes: { 'package-upgraded': isNamed } }),
    ...(file === null ? {} : { security: { advisories: file } }),
    sensitive: sensitive.map(({ units, of, action, reason }) => ({ units, of, action, reason })),
    lifeline: lifelines.map(({ units, role, reason }) => ({ units, role, reason })),
  }
}
