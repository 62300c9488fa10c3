import type { Account } from '../machine/passwd.ts'
import { printable } from '../printable.ts'
import { homesOf, knownBeginning, MEANT, ofSameKind, SHAPES, WORD, wordsIn } from './vocabulary.ts'

/** Replaces the words that people chose; the same word always by the same one. */
export type Anonymizer = {
  /** A path. Below `/usr` the names of the system stay, elsewhere the kind of the file only. */
  readonly path: (text: string) => string
  /** The same for a path with one character a byte. */
  readonly bytePath: (bytes: string) => string
  /** Names of units and control groups: words that the system has too stay. */
  readonly name: (text: string) => string
  /** A text of the system itself: all but the names of people and of the host stays. */
  readonly system: (text: string) => string
  /** Lines with names, or with a path that a number or a sign may precede. */
  readonly text: (text: string) => string
  readonly login: (name: string) => string
  /** The name of a process: it stays where its program is one of the system and has that name. */
  readonly comm: (comm: string, exe: string | null) => string
}

/** What a machine calls its people and itself. */
export type Names = { readonly people: readonly Account[]; readonly hostname: string | null }

/** Which words stay: shapes alone, those that the system has too, or all but those of people. */
const TRUSTS = ['none', 'known', 'system'] as const
type Trust = (typeof TRUSTS)[number]

type Replace = (text: string, trust: Trust) => string

/** The paths that packages bring. `/usr/local` is the administrator's (hier(7)). */
const SYSTEM_PATH = /^\/(?:usr\/(?!local(?:\/|$))|(?:bin|sbin|lib|lib32|lib64|boot)\/)/

/** The paths in which packages, the administrator and services have names of their own. */
const SHARED_PATH = /^\/(?:etc|opt|var\/(?:lib|cache|log|spool)|run\/systemd)\//

/** Names that systemd and the kernel count, and ids of containers. */
const COUNTED = /^(?:(?:tty|ttyS|pts|hvc|c|u|p|i)\d+|(?=[a-f]*\d)[0-9a-f]{12,64})$/

/** Escaped separators, the version of a library, the number of a file without a name, a word. */
const TOKEN = String.raw`\\x(?:20|2d|2e|2f|5f|40)|\.so\.[0-9]+|#[0-9]+(?=$| )|(?<word>${WORD})`

/** A line with a path, what stands before it, and a flag that systemd shows behind it. */
const WITH_PATH = /^([^/\s]*[ :]|[-!+]*)(\/.*?)( \([a-z_]+=[a-z]+\))?$/s

/** Names of temporary code that its rules know by their beginning (`TEMPORARY_CODE`). */
const MADE = /^(?:(ffi|gl)[A-Za-z0-9]{6}|(libnetty).+)$/

/** A shorter part of a word says nothing: half of all words have an `an`. */
const SHORTEST_PART = 3

/**
 * Opens an anonymizer.
 *
 * @param vocabulary the words that the system has (`systemWords`, names of packages)
 */
export function openAnonymizer(names: Names, vocabulary: ReadonlySet<string>): Anonymizer {
  const { people } = names
  const logins = new Map(people.map(({ name, uid }) => [name, `user${uid}`]))
  const replace = replacing(names, vocabulary)
  const words = (text: string, trust: Trust) => asText(text, (plain) => replace(plain, trust))
  const pathOf = pathsOf(people, replace)
  const path = (text: string) => asText(text, pathOf)
  const name = (text: string) => words(text, 'known')
  const line = (text: string) => {
    const [, before = '', found, flag = ''] = WITH_PATH.exec(text) ?? []
    return found === undefined ? name(text) : `${name(before)}${path(found)}${flag}`
  }
  return {
    path,
    bytePath: (bytes) => ofSameKind(bytes, toBytes(pathOf(printable(bytes)))),
    name,
    system: (text) => words(text, 'system'),
    text: (text) => text.split('\n').map(line).join('\n'),
    login: (login) => logins.get(login) ?? name(login),
    comm(comm, exe) {
      const program =
        exe !== null && SYSTEM_PATH.test(exe) ? exe.slice(exe.lastIndexOf('/') + 1) : ''
      return words(comm, comm !== '' && program.startsWith(comm) ? 'system' : 'known')
    },
  }
}

/**
 * Returns a function that replaces the words of a path. What follows a path of a person in a list
 * of paths is a person's too, since a name of a directory may end with a blank or a colon.
 */
function pathsOf(people: readonly Account[], replace: Replace): (text: string) => string {
  const homes = homesOf(people)
  return (text) => {
    let trust: Trust = 'system'
    const parts = text.split(/(?<=[\s:])(?=\/)/).map((part) => {
      const home = homeAbove(part, homes)
      trust = lowerOf(trust, home === undefined ? trustIn(part) : 'none')
      if (home === undefined) return replace(part, trust)
      const [directory, { name, uid }] = home
      const above = directory.slice(0, directory.lastIndexOf('/') + 1)
      const own = directory.slice(above.length)
      return [
        replace(above, 'none'),
        own === name ? `user${uid}` : replace(own, 'none'),
        replace(part.slice(directory.length), 'none'),
      ].join('')
    })
    return parts.join('')
  }
}

function trustIn(path: string): Trust {
  if (SYSTEM_PATH.test(path)) return 'system'
  return SHARED_PATH.test(path) ? 'known' : 'none'
}

