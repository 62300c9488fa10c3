/** A file of its own in the bundle. It is loaded only where a pattern must be resolved. */
export { default as fastGlob } from 'fast-glob'
