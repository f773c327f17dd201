import { layerConformance } from '@testudo/conformance'
import { rampart } from '@testudo/rampart'
import { Simulation } from '@testudo/simulator'
import { expect, test } from 'vitest'
import { ByteCounter, countingStack } from './custom-stack.js'

test('an own layer counts what is delivered, the same at all members', () => {
  const counters = [0, 1, 2, 3].map(() => new ByteCounter())
  const simulation = new Simulation({
    seed: 1,
    nodes: 4,
    build: (environment, node) => countingStack(environment, counters[node] as ByteCounter),
  })
  simulation.at(10, () => simulation.multicast(0, new Uint8Array(1000)))
  simulation.at(10, () => simulation.multicast(3, new Uint8Array(500)))
  expect(simulation.runQuiet(60_000, 10_000)).toBe(true)
  for (const { delivered } of counters) {
    expect(delivered).toBeGreaterThan(1500)
    expect(delivered).toBe(counters[0]?.delivered)
  }
})

const cases = layerConformance({
  name: 'a stack with an own layer',
  guarantees: rampart().guarantees,
  members: [4],
  seeds: 1,
  build: (environment, membership) => countingStack(environment, new ByteCounter(), membership),
})
for (const { name, run } of cases) test(name, run)
