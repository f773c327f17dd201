import { type Input, instant, type Layer, type ProcessId } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { genesisView, simulatedSuite } from '@testudo/simulator'

// Four members with cryptography for tests; `@testudo/crypto` has the real one.
const suite = simulatedSuite('example')
const identities = [0, 1, 2, 3].map((index) => suite.identity(index))
const view = genesisView(
  suite,
  identities.map(({ id }) => id),
)
const layers = new Map<ProcessId, Layer>(
  identities.map(({ id, signer }) => [id, echoMulticast({ self: id, signer, verifier: suite, hasher: suite })]),
)
const rank = (id: ProcessId): number => view.members.indexOf(id)

/** Steps one member, carries what it sends to the others, and prints what is delivered or suspected. */
function step(id: ProcessId, input: Input): void {
  for (const effect of layers.get(id)?.step(input, instant(0)) ?? []) {
    if (effect.type === 'send') {
      for (const to of effect.to) step(to, { type: 'receive', from: id, bytes: effect.bytes })
    } else if (effect.type === 'deliver') {
      const words = new TextDecoder().decode(effect.payload)
      console.log(`member ${rank(id)} delivers '${words}', number ${effect.seq} of member ${rank(effect.sender)}`)
    } else if (effect.type === 'suspect') {
      console.log(`member ${rank(id)} suspects member ${rank(effect.fault.culprit)}: ${effect.fault.code}`)
    }
  }
}

const [alice, , , mallory] = view.members as [ProcessId, ProcessId, ProcessId, ProcessId]
for (const id of view.members) step(id, { type: 'view', view, joined: view.members, left: [] })

step(alice, { type: 'multicast', payload: new TextEncoder().encode('hello') })
step(alice, { type: 'receive', from: mallory, bytes: Uint8Array.of(0, 1, 2) })
