import type { Bytes, Instant } from '@testudo/core'

/** pending_i^x of [R94] 6: R-delivered messages of one member that await their A-delivery. First in, first out. */
export class PendingQueue {
  #messages: { readonly payload: Bytes; readonly since: Instant }[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#messages.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Since when the oldest has been waiting. */
  get since(): Instant | undefined {
    return this.#messages[this.#head]?.since
  }

  push(payload: Bytes, since: Instant): void {
    this.#messages.push({ payload, since })
    this.#bytes += payload.length
  }

  shift(): Bytes | undefined {
    const message = this.#messages[this.#head]
    if (message === undefined) return undefined
    this.#head++
    this.#bytes -= message.payload.length
    if (this.#head > 64 && this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head) // seldom enough to cost nothing for each message
      this.#head = 0
    }
    return message.payload
  }
}
