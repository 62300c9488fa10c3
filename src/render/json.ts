import { printableText, say } from '../core/printable.ts'
import { placedOf } from '../core/answer/placed.ts'
import type { Placed } from '../core/answer/placed.ts'
import { rebootUrgency } from '../core/answer/reboot-advice.ts'
import type { Report } from '../core/report/report.ts'
import { documentLines } from './door.ts'
import type { Guard, Line } from './door.ts'
import { cautionText } from './words/cautions.ts'
import { limitText } from './words/limits.ts'
import { afterEffectText, rebootText } from './words/reasons.ts'

/** Returns the document of version 1 of the contract (`share/stale-libs.schema.json`). */
export function renderJson(report: Report, guard: Guard = printableText): readonly Line[] {
  return documentLines(documentOf(report), guard)
}

function documentOf(report: Report): object {
  const { host } = report
  return {
    schemaVersion: 1,
    tool: { name: 'stale-libs', version: report.version },
    host: {
      hostname: host.hostname,
      kernelRelease: host.kernelRelease,
      bootedAt: host.bootSeconds === null ? null : new Date(host.bootSeconds * 1000).toISOString(),
    },
    scan: {
      at: report.at.toISOString(),
      durationMs: report.durationMs,
      processes: report.processes,
      unreadable: report.unreadable,
      vanished: report.vanished,
      complete: report.limits.length === 0,
    },
    limits: report.limits.map((limit) => ({ ...limit, text: limitText(limit, report.isRoot) })),
    findings: placedOf(report).map(findingDocument),
    temporaryCode: report.temporaryCode,
    ignored: report.ignored,
    reboot: {
      needed: report.reboot.needed,
      urgency: rebootUrgency(report),
      reasons: report.reboot.reasons.map((reason) => ({
        code: reason.code === 'finding' ? reason.finding.rule : reason.code,
        text: rebootText(reason),
      })),
    },
    afterEffects: report.afterEffects.map((effect) => ({
      code: effect.code,
      unit: effect.unit,
      text: say`${effect.unit} ${afterEffectText(effect)}`,
    })),
    commands: report.commands,
    summary: report.summary,
  }
}

function findingDocument({ finding, group, urgency, covered, since, isAgain }: Placed): object {
  return {
    kind: finding.kind,
    name: finding.name,
    unit: finding.unit,
    user: finding.user,
    container: finding.container,
    lifeline: finding.lifeline !== null,
    action: finding.action,
    command: finding.command,
    clears: finding.clears,
    group,
    urgency,
    covered,
    since: since?.toISOString() ?? null,
    again: isAgain,
    cautions: finding.cautions.map((caution) => ({
      code: caution.code,
      blocking: caution.blocking,
      text: cautionText(caution),
    })),
    rule: finding.rule,
    ...(finding.marking && { markers: finding.marking.markers }),
    causes: finding.causes,
    package: finding.ownPackage?.change ?? null,
    processes: finding.processes,
    files: finding.files.map(({ path, kind, state, package: change }) => ({
      path,
      kind,
      state,
      package: change,
    })),
  }
}
