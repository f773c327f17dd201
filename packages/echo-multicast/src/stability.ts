/**
 * Who has E-delivered how much of whom, as far as a member has been told ([R94] 4.2): the counters c_i of each member,
 * from what it announced. Members that left, or that we asked to remove, are no longer waited for.
 */
export class Stability {
  /** [teller][initiator]: the counters a member announced, only ever growing; our own are exact. */
  readonly #counters: readonly number[][]
  /** Not in some later view: not waited for at all. */
  readonly #gone: Set<number> = new Set()
  /** Asked to be removed by us: waited for with what we keep, but not with what we send. */
  readonly #suspected: Set<number> = new Set()

  constructor(members: number) {
    this.#counters = Array.from({ length: members }, () => new Array<number>(members).fill(0))
  }

  /** Takes up what a member announced (or, for ourselves, what we have done). Counters never go back. */
  learn(teller: number, counters: readonly number[]): void {
    const known = this.#counters[teller] as number[]
    counters.forEach((count, initiator) => {
      if (count > (known[initiator] as number)) known[initiator] = count
    })
  }

  /**
   * Counts one more E-delivery of our own.
   *
   * DEVIATION: its initiator counts as having announced it too. An honest one E-delivers a multicast when it makes the
   * commit, so it need not announce its own, and a sender among listeners is not taken for unresponsive.
   */
  advance(self: number, initiator: number): void {
    const known = this.#counters[self] as number[]
    const delivered = (known[initiator] as number) + 1
    known[initiator] = delivered
    const own = this.#counters[initiator] as number[]
    own[initiator] = Math.max(own[initiator] as number, delivered)
  }

  leave(rank: number): void {
    this.#gone.add(rank)
  }

  suspect(rank: number): void {
    this.#suspected.add(rank)
  }

  isGone(rank: number): boolean {
    return this.#gone.has(rank)
  }

  isSuspected(rank: number): boolean {
    return this.#suspected.has(rank)
  }

  /** The counter c_initiator that `teller` announced. */
  counter(teller: number, initiator: number): number {
    return this.#counters[teller]?.[initiator] as number
  }

  /** A member's counters, by rank. */
  countersOf(teller: number): readonly number[] {
    return [...(this.#counters[teller] as number[])]
  }

  /** [R94] 4.2 stable: every multicast of `initiator` up to this one is stable: E-delivered by all that are still members. */
  stable(initiator: number): number {
    return this.#least(initiator, this.#gone)
  }

  /**
   * As `stable`, without the members that we asked to remove: what may be sent is measured by this one, so that a mute
   * member stops nobody for longer than it takes to suspect it.
   */
  acknowledged(initiator: number): number {
    return this.#least(initiator, this.#gone, this.#suspected)
  }

  #least(initiator: number, ...without: readonly ReadonlySet<number>[]): number {
    let least = Number.POSITIVE_INFINITY
    this.#counters.forEach((counters, rank) => {
      if (!without.some((set) => set.has(rank))) least = Math.min(least, counters[initiator] as number)
    })
    return least === Number.POSITIVE_INFINITY ? 0 : least
  }
}
