/** What the help of a command says of one of its options. */
export type OptionHelp = {
  readonly describe: string
  /** The word for the value of an option; a switch has none. */
  readonly value?: string
  readonly alias?: string
}

/** The columns of an option with its value. */
const NAME_COLUMNS = 19

/**
 * Returns the help of one command. That of yargs has the type of each option in brackets, and a
 * word for the value of none.
 *
 * @param about what the command does, as lines
 * @param last what stands behind the options, as lines
 */
export function helpText(
  usage: string,
  about: string,
  options: Readonly<Record<string, OptionHelp>>,
  last: string,
): string {
  const rows = Object.entries(options).map(([name, { describe, value, alias }]) => {
    const short = alias === undefined ? '    ' : `-${alias}, `
    const long = value === undefined ? `--${name}` : `--${name} ${value}`
    return `  ${short}${long.padEnd(NAME_COLUMNS)}${describe}`
  })
  return [usage, about, rows.join('\n'), last].join('\n\n')
}
