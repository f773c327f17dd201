import { type Bytes, equalBytes, type Instant, instant } from '@testudo/core'
import { isNone, NONE } from './frames.js'
import { GREETINGS_IDLE_MAX, RETRY_FIRST_MS, RETRY_MAX_MS } from './limits.js'

/**
 * The question "do you live now?": a nonce that is pending until somebody echoes it. It is what tells a peer that
 * restarted from a recording of one, since sessions have no order.
 */
export class Greeting {
  /** Draws a nonce. */
  readonly #draw: () => Bytes
  /** The nonce not echoed yet, or `NONE`. */
  #nonce: Bytes = NONE
  /** How often it was sent in vain. */
  #tries = 0
  /** When it was sent last. */
  #askedAt: Instant | undefined
  /** When to send it again. */
  #dueAt: Instant | undefined

  constructor(draw: () => Bytes) {
    this.#draw = draw
  }

  get nonce(): Bytes {
    return this.#nonce
  }

  get pending(): boolean {
    return !isNone(this.#nonce)
  }

  get dueAt(): Instant | undefined {
    return this.#dueAt
  }

  /** Whether enough time has passed for one more question that nothing but a stranger's frame calls for. */
  mayAsk(now: Instant): boolean {
    return this.#askedAt === undefined || now >= this.#askedAt + RETRY_FIRST_MS
  }

  /** The question goes out (again), and will once more unless it is answered; without end only if data waits. */
  ask(now: Instant, dataWaits: boolean): void {
    if (!this.pending) {
      this.#nonce = this.#draw()
      this.#tries = 0
    }
    this.#askedAt = now
    this.#tries++
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#tries - 1, 8))
    this.#dueAt = dataWaits || this.#tries < GREETINGS_IDLE_MAX ? instant(now + delayMs) : undefined
  }

  /** Whether this echo answers the question. If so nothing is pending any more. */
  answeredBy(echo: Bytes): boolean {
    if (!this.pending || !equalBytes(echo, this.#nonce)) return false
    this.#nonce = NONE
    this.#dueAt = undefined
    return true
  }

  /** The channel is down: the question stays, but is not repeated before it is up. */
  suspend(): void {
    this.#dueAt = undefined
  }
}
