import { FORMATS } from '../core/options.ts'
import type { Command, ScanOptions } from '../core/options.ts'
import { DEFAULTS } from './defaults.ts'

/**
 * The command lines that people, pacman and monitoring systems run every day. Neither yargs nor
 * what describes the options is loaded for them: loading it takes as long as reading the maps of
 * fifty processes.
 */
export const EVERYDAY: readonly {
  readonly line: readonly string[]
  readonly options: Partial<ScanOptions>
}[] = [
  { line: [], options: {} },
  { line: ['-a'], options: { all: true } },
  { line: ['--all'], options: { all: true } },
  { line: ['-q'], options: { quiet: true } },
  { line: ['--quiet'], options: { quiet: true } },
  { line: ['--json'], options: { format: 'json' } },
  { line: ['--hook'], options: { hook: true } },
  { line: ['--hook', '--targets', '-'], options: { hook: true, targets: '-' } },
  ...FORMATS.map((format) => ({ line: ['--format', format], options: { format } })),
]

/** Returns what a command line asks for. It neither prints nor exits. */
export async function parseCommand(argv: readonly string[], version: string): Promise<Command> {
  const everyday = EVERYDAY.find(
    ({ line }) => line.length === argv.length && line.every((word, at) => word === argv[at]),
  )
  if (everyday !== undefined) return { kind: 'scan', options: { ...DEFAULTS, ...everyday.options } }
  const { parseWords } = await import('./parse.ts')
  return await parseWords(argv, version)
}

/** Says whether pacman runs the program: it prints an error for any exit status but 0. */
export function isForHook(argv: readonly string[]): boolean {
  return wordsOfScan(argv).includes('--hook')
}

/**
 * Says whether a monitoring system runs the program: it reads the answer of a plugin even to a
 * wrong command line.
 */
export function isForMonitoring(argv: readonly string[]): boolean {
  return wordsOfScan(argv).some(
    (word, at, words) =>
      word === '--format=nagios' || (word === 'nagios' && words[at - 1] === '--format'),
  )
}

/** Returns the words that can be options of a scan; none where another command is asked for. */
function wordsOfScan(argv: readonly string[]): readonly string[] {
  const [first = 'scan'] = argv
  const isOther = first !== 'scan' && !first.startsWith('-')
  const end = argv.indexOf('--')
  return isOther ? [] : end === -1 ? argv : argv.slice(0, end)
}
