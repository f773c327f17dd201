import { type Instant, instant } from '@testudo/core'
import { RESEND_BUDGET_BYTES, RESEND_BYTES_PER_SECOND, RESEND_FRAME_BYTES } from './limits.js'

/** How much is waited for when nothing is left: a few milliseconds' worth, not a byte. */
const ENOUGH_BYTES = 65_536

/** What may be sent to a peer again: a bucket that time fills. It outlives connections and incarnations of the peer. */
export class Budget {
  #bytes = RESEND_BUDGET_BYTES
  /** When it was filled last. */
  #at: Instant | undefined

  /** Takes a frame's cost out, or returns false because nothing is left. The frame that empties it may be any size. */
  spend(size: number, now: Instant): boolean {
    this.#fill(now)
    if (this.#bytes <= 0) return false
    this.#bytes -= size + RESEND_FRAME_BYTES
    return true
  }

  /** When there will be something again. Only called when nothing is left. */
  at(now: Instant): Instant {
    return instant(now + Math.ceil(((ENOUGH_BYTES - this.#bytes) * 1_000) / RESEND_BYTES_PER_SECOND))
  }

  #fill(now: Instant): void {
    const elapsedMs = this.#at === undefined ? 0 : Math.max(0, now - this.#at)
    this.#at = now
    this.#bytes = Math.min(RESEND_BUDGET_BYTES, this.#bytes + (elapsedMs * RESEND_BYTES_PER_SECOND) / 1_000)
  }
}
