/** Returns a number with its noun. */
export function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Returns the first names, and the number of the others. */
export function listed(names: readonly string[], most: number): string {
  const more = names.length - most
  return [...names.slice(0, most), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** Returns a word in the form that a POSIX shell reads as the text itself. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Returns a command in the form that a person pastes into a shell. */
export function commandLine(command: readonly string[]): string {
  return command.map(quoted).join(' ')
}
