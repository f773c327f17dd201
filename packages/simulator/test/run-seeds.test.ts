import { expect, test } from 'vitest'
import { runSeeds } from '../src/index.js'

const replay = (seed: number): string => `npm run simulate -- --seed ${seed}`

test('seeds without violations pass, each run twice, with progress', () => {
  const seeds: number[] = []
  const progress: string[] = []
  const failure = runSeeds({
    from: 5,
    count: 3,
    replay,
    run: (seed) => {
      seeds.push(seed)
      return { traceHash: String(seed), violations: [] }
    },
    onProgress: (done, count) => progress.push(`${done}/${count}`),
  })
  expect(failure).toBeUndefined()
  expect(seeds).toEqual([5, 5, 6, 6, 7, 7])
  expect(progress).toEqual(['1/3', '2/3', '3/3'])
})

test('a violation ends the series with the command that replays it', () => {
  const violations = [{ property: 'Order', sentence: 'p1 was late' }]
  const failure = runSeeds({
    from: 1,
    count: 9,
    replay,
    run: (seed) => ({ traceHash: '', violations: seed === 4 ? violations : [] }),
  })
  expect(failure?.message).toBe('seed 4 failed\n  Order: p1 was late\nreplay: npm run simulate -- --seed 4')
})

test('two traces for one seed are a failure, and so is an error', () => {
  let runs = 0
  const failure = runSeeds({ from: 1, count: 1, replay, run: () => ({ traceHash: String(runs++), violations: [] }) })
  expect(failure?.message).toContain('the trace 0 and then 1')
  const error = runSeeds({
    from: 2,
    count: 1,
    replay,
    run: () => {
      throw new Error('broken layer')
    },
  })
  expect(error?.message).toMatch(/seed 2 failed[^]*broken layer[^]*--seed 2/)
})
