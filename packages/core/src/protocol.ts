import type { Guarantees } from './guarantees.js'
import type { Layer } from './layer.js'
import type { Hasher, Random, Signer, Verifier } from './ports.js'
import type { ProcessId } from './types.js'
import type { View } from './view.js'

/** What a protocol is given when a process starts to take part in a group. */
export interface Environment {
  readonly self: ProcessId
  /** The first view V^1, from configuration, the same at every member. */
  readonly genesis: View
  readonly signer: Signer
  readonly verifier: Verifier
  readonly hasher: Hasher
  readonly random: Random
}

/** A stack that can be opened: `rampart()` gives one. */
export interface Protocol {
  readonly name: string
  readonly guarantees: Guarantees
  /** The largest payload of one multicast, in bytes. */
  readonly payloadBytesMax: number
  create(environment: Environment): Layer
}
