/** An item of a list of mdoc(7). */
export type Item = { readonly head: string; readonly body: string }

/** Returns the source of a section of a page, without its heading; fails where there is none. */
export function section(page: string, title: string): string {
  return partOf(page, 'Sh', title, /^\.Sh /m)
}

/** Returns the source of a subsection, without its heading; fails where there is none. */
export function subsection(page: string, title: string): string {
  return partOf(page, 'Ss', title, /^\.S[hs] /m)
}

function partOf(page: string, macro: string, title: string, end: RegExp): string {
  const heading = `\n.${macro} ${title}\n`
  const start = page.indexOf(heading)
  if (start === -1) throw new Error(`No "${title}" in the page`)
  const rest = page.slice(start + heading.length)
  const length = rest.search(end)
  return length === -1 ? rest : rest.slice(0, length)
}

/** Returns the items of all outermost lists. Lists inside of an item stay in its body. */
export function itemsIn(source: string): readonly Item[] {
  const items: { head: string; body: string }[] = []
  let depth = 0
  for (const line of source.split('\n')) {
    if (line.startsWith('.El')) depth -= 1
    const last = items.at(-1)
    if (depth === 1 && line.startsWith('.It ')) items.push({ head: line.slice(4), body: '' })
    else if (depth >= 1 && last !== undefined) last.body += `${line}\n`
    if (line.startsWith('.Bl')) depth += 1
  }
  return items
}

/** Returns the lines that begin with a macro, without the dot. */
export function macroLines(source: string): readonly string[] {
  return source.split('\n').flatMap((line) => (line.startsWith('.') ? [line.slice(1)] : []))
}

/** Returns source as one line of text without the macros at the beginning of its lines. */
export function plainText(source: string): string {
  return source
    .split('\n')
    .map((line) => line.replace(/^\.[A-Z][a-z] /, ''))
    .join(' ')
    .trim()
}
