import { boolean, bytes, type Codec, list, struct, union } from '@testudo/codec'
import { type Bytes, MEMBERS_MAX } from '@testudo/core'
import { FLUSH_COMMITS_MAX, FLUSH_PART_BYTES, PAYLOAD_BYTES_MAX } from './limits.js'

/** What is echo multicast in the name of reliable multicast. */
export type ReliableMessage =
  /** Step 1: a message of the layer above. */
  | { readonly type: 'r-msg'; readonly payload: Bytes }
  /** Step 3a: the sender R-mcasts no more in this view. */
  | { readonly type: 'end' }
  /** Step 4a: a part of the certificates that the sender holds for the view before. */
  | { readonly type: 'flush'; readonly last: boolean; readonly part: Bytes }
  /** Uniform mode: whose flushes into this view the sender has taken into account, by rank in it, ascending. */
  | { readonly type: 'took'; readonly members: Bytes }

/** The codec of `ReliableMessage`. */
export const reliableMessage: Codec<ReliableMessage> = union({
  'r-msg': [1, struct({ payload: bytes(PAYLOAD_BYTES_MAX) })],
  end: [2, struct({})],
  flush: [3, struct({ last: boolean, part: bytes(FLUSH_PART_BYTES) })],
  took: [4, struct({ members: bytes(MEMBERS_MAX) })],
})

/** What the parts of a flush are when put together: commits^x. The largest certificate is one of a full multicast. */
export const flushContent: Codec<readonly Bytes[]> = list(bytes(PAYLOAD_BYTES_MAX + 16 * 1024), FLUSH_COMMITS_MAX)
