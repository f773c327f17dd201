import { type TransportMember, transportConformance } from '@testudo/conformance'
import { createIdentity } from '@testudo/crypto'
import { type TcpAddress, tcp } from '@testudo/transport-tcp'
import { test } from 'vitest'
import { LOCAL } from './support.js'

const cases = transportConformance({
  name: 'transport-tcp',
  makeGroup: async (count) => {
    const identities = Array.from({ length: count }, () => createIdentity()).sort((a, b) => (a.id < b.id ? 1 : -1))
    const peers: Record<string, TcpAddress> = Object.fromEntries(identities.map(({ id }) => [id, LOCAL]))
    const members: TransportMember[] = []
    // The highest id first: those below it dial it, and must know its port.
    for (const identity of identities) {
      const transport = await tcp({ listen: LOCAL, peers: { ...peers } }).open(identity)
      peers[identity.id] = transport.address
      members.push({ id: identity.id, transport })
    }
    return members
  },
})

for (const { name, run } of cases) test(name, run)
