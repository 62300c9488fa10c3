/** The first processor, as the kernel describes it. */
export type Processor = {
  /** `vendor_id` of `/proc/cpuinfo`. */
  readonly vendor: string
  /** Whether a hypervisor stands between it and this machine, and loads the microcode. */
  readonly isVirtual: boolean
}

/** Reads the first processor of `/proc/cpuinfo` (x86: arch/x86/kernel/cpu/proc.c), or `null`. */
export function parseProcessor(text: string): Processor | null {
  const [, vendor] = /^vendor_id\s*: (\w+)$/m.exec(text) ?? []
  const [, flags] = /^flags\s*: (.*)$/m.exec(text) ?? []
  if (vendor === undefined || flags === undefined) return null
  return { vendor, isVirtual: flags.split(' ').includes('hypervisor') }
}
