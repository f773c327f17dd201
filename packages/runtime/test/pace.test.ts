import { expect, test } from 'vitest'
import { Pace } from '../src/pace.js'

/** How many of the next batches are handed over. */
function handedOver(pace: Pace, batches: number): number {
  return Array.from({ length: batches }, () => pace.next()).filter(Boolean).length
}

test('as long as nothing is known, claims are handed over, but for a probe', () => {
  expect(handedOver(new Pace(), 64)).toBe(63)
})

test('claims are handed over while that costs less than half of checking them here', () => {
  const pace = new Pace()
  pace.checkedHere(0.11)
  pace.handedOver(10, 0.05)
  expect(handedOver(pace, 640)).toBe(630)
})

test('claims are checked here when handing them over costs nearly as much, with a probe now and then', () => {
  const pace = new Pace()
  pace.checkedHere(0.11)
  pace.handedOver(10, 0.79)
  expect(handedOver(pace, 640)).toBe(10)
})

test('what has become better is found by the probes', () => {
  const pace = new Pace()
  pace.checkedHere(0.11)
  pace.handedOver(1, 0.2)
  for (let batch = 0; batch < 64 * 20; batch++) if (pace.next()) pace.handedOver(1, 0.005)
  expect(handedOver(pace, 64)).toBe(63)
})
