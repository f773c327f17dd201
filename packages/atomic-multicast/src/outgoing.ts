import { type Bytes, UsageError } from '@testudo/core'
import { PAYLOAD_BYTES_MAX, SEND_WINDOW, SEND_WINDOW_BYTES, UNDER_WAY_MAX } from './limits.js'

/** Our own messages: those that wait for room, and those that were multicast and not A-delivered here yet. */
export class Outgoing {
  /** Oldest first. */
  readonly #waiting: Bytes[] = []
  /** The sizes of those multicast, in their order: the order of their A-delivery. */
  readonly #sizes: number[] = []
  #bytes = 0

  /** Takes one in. Throws a `UsageError` ('too-large', 'overflow') and changes nothing. */
  add(payload: Bytes): void {
    if (payload.length > PAYLOAD_BYTES_MAX) {
      throw new UsageError('too-large', `a payload of ${payload.length} bytes; the maximum is ${PAYLOAD_BYTES_MAX}`)
    }
    if (this.#waiting.length + this.#sizes.length >= UNDER_WAY_MAX) {
      throw new UsageError('overflow', `${UNDER_WAY_MAX} multicasts are under way`, { hint: 'wait for deliveries' })
    }
    this.#waiting.push(payload)
  }

  /** The next one to multicast, if there is one and room for it. */
  next(): Bytes | undefined {
    if (this.#sizes.length >= SEND_WINDOW || this.#bytes >= SEND_WINDOW_BYTES) return undefined
    const payload = this.#waiting.shift()
    if (payload === undefined) return undefined
    this.#sizes.push(payload.length)
    this.#bytes += payload.length
    return payload
  }

  /** The oldest one that was multicast was A-delivered. */
  arrived(): void {
    this.#bytes -= this.#sizes.shift() ?? 0
  }
}
