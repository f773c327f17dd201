import { runSeeds } from '@testudo/simulator'
import { expect, test } from 'vitest'
import { replayCommand, runSeed } from './command.js'

/** Seeds of one test file: four files make the 2,000 of `npm test`, and run side by side. */
const SEEDS_EACH = 500

/** The first seed of all: fixed, so that a failure is one of the change; nightly runs set another. */
function base(): number {
  const given = Number(process.env.TESTUDO_SEED ?? '1')
  return Number.isSafeInteger(given) && given >= 0 ? given : 1
}

/** Registers the test of the n-th five hundred seeds. */
export function testSeeds(part: number): void {
  const from = base() + part * SEEDS_EACH
  test(`seeds ${from} to ${from + SEEDS_EACH - 1} break no promise, and each gives the same run twice`, () => {
    process.stdout.write(`rampart simulation: base seed ${base()}, this file from ${from}\n`)
    const failure = runSeeds({
      from,
      count: SEEDS_EACH,
      run: (seed) => runSeed(seed),
      replay: (seed) => replayCommand(seed),
    })
    expect(failure?.message).toBeUndefined()
  }, 300_000)
}
