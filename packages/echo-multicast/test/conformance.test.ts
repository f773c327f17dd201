import { layerConformance } from '@testudo/conformance'
import { faultsMax, stack } from '@testudo/core'
import { test } from 'vitest'
import { echoMulticast, PAYLOAD_BYTES_MAX } from '../src/index.js'

const cases = layerConformance({
  name: 'echo multicast',
  guarantees: { agreement: 'consistent', order: 'fifo', faults: faultsMax },
  build: ({ self, signer, verifier, hasher }, membership) =>
    stack(membership, echoMulticast({ self, signer, verifier, hasher })),
  members: [1, 4, 7],
  payloadBytesMax: PAYLOAD_BYTES_MAX,
})

for (const { name, run } of cases) test(name, run)
