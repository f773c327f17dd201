import {
  BURST_FRAMES_MAX,
  BURST_ORDERED_FRAMES,
  FLIGHT_BYTES_MAX,
  FLIGHT_FRAMES_MAX,
  RESEND_BURST_BYTES,
  WINDOW_BYTES_MAX,
  WINDOW_FRAMES_MAX,
} from './limits.js'
import type { Outbox } from './outbox.js'

/** How much may be on its way to a peer: what a receiver keeps out of order, or what a connection queues. */
export class Window {
  /** Frames sent again for one timeout. */
  readonly burst: number
  readonly #frames: number
  readonly #bytes: number
  /** At most so many bytes for now: less than `#bytes` after a reconnect. */
  #open: number

  constructor(ordered: boolean) {
    this.burst = ordered ? BURST_ORDERED_FRAMES : BURST_FRAMES_MAX
    this.#frames = ordered ? FLIGHT_FRAMES_MAX : WINDOW_FRAMES_MAX
    this.#bytes = ordered ? FLIGHT_BYTES_MAX : WINDOW_BYTES_MAX
    this.#open = this.#bytes
  }

  isOpen({ inFlight, inFlightBytes }: Outbox): boolean {
    return inFlight < this.#frames && inFlightBytes < this.#open
  }

  /** Frames are to be sent again after a reconnect: not all at once. */
  narrow(): void {
    this.#open = RESEND_BURST_BYTES
  }

  /** So many bytes in flight were acknowledged: as many more may be. */
  widen(bytes: number): void {
    this.#open = Math.min(this.#bytes, this.#open + bytes)
  }
}
