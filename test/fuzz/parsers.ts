import { ANONYMOUS } from './anonymous.ts'
import { CONFIG_FILES } from './config.ts'
import { EXPLAIN } from './explain.ts'
import { MACHINE } from './machine.ts'
import { OWNER } from './owner.ts'
import { PACMAN } from './pacman.ts'
import { PROC } from './proc.ts'
import type { Parser } from './property.ts'
import { RECORDING } from './recording.ts'
import { SYSTEMD } from './systemd.ts'

/** Every parser of `core`, as `parsers.test.ts` makes sure. */
export const PARSERS: readonly Parser[] = [
  ...PROC,
  ...OWNER,
  ...SYSTEMD,
  ...MACHINE,
  ...PACMAN,
  ...CONFIG_FILES,
  ...RECORDING,
  ...ANONYMOUS,
  ...EXPLAIN,
]
