import type { Environment, Input, Layer, Step } from '@testudo/core'
import { atomicCheckers, judge, runSeeds, Simulation } from '@testudo/simulator'

/** Everybody delivers whatever arrives, as it arrives: one order for each sender, none for all. */
function naive({ self, genesis }: Environment): Layer {
  const seqs = new Map<string, number>()
  const deliver = (sender: typeof self, payload: Uint8Array): Step => {
    const seq = (seqs.get(sender) ?? 0) + 1
    seqs.set(sender, seq)
    return { type: 'deliver', view: genesis.id, sender, seq, payload }
  }
  const others = genesis.members.filter((member) => member !== self)
  return {
    step(input: Input): readonly Step[] {
      switch (input.type) {
        case 'start':
          return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
        case 'multicast':
          return [{ type: 'send', to: others, bytes: input.payload }, deliver(self, input.payload)]
        case 'receive':
          return [deliver(input.from, input.bytes)]
        default:
          return [input]
      }
    },
  }
}

const failure = runSeeds({
  from: 1,
  count: 100,
  replay: (seed) => `node example.js ${seed}`,
  run(seed) {
    const simulation = new Simulation({ seed, nodes: 4, build: naive })
    for (let i = 0; i < 8; i++) simulation.at(i, () => simulation.multicast(i % 4, Uint8Array.of(i)))
    const ended = simulation.runQuiet(60_000)
    const history = { accounts: simulation.accounts(), views: [simulation.genesis], ended }
    return { traceHash: simulation.traceHash, violations: judge(history, atomicCheckers) }
  },
})
console.log(failure?.message ?? 'no violation in 100 seeds')
