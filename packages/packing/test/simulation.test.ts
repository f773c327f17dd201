import { stack, viewId } from '@testudo/core'
import { packing } from '@testudo/packing'
import { Simulation, simulatedSuite } from '@testudo/simulator'
import { expect, test } from 'vitest'
import { Sequencer } from './sequencer.js'
import { payloadOf } from './toy-order.js'

const NODES = 6
const MESSAGES = 60

/** Four members in a stack over a slow network; twice one of them goes and another comes while all multicast. */
function simulate(seed: number): Simulation {
  const suite = simulatedSuite(seed)
  const ids = Array.from({ length: NODES }, (_, i) => suite.identity(i).id)
  const simulation = new Simulation({
    seed,
    nodes: NODES,
    members: [0, 1, 2, 3],
    build(environment) {
      const script = [
        [0, 1, 2, 4],
        [0, 4, 2, 5],
      ].map((view) => view.map((i) => ids[i] as (typeof ids)[number]))
      const order = new Sequencer(environment, ids, script)
      return stack(order, packing({ self: environment.self, packetBytesMax: 500, packetsInFlight: 2 }))
    },
  })
  let number = 0
  for (let i = 0; i < MESSAGES; i++) {
    for (const node of [0, 1, 2, 3]) {
      const size = simulation.prng.below(10) === 0 ? simulation.prng.below(3000) : simulation.prng.below(100)
      const payload = payloadOf(size, number++)
      simulation.at(simulation.prng.between(1, 300), () => simulation.multicast(node, payload))
    }
  }
  simulation.at(100, () => simulation.ask(0, { type: 'leave' }))
  simulation.at(200, () => simulation.ask(0, { type: 'leave' }))
  return simulation
}

/** What a node handed down or was handed up, as text. */
function linesOf(simulation: Simulation, node: number, type: 'multicast' | 'deliver', sender?: string): string[] {
  const lines: string[] = []
  for (const { event } of simulation.accounts()[node]?.entries ?? []) {
    if (event.type !== type || (event.type === 'deliver' && sender !== undefined && event.sender !== sender)) continue
    const hex = Buffer.from(event.payload).toString('hex')
    lines.push(
      event.type === 'deliver' && sender === undefined ? `${event.view} ${event.sender} ${event.seq} ${hex}` : hex,
    )
  }
  return lines
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  'in a stack over a network, with members coming and going, all that last deliver all, in one order (seed %i)',
  (seed) => {
    const simulation = simulate(seed)
    expect(simulation.runQuiet(1_000_000)).toBe(true)
    const all = linesOf(simulation, 0, 'deliver')
    expect(linesOf(simulation, 2, 'deliver')).toEqual(all)
    for (const [node, from] of [
      [4, 2],
      [5, 3],
    ] as const) {
      const joined = all.filter((line) => Number(line.split(' ')[0]) >= viewId(from))
      expect(linesOf(simulation, node, 'deliver')).toEqual(joined)
    }
    for (const node of [0, 2]) {
      const sent = linesOf(simulation, node, 'multicast')
      expect(linesOf(simulation, 0, 'deliver', simulation.node(node).id)).toEqual(sent)
      expect(sent).toHaveLength(MESSAGES)
    }
    // Those who are gone are delivered to a point, and nothing of theirs is missing before it.
    for (const node of [1, 3]) {
      const delivered = linesOf(simulation, 0, 'deliver', simulation.node(node).id)
      expect(linesOf(simulation, node, 'multicast').slice(0, delivered.length)).toEqual(delivered)
    }
    expect(
      simulation.accounts().flatMap(({ entries }) => entries.filter(({ event }) => event.type === 'suspect')),
    ).toEqual([])
  },
)
