import { type Clock, type Instant, instant } from '@testudo/core'
import { type ConformanceCase, expectThat } from './conformance-case.js'
import { until } from './ear.js'

/** The cases that a clock passes. `make` gives a running one. */
export function clockConformance(name: string, make: () => Clock): readonly ConformanceCase[] {
  return [
    { name: `${name}: time never goes back`, run: () => monotonic(make()) },
    { name: `${name}: an alarm comes at its time or later`, run: () => punctual(make()) },
    { name: `${name}: an alarm for the past comes soon, but not at once`, run: () => late(make()) },
    { name: `${name}: a cancelled alarm does not come`, run: () => cancelled(make()) },
  ]
}

function monotonic(clock: Clock): void {
  let before = clock.now()
  for (let i = 0; i < 1000; i++) {
    const now = clock.now()
    expectThat(Number.isFinite(now) && now >= before, `the clock showed ${now} after ${before}`)
    before = now
  }
}

async function punctual(clock: Clock): Promise<void> {
  const at = instant(clock.now() + 20)
  const fired: Instant[] = []
  clock.wake(at, () => fired.push(clock.now()))
  await until('an alarm', () => fired.length > 0)
  expectThat((fired[0] ?? 0) >= at, `an alarm for ${at} came at ${fired[0]}`)
}

async function late(clock: Clock): Promise<void> {
  let fired = 0
  clock.wake(instant(clock.now() - 10), () => fired++)
  expectThat(fired === 0, '`fire` was called from within `wake`')
  await until('an alarm for the past', () => fired === 1)
}

async function cancelled(clock: Clock): Promise<void> {
  let early = 0
  let fired = 0
  const alarm = clock.wake(instant(clock.now() + 10), () => early++)
  alarm.cancel()
  alarm.cancel()
  clock.wake(instant(clock.now() + 30), () => fired++)
  await until('a later alarm', () => fired === 1)
  expectThat(early === 0, 'a cancelled alarm came')
}
