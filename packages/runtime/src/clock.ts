import { type Clock, type Instant, instant } from '@testudo/core'

/** The longest delay that `setTimeout` takes. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** This process's monotonic clock. */
export const systemClock: Clock = {
  now: () => instant(performance.now()),
  wake(at, fire) {
    let timeout = setTimeout(ring, delay(at))
    function ring(): void {
      // Node rounds to whole milliseconds of its own loop time: it may ring a little early.
      if (performance.now() >= at) fire()
      else timeout = setTimeout(ring, delay(at))
    }
    return { cancel: () => clearTimeout(timeout) }
  },
}

function delay(at: Instant): number {
  return Math.min(DELAY_MS_MAX, Math.max(1, Math.ceil(at - performance.now())))
}
