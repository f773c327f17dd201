import type { ProcessId } from '@testudo/core'

/** What an atomic multicast layer needs. */
export interface AtomicOptions {
  readonly self: ProcessId
  /** How long a message may wait for its order before the sequencer is suspected, in milliseconds. Default 3,000. */
  readonly orderMs?: number
}
