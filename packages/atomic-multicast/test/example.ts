import { atomicMulticast } from '@testudo/atomic-multicast'
import { type ProcessId, stack } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { reliableMulticast } from '@testudo/reliable-multicast'
import { OracleMembership, Simulation } from '@testudo/simulator'

// Four processes in virtual time. The oracle plays the membership that the stack stands on.
const membership = new OracleMembership()
const delivered = new Map<number, string[]>()
const simulation = new Simulation({
  seed: 'example',
  nodes: 4,
  build: (environment, _, site) => {
    const { self, genesis, signer, verifier, hasher } = environment
    return stack(
      membership.layer(environment, site),
      echoMulticast({ self, signer, verifier, hasher }),
      reliableMulticast({ self, genesis: genesis.id }),
      atomicMulticast({ self }),
    )
  },
  onEvent: (node, event) => {
    if (event.type !== 'deliver') return
    const name = (id: ProcessId): string => simulation.nameOf(id)
    const line = `${name(event.sender)}: ${new TextDecoder().decode(event.payload)}`
    delivered.set(node, [...(delivered.get(node) ?? []), line])
  },
})

// All multicast at the same time; all deliver in the same order.
for (let node = 0; node < 4; node++) {
  for (const word of ['one', 'two']) {
    simulation.at(100, () => simulation.multicast(node, new TextEncoder().encode(word)))
  }
}
simulation.runTo(5_000)
for (const [node, lines] of delivered) console.log(`p${node} delivers ${lines.join(', ')}`)
