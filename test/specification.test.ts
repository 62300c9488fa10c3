import './specification/owners.ts'
