import type { Claim, Clock, Verifier } from '@testudo/core'
import { Pace } from './pace.js'

/** The verifier that a protocol is given: it remembers what was checked ahead, and checks the rest on the spot. */
export class Verdicts implements Verifier {
  readonly #verifier: Verifier
  /** By the object, not by content: the claims that `prepare` gave are the ones that `step` asks about. */
  readonly #known = new WeakMap<Claim, boolean>()

  readonly #clock: Clock
  /** Learns from what is checked on the spot. */
  readonly pace: Pace = new Pace()

  constructor(verifier: Verifier, clock: Clock) {
    this.#verifier = verifier
    this.#clock = clock
  }

  verify(claim: Claim): boolean {
    const known = this.#known.get(claim)
    if (known !== undefined) return known
    const begun = this.#clock.now()
    const verdict = this.#verifier.verify(claim)
    this.pace.checkedHere(this.#clock.now() - begun)
    return verdict
  }

  remember(claims: readonly Claim[], verdicts: readonly boolean[]): void {
    for (const [i, claim] of claims.entries()) {
      const verdict = verdicts[i]
      if (verdict !== undefined) this.#known.set(claim, verdict)
    }
  }
}
