import type { Input, Layer, Protocol, Step } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { openGroup } from '@testudo/runtime'
import { memoryNetwork } from '@testudo/transport-memory'

// A protocol that agrees on nothing, to keep the example short. A real one: @testudo/rampart.
const toy: Protocol = {
  name: 'toy',
  guarantees: { agreement: 'consistent', order: 'fifo', faults: () => 0 },
  payloadBytesMax: 1_000,
  create({ self, genesis }): Layer {
    const others = genesis.members.filter((member) => member !== self)
    const deliver = { type: 'deliver', view: genesis.id, seq: 1 } as const
    return {
      step(input: Input): readonly Step[] {
        if (input.type === 'start') return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
        if (input.type === 'receive') return [{ ...deliver, sender: input.from, payload: input.bytes }]
        if (input.type !== 'multicast') return [input]
        const { payload } = input
        return [
          { type: 'send', to: others, bytes: payload },
          { ...deliver, sender: self, payload },
        ]
      },
    }
  },
}

const network = memoryNetwork()
const [alice, bob] = [createIdentity(), createIdentity()]
// The name of this run: agreed upon beforehand, and never used again with the same keys.
const groupName = crypto.randomUUID()
const common = { members: [alice.id, bob.id], protocol: toy, transport: network.transport(), groupName }
const atAlice = await openGroup({ ...common, identity: alice })
const atBob = await openGroup({ ...common, identity: bob })

await atAlice.multicast(new TextEncoder().encode('good morning'), { until: 'ordered' })
for await (const event of atBob.events()) {
  if (event.type === 'view') console.log(`a view of ${event.view.members.length} members`)
  if (event.type !== 'deliver') continue
  console.log(`from ${event.sender === alice.id ? 'Alice' : 'Bob'}: ${new TextDecoder().decode(event.payload)}`)
  break
}
await atAlice.leave()
await atBob.close()
