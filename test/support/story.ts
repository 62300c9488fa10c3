import { localDatabase, logTime } from './pacman-tree.ts'
import type { LocalPackage } from './pacman-tree.ts'
import { makeTree, procTree } from './tree.ts'
import type { RecordedProcess, Tree } from './tree.ts'

/** Packages by name, each as its version and its files without the leading slash. */
export type Packages = Readonly<Record<string, readonly [version: string, ...files: string[]]>>

/** A process that runs from the start of the story on. */
export type Actor = Pick<RecordedProcess, 'cgroup' | 'comm' | 'apart'> & {
  readonly exe: string
  readonly libraries: readonly string[]
}

/** What becomes of the hook after a transaction. */
export type HookRun =
  /** It runs, and its text is what is expected. */
  | { readonly says: string }
  /** libalpm logs that it runs it, and these lines of its output. */
  | { readonly prints: readonly string[] }
  /** There is no hook, as far as libalpm knows. */
  | 'masked'

/** One moment of a story. Minutes count from its start. */
export type Moment = { readonly minute: number } & (
  | {
      /** What packages become; `null`: the package is removed. */
      readonly pacman: Readonly<Record<string, Packages[string] | null>>
      readonly hook: HookRun
      /** How the transaction ends, in the word of libalpm; `null`: pacman was killed. */
      readonly ends?: 'completed' | 'interrupted' | 'failed' | null
      /** What scriptlets print. */
      readonly scriptlets?: readonly string[]
    }
  | { readonly restart: readonly number[] }
  | { readonly replace: string }
  | { readonly rotate: 'kept' | 'compressed' }
  /** The clock is set by so many minutes. */
  | { readonly clock: number }
)

type Running = { readonly actor: Actor; readonly startedAt: number }
type Installed = { readonly entry: Packages[string]; readonly at: number }

const MINUTE = 60_000

/**
 * A machine that is told a story, as files: `/proc`, the database of pacman and its log. A time is
 * in milliseconds from the start of the story, by the clock of the machine.
 */
export class StoryMachine {
  readonly #running = new Map<number, Running>()
  readonly #installed = new Map<string, Installed>()
  /** When the file at a path was put there. */
  readonly #placed = new Map<string, number>()
  /** The lines of the log, each with its time, the rotated logs last. */
  #logs: (readonly [at: number, text: string])[][] = [[]]
  /** By how much the clock of the machine was set since the story began. */
  #clock = 0

  /** @param own files of no package */
  constructor(
    packages: Packages,
    actors: Readonly<Record<number, Actor>>,
    own: readonly string[] = [],
  ) {
    for (const file of own) this.#placed.set(file, -MINUTE)
    for (const [name, entry] of Object.entries(packages)) this.#put(name, entry, -MINUTE)
    for (const [pid, actor] of Object.entries(actors))
      this.#running.set(Number(pid), { actor, startedAt: 0 })
    this.#log(-30 * MINUTE, '[ALPM] transaction started')
    this.#log(-30 * MINUTE, '[ALPM] installed filesystem (1-1)')
    this.#log(-30 * MINUTE, '[ALPM] transaction completed')
  }

  /**
   * Lets something happen.
   *
   * @param hook runs the hook on the machine as it is, and returns its text
   */
  tell(moment: Moment, hook: (machine: StoryTree) => string): void {
    const at = moment.minute * MINUTE
    if ('restart' in moment) for (const pid of moment.restart) this.#restart(pid, at)
    else if ('replace' in moment) this.#placed.set(moment.replace, at)
    else if ('rotate' in moment) this.#rotate(moment.rotate)
    else if ('clock' in moment) this.#clock += moment.clock * MINUTE
    else this.#transaction(moment, hook)
  }

