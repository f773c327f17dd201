import { layerConformance } from '@testudo/conformance'
import { faultsMax, stack } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { reliableMulticast } from '@testudo/reliable-multicast'
import { test } from 'vitest'
import { atomicMulticast, PAYLOAD_BYTES_MAX } from '../src/index.js'

const cases = [false, true].flatMap((uniform) =>
  layerConformance({
    name: uniform ? 'uniform atomic multicast' : 'atomic multicast',
    guarantees: { agreement: uniform ? 'uniform' : 'reliable', order: 'total', faults: faultsMax },
    build: ({ self, signer, verifier, hasher, genesis }, membership) =>
      stack(
        membership,
        echoMulticast({ self, signer, verifier, hasher }),
        reliableMulticast({ self, genesis: genesis.id, uniform }),
        atomicMulticast({ self }),
      ),
    members: uniform ? [4] : [1, 4, 7],
    seeds: 2,
    payloadBytesMax: PAYLOAD_BYTES_MAX,
  }),
)

for (const { name, run } of cases) test(name, run)
