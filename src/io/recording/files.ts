import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode } from '../error.ts'

/** What only its owner can read, whatever umask(2) says. */
const OWN_DIRECTORY = 0o700
const OWN_FILE = 0o600

/** Closes a directory to all but its owner. */
export function closeDirectory(directory: string): void {
  chmodSync(directory, OWN_DIRECTORY)
}

/**
 * Writes a new file below a directory, which only its owner can read.
 *
 * @param text one character a byte; JSON in characters
 */
export function writeBelow(directory: string, name: string, text: string): void {
  makeBelow(directory, dirname(name))
  const file = openSync(join(directory, name), 'wx', OWN_FILE)
  try {
    fchmodSync(file, OWN_FILE)
    const bytes = Buffer.from(text, name.endsWith('.json') ? 'utf8' : 'latin1')
    for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at));
  } finally {
    closeSync(file)
  }
}

/**
 * Makes a link below a directory.
 *
 * @param target one character a byte
 */
export function linkBelow(directory: string, name: string, target: string): void {
  makeBelow(directory, dirname(name))
  symlinkSync(Buffer.from(target, 'latin1'), join(directory, name))
}

function makeBelow(directory: string, name: string): void {
  if (name === '.') return
  makeBelow(directory, dirname(name))
  try {
    mkdirSync(join(directory, name), OWN_DIRECTORY)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return
  }
  closeDirectory(join(directory, name))
}
