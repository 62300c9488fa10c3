/**
 * Returns what is wrong with the version of Node that runs, or `null`.
 *
 * @param running `process.versions.node`
 * @param needed `engines.node` of package.json, `>=20.19`
 */
export function problemOfNode(running: string, needed: string): string | null {
  const [[major, minor], [oldest, least]] = [numbersIn(running), numbersIn(needed)]
  if (major > oldest || (major === oldest && minor >= least)) return null
  return `Node ${oldest}.${least} or newer is needed, and this is ${running}`
}

function numbersIn(version: string): readonly [major: number, minor: number] {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? []
  return [Number(major), Number(minor)]
}
