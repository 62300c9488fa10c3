/** One row of a routing table. */
export type Route = {
  readonly interface: string
  readonly address: bigint
  /** The number of leading bits of the address that count. */
  readonly length: number
  readonly bits: 32 | 128
}

/**
 * Returns the routes of `/proc/net/route`: interface, destination and mask in hexadecimal, the
 * bytes in the order of a little-endian machine (proc_pid_net(5), fib_route_seq_show in
 * net/ipv4/fib_trie.c).
 */
export function parseRoutes(text: string): readonly Route[] {
  return text.split('\n').flatMap((line) => {
    const [name, destination, , flags, , , , mask] = line.split('\t')
    if (!name || !isHex(destination, 8) || !isHex(mask, 8) || !isUp(flags)) return []
    const length = reversed(mask).toString(2).replaceAll('0', '').length
    return [{ interface: name, address: reversed(destination), length, bits: 32 }]
  })
}

/**
 * Returns the routes of `/proc/net/ipv6_route` without those to local addresses (rt6_info_route in
 * net/ipv6/ip6_fib.c).
 */
export function parseRoutes6(text: string): readonly Route[] {
  return text.split('\n').flatMap((line) => {
    const [destination, length, , , , , , , flags, name] = line.trim().split(/\s+/)
    if (!name || !isHex(destination, 32) || !isHex(length, 2) || !isUp(flags) || isLocal(flags))
      return []
    const address = BigInt(`0x${destination}`)
    return [{ interface: name, address, length: Number.parseInt(length, 16), bits: 128 }]
  })
}

/**
 * Returns the interface through which packets to a host leave: the longest prefix in the main
 * table, or the default route where the host is a name. Returns `null` where there is none, or the
 * host is the machine itself.
 */
export function interfaceTo(host: string, routes: readonly Route[]): string | null {
  const parsed = parseAddress(host)
  const bits = parsed?.bits ?? 32
  const address = parsed?.address ?? 0n
  if (parsed !== null && isLoopback(parsed)) return null
  const fitting = routes.filter((route) => {
    const shift = BigInt(route.bits - route.length)
    const fits = route.address >> shift === address >> shift
    return route.bits === bits && (parsed === null ? route.length === 0 : fits)
  })
  return fitting.toSorted((a, b) => b.length - a.length)[0]?.interface ?? null
}

type Address = Pick<Route, 'address' | 'bits'>

/**
 * Reads an IPv4 or IPv6 address, with or without a zone. An IPv4 address inside of an IPv6 one is
 * IPv4.
 */
function parseAddress(host: string): Address | null {
  const text = host.replace(/%[^]*/, '').replace(/^::ffff:(?=[0-9.]+$)/i, '')
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (bytes !== undefined)
    return bytes.every((byte) => byte < 256) ? { address: joined(bytes, 8n), bits: 32 } : null
  if (!/^[0-9a-f:]*:[0-9a-f:]*$/i.test(text)) return null
  const [before = [], after = []] = text
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (text.includes('::') ? missing < 0 : missing !== 0) return null
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  const numbers = groups.map((group) => Number.parseInt(group, 16))
  return { address: joined(numbers, 16n), bits: 128 }
}

function joined(numbers: readonly number[], width: bigint): bigint {
  return numbers.reduce((sum, number) => (sum << width) | BigInt(number), 0n)
}

function isLoopback({ address, bits }: Address): boolean {
  return bits === 32 ? address >> 24n === 127n : address === 1n
}

function reversed(hex: string): bigint {
  return BigInt(`0x${(hex.match(/../g) ?? []).toReversed().join('')}`)
}

function isHex(text: string | undefined, length: number): text is string {
  return text !== undefined && text.length === length && /^[0-9a-f]+$/i.test(text)
}

/** RTF_UP and RTF_LOCAL of `include/uapi/linux/{route,ipv6_route}.h`. */
function isUp(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & 1) !== 0
}

function isLocal(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & 0x80000000) !== 0
}
