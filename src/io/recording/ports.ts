import type { World } from '../world.ts'
import type { CallLog } from './call-log.ts'
import { QUESTIONS } from './questions.ts'
import type { Ports, Questions } from './questions.ts'

/** Returns the world with ports that note each answer which a recording keeps. */
export function listening(world: World, log: CallLog): World {
  const { services } = world
  return {
    ...world,
    ...listened('world', QUESTIONS.world, world, log),
    files: listened('files', QUESTIONS.files, world.files, log),
    packages: listened('packages', QUESTIONS.packages, world.packages, log),
    machine: { ...world.machine, ...listened('machine', QUESTIONS.machine, world.machine, log) },
    systemctl: listened('systemctl', QUESTIONS.systemctl, world.systemctl, log),
    logind: listened('logind', QUESTIONS.logind, world.logind, log),
    network: listened('network', QUESTIONS.network, world.network, log),
    controlGroups: listened('controlGroups', QUESTIONS.controlGroups, world.controlGroups, log),
    holdings: listened('holdings', QUESTIONS.holdings, world.holdings, log),
    members: listened('members', QUESTIONS.members, world.members, log),
    running: listened('running', QUESTIONS.running, world.running, log),
    services: services && listened('services', QUESTIONS.services, services, log),
  }
}

/** Returns ports that give the answers of a log. */
export function replayed(log: CallLog): Ports {
  return {
    files: answering('files', QUESTIONS.files, log),
    packages: answering('packages', QUESTIONS.packages, log),
    machine: answering('machine', QUESTIONS.machine, log),
    systemctl: answering('systemctl', QUESTIONS.systemctl, log),
    logind: answering('logind', QUESTIONS.logind, log),
    network: answering('network', QUESTIONS.network, log),
    controlGroups: answering('controlGroups', QUESTIONS.controlGroups, log),
    holdings: answering('holdings', QUESTIONS.holdings, log),
    members: answering('members', QUESTIONS.members, log),
    running: answering('running', QUESTIONS.running, log),
    services: answering('services', QUESTIONS.services, log),
    world: answering('world', QUESTIONS.world, log),
  }
}

function listened<Port extends object>(
  name: string,
  questions: Questions<Port>,
  port: Port,
  log: CallLog,
): Port {
  return eachMethod(questions, (method) =>
    questions[method].listen(port[method], `${name}.${method}`, log),
  )
}

function answering<Port extends object>(
  name: string,
  questions: Questions<Port>,
  log: CallLog,
): Port {
  return eachMethod(questions, (method) => questions[method].replay(`${name}.${method}`, log))
}

/**
 * Returns a port with a method for each row of its table. The table has a row for each method of
 * the port, and no other.
 */
function eachMethod<Port extends object>(
  questions: Questions<Port>,
  make: <Name extends keyof Port & string>(name: Name) => Port[Name],
): Port {
  const port: Partial<Port> = {}
  for (const name of Object.keys(questions) as (keyof Port & string)[]) port[name] = make(name)
  return port as Port
}
