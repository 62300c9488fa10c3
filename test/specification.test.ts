import './specification/mappings.ts'
