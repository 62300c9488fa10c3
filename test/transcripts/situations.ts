import { RESTARTED } from './restarted.ts'
import { BY_HAND } from './by-hand.ts'
import { EXPLAINED } from './explain.ts'
import { IN_THE_HOOK } from './hook.ts'
import { MISTAKES } from './mistakes.ts'
import { FOR_PROGRAMS } from './programs.ts'
import type { Situations } from './screen.ts'

/** All situations by the names of their screens. */
export const SITUATIONS: Situations = {
  ...IN_THE_HOOK,
  ...BY_HAND,
  ...RESTARTED,
  ...EXPLAINED,
  ...MISTAKES,
  ...FOR_PROGRAMS,
}
