import { atomicMulticast } from '@testudo/atomic-multicast'
import { type Environment, type Input, type Layer, type Step, stack } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { packing } from '@testudo/packing'
import { fixedView } from '@testudo/rampart'
import { reliableMulticast } from '@testudo/reliable-multicast'

/** A layer of one's own: counts the bytes that are delivered, and passes everything on. */
export class ByteCounter implements Layer {
  /** Bytes delivered so far. */
  delivered = 0

  step(input: Input): readonly Step[] {
    switch (input.type) {
      case 'deliver':
        this.delivered += input.payload.length
        return [input]
      default:
        return [input] // not ours: it goes on in its direction
    }
  }
}

/** Rampart, with the counter between the order and the packets: it counts packets as they arrive, not messages. */
export function countingStack(environment: Environment, counter: ByteCounter, membership?: Layer): Layer {
  const { self, genesis, signer, verifier, hasher } = environment
  return stack(
    membership ?? fixedView(genesis),
    echoMulticast({ self, signer, verifier, hasher }),
    reliableMulticast({ self, genesis: genesis.id }),
    atomicMulticast({ self }),
    counter,
    packing({ self }),
  )
}
