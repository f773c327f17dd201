import { type Bytes, type Claim, equalBytes, type Prepared, type ProcessId, type Receive } from '@testudo/core'
import { CLAIMS_AHEAD_MAX, RECEIVED_BYTES_MAX, RECEIVED_FRAMES_MAX } from './limits.js'

/** A received frame that waits. */
export interface Waiting {
  readonly lane: Lane
  readonly bytes: Bytes
  /** Once read ahead, what `prepare` made of it. */
  input: Receive
  /** How many claims it has; unknown before it was read ahead. */
  claims: number
  /** Whether the layer can be stepped with it: it was read ahead, and its verdicts are there. */
  ready: boolean
}

/** The frames of one peer that wait, oldest first: first those that were read ahead, then the rest. */
export class Lane {
  readonly from: ProcessId
  readonly #frames: Waiting[] = []
  /** How many were read ahead. */
  #read = 0
  /** The claims of those, oldest first. */
  #claims: Claim[] = []
  /** Whether the next one has a claim that one before it has too: it is read again when that one was stepped. */
  #copy = false
  #bytes = 0
  /** Whether somebody takes frames out now. */
  draining = false

  constructor(from: ProcessId) {
    this.from = from
  }

  get length(): number {
    return this.#frames.length
  }

  get halfEmpty(): boolean {
    return this.#frames.length <= RECEIVED_FRAMES_MAX / 2 && this.#bytes <= RECEIVED_BYTES_MAX / 2
  }

  /** Whether it has reached so many times its limit. */
  isOver(times: number): boolean {
    return this.#frames.length >= times * RECEIVED_FRAMES_MAX || this.#bytes >= times * RECEIVED_BYTES_MAX
  }

  push(input: Receive): void {
    this.#frames.push({ lane: this, bytes: input.bytes, input, claims: 0, ready: false })
    this.#bytes += input.bytes.length
  }

  /**
   * Reads the next frame ahead and returns it with its claims. Returns undefined when there is none, or when it has to
   * wait: behind `CLAIMS_AHEAD_MAX` claims, or because it is a copy of one of them. A peer that sends a frame a hundred
   * times has it checked once.
   */
  readAhead(
    prepare: (input: Receive) => Prepared,
  ): { readonly waiting: Waiting; readonly claims: readonly Claim[] } | undefined {
    const waiting = this.#frames[this.#read]
    if (waiting === undefined || this.#copy || this.#claims.length >= CLAIMS_AHEAD_MAX) return undefined
    const { claims, input } = prepare(waiting.input)
    this.#copy = claims.some(({ signature }) => this.#claims.some((known) => equalBytes(known.signature, signature)))
    if (this.#copy) return undefined
    this.#read++
    waiting.input = input
    waiting.claims = claims.length
    waiting.ready = claims.length === 0
    for (const claim of claims) this.#claims.push(claim)
    return { waiting, claims }
  }

  /** The frame at this place, if it is ready. It counts until `stepped`. */
  ready(place: number): Receive | undefined {
    const waiting = this.#frames[place]
    return waiting?.ready === true ? waiting.input : undefined
  }

  /** So many in front are done. */
  stepped(count: number): void {
    if (count === 0) return
    let claims = 0
    for (const waiting of this.#frames.splice(0, count)) {
      this.#bytes -= waiting.bytes.length
      claims += waiting.claims
    }
    this.#read -= count
    this.#claims.splice(0, claims)
    this.#copy = false
  }
}