  #transaction(moment: Extract<Moment, { pacman: object }>, hook: (machine: StoryTree) => string) {
    const { minute, pacman, ends = 'completed', scriptlets = [] } = moment
    const at = minute * MINUTE
    const targets = new Set<string>()
    this.#log(at, '[ALPM] transaction started')
    for (const [name, entry] of Object.entries(pacman)) {
      const before = this.#installed.get(name)?.entry
      for (const file of [...(before?.slice(1) ?? []), ...(entry?.slice(1) ?? [])])
        targets.add(file)
      this.#change(name, before?.[0], entry, at + 1000)
    }
    for (const line of scriptlets) this.#log(at + 1000, `[ALPM-SCRIPTLET] ${line}`)
    if (ends !== null) this.#log(at + 2000, `[ALPM] transaction ${ends}`)
    if (moment.hook === 'masked') return
    this.#log(at + 2000, "[ALPM] running 'zz-stale-libs.hook'...")
    const lines =
      'says' in moment.hook ? linesOf(hook(this.#tree(at + 3000, targets))) : moment.hook.prints
    for (const line of lines) this.#log(at + 3000, `[ALPM-SCRIPTLET] ${line}`)
  }

  #change(name: string, before: string | undefined, entry: Packages[string] | null, at: number) {
    const after = entry?.[0]
    if (entry === null) this.#installed.delete(name)
    else this.#put(name, entry, at)
    const word = before === undefined ? 'installed' : after === undefined ? 'removed' : null
    const [from = '', to = ''] = [before, after]
    const moved = from === to ? 'reinstalled' : from < to ? 'upgraded' : 'downgraded'
    const versions = word !== null || from === to ? to || from : `${from} -> ${to}`
    this.#log(at, `[ALPM] ${word ?? moved} ${name} (${versions})`)
  }

  #put(name: string, entry: Packages[string], at: number): void {
    const before = this.#installed.get(name)?.entry.slice(1) ?? []
    for (const file of before) this.#placed.delete(file)
    this.#installed.set(name, { entry, at: at + this.#clock })
    for (const file of entry.slice(1)) this.#placed.set(file, at)
  }

  #restart(pid: number, startedAt: number): void {
    const running = this.#running.get(pid)
    if (running !== undefined) this.#running.set(pid, { ...running, startedAt })
  }

  #rotate(kind: 'kept' | 'compressed'): void {
    this.#logs = kind === 'kept' ? [[], ...this.#logs] : [[]]
  }

  #log(at: number, text: string): void {
    this.#logs[0]?.push([at + this.#clock, text])
  }

  /** @param now the moment of the story, which becomes the present of the machine of the test */
  #tree(now: number, targets: ReadonlySet<string>): StoryTree {
    const start = Date.now() - now - this.#clock
    const dateOf = (at: number) => new Date(start + at)
    // The kernel's boot time moves with the clock.
    const boot = Math.floor((start + this.#clock - 20 * MINUTE) / 1000)
    const processes = [...this.#running].map(([pid, { actor, startedAt }]) => {
      const startTicks = Math.round((start + this.#clock + startedAt - boot * 1000) / 10)
      return [pid, this.#process(actor, startedAt, startTicks)] as const
    })
    const logs = this.#logs.map((lines, number) => [
      `var/log/pacman.log${number === 0 ? '' : `.${number}`}`,
      lines.map(([at, text]) => `[${logTime(dateOf(at))}] ${text}\n`).join(''),
    ])
    const local = [...this.#installed].map(([name, { entry, at }]): LocalPackage => {
      const [version, ...files] = entry
      return { name, version, files, installedAt: new Date(Math.floor((start + at) / 1000) * 1000) }
    })
    const files = [...this.#placed.keys()].filter((path) => !path.endsWith('/'))
    const root: Tree = {
      'var/lib/pacman/local': localDatabase(local),
      ...Object.fromEntries(logs),
      ...Object.fromEntries(
        files.map((path) => [path, path.endsWith('/pkgbase') ? 'linux\n' : '']),
      ),
    }
    return {
      proc: makeTree({ ...procTree(Object.fromEntries(processes)), stat: `btime ${boot}\n` }),
      root: makeTree(root),
      targets: makeTree({ targets: [...targets].map((path) => `${path}\n`).join('') }),
    }
  }

  #process(actor: Actor, startedAt: number, startTicks: number): RecordedProcess {
    const marked = (path: string) => {
      const placed = this.#placed.get(path)
      const isStale = placed === undefined || placed > startedAt
      return `/${path}${isStale ? ' (deleted)' : ''}`
    }
    const { exe, libraries, ...rest } = actor
    return {
      ...rest,
      startTicks,
      exe: marked(exe),
      maps: [exe, ...libraries].map((path) => `r-xp ${marked(path)}`),
    }
  }
}

/** Where the files of a machine lie. */
export type StoryTree = {
  readonly proc: string
  readonly root: string
  /** The directory of the file `targets`. */
  readonly targets: string
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1)
}
