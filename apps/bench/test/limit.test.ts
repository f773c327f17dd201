import { expect, test } from 'vitest'
import { type Counts, difference, sum } from '../src/counts.js'
import { limitPerSecond } from '../src/limit.js'
import type { Machine } from '../src/primitives.js'

const machine: Machine = {
  cores: 2,
  model: 'a machine',
  node: 'v20',
  platform: 'linux-x64',
  touchMicros: 0.5,
  signMicros: 40,
  verifyMicros: 100,
  hashMicrosPerByte: 0.001,
  frameMicros: 10,
  transportMicrosPerByte: 0.002,
}

const one: Counts = { signs: 1, verifies: 3, frames: 6, frameBytes: 1000, hashedBytes: 2000, cpuMicros: 7 }

test('the limit is the cores over the CPU time of what one message needs', () => {
  // 40 + 300 + 60 + 2 + 2 + 4 * 0.5 = 406 µs for one message
  expect(limitPerSecond(machine, 4, one, 1)).toBeCloseTo(2e6 / 406, 6)
})

test('the same work for ten messages allows almost ten times as many', () => {
  expect(limitPerSecond(machine, 4, one, 10)).toBeCloseTo(2e6 / 42.4, 6)
})

test('counts of several processes add up, and what was spent between two moments is their difference', () => {
  const three = sum([one, one, one])
  expect(three).toEqual({ signs: 3, verifies: 9, frames: 18, frameBytes: 3000, hashedBytes: 6000, cpuMicros: 21 })
  expect(difference(one, three)).toEqual(sum([one, one]))
  expect(sum([])).toEqual(difference(one, one))
})
