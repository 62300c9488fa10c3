import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RunningProcess } from '../../core/advice/stale-process.ts'
import type { Manager } from '../../core/systemd/unit-facts.ts'
import { argumentsIn, pathConditionsIn, programsIn } from '../../core/systemd/unit-file.ts'
import type { PathCondition } from '../../core/systemd/unit-file.ts'
import { isUnitName } from '../../core/systemd/unit-name.ts'
import { unlessUnreadable } from '../error.ts'
import type { OwnTree } from '../files/own-tree.ts'
import { readWholeText } from '../files/small-file.ts'
import type { Owners } from '../proc/owners.ts'
import type { Proc } from '../proc/proc.ts'
import { readUnitFile } from './unit-files.ts'

/** The services that run, and what tells whether they run what is installed. */
export type RunningServices = {
  /** Returns the units of the services that a manager has started. */
  readonly units: (manager: Manager) => readonly string[]
  /** Returns a process; `null` where it is gone. */
  readonly process: (pid: number) => RunningProcess | null
  /** Returns the programs that the unit file of a package starts, by paths without links. */
  readonly programs: (unitFile: string) => readonly string[]
  /** Returns the files that their arguments may name, by paths without links (`argumentsIn`). */
  readonly arguments: (unitFile: string) => readonly string[]
  /**
   * Returns the conditions of a unit that do not hold now, by the paths of its files. What cannot
   * be judged holds.
   */
  readonly unmet: (unitFiles: readonly string[]) => readonly PathCondition[]
}

const MAX_UNIT_FILE_BYTES = 1024 * 1024

/**
 * Reads the running machine.
 *
 * @param tree what stands in front of the machine's absolute paths
 */
export function liveRunningServices(
  tree: string,
  proc: Proc,
  owners: Owners,
  ownTree: OwnTree | null,
): RunningServices {
  const textOf = (unitFile: string) =>
    readWholeText(`${tree}${unitFile}`, MAX_UNIT_FILE_BYTES) ?? ''
  return {
    units(manager) {
      // systemd links the invocation of each active unit there (unit_export_state_files of unit.c).
      const directory =
        manager === 'system' ? '/run/systemd/units' : `/run/user/${manager}/systemd/units`
      const names = unlessUnreadable(() => readdirSync(`${tree}${directory}`)) ?? []
      return names.flatMap((name) => {
        const [, unit = ''] = /^invocation:(.*\.service)$/s.exec(name) ?? []
        return isUnitName(unit) ? [unit] : []
      })
    },
    process(pid) {
      const stat = proc.stat(pid)
      const cgroup = proc.controlGroup(pid)
      const owner = owners.ofPid(pid)
      const uid = unlessUnreadable(() => proc.uidOf(pid))
      if (stat === null || cgroup === null || owner === null || uid === null) return null
      const { comm, startTicks } = stat
      return { comm, startTicks, cgroup, owner, exe: proc.link(`${pid}/exe`), uid }
    },
    programs: (unitFile) =>
      programsIn(textOf(unitFile)).map((program) => withoutLinks(program, ownTree)),
    arguments: (unitFile) =>
      argumentsIn(textOf(unitFile)).map((path) => withoutLinks(path, ownTree)),
    unmet: (unitFiles) => (ownTree === null ? [] : unmetIn(unitFiles, tree, ownTree)),
  }
}

/** `/sbin` and `/bin` are links. The program may be one too, and is what its package lists. */
function withoutLinks(program: string, ownTree: OwnTree | null): string {
  const directory = ownTree?.resolve(dirname(program))
  return join(directory ?? dirname(program), basename(program))
}

function unmetIn(
  unitFiles: readonly string[],
  tree: string,
  ownTree: OwnTree,
): readonly PathCondition[] {
  const texts = unitFiles.map((path) => readUnitFile(tree, path, ownTree))
  return pathConditionsIn(texts).filter(({ path, isNegated }) =>
    isNegated ? isThere(path, ownTree) : ownTree.isMissing(path),
  )
}

/** Says whether something is at a path for certain. Links of root are followed. */
function isThere(path: string, { resolve, look }: OwnTree): boolean {
  const found = look(resolve(path) ?? path)
  return typeof found === 'object' && found !== null
}

/** Stands in where there is no running machine to ask. */
export const noRunningServices: RunningServices = {
  units: () => [],
  process: () => null,
  programs: () => [],
  arguments: () => [],
  unmet: () => [],
}
