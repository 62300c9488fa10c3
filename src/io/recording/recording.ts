/** The code that only a recording needs: a file of its own in the bundle. */
export { openRecorder } from './recorder.ts'
export { openRecording } from './replay.ts'
