import { inTurn, isPersonal } from '../../core/owner/share.ts'
import type { ShareHolder } from '../../core/owner/share.ts'
import type { Inspection } from '../../core/proc/process.ts'
import { openShared } from '../process/read-context.ts'
import type { Shared } from '../process/read-context.ts'
import { MarkedProcesses } from './marked-processes.ts'
import type { MarkedProcess } from './marked-processes.ts'
import { MAX_STILL_TICKS, MAX_TICKS, TICK_MS } from './progress.ts'
import { Readers } from './readers.ts'
import type { Pass, ReadingPorts, ReadTree } from './readers.ts'
import { WorkList } from './work-list.ts'

/** The bound on maps in the first pass, in bytes. No ordinary process has more. */
export const ORDINARY_MAPS_BYTES = 1024 * 1024
/** Then the first pass ends, and what is left is read in an order that no user can spoil. */
const MAX_TICKS_OF_FIRST_PASS = 3000 / TICK_MS
/** The ticks without progress that end another try: a second. A healthy process takes no tick. */
const STILL_TICKS_OF_ANOTHER_TRY = 1000 / TICK_MS
/** The number of concurrent reads. Node's pool has work while the main thread judges. */
const READS = 32
/** A user with long maps must not wait long for another one's turn. */
const READS_OF_USERS = 4

/** A process that the first pass did not read to its end. */
type Left = {
  readonly place: number
  readonly isLong: boolean
  /** Whether it was under way when nothing moved: it is stuck, or waits behind stuck ones. */
  readonly isStuck: boolean
  readonly holder: ShareHolder
}

/** What a pass reads: the places of its processes, and how. */
type Plan = Omit<Pass, 'onMarked'> & { readonly places: readonly number[] }

/**
 * The passes over the processes of a tree.
 *
 * The first pass reads every process up to a bound, and looks up no user. Processes
 * with longer maps are read afterwards, and so are those that were not reached in time: first those
 * of the system, then the unread ones of users, then the long ones of users. Users take turns, so
 * that none of them spends the time of another one.
 */
export class Passes {
  readonly #tree: ReadTree
  readonly #pids: readonly number[]
  readonly #ports: ReadingPorts
  readonly #shared: Shared
  #ticksOfUsers: number
  readonly #kinds: (Inspection['kind'] | null)[]
  readonly #marked: MarkedProcesses
  readonly #readers: Readers[] = []
  /** The places that were under way when nothing moved. */
  readonly #stuck = new Set<number>()
  #ticksLeft = MAX_TICKS
  #isStopped = false
  #onMarked: (process: MarkedProcess) => void = () => {}

  /** @param usersMs the time for the long maps of users, in milliseconds */
  constructor(tree: ReadTree, pids: readonly number[], ports: ReadingPorts, usersMs: number) {
    this.#tree = tree
    this.#pids = pids
    this.#ports = ports
    this.#ticksOfUsers = usersMs / TICK_MS
    this.#shared = openShared(tree.directory, tree.trees, tree.holders)
    this.#kinds = pids.map(() => null)
    const { holders } = this.#shared
    this.#marked = new MarkedProcesses(({ facts }) => holders.of(facts.uid, facts.cgroup.path))
  }

