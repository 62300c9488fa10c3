export { markCommand } from './mark.ts'
export { restartCommand } from './restart.ts'
