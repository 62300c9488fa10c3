import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs of Prometheus on this host. */
export const PROMTOOL = onPath('promtool')
export const EXPORTER = onPath('prometheus-node-exporter')

/** Returns the path of a program of this host; where there is none, just its name. */
function onPath(tool: string): string {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return (
    directories.map((directory) => join(directory, tool)).find((path) => existsSync(path)) ?? tool
  )
}

/** Says loudly why a test is skipped. In CI the tools must be there. */
export function whyNot(tool: string): string | false {
  if (existsSync(tool)) return false
  if (process.env['CI']) throw new Error(`No ${tool} on this host`)
  console.error(`SKIPPED, no ${tool} on this host`)
  return `no ${tool} on this host`
}
