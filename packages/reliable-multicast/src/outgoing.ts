import { type Bytes, UsageError } from '@testudo/core'
import { HELD_MAX, PAYLOAD_BYTES_MAX, UNDER_WAY_MAX } from './limits.js'

/** Our own multicasts: those under way in the view, and those that wait for the next one. */
export class Outgoing {
  /** Oldest first. */
  readonly #held: Bytes[] = []
  /** Sent in the view delivered last, and not E-delivered here yet. */
  #underWay = 0

  /** Counts one more as sent. Throws a `UsageError` ('too-large', 'overflow') and changes nothing. */
  send(payload: Bytes): void {
    checkSize(payload)
    if (this.#underWay >= UNDER_WAY_MAX) {
      throw new UsageError('overflow', `${UNDER_WAY_MAX} multicasts are under way`, { hint: 'wait for deliveries' })
    }
    this.#underWay++
  }

  /** Keeps one for the next view. Throws a `UsageError` ('too-large', 'overflow') and changes nothing. */
  hold(payload: Bytes): void {
    checkSize(payload)
    if (this.#held.length >= HELD_MAX) {
      throw new UsageError('overflow', `${HELD_MAX} multicasts wait for the next view already`)
    }
    this.#held.push(payload)
  }

  /** One was E-delivered. */
  arrived(): void {
    if (this.#underWay > 0) this.#underWay--
  }

  /** A view begins: what waited for it, oldest first. Of the view before nothing is under way any more. */
  release(): readonly Bytes[] {
    this.#underWay = 0
    return this.#held.splice(0)
  }
}

function checkSize(payload: Bytes): void {
  if (payload.length <= PAYLOAD_BYTES_MAX) return
  throw new UsageError('too-large', `a payload of ${payload.length} bytes; the maximum is ${PAYLOAD_BYTES_MAX}`)
}
