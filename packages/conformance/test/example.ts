import { layerConformance } from '@testudo/conformance'
import type { Environment, Input, Layer, Step } from '@testudo/core'

/** Everybody delivers whatever arrives. Fine while nobody fails, and never asked for more. */
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

// With a test runner: for (const { name, run } of cases) test(name, run)
const cases = layerConformance({
  name: 'naive',
  guarantees: { agreement: 'consistent', order: 'total', faults: () => 0 },
  build: naive,
  members: [4],
  seeds: 1,
})
for (const { name, run } of cases) {
  try {
    await run()
    console.log(`ok      ${name}`)
  } catch (thrown) {
    console.log(`broken  ${name}\n        ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}
