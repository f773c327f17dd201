import type { Bytes, ProcessId } from '@testudo/core'

/**
 * Vouches for frames where the transport does not: a MAC under a key that only this process and `peer` hold. Sessions
 * and numbers are inside the bytes, so replays and reflections are found by the link; another pair's frames must be
 * refused here. [W07] 3.1 SC2
 */
export interface Authenticator {
  /** The tag for bytes that go to `peer`: 1 to 64 bytes, always of the same length. */
  tag(peer: ProcessId, bytes: Bytes): Bytes
  /** Whether `peer`, or this process, made the tag for these bytes. Total, and constant in time where it matters. */
  check(peer: ProcessId, bytes: Bytes, tag: Bytes): boolean
}
