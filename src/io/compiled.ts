import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { Script } from 'node:vm'
import { errorCode, StaleLibsError, unlessUnreadable } from './error.ts'

/**
 * The files of the program, with what V8 compiled of them before: to compile them takes a fifth of the time
 * of a short run.
 *
 * Compiled code lies in `compiled/` beside them. Whoever can write there could run anything, so it must belong
 * to whom the file belongs to that it was made of, and nobody else may write it. Its name holds the version of
 * Node, and that file's size and time; V8 refuses what another version or other flags made
 * (`cachedDataRejected` of vm.Script). Without it everything works, only later.
 */
export type Bundle = {
  /**
   * Runs a file, also one that ran before.
   *
   * @throws {StaleLibsError} when it cannot be read
   */
  readonly run: (name: string) => unknown
  /** Returns what V8 has compiled by now of all files that ran. */
  readonly compiled: () => readonly Compiled[]
}

export type Compiled = {
  /** Where it belongs. */
  readonly file: string
  readonly bytes: Buffer
  /** Whether it was there, and was used. */
  readonly isUsed: boolean
}

type Part = { readonly script: Script; readonly compiledFile: string; module: NodeJS.Module | null }

/**
 * Opens the program that lies in a directory.
 *
 * @param builtins what gives its files the modules of Node
 */
export function openBundle(directory: string, builtins: NodeJS.Require): Bundle {
  const parts = new Map<string, Part>()
  const require = Object.assign(
    (name: string) =>
      name.startsWith('./')
        ? (parts.get(name.slice(2))?.module?.exports ?? run(name.slice(2)))
        : builtins(name),
    builtins,
  )
  const run = (name: string): unknown => {
    const file = `${directory}/${name}`
    const part = parts.get(name) ?? openPart(directory, name)
    parts.set(name, part)
    const module = { id: file, filename: file, loaded: false, exports: {} } as NodeJS.Module
    part.module = module
    builtins.cache[file] = module
    const call = part.script.runInThisContext() as ModuleWrapper
    call.call(module.exports, module.exports, require, module, file, directory)
    module.loaded = true
    return module.exports
  }
  return {
    run,
    compiled: () =>
      [...parts.values()].map(({ script, compiledFile }) => ({
        file: compiledFile,
        bytes: script.createCachedData(),
        isUsed: script.cachedDataRejected === false,
      })),
  }
}

/** The form in which Node runs a CommonJS module (modules, "The module wrapper"). */
type ModuleWrapper = (
  this: unknown,
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  filename: string,
  directory: string,
) => void

function openPart(directory: string, name: string): Part {
  const file = `${directory}/${name}`
  const { text, stats } = readProgram(file)
  const compiledFile = `${directory}/compiled/${compiledName(name, stats)}`
  const cachedData = unlessUnreadable(() => readTrusted(compiledFile, stats.uid))
  const wrapper = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
  const script = new Script(wrapper, {
    filename: file,
    ...(cachedData !== null && { cachedData }),
  })
  return { script, compiledFile, module: null }
}

function readProgram(file: string): { readonly text: string; readonly stats: Stats } {
  try {
    return reading(file, (descriptor) => ({
      stats: fstatSync(descriptor),
      text: readFileSync(descriptor, 'utf8'),
    }))
  } catch (error) {
    throw new StaleLibsError(`Cannot run "${file}": ${errorCode(error)}`, { cause: error })
  }
}

function compiledName(name: string, { size, mtimeMs }: Stats): string {
  // Copies and archives keep whole seconds.
  return [name, size, Math.floor(mtimeMs / 1000), process.version, process.arch].join('-')
}

/** Returns a file that nobody but one user could have written, or `null`. */
function readTrusted(file: string, owner: number): Buffer | null {
  return reading(file, (descriptor) => {
    const stats = fstatSync(descriptor)
    const isTrusted = stats.isFile() && stats.uid === owner && (stats.mode & OTHERS_WRITE) === 0
    return isTrusted ? readFileSync(descriptor) : null
  })
}

const OTHERS_WRITE = 0o022

function reading<T>(file: string, read: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r')
  try {
    return read(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
