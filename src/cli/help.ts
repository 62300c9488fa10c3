import { COMMANDS } from './declare.ts'
import type { Option, Options, CommandName } from './declare.ts'

/** The help of the whole program. */
export const MAIN_HELP = `\
stale-libs: what still uses old code after an upgrade, and what to do about it

  stale-libs                     look, and say what to restart
  stale-libs explain NAME        why: a unit, PID, package, file or user
  stale-libs restart [NAME]...   restart what is safe, or NAME; asks first
  stale-libs mark [NAME]...      let systemd restart it with a later upgrade
  stale-libs record DIR          keep what was seen, for a bug report

  -a, --all             also what is ignored, and code that programs made
  -q, --quiet           nothing when nothing is old (for cron)
      --user, --system  only what belongs to users, or to the system; --of NAME
      --json            for programs; --format names, prometheus, nagios
      --exit-code       1 when something is old
      --ignore-unit GLOB  leave out units like GLOB; --ignore-path GLOB, files
      --color WHEN      auto, always or never; --no-color
  -h, --help  -V, --version      also after each command

  sudo stale-libs restart              after an upgrade: the safe part
  sudo stale-libs explain sshd         is it safe, and what happens if I wait?

Restarts nothing unless you say restart. More: man stale-libs`

/** The columns of an option with its value. */
const NAME_COLUMNS = 19

/**
 * Returns the help of one command. That of yargs has the type of each option in brackets, and a
 * word for the value of none. Options for programs and tests stand in the manual only.
 *
 * @param about what the command does, as lines
 * @param last what stands behind the options, as lines
 */
function helpText(usage: string, about: string, options: Options, last: string): string {
  const shown = Object.entries(options).filter(([, { isHidden }]) => !isHidden)
  const rows = shown.map(([name, option]) => optionRow(name, option))
  return [usage, about, rows.join('\n'), last].join('\n\n')
}

function optionRow(name: string, { describe, value, alias }: Option): string {
  const short = alias === undefined ? '    ' : `-${alias}, `
  const long = value === undefined ? `--${name}` : `--${name} ${value}`
  return `  ${short}${long.padEnd(NAME_COLUMNS)}${describe}`
}

const HELP: Readonly<Record<CommandName, string>> = {
  scan: helpText(
    'stale-libs [scan] [OPTION]...',
    `Looks at all that runs, and says what still uses old code after an upgrade and
what to restart. Restarts nothing.`,
    COMMANDS.scan,
    `Exit status: 0 looked, whatever was found; 1 something is old (--exit-code);
2 wrong request; 3 could not look or write. More: man stale-libs`,
  ),
  explain: helpText(
    'stale-libs explain NAME...',
    `Says why something is to be restarted or not, what it costs, and what happens
if you wait. NAME is a unit, a PID, a package, a file or a user.`,
    COMMANDS.explain,
    `  sudo stale-libs explain sshd          is it safe, and what if I wait?
  stale-libs explain openssl            who still uses the old one?

Exit status: 0 explained; 2 wrong request, or nothing has that name; 3 could not
look. More: man stale-libs`,
  ),
  restart: helpText(
    'stale-libs restart [NAME]...',
    `Restarts services that use old code, and looks again. Shows what it will do,
and asks first. Without NAME: all that can be restarted safely. A unit that is
named is restarted also where that costs something.`,
    COMMANDS.restart,
    `  sudo stale-libs restart --dry-run     what would be restarted, and what not?
  sudo stale-libs restart nginx         only nginx

Exit status: 0 done, or nothing to do; 2 wrong request, nothing was done;
3 could not look or act; 4 a unit did not restart, still uses old code, or was
left alone though it was named, or another unit failed. More: man stale-libs`,
  ),
  mark: helpText(
    'stale-libs mark [NAME]...',
    `Marks services that use old code, and restarts nothing: systemd restarts marked
units later, without a question. Asks first. Without NAME: all that can be
restarted safely. Where a restart costs something, a unit is not marked.`,
    COMMANDS.mark,
    `Exit status: 0 done, or nothing to do; 2 wrong request, nothing was done;
3 could not look or act; 4 a unit could not be marked. More: man stale-libs`,
  ),
  record: helpText(
    'stale-libs record DIR',
    `Saves what a look reads to DIR, a new directory, for a bug report. It has no
command lines, and only you can read it. Look through it before giving it away.`,
    COMMANDS.record,
    `Exit status: 0 recorded; 2 wrong request; 3 could not look or write.
More: man stale-libs`,
  ),
}

/** Returns the help of a command. */
export function helpOf(verb: CommandName): string {
  return HELP[verb]
}
