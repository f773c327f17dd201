import { transportConformance } from '@testudo/conformance'
import { createIdentity } from '@testudo/crypto'
import { memoryNetwork } from '@testudo/transport-memory'
import { test } from 'vitest'

const cases = transportConformance({
  name: 'transport-memory',
  makeGroup: (count) => {
    const network = memoryNetwork()
    const identities = Array.from({ length: count }, () => createIdentity())
    return Promise.all(
      identities.map(async (identity) => ({ id: identity.id, transport: await network.transport().open(identity) })),
    )
  },
})

for (const { name, run } of cases) test(name, run)
