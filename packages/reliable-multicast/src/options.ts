import type { ProcessId } from '@testudo/core'

/** What a reliable multicast layer needs. */
export interface ReliableOptions {
  readonly self: ProcessId
  /** The first view of the group comes from configuration: it is delivered at once, and nobody flushes into it. */
  readonly genesis: number
  /** Uniform Agreement ([R94] 7): deliver only what is known to reach all. Costs the time to stability. Default false. */
  readonly uniform?: boolean
  /** How long a member may take to end an old view before it is suspected, in milliseconds. Default 3,000. */
  readonly endMs?: number
  /** How long a member may take to flush into a new view before it is suspected, in milliseconds. Default 5,000. */
  readonly flushMs?: number
}
