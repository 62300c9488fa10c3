import './specification/processes.ts'
