import { bytes, type Codec, struct, union } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { ORDER_MAX, PAYLOAD_BYTES_MAX } from './limits.js'

/** What is reliably multicast in the name of atomic multicast. An order is a list of ranks, a byte each. */
export type AtomicMessage =
  /** Step 1: a message of the layer above. The sequencer's carry an order, and stand in it last themselves. */
  | { readonly type: 'a-msg'; readonly order: Bytes; readonly payload: Bytes }
  /** Step 3: whose messages are delivered next, by the sequencer. */
  | { readonly type: 'order'; readonly order: Bytes }

/** The codec of `AtomicMessage`. */
export const atomicMessage: Codec<AtomicMessage> = union({
  'a-msg': [1, struct({ order: bytes(ORDER_MAX), payload: bytes(PAYLOAD_BYTES_MAX) })],
  order: [2, struct({ order: bytes(ORDER_MAX) })],
})
