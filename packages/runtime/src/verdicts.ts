import type { Claim, Verifier } from '@testudo/core'

/** The verifier that a protocol is given: it remembers what was checked ahead, and checks the rest on the spot. */
export class Verdicts implements Verifier {
  readonly #verifier: Verifier
  /** By the object, not by content: the claims that `prepare` gave are the ones that `step` asks about. */
  readonly #known = new WeakMap<Claim, boolean>()

  constructor(verifier: Verifier) {
    this.#verifier = verifier
  }

  verify(claim: Claim): boolean {
    return this.#known.get(claim) ?? this.#verifier.verify(claim)
  }

  remember(claims: readonly Claim[], verdicts: readonly boolean[]): void {
    for (const [i, claim] of claims.entries()) {
      const verdict = verdicts[i]
      if (verdict !== undefined) this.#known.set(claim, verdict)
    }
  }
}
