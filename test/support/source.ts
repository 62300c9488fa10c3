import { parseAst } from 'rolldown/parseAst'

/** A node of a syntax tree (ESTree with TypeScript), of which only some fields are looked at. */
type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>

/** A source file as a syntax tree. */
export type Source = { readonly text: string; readonly body: readonly Node[] }

/** @throws where the text is no TypeScript */
export function parseSource(text: string): Source {
  return { text, body: nodesIn(parseAst(text, { lang: 'ts', sourceType: 'module' }).body) }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function nodesIn(value: unknown): readonly Node[] {
  return [value].flat().filter(isNode)
}

/** Returns the nodes with all that are below them. */
function allNodes(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => [node, ...allNodes(Object.values(node).flatMap(nodesIn))])
}

function nameOfNode(node: unknown): string {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : ''
}

/** Returns the declarations at module level, without the `export` in front of them. */
function declarationsOf({ body }: Source): readonly Node[] {
  return body.flatMap((node) => (isExport(node) ? nodesIn(node['declaration']) : [node]))
}

function isExport({ type }: Node): boolean {
  return type === 'ExportNamedDeclaration' || type === 'ExportDefaultDeclaration'
}

/** Says whether a file is more than types: what it has besides them can run. */
export function hasCode(source: Source): boolean {
  return declarationsOf(source).some(({ type }) => !/^(?:TS|Import|Export)/.test(type))
}

/**
 * Returns the names that a file declares and exports; a name that it passes on is another file's.
 */
export function exportedNames(source: Source): readonly string[] {
  const exported = source.body.filter(isExport).flatMap((node) => nodesIn(node['declaration']))
  return exported.flatMap((node) =>
    [node['id'], ...nodesIn(node['declarations']).map((one) => one['id'])].flatMap(
      (id) => nameOfNode(id) || [],
    ),
  )
}

/** Returns the exported functions that read a text: one of their parameters is or holds texts. */
export function functionsOfText(source: Source): readonly string[] {
  return source.body
    .filter(isExport)
    .flatMap((node) => nodesIn(node['declaration']))
    .filter(({ type, params }) => type === 'FunctionDeclaration' && isOfText(nodesIn(params)))
    .flatMap(({ id }) => nameOfNode(id) || [])
}

function isOfText(parameters: readonly Node[]): boolean {
  return allNodes(parameters).some(({ type }) => /^TS(?:String|Unknown)Keyword$/.test(type))
}

/** Returns the names that a file imports from others whose path has such a part. */
export function importedNames({ body }: Source, from: string): readonly string[] {
  return body
    .filter(({ type, source }) => type === 'ImportDeclaration' && valueOf(source).includes(from))
    .flatMap(({ specifiers }) => nodesIn(specifiers).flatMap((one) => nameOfNode(one['imported'])))
}

function valueOf(node: unknown): string {
  return isNode(node) && typeof node['value'] === 'string' ? node['value'] : ''
}

/** Returns the lines that begin a function of more lines than so many, counted from 1. */
export function longFunctions({ text, body }: Source, most: number): readonly number[] {
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  return allNodes(body)
    .filter(({ type }) => /^(?:FunctionDeclaration|FunctionExpression|Arrow.*)$/.test(type))
    .filter(({ start, end }) => lineAt(end) - lineAt(start) >= most)
    .map(({ start }) => lineAt(start))
}

/**
 * Returns the names of a module's state: what is not constant, a collection that its type lets
 * change, what is changed, and an expression that remembers where it matched.
 */
export function moduleState(source: Source): readonly string[] {
  const variables = declarationsOf(source)
    .filter(({ type }) => type === 'VariableDeclaration')
    .flatMap((node) => nodesIn(node['declarations']).map((one) => ({ kind: node['kind'], one })))
  const changed = namesChanged(source)
  const lasting = variables.filter(
    ({ kind, one }) =>
      kind !== 'const' || isCollection(one, source) || changed.has(nameOfNode(one['id'])),
  )
  const sticky = variables.filter(({ one }) => isSticky(one, source.text))
  return [
    ...new Set([...lasting, ...sticky].map(({ one }) => nameOfNode(one['id']))),
    ...staticFields(source),
  ]
}

/** Says whether a variable is a new collection that its own type does not make a constant. */
function isCollection({ id, init }: Node, { text }: Source): boolean {
  const made = /^new (?:Weak)?(?:Map|Set)\b|^new \w*Array\b|^new Int|^\[\]|^\{\}/
  const type = isNode(id) ? nodesIn(id['typeAnnotation'])[0] : undefined
  const isConstant = /^:\s*(?:Readonly(?:Map|Set)<|readonly )/.test(textOf(type, text))
  return made.test(textOf(isNode(init) ? init : undefined, text)) && !isConstant
}

function textOf(node: Node | undefined, text: string): string {
  return node === undefined ? '' : text.slice(node.start, node.end)
}

const CHANGING =
  /^(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/

/**
 * Returns the names of what is assigned to, in whole or in part, or changed by a method of its own.
 */
function namesChanged({ body }: Source): ReadonlySet<string> {
  const targets = allNodes(body).flatMap(({ type, left, argument, operator, callee }) => {
    if (type === 'AssignmentExpression') return [rootOf(left)]
    if (type === 'UpdateExpression' || operator === 'delete') return [rootOf(argument)]
    if (type !== 'CallExpression' || !isNode(callee)) return []
    return CHANGING.test(nameOfNode(callee['property'])) ? [rootOf(callee['object'])] : []
  })
  return new Set(targets)
}

/** Returns the name that `name.of[a].field` begins with. */
function rootOf(node: unknown): string {
  return isNode(node) && node.type === 'MemberExpression'
    ? rootOf(node['object'])
    : nameOfNode(node)
}

/**
 * `replaceAll` and `matchAll` begin at 0 by themselves; `exec` and `test` go on from the last
 * match.
 */
function isSticky({ id, init }: Node, text: string): boolean {
  const [, flags = ''] =
    /^(?:\/[^]*\/|new RegExp\([^]*, ')([a-z]*)(?:',?\s*\))?$/.exec(
      textOf(isNode(init) ? init : undefined, text),
    ) ?? []
  const isUsed = new RegExp(String.raw`\b${nameOfNode(id)}\.(?:exec|test|lastIndex)\b`).test(text)
  return /[gy]/.test(flags) && isUsed
}

function staticFields({ body }: Source): readonly string[] {
  return allNodes(body)
    .filter((node) => node.type === 'PropertyDefinition' && node['static'] === true)
    .map(({ key }) => nameOfNode(key))
}
