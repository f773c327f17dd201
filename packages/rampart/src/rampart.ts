import { atomicMulticast } from '@testudo/atomic-multicast'
import { type Environment, faultsMax, type Guarantees, type Layer, type Protocol, stack } from '@testudo/core'
import { type EchoTiming, echoMulticast } from '@testudo/echo-multicast'
import { PACKING_MESSAGE_BYTES_MAX, packing } from '@testudo/packing'
import { reliableMulticast } from '@testudo/reliable-multicast'
import { fixedView } from './fixed-view.js'

/** How a Rampart stack is put together. Everything has a default. */
export interface RampartOptions extends EchoTiming {
  /**
   * Uniform Agreement and Uniform Order ([R94] 7): what any honest member delivers, even one that is removed later, all
   * that stay deliver too. A message then waits until it is known to have reached all. Default false.
   */
  readonly uniform?: boolean
  /** Pack small messages together. Without, each is a multicast of its own; large ones are split all the same. Default true. */
  readonly packing?: boolean
  /** How many packets of ours may be under way. Default as in `@testudo/packing`; 16 without packing. */
  readonly packetsInFlight?: number
  /** How long a message may wait for its order before the sequencer is suspected, in milliseconds. Default 6,000. */
  readonly orderMs?: number
}

/** The layers of Rampart above membership, bottom first: for stacks of one's own. */
export function rampartLayers(environment: Environment, options: RampartOptions = {}): readonly Layer[] {
  const { self, signer, verifier, hasher } = environment
  const { uniform = false, orderMs } = options
  // In uniform mode a delivery waits for the announcements, so they are made at once.
  const announceMs = options.announceMs ?? (uniform ? 2 : 200)
  const flow = options.packing === false ? UNPACKED : {}
  const { packetsInFlight } = options
  return [
    echoMulticast({ ...options, self, signer, verifier, hasher, announceMs }),
    reliableMulticast({ self, genesis: environment.genesis.id, uniform }),
    atomicMulticast({ self, ...(orderMs === undefined ? {} : { orderMs }) }),
    packing({ self, ...flow, ...(packetsInFlight === undefined ? {} : { packetsInFlight }) }),
  ]
}

/** Each message a packet of its own: then more of them have to be under way. */
const UNPACKED = { packetMessagesMax: 1, packetsInFlight: 16 } as const

/** Rampart ([R94]) in a fixed view: atomic multicast for n members of which at most floor((n - 1) / 3) lie. */
export function rampart(options: RampartOptions = {}): Protocol {
  const guarantees: Guarantees = {
    agreement: options.uniform === true ? 'uniform' : 'reliable',
    order: 'total',
    faults: faultsMax,
  }
  return {
    name: 'rampart',
    guarantees,
    payloadBytesMax: PACKING_MESSAGE_BYTES_MAX,
    create: (environment) => stack(fixedView(environment.genesis), ...rampartLayers(environment, options)),
  }
}
