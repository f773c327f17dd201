import { type Clock, type Instant, instant } from '@testudo/core'
import { GRACE_MS } from './limits.js'

/** Named timers over one alarm of the clock: a name is replaced or forgotten, and a forgotten one never fires. */
export class Timers {
  readonly #clock: Clock
  /** Told each name that is due, in the order of the times. */
  readonly #fire: (timer: string) => void
  /** When each is due. */
  readonly #due = new Map<string, Instant>()
  /** The alarm, set for the earliest or for an earlier one that was cleared since. */
  #alarm: { readonly at: Instant; cancel(): void } | undefined
  /** Whether nothing fires, whatever is due. */
  #held = false
  /** Nothing fires before. */
  #notBefore: Instant = instant(0)
  /** No alarm is set while due timers are fired: the end of that sets one. */
  #firing = false

  constructor(clock: Clock, fire: (timer: string) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  set(timer: string, at: Instant): void {
    this.#due.set(timer, at)
    this.#arm(at)
  }

  clear(timer: string): void {
    this.#due.delete(timer)
  }

  /**
   * Nothing fires until `release`, nor in the first `GRACE_MS` after it. Only called while the clock stands still, so
   * the grace goes on where it was when the next hold interrupts it: holds without end do not put timers off for ever.
   */
  hold(): void {
    if (this.#held) return
    this.#held = true
    this.#alarm?.cancel()
    this.#alarm = undefined
    const now = this.#clock.now()
    if (this.#notBefore <= now) this.#notBefore = instant(now + GRACE_MS)
  }

  release(): void {
    this.#held = false
    this.#armEarliest()
  }

  stop(): void {
    this.#due.clear()
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  #arm(due: Instant): void {
    const at = due < this.#notBefore ? this.#notBefore : due
    if (this.#held || this.#firing || (this.#alarm !== undefined && this.#alarm.at <= at)) return
    this.#alarm?.cancel()
    const { cancel } = this.#clock.wake(at, () => this.#ring())
    this.#alarm = { at, cancel }
  }

  #ring(): void {
    this.#alarm = undefined
    this.#firing = true
    const now = this.#clock.now()
    const due = [...this.#due].filter(([, at]) => at <= now).toSorted(([, a], [, b]) => a - b)
    for (const [timer, at] of due) {
      if (this.#due.get(timer) !== at) continue // an earlier one of these cleared or replaced it
      if (this.#held) break
      this.#due.delete(timer)
      this.#fire(timer)
    }
    this.#firing = false
    this.#armEarliest()
  }

  #armEarliest(): void {
    let earliest: Instant | undefined
    for (const at of this.#due.values()) if (earliest === undefined || at < earliest) earliest = at
    if (earliest !== undefined) this.#arm(earliest)
  }
}
