import type { Environment, Layer, ProcessId } from '@testudo/core'
import type { Prng } from './prng.js'

/** What a liar knows besides what its layer hears. */
export interface LiarContext {
  readonly self: ProcessId
  /** All other processes of the simulation. */
  readonly peers: readonly ProcessId[]
  readonly prng: Prng
  readonly environment: Environment
}

/** A way not to obey: wraps the honest stack of one node. */
export type Liar = (layer: Layer, context: LiarContext) => Layer
