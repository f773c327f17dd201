import type { Bytes } from '@testudo/core'
import { ECHO_BYTES_MAX, ECHO_WINDOW } from './limits.js'
import type { Init } from './messages.js'

/** The first init of a seq, and our echo of it once we gave it. */
interface First {
  readonly init: Init
  echo: Bytes | undefined
}

/** What was received of the multicasts of one member. */
export class Receipts {
  /** c_i: how many of its multicasts were E-delivered here. [R94] 4.1 */
  delivered = 0
  /** How many of those had a payload. */
  payloads = 0
  /** No new echoes for it: a layer above has as much of it as it can take. */
  held = false
  /** The first init of each seq that was not delivered yet. At most `ECHO_WINDOW`. */
  readonly #firsts: Map<number, First> = new Map()
  /** How many of them have no echo. */
  #unechoed = 0
  /** The lengths of the bodies that are not acknowledged, as far as they are known, by seq. */
  readonly #lengths: Map<number, number> = new Map()
  #acknowledged = 0

  /** Whether a seq is neither delivered nor too far ahead to be kept. */
  isNear(seq: number): boolean {
    return seq > this.delivered && seq <= this.delivered + ECHO_WINDOW
  }

  first(seq: number): First | undefined {
    return this.#firsts.get(seq)
  }

  /** Keeps a copy of the first init of its seq. */
  keep(init: Init): void {
    const copy = { ...init, digest: init.digest.slice(), signature: init.signature.slice() }
    this.#firsts.set(init.seq, { init: copy, echo: undefined })
    this.#lengths.set(init.seq, init.bytes)
    this.#unechoed++
  }

  /** Counts the next multicast as E-delivered. */
  advance(bodyBytes: number): void {
    this.delivered++
    if (this.delivered > this.#acknowledged) this.#lengths.set(this.delivered, bodyBytes)
    const first = this.#firsts.get(this.delivered)
    if (first === undefined) return
    if (first.echo === undefined) this.#unechoed--
    this.#firsts.delete(this.delivered)
  }

  /** Gives the echo of an init. */
  echoed(first: First, echo: Bytes): void {
    first.echo = echo
    this.#unechoed--
  }

  /**
   * The inits that wait for our echo and get it now: one after the other, as long as what is not acknowledged stays
   * under `ECHO_WINDOW` and `ECHO_BYTES_MAX`. Behind a gap none does: else a liar could have the last ones echoed first.
   */
  echoable(acknowledged: number): readonly First[] {
    while (this.#acknowledged < acknowledged) this.#lengths.delete(++this.#acknowledged)
    const found: First[] = []
    let bytes = 0
    for (let seq = acknowledged + 1; found.length < this.#unechoed && seq <= acknowledged + ECHO_WINDOW; seq++) {
      const length = this.#lengths.get(seq)
      bytes += length ?? 0
      if (length === undefined || bytes > ECHO_BYTES_MAX) break
      const first = this.#firsts.get(seq)
      if (first !== undefined && first.echo === undefined) found.push(first)
    }
    return found
  }
}
