import type { Printable } from '../printable.ts'
import type { Processor } from '../machine/processor.ts'

/** An installed package, as pacman's local database has it. */
export type InstalledPackage = {
  readonly name: Printable
  /**
   * `%INSTALLDATE%`, seconds since 1970: the last time it was installed, upgraded or reinstalled.
   */
  readonly installedAt: number | null
}

/** A directory below `/usr/lib/modules`. */
export type InstalledKernel = {
  /** The name of the directory, which is what `uname -r` says of that kernel. */
  readonly release: Printable
  /** What its file `pkgbase` says: Arch's packages have it, `make modules_install` writes none. */
  readonly pkgbase: Printable | null
  /** Whether a kernel or its modules are in there, and not only what DKMS left behind. */
  readonly hasModules: boolean
  /** The package that lists the directory as its own. */
  readonly package: InstalledPackage | null
}

/** What a machine says of its own boot. */
export type BootFacts = {
  /** Whether another machine boots the kernel for it: a container, a chroot, WSL. */
  readonly isGuestOfKernel: boolean
  /** Whether pacman's local database is there: without it nobody knows what is owned. */
  readonly hasDatabase: boolean
  readonly kernels: readonly InstalledKernel[]
  /** The installed packages that the table names. */
  readonly packages: readonly InstalledPackage[]
  /** Oldest first; nothing where the log does not tell. */
  readonly changes: readonly ChangeSinceBoot[]
  /** `null` where nothing asked for it, or it could not be read. */
  readonly processor: Processor | null
  /** Versions of the loaded module and of its libraries; `null` where no such module is loaded. */
  readonly nvidia: { readonly loaded: Printable; readonly installed: Printable | null } | null
}

/** What the package log tells since the boot of a package that a reboot may be for. */
export type ChangeSinceBoot = {
  readonly name: string
  /** Seconds since 1970. */
  readonly at: number
  readonly operation: 'installed' | 'upgraded' | 'downgraded' | 'reinstalled' | 'removed'
  readonly from: string | null
  readonly to: string | null
}
