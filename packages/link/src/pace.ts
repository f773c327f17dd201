import type { Instant } from '@testudo/core'
import {
  RESEND_MIN_MS,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  RETRY_ORDERED_MAX_MS,
  RETRY_ORDERED_MS,
} from './limits.js'
import type { Outgoing } from './outbox.js'

/** When to send again: a time-out from measured round trips that doubles with every failure. RFC 6298 without its clock. */
export class Pace {
  /** Whether the transport loses nothing while a connection lasts. */
  readonly #ordered: boolean
  /** The smoothed round trip, once there is one. */
  #roundTripMs: number | undefined
  /** Its smoothed deviation. */
  #deviationMs = 0
  /** 1, doubled by every time-out, 1 again with every progress. */
  #backOff = 1

  constructor(ordered: boolean) {
    this.#ordered = ordered
  }

  /** How long to wait for an acknowledgement. */
  get timeoutMs(): number {
    if (this.#ordered) return Math.min(RETRY_ORDERED_MAX_MS, RETRY_ORDERED_MS * this.#backOff)
    const measured =
      this.#roundTripMs === undefined
        ? RETRY_FIRST_MS
        : Math.max(RETRY_MIN_MS, this.#roundTripMs + 4 * this.#deviationMs)
    return Math.min(RETRY_MAX_MS, measured * this.#backOff)
  }

  /** Since when a frame must have been on its way to count as lost when later ones arrived. */
  get resendMs(): number {
    return Math.max(RESEND_MIN_MS, this.#roundTripMs ?? RETRY_FIRST_MS)
  }

  /** Frames were acknowledged, `newest` the newest of them. One sent twice measures nothing (Karn's rule). */
  progress(newest: Outgoing, now: Instant): void {
    this.#backOff = 1
    if (newest.tries !== 1) return
    const sample = Math.max(0, now - newest.sentAt)
    if (this.#roundTripMs === undefined) {
      this.#roundTripMs = sample
      this.#deviationMs = sample / 2
      return
    }
    this.#deviationMs += (Math.abs(sample - this.#roundTripMs) - this.#deviationMs) / 4
    this.#roundTripMs += (sample - this.#roundTripMs) / 8
  }

  timedOut(): void {
    if (this.#backOff < RETRY_ORDERED_MAX_MS) this.#backOff *= 2
  }
}
