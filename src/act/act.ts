export { completeCommand } from './complete/complete.ts'
export { markCommand } from './mark.ts'
export { restartCommand } from './restart.ts'
