import { expect, test } from 'vitest'
import { Simulation } from '../src/index.js'
import { Toy } from './toy.js'

function run(seed: number): Simulation {
  const simulation = new Simulation({ seed, nodes: 4, trace: true, build: (environment) => new Toy(environment) })
  for (let i = 0; i < 20; i++) simulation.at(i, () => simulation.multicast(i % 4, Uint8Array.of(i)))
  expect(simulation.runQuiet(10_000)).toBe(true)
  return simulation
}

test('every node delivers every multicast over a FIFO network', () => {
  const simulation = run(1)
  for (const node of simulation.nodes) {
    expect(node.log.filter(({ event }) => event.type === 'deliver')).toHaveLength(20)
  }
})

test('a seed gives the same run twice, another seed another one', () => {
  expect(run(1).traceHash).toBe(run(1).traceHash)
  expect(run(1).trace()).toBe(run(1).trace())
  expect(run(1).traceHash).not.toBe(run(2).traceHash)
})
