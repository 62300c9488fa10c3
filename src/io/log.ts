import type { Logger } from 'pino'
import type { LogLevel } from '../core/options.ts'

/** The diagnostic log: `log('debug', 'maps read', { pid: 1 })`. */
export type Log = (level: Exclude<LogLevel, 'silent'>, message: string, fields?: object) => void

/**
 * Returns a log that writes JSON lines to standard error at once. pino is loaded only for a level
 * that writes something: a hook reads no diagnostic log.
 */
export async function openLog(level: LogLevel): Promise<Log> {
  if (level === 'silent') return () => {}
  const { pino } = await import('pino')
  const logger: Logger = pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
  return (at, message, fields = {}) => logger[at](fields, message)
}
