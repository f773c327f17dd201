/** What a layer or stack promises to the one above it. The conformance suite chooses its checkers by it. */
export interface Guarantees {
  /**
   * `consistent`: no two honest members deliver different messages as the same (view, sender, seq).
   * `reliable`: besides, what one honest lasting member delivers, all do. `uniform`: besides, what any honest member
   * delivers, even one that is removed afterwards, all lasting ones do.
   */
  readonly agreement: 'consistent' | 'reliable' | 'uniform'
  /** `fifo`: messages of one sender in its order. `total`: all messages of a view in one order at all members. */
  readonly order: 'fifo' | 'total'
  /** How many of n members may lie or crash while all of this holds. */
  readonly faults: (members: number) => number
}
