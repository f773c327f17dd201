import type { Clock, Instant } from '@testudo/core'

/** Named timers over one alarm of the clock: a name is replaced or forgotten, and a forgotten one never fires. */
export class Timers {
  readonly #clock: Clock
  /** Told each name that is due, in the order of the times. */
  readonly #fire: (timer: string) => void
  /** When each is due. */
  readonly #due = new Map<string, Instant>()
  /** The alarm, set for the earliest or for an earlier one that was cleared since. */
  #alarm: { readonly at: Instant; cancel(): void } | undefined
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

  stop(): void {
    this.#due.clear()
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  #arm(at: Instant): void {
    if (this.#firing || (this.#alarm !== undefined && this.#alarm.at <= at)) return
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
      this.#due.delete(timer)
      this.#fire(timer)
    }
    this.#firing = false
    let earliest: Instant | undefined
    for (const at of this.#due.values()) if (earliest === undefined || at < earliest) earliest = at
    if (earliest !== undefined) this.#arm(earliest)
  }
}