  /** Reads all processes, or as many as there is time for. */
  async read(): Promise<void> {
    const places = this.#pids.map((_, at) => at)
    const first = await this.#pass({
      places,
      maxMapsBytes: ORDINARY_MAPS_BYTES,
      maxTicks: MAX_TICKS_OF_FIRST_PASS,
      maxStillTicks: MAX_STILL_TICKS,
      reads: READS,
    })
    if (first.length === 0) return
    const left = first.map((place) => ({
      place,
      isLong: this.#kinds[place] === 'long',
      isStuck: this.#stuck.has(place),
      holder: this.#holderOf(place),
    }))
    for (const plan of this.#plansForSystem(left)) await this.#pass(plan)
    for (const plan of this.#plansForUsers(left)) {
      const before = this.#ticksLeft
      await this.#pass({ ...plan, maxTicks: this.#ticksOfUsers })
      this.#ticksOfUsers -= before - this.#ticksLeft
    }
  }

  /** Passes on each process with deleted mappings, those that were found before first. */
  show(onMarked: (process: MarkedProcess) => void): void {
    this.#marked.all().forEach((process) => onMarked(process))
    this.#onMarked = onMarked
  }

  /** Returns the result for each process, in the order of the pids. */
  inspections(): readonly Inspection[] {
    const processes = this.#marked.all()
    return this.#kinds.map((kind, at) => {
      const inspection = kind === 'marked' ? processes.get(at) : kind && { kind }
      return inspection ?? { kind: 'stuck' }
    })
  }

  /** Ends reading: see `Walk`. */
  async stop(): Promise<boolean> {
    this.#isStopped = true
    const areStuck = await Promise.all(this.#readers.map((readers) => readers.stop()))
    return areStuck.includes(true)
  }

  /**
   * Users can hold the threads of the pool with stuck processes of their own. Those of the system
   * that may only wait behind them are tried again.
   */
  #plansForSystem(left: readonly Left[]): readonly Plan[] {
    const ofSystem = left.filter(({ holder }) => !isPersonal(holder))
    const [ofRoot, others] = [true, false].map((isRoots) =>
      ofSystem.filter(({ holder, isStuck }) => !isStuck && (holder === 'system') === isRoots),
    )
    return [
      planFor([...(ofRoot ?? []), ...inTurn(others ?? [], ({ holder }) => holder)], READS),
      {
        ...planFor(
          ofSystem.filter(({ isStuck }) => isStuck),
          READS,
        ),
        maxStillTicks: STILL_TICKS_OF_ANOTHER_TRY,
      },
    ]
  }

  #plansForUsers(left: readonly Left[]): readonly Plan[] {
    const ofUsers = inTurn(
      left.filter(({ holder, isStuck }) => isPersonal(holder) && !isStuck),
      ({ holder }) => holder,
    )
    return [
      planFor(
        ofUsers.filter(({ isLong }) => !isLong),
        READS,
      ),
      planFor(
        ofUsers.filter(({ isLong }) => isLong),
        READS_OF_USERS,
      ),
    ]
  }

  /** Reads processes. Returns the places of those that another pass can read. */
  async #pass({ places, ...plan }: Plan): Promise<readonly number[]> {
    const maxTicks = Math.min(plan.maxTicks, this.#ticksLeft)
    if (this.#isStopped || places.length === 0 || maxTicks <= 0) return places
    const pids = places.map((place) => this.#pids[place] ?? 0)
    const list = WorkList.of(pids)
    // What an earlier pass gave of them does not count.
    if (this.#readers.length > 0) pids.forEach((pid) => this.#tree.observe?.(pid, null))
    const onMarked = (at: number, process: MarkedProcess) => {
      this.#marked.add(places[at] ?? 0, process)
      this.#onMarked(process)
    }
    const pass = { ...plan, maxTicks, onMarked }
    const readers = new Readers(this.#tree, list, pass, this.#ports, this.#shared)
    this.#readers.push(readers)
    await readers.read()
    this.#ticksLeft -= readers.ticks
    const { isLate } = readers
    return places.filter((place, at) => {
      const kind = list.ending(at)
      this.#kinds[place] = kind ?? this.#kinds[place] ?? null
      if (kind === null && !isLate && !list.isUnread(at)) this.#stuck.add(place)
      return kind === null || kind === 'long'
    })
  }

  #holderOf(place: number): ShareHolder {
    return this.#shared.holders.ofDirectory(`${this.#tree.directory}/${this.#pids[place]}`)
  }
}

function planFor(some: readonly Left[], reads: number): Plan {
  return {
    places: some.map(({ place }) => place),
    maxMapsBytes: Infinity,
    maxTicks: MAX_TICKS,
    maxStillTicks: MAX_STILL_TICKS,
    reads,
  }
}
