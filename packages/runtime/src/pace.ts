/** One batch in so many is checked the other way, to see whether that has become better. */
const PROBE_EVERY = 64

/**
 * Handing a claim over must cost this thread less than this share of checking it. Else the other cores are busy anyway:
 * the threads that check only take this one's place, and waking them comes on top. (Measured with four members on two
 * cores: 79 µs a claim to hand over, 110 µs to check.)
 */
const WORTH = 0.5

/** How much the newest measurement counts. */
const WEIGHT = 0.2

/** Learns where signatures are best checked, from what either way costs the thread that steps the layer. */
export class Pace {
  /** Milliseconds of this thread to check one claim on it. */
  #here: number | undefined
  /** Milliseconds of this thread to hand one claim over. */
  #there: number | undefined
  #batches = 0

  /** A claim was checked on this thread. */
  checkedHere(ms: number): void {
    this.#here = blend(this.#here, ms)
  }

  /** Claims were handed over. */
  handedOver(claims: number, ms: number): void {
    this.#there = blend(this.#there, ms / claims)
  }

  /** Whether the next batch should be handed over. */
  next(): boolean {
    const worth = this.#here === undefined || this.#there === undefined || this.#there < this.#here * WORTH
    return ++this.#batches % PROBE_EVERY === 0 ? !worth : worth
  }
}

function blend(before: number | undefined, measured: number): number {
  return before === undefined ? measured : before + WEIGHT * (measured - before)
}
