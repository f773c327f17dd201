import { expect, test } from 'vitest'
import { MUTANTS } from './simulation/mutants.js'
import { drawPlan } from './simulation/plan.js'
import { run } from './simulation/world.js'

/** Seeds until a mutant must have been convicted. */
const SEEDS_MAX = 60

test.each(MUTANTS)('$property convicts a stack that $sentence, and acquits the real one', (mutant) => {
  const { property, mutation, knobs } = mutant
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const plan = drawPlan(seed, knobs)
    expect(run(plan).violations).toEqual([])
    const convicted = run(plan, { mutation }).violations.some((violation) => violation.property === property)
    if (convicted) return
  }
  expect.fail(`${property} has not convicted in ${SEEDS_MAX} seeds`)
})