function lowerOf(a: Trust, b: Trust): Trust {
  return TRUSTS[Math.min(TRUSTS.indexOf(a), TRUSTS.indexOf(b))] ?? 'none'
}

/** Returns the directory that is a home and that a path is, or lies in. */
function homeAbove(path: string, homes: ReadonlyMap<string, Account>) {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const directory = end === -1 ? path : path.slice(0, end)
    const account = homes.get(directory)
    if (account !== undefined) return [directory, account] as const
    if (end === -1) return undefined
  }
}

/** Returns a function that replaces the words of a text by trust in it. */
function replacing(names: Names, vocabulary: ReadonlySet<string>): Replace {
  const uids = new Set(names.people.map(({ uid }) => String(uid)))
  const isPersonal = personalWords(names)
  const wholeAt = wholeNames(names)
  const placeholder = placeholders()
  const stays = (word: string, trust: Trust) => {
    if (/^[0-9A-Za-z]$/.test(word) || SHAPES.has(word)) return true
    if (trust === 'none') return uids.has(word) || /^(?:SYSV[0-9a-f]{8}|jna[0-9]+)$/.test(word)
    if (MEANT.has(word) || /^\d+$/.test(word)) return true
    if (isPersonal(word)) return false
    return trust === 'system' || COUNTED.test(word) || vocabulary.has(word)
  }
  return (text, trust) => {
    const token = new RegExp(TOKEN, 'g')
    let done = ''
    let at = 0
    for (let found = token.exec(text); found !== null; found = token.exec(text)) {
      const word = found.groups?.['word']
      done += text.slice(at, found.index)
      const known = trust === 'none' ? 0 : knownBeginning(text, found.index, word ?? '')
      if (known > 0) {
        at = found.index + known
        token.lastIndex = at
        done += text.slice(found.index, at)
        continue
      }
      const whole = word === undefined ? undefined : wholeAt(text, found.index, word)
      if (whole !== undefined) token.lastIndex = found.index + whole.length
      at = token.lastIndex
      if (whole !== undefined) done += whole.instead
      else done += word === undefined || stays(word, trust) ? found[0] : placeholder(word)
    }
    return done + text.slice(at)
  }
}

/** Returns a function with a new word for each word, which keeps the kind of temporary code. */
function placeholders(): (word: string) => string {
  const replaced = new Map<string, string>()
  return (word) => {
    const number = replaced.size + 1
    const [, six, netty] = MADE.exec(word) ?? []
    const made = six === undefined ? `${netty ?? ''}word${number}` : `${six}${padded(number)}`
    const known = replaced.get(word) ?? made
    replaced.set(word, known)
    return known
  }
}

function padded(number: number): string {
  return String(number % 1_000_000).padStart(6, '0')
}

type WholeName = { readonly length: number; readonly instead: string }

/**
 * Returns a function that finds the login name or the name of the host that begins at a word, also
 * a name of several words (`max.muster`). Names that a rule knows stay where they are no home.
 */
function wholeNames({ people, hostname }: Names) {
  const all = people.map(({ name, uid }): [string, string] => [name, `user${uid}`])
  if (hostname !== null) all.push([hostname, 'host'])
  const known = new Map<string, string>()
  const lengths = new Map<string, Set<number>>()
  for (const [name, instead] of all) {
    const [first] = wordsIn(name)
    if (first === undefined || MEANT.has(name)) continue
    const whole = name.slice(name.indexOf(first))
    known.set(whole, instead)
    lengths.set(first, (lengths.get(first) ?? new Set()).add(whole.length))
  }
  const longestFirst = new Map(
    [...lengths].map(([first, found]) => [first, [...found].toSorted((a, b) => b - a)] as const),
  )
  return (text: string, at: number, word: string): WholeName | undefined => {
    for (const length of longestFirst.get(word) ?? []) {
      const instead = known.get(text.slice(at, at + length))
      const isWhole = !/^[0-9A-Za-z]/.test(text.slice(at + length, at + length + 1))
      if (instead !== undefined && isWhole) return { length, instead }
    }
    return undefined
  }
}

/** Returns a function that says whether a word contains one of a person, or of the host's name. */
function personalWords({ people, hostname }: Names): (word: string) => boolean {
  const texts = [...people.flatMap(({ name, gecos }) => [name, gecos]), hostname ?? '']
  const own = new Set(
    texts
      .flatMap(wordsIn)
      .filter((word) => !MEANT.has(word) && !/^\d+$/.test(word))
      .map((word) => word.toLowerCase()),
  )
  const lengths = [...new Set([...own].map(({ length }) => length))]
  const parts = lengths.filter((length) => length >= SHORTEST_PART)
  return (word) => {
    const lower = word.toLowerCase()
    if (own.has(lower)) return true
    for (let at = 0; at < lower.length; at += 1)
      if (parts.some((length) => own.has(lower.slice(at, at + length)))) return true
    return false
  }
}

/**
 * Does something to a text that may be one character a byte, and returns it in the same form. Such
 * a text is UTF-8, which a text in characters is only by chance.
 */
function asText(text: string, work: (plain: string) => string): string {
  if (!/[\x80-\xff]/.test(text) || /[\u0100-\uffff]/.test(text)) return work(text)
  const plain = printable(text)
  return /\\x[89a-f]/.test(plain) ? work(text) : toBytes(work(plain))
}

function toBytes(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
