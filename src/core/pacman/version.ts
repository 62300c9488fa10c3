/**
 * Compares two package versions, `[epoch:]version[-release]`, as alpm_pkg_vercmp(3) and vercmp(8)
 * do.
 *
 * @returns below zero when `a` is older, zero when neither is, above zero when `a` is newer
 */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [partsOf(a), partsOf(b)]
  const byEpoch = compareParts(one.epoch, two.epoch)
  if (byEpoch !== 0) return byEpoch
  const byVersion = compareParts(one.version, two.version)
  if (byVersion !== 0 || one.release === null || two.release === null) return byVersion
  return compareParts(one.release, two.release)
}

type Parts = { readonly epoch: string; readonly version: string; readonly release: string | null }

function partsOf(text: string): Parts {
  const [, digits, rest = text] = /^(\d*):(.*)$/s.exec(text) ?? []
  const dash = rest.lastIndexOf('-')
  return {
    epoch: digits || '0',
    version: dash === -1 ? rest : rest.slice(0, dash),
    release: dash === -1 ? null : rest.slice(dash + 1),
  }
}

/** A run of digits or of letters, and the separator in front of it. */
const SEGMENT = /^([^A-Za-z0-9]*)(\d+|[A-Za-z]+)/

/** Compares as `rpmvercmp` of version.c of libalpm does. */
function compareParts(a: string, b: string): number {
  let [left, right] = [a, b]
  for (;;) {
    const [one, two] = [segmentOf(left), segmentOf(right)]
    if (one === null || two === null) return compareRest(left, right)
    if (one.separator !== two.separator) return one.separator - two.separator
    const order = compareSegments(one.text, two.text)
    if (order !== 0) return order
    ;[left, right] = [one.rest, two.rest]
  }
}

type Segment = { readonly separator: number; readonly text: string; readonly rest: string }

function segmentOf(text: string): Segment | null {
  const [whole, separator, segment] = SEGMENT.exec(text) ?? []
  if (whole === undefined || separator === undefined || segment === undefined) return null
  return { separator: separator.length, text: segment, rest: text.slice(whole.length) }
}

/** A number is newer than a word. Of two numbers the one with more digits is newer. */
function compareSegments(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d/.test(a), /^\d/.test(b)]
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1
  const [one, two] = isNumber ? [a.replace(/^0+/, ''), b.replace(/^0+/, '')] : [a, b]
  if (isNumber && one.length !== two.length) return one.length - two.length
  return one === two ? 0 : one < two ? -1 : 1
}

/**
 * Compares the rests of two versions where one has no further segment. A word makes it older
 * (`1.0rc`), any other rest newer.
 */
function compareRest(a: string, b: string): number {
  const [one, two] = [withoutSeparator(a, b), withoutSeparator(b, a)]
  if (one === '' && two === '') return 0
  const isLetter = (text: string) => /^[A-Za-z]/.test(text)
  return (one === '' && !isLetter(two)) || isLetter(one) ? -1 : 1
}

/**
 * Returns the text without its separator, as the loop of version.c skips it: only while both texts
 * have something left.
 */
function withoutSeparator(text: string, other: string): string {
  return other === '' ? text : text.replace(/^[^A-Za-z0-9]+/, '')
}

/** Returns the version of the authors: without the release of the package (PKGBUILD(5), pkgrel). */
export function upstreamOf(version: string): string {
  const { epoch, version: upstream } = partsOf(version)
  return `${epoch}:${upstream}`
}
