/** The properties of one unit or session. A name has all of its lines, in their order. */
export type PropertyBlock = ReadonlyMap<string, readonly string[]>

/**
 * Returns one block for each subject of the question, in the order of the answers.
 *
 * Reads the output of `show` of systemctl(1) and loginctl(1): `Name=value` lines, a blank line
 * between two blocks (`bus_print_property_value` of systemd's src/shared/bus-print-properties.c). A
 * value is raw and ends with its line. A line without `=` has no property, but it makes a block: a
 * caller that counts the blocks sees that the answer has another form.
 */
export function parsePropertyBlocks(text: string): readonly PropertyBlock[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map(blockOf)
}

function blockOf(lines: readonly string[]): PropertyBlock {
  const block = new Map<string, string[]>()
  for (const line of lines) {
    const equals = line.indexOf('=')
    if (equals === -1) continue
    const name = line.slice(0, equals)
    const values = block.get(name) ?? []
    values.push(line.slice(equals + 1))
    block.set(name, values)
  }
  return block
}

/** Returns the first line of a property, or an empty text where the block does not have it. */
export function firstValue(block: PropertyBlock, name: string): string {
  return block.get(name)?.[0] ?? ''
}
