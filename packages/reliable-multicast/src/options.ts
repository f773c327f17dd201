import type { ProcessId } from '@testudo/core'

/** What a reliable multicast layer needs. */
export interface ReliableOptions {
  readonly self: ProcessId
  /** The first view of the group comes from configuration: it is delivered at once, and nobody flushes into it. */
  readonly genesis: number
  /** Uniform Agreement ([R94] 7): deliver only what is known to reach all. Costs the time to stability. Default false. */
  readonly uniform?: boolean
  /**
   * How long a member may take to end an old view before it is suspected, in milliseconds. Default 6,000: above what
   * echo multicast takes to forward and to suspect (`stableMs` and `suspectMs`, 3,000 together, and its scans of 250), so
   * that who got an end late for another's fault is not suspected itself.
   */
  readonly endMs?: number
  /**
   * How long a member may take to flush into a new view before it is suspected, in milliseconds, counted from our own
   * flush; in uniform mode also, from when we say which flushes we took, to say the same. Default 8,000: above `endMs`.
   */
  readonly flushMs?: number
}
