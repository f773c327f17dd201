/**
 * Who has E-delivered how much of whom, as far as a member has been told ([R94] 4.2): the counters c_i of each member,
 * from what it announced.
 */
export class Stability {
  /** [teller][initiator]: the counters a member announced, only ever growing; our own are exact. */
  readonly #counters: readonly number[][]
  /** Not in some later view. */
  readonly #gone: Set<number> = new Set()
  /** Asked to be removed by us. */
  readonly #suspected: Set<number> = new Set()
  /** Slow in a view that is over: only our own sending does not wait for them. */
  readonly #overtaken: Set<number> = new Set()
  #version = 0

  constructor(members: number) {
    this.#counters = Array.from({ length: members }, () => new Array<number>(members).fill(0))
  }

  /** Changes whenever any answer of this object may have. */
  get version(): number {
    return this.#version
  }

  /** Takes up what a member announced (or, for ourselves, what we have done). Counters never go back. */
  learn(teller: number, counters: readonly number[]): void {
    this.#version++
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
    this.#version++
    const known = this.#counters[self] as number[]
    const delivered = (known[initiator] as number) + 1
    known[initiator] = delivered
    const own = this.#counters[initiator] as number[]
    own[initiator] = Math.max(own[initiator] as number, delivered)
  }

  leave(rank: number): void {
    this.#version++
    this.#gone.add(rank)
  }

  suspect(rank: number): void {
    this.#version++
    this.#suspected.add(rank)
  }

  /** A member that may have left this view behind already. */
  overtake(rank: number): void {
    this.#version++
    this.#overtaken.add(rank)
  }

  isGone(rank: number): boolean {
    return this.#gone.has(rank)
  }

  /** Whether nothing more is expected of a member: it was asked to be removed, or the view is over for it. */
  isSuspected(rank: number): boolean {
    return this.#suspected.has(rank) || this.#overtaken.has(rank)
  }

  /** The counter c_initiator that `teller` announced. */
  counter(teller: number, initiator: number): number {
    return this.#counters[teller]?.[initiator] as number
  }

  /** Who has not announced that it E-delivered a multicast. */
  without(initiator: number, seq: number): readonly number[] {
    return this.#counters.flatMap((counters, rank) => ((counters[initiator] as number) < seq ? [rank] : []))
  }

  /** A member's counters, by rank. */
  countersOf(teller: number): readonly number[] {
    return [...(this.#counters[teller] as number[])]
  }

  /** [R94] 4.2 stable: every multicast of `initiator` up to this one was E-delivered by all members of the view. */
  everywhere(initiator: number): number {
    return this.#least(initiator)
  }

  /** As `everywhere`, but only by those that are still members: what uniform delivery asks for. [R94] 7 */
  stable(initiator: number): number {
    return this.#least(initiator, this.#gone)
  }

  /**
   * As `stable`, without the members that we asked to remove: what is echoed and kept is measured by this one, so that a
   * mute member stops nobody for longer than it takes to suspect it.
   */
  acknowledged(initiator: number): number {
    return this.#least(initiator, this.#gone, this.#suspected)
  }

  /** As `acknowledged`, without those that were slow when the view was over: what we may send is measured by this one. */
  sendable(initiator: number): number {
    return this.#least(initiator, this.#gone, this.#suspected, this.#overtaken)
  }

  #least(initiator: number, ...without: readonly ReadonlySet<number>[]): number {
    let least = Number.POSITIVE_INFINITY
    for (let rank = 0; rank < this.#counters.length; rank++) {
      if (without.some((set) => set.has(rank))) continue
      least = Math.min(least, this.#counters[rank]?.[initiator] as number)
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least
  }
}
