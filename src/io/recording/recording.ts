/** What is loaded only for a recording: a file of its own in the bundle. */
export { openRecorder } from './recorder.ts'
export { openRecording } from './replay.ts'
