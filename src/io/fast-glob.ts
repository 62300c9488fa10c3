/** A file of its own in the bundle: it is loaded only where there is a pattern to look for. */
export { default as fastGlob } from 'fast-glob'
