import type { Bytes } from '@testudo/core'

/** order^x of [R94] 6: ranks in the order in which the sequencer wants a message of each delivered. First in, first out. */
export class OrderQueue {
  #ranks: Uint8Array = new Uint8Array(1024)
  #head = 0
  #tail = 0

  get length(): number {
    return this.#tail - this.#head
  }

  /** The rank at the head, or undefined. */
  peek(): number | undefined {
    return this.#head === this.#tail ? undefined : this.#ranks[this.#head]
  }

  shift(): void {
    this.#head++
  }

  push(rank: number): void {
    if (this.#tail === this.#ranks.length) this.#makeRoom()
    this.#ranks[this.#tail++] = rank
  }

  /** The first `max` ranks, taken off the queue. */
  take(max: number): Bytes {
    const taken = this.#ranks.slice(this.#head, Math.min(this.#tail, this.#head + max))
    this.#head += taken.length
    return taken
  }

  #makeRoom(): void {
    const live = this.#ranks.subarray(this.#head, this.#tail)
    const roomy = live.length * 2 > this.#ranks.length ? new Uint8Array(this.#ranks.length * 2) : this.#ranks
    roomy.set(live)
    this.#ranks = roomy
    this.#tail = live.length
    this.#head = 0
  }
}
