/** How long the demo goes on with no line delivered anywhere before it gives up, in milliseconds. */
export const STALLED_MS = 30_000
/** How often it looks. */
const LOOK_MS = 500

/** How far the honest members are, and whether they still move. */
export class Progress {
  /** Lines delivered so far, by rank. */
  readonly #delivered: Map<number, number>
  /** Lines that each will deliver at least. */
  readonly #expected: number
  #movedAt = performance.now()

  constructor(ranks: readonly number[], expected: number) {
    this.#delivered = new Map(ranks.map((rank) => [rank, 0]))
    this.#expected = expected
  }

  /** A member has delivered so many lines. */
  moved(rank: number, lines: number): void {
    this.#movedAt = performance.now()
    this.#delivered.set(rank, lines)
  }

  /** What the slowest has done, from 0 to 1. */
  share(): number {
    const slowest = Math.min(...this.#delivered.values())
    return this.#expected === 0 ? 1 : Math.min(1, slowest / this.#expected)
  }

  /** The outcome of the work; rejects when nobody has moved for too long. */
  async watch<T>(work: Promise<T>, stalledMs: number = STALLED_MS): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    this.#movedAt = performance.now()
    const stalled = new Promise<never>((_, reject) => {
      const look = (): void => {
        if (performance.now() - this.#movedAt >= stalledMs) reject(new Error(this.#describe(stalledMs)))
      }
      timer = setInterval(look, Math.min(LOOK_MS, stalledMs))
    })
    try {
      return await Promise.race([work, stalled])
    } finally {
      clearInterval(timer)
    }
  }

  #describe(stalledMs: number): string {
    const slowest = Math.min(...this.#delivered.values())
    return `no member delivered a line for ${stalledMs / 1000} s; the slowest has ${slowest} of ${this.#expected}`
  }
}
