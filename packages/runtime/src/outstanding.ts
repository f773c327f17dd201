import { invariant } from '@testudo/core'
import { OUTSTANDING_BYTES_MAX, OUTSTANDING_MESSAGES_MAX } from './limits.js'

/** Somebody who waits for an end. */
export interface Settle {
  resolve(): void
  reject(error: unknown): void
}

const MASK = OUTSTANDING_MESSAGES_MAX - 1

/**
 * Messages accepted and not delivered here yet. Own messages are delivered in the order in which they were accepted,
 * across views too, so the oldest is always the one meant: no lookup, no allocation per message.
 */
export class Outstanding {
  /** Their sizes, as a ring. */
  readonly #sizes = new Float64Array(OUTSTANDING_MESSAGES_MAX)
  /** Who waits for their delivery, as a ring. */
  readonly #settles: (Settle | undefined)[] = Array.from({ length: OUTSTANDING_MESSAGES_MAX }, () => undefined)
  /** The oldest one's place, without the mask. */
  #oldest = 0
  #count = 0
  #bytes = 0

  get count(): number {
    return this.#count
  }

  get hasRoom(): boolean {
    return this.#count < OUTSTANDING_MESSAGES_MAX && this.#bytes < OUTSTANDING_BYTES_MAX
  }

  add(size: number, settle: Settle | undefined): void {
    invariant(this.#count < OUTSTANDING_MESSAGES_MAX, 'a message is accepted only when there is room')
    const place = (this.#oldest + this.#count) & MASK
    this.#sizes[place] = size
    this.#settles[place] = settle
    this.#count++
    this.#bytes += size
  }

  /** The oldest one was delivered. */
  delivered(): void {
    this.#remove()?.resolve()
  }

  /** Nobody waits for them any more. They stay outstanding. */
  forsake(error: unknown): void {
    for (let i = 0; i < this.#count; i++) {
      const place = (this.#oldest + i) & MASK
      const settle = this.#settles[place]
      this.#settles[place] = undefined
      settle?.reject(error)
    }
  }

  /** None of them will be. */
  reject(error: unknown): void {
    while (this.#count > 0) this.#remove()?.reject(error)
  }

  #remove(): Settle | undefined {
    if (this.#count === 0) return undefined
    const place = this.#oldest & MASK
    const settle = this.#settles[place]
    this.#settles[place] = undefined
    this.#bytes -= this.#sizes[place] as number
    this.#count--
    this.#oldest = (place + 1) & MASK
    return settle
  }
}
