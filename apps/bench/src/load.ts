import type { Counts } from './counts.js'

/** What the members of a benchmark do. */
export interface Load {
  readonly members: number
  readonly payloadBytes: number
  /** `one`: the last member sends, which is not the sequencer. */
  readonly senders: 'one' | 'all'
  readonly packing: boolean
  /** Messages a second from each sender; undefined for as many as the group takes. */
  readonly rate: number | undefined
  readonly warmupMs: number
  readonly measureMs: number
}

/** What one member saw while it was measured. */
export interface Measured {
  readonly delivered: number
  readonly elapsedMs: number
  readonly latenciesMs: readonly number[]
  readonly counts: Counts
  /** Resident memory of the process at the end, in bytes. */
  readonly rssBytes: number
}

/** What a member tells on the way: its resident memory, once a second. */
export interface LoadNews {
  readonly rssBytes: number
  readonly delivered: number
  readonly faults: number
}
