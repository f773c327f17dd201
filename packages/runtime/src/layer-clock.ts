import { type Clock, type Instant, instant } from '@testudo/core'

/**
 * The time that a layer lives in: it stands still while received frames are held back from it. Else it would count the
 * silence that we made as the silence of others.
 */
export class LayerClock implements Clock {
  readonly #clock: Clock
  /** How far it is behind the clock, in milliseconds. */
  #behindMs = 0
  /** What it shows while it stands. */
  #stoodAt: Instant | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): Instant {
    return this.#stoodAt ?? instant(this.#clock.now() - this.#behindMs)
  }

  /** Only called while it goes; an alarm that is set must be cancelled before it is stopped. */
  wake(at: Instant, fire: () => void): { cancel(): void } {
    return this.#clock.wake(instant(at + this.#behindMs), fire)
  }

  stop(): void {
    this.#stoodAt ??= this.now()
  }

  go(): void {
    if (this.#stoodAt === undefined) return
    this.#behindMs = this.#clock.now() - this.#stoodAt
    this.#stoodAt = undefined
  }
}
