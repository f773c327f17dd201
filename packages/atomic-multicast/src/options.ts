import type { ProcessId } from '@testudo/core'

/** What an atomic multicast layer needs. */
export interface AtomicOptions {
  readonly self: ProcessId
  /**
   * How long a message may wait for its order before the sequencer is suspected, in milliseconds. Default 6,000: above
   * what echo multicast takes to forward an order and to suspect who holds out (3,000).
   */
  readonly orderMs?: number
}
