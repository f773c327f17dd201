import type { Bytes } from '@testudo/core'
import { ECHO_WINDOW } from './limits.js'
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
  }

  /** Counts the next multicast as E-delivered. */
  advance(): void {
    this.delivered++
    this.#firsts.delete(this.delivered)
  }

  /** The inits that wait for our echo, up to a seq. */
  unechoed(upTo: number): readonly First[] {
    if (this.#firsts.size === 0) return []
    return [...this.#firsts.values()].filter(({ init, echo }) => echo === undefined && init.seq <= upTo)
  }
}
