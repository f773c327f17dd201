import type { Environment, Guarantees, Layer } from '@testudo/core'
import type { NetworkOptions, Site } from '@testudo/simulator'

/** The layer or stack to be judged, as seen at its top. */
export interface LayerSubject {
  /** For the names of the cases. */
  readonly name: string
  /** What it promises: chooses the cases and the judges. */
  readonly guarantees: Guarantees
  /**
   * Builds it for one process. `membership` is a bottom layer that hands up views, the oracle of `@testudo/simulator`:
   * put it below what needs one (`stack(membership, mine)`), or leave it if the stack has a membership of its own.
   */
  build(environment: Environment, membership: Layer, site: Site): Layer
  /** Sizes of groups to try. Default 1, 4 and 7. */
  readonly members?: readonly number[]
  /** Runs of each case and size, each with its own seed. Default 3. */
  readonly seeds?: number
  /** The largest payload of one multicast in bytes: tried, and one byte more must be refused. Default: not tried. */
  readonly payloadBytesMax?: number
  /** Default: reliable FIFO channels. A stack with its own link layer asks for `breaking` or `lossy`. */
  readonly network?: NetworkOptions
  /**
   * A run is over when for this long, in virtual milliseconds, nothing passed between a stack and its application:
   * longer than every timeout that a stack waits for silently. Default 20,000.
   */
  readonly settleMs?: number
}
