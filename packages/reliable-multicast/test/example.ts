import { stack } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { reliableMulticast } from '@testudo/reliable-multicast'
import { OracleMembership, Simulation } from '@testudo/simulator'

// Four processes in virtual time. The oracle plays the membership that reliable multicast stands on.
const membership = new OracleMembership()
const simulation = new Simulation({
  seed: 'example',
  nodes: 4,
  build: (environment, _, site) => {
    const { self, genesis, signer, verifier, hasher } = environment
    return stack(
      membership.layer(environment, site),
      echoMulticast({ self, signer, verifier, hasher }),
      reliableMulticast({ self, genesis: genesis.id }),
    )
  },
  onEvent: (node, event) => {
    if (event.type === 'view') console.log(`p${node} is in view ${event.view.id} of ${event.view.members.length}`)
    if (event.type !== 'deliver') return
    console.log(`p${node} delivers '${new TextDecoder().decode(event.payload)}' in view ${event.view}`)
  },
})

const words = (text: string): Uint8Array => new TextEncoder().encode(text)
simulation.at(100, () => simulation.multicast(0, words('before')))
simulation.at(200, () => simulation.crash(3)) // after a while the others suspect it, and a view without it comes
simulation.at(300, () => simulation.multicast(1, words('meanwhile')))
simulation.at(20_000, () => simulation.multicast(2, words('after')))
simulation.runTo(30_000)
