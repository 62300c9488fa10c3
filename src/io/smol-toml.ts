/** A file of its own in the bundle. It is loaded only where there is a configuration to read. */
export { parse, TomlError } from 'smol-toml'
