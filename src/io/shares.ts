import type { ShareHolder } from '../core/owner/share.ts'

/** A budget with a share for each user, so that no user spends what another one needs. */
export class Shares {
  readonly #ofSystem: number
  readonly #ofUser: number
  readonly #spent = new Map<ShareHolder, number>()

  constructor({ ofSystem, ofUser }: { readonly ofSystem: number; readonly ofUser: number }) {
    this.#ofSystem = ofSystem
    this.#ofUser = ofUser
  }

  /** Returns what is left of the share of a user. */
  left(holder: ShareHolder): number {
    const whole = holder === 'system' ? this.#ofSystem : this.#ofUser
    return Math.max(0, whole - (this.#spent.get(holder) ?? 0))
  }

  /** Spends a part of a share, which ends at zero. */
  spend(holder: ShareHolder, amount: number): void {
    this.#spent.set(holder, (this.#spent.get(holder) ?? 0) + amount)
  }

  /** Spends one of a share. Returns false where nothing is left. */
  take(holder: ShareHolder): boolean {
    if (this.left(holder) === 0) return false
    this.spend(holder, 1)
    return true
  }
}
