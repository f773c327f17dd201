import type { Bytes, Claim, Clock, Layer, Prepared, ProcessId, Receive, Suite } from '@testudo/core'
import { Lane, type Waiting } from './lane.js'
import { HAND_OVER_MIN, RECEIVED_EXCESS, VERIFY_BATCH_MAX } from './limits.js'
import type { Verdicts } from './verdicts.js'

/** What is checked in one call. */
interface Batch {
  readonly claims: Claim[]
  readonly frames: Waiting[]
}

/** What an intake works with. */
export interface IntakeParts {
  readonly layer: Layer
  readonly verdicts: Verdicts
  readonly clock: Clock
  /** Where signatures are checked ahead; nowhere without it. */
  readonly suite: Pick<Suite, 'verifyAll'> | undefined
}

/** What an intake works for. */
export interface IntakeHost {
  /** Steps the layer with a frame. */
  step(input: Receive): void
  /** Stops reading from the network, or goes on. */
  pause(paused: boolean): void
  /** A frame was dropped because the transport went on although it was paused. */
  dropped(from: ProcessId): void
  /** Checking ahead failed, for whatever reason of this machine's. */
  unverified(error: unknown): void
}

/**
 * Received frames on their way to the layer. Signatures are checked ahead, many at a time; frames of one peer keep
 * their order, and do not wait for those of another.
 */
export class Intake {
  readonly #layer: Layer
  readonly #suite: Pick<Suite, 'verifyAll'> | undefined
  readonly #verdicts: Verdicts
  readonly #clock: Clock
  readonly #host: IntakeHost
  /** The peers with frames that wait. */
  readonly #lanes = new Map<ProcessId, Lane>()
  /** The lanes that went over their limit and are not half empty since. */
  readonly #full = new Set<Lane>()
  /** Whether the application must catch up first. */
  #held = false
  /** What the transport was told. */
  #paused = false
  /** Claims of this turn, and the frames that they are of. */
  #batch: Batch | undefined
  #stopped = false

  /** Without a suite nothing is checked ahead. */
  constructor({ layer, suite, verdicts, clock }: IntakeParts, host: IntakeHost) {
    this.#layer = layer
    this.#suite = suite
    this.#verdicts = verdicts
    this.#clock = clock
    this.#host = host
  }

  receive(from: ProcessId, bytes: Bytes): void {
    if (this.#stopped) return
    let lane = this.#lanes.get(from)
    if (lane?.isOver(RECEIVED_EXCESS) === true) {
      this.#host.dropped(from)
      return
    }
    const input: Receive = { type: 'receive', from, bytes }
    let prepared: Prepared | undefined
    if (lane === undefined) {
      if (!this.#held) prepared = this.#prepare(input)
      if (prepared?.claims.length === 0) {
        this.#host.step(prepared.input)
        return
      }
      lane = new Lane(from)
      this.#lanes.set(from, lane)
    }
    lane.push(input)
    if (lane.isOver(1)) {
      this.#full.add(lane)
      this.#pause()
    }
    const known = prepared
    this.#readAhead(lane, known === undefined ? this.#prepare : () => known)
  }

  /** Hands nothing more to the layer until `release`. */
  hold(): void {
    this.#held = true
    this.#pause()
  }

  release(): void {
    this.#held = false
    for (const lane of this.#lanes.values()) this.#drain(lane)
    this.#pause()
  }

  stop(): void {
    this.#stopped = true
    this.#lanes.clear()
    this.#full.clear()
    this.#batch = undefined
  }

  readonly #prepare = (input: Receive): Prepared => {
    if (this.#suite === undefined || this.#layer.prepare === undefined) return { claims: [], input }
    return this.#layer.prepare(input)
  }

  /** Reads further frames of a peer, as far as it may. */
  #readAhead(lane: Lane, prepare = this.#prepare): void {
    for (let next = lane.readAhead(prepare); next !== undefined; next = lane.readAhead(prepare)) {
      if (next.claims.length > 0) this.#enqueue(next.claims, next.waiting)
    }
  }

  #enqueue(claims: readonly Claim[], waiting: Waiting): void {
    if (this.#batch === undefined) {
      this.#batch = { claims: [], frames: [] }
      setImmediate(() => this.#flush()) // after all sockets of this turn were read
    }
    for (const claim of claims) this.#batch.claims.push(claim)
    this.#batch.frames.push(waiting)
    if (this.#batch.claims.length >= VERIFY_BATCH_MAX) this.#flush()
  }

  #flush(): void {
    const batch = this.#batch
    if (batch === undefined || this.#suite === undefined) return
    this.#batch = undefined
    if (batch.claims.length >= HAND_OVER_MIN && this.#verdicts.pace.next()) void this.#check(this.#suite, batch)
    else this.#ready(batch.frames) // the layer's verifier checks on this thread
  }

  async #check(suite: Pick<Suite, 'verifyAll'>, { claims, frames }: Batch): Promise<void> {
    try {
      const begun = this.#clock.now()
      const verdicts = suite.verifyAll(claims)
      this.#verdicts.pace.handedOver(claims.length, this.#clock.now() - begun)
      this.#verdicts.remember(claims, await verdicts)
    } catch (error) {
      this.#host.unverified(error) // the layer's verifier will check on this thread
    }
    this.#ready(frames)
  }

  #ready(frames: readonly Waiting[]): void {
    for (const waiting of frames) waiting.ready = true
    if (this.#stopped) return
    for (const lane of new Set(frames.map((waiting) => waiting.lane))) this.#drain(lane)
    this.#pause()
  }

  /** Steps what is ready, and reads on: what was read after that, and has no claims, is ready too. */
  #drain(lane: Lane): void {
    if (lane.draining) return // a batch that was checked on this thread, while frames of this peer were read
    lane.draining = true
    while (!this.#held && !this.#stopped && lane.ready(0) !== undefined) {
      let done = 0
      for (let input = lane.ready(0); input !== undefined; input = lane.ready(done)) {
        done++
        this.#host.step(input)
        if (this.#held || this.#stopped) break
      }
      lane.stepped(done)
      this.#readAhead(lane)
    }
    lane.draining = false
    if (lane.halfEmpty) this.#full.delete(lane)
    if (lane.length === 0) this.#lanes.delete(lane.from)
  }

  #pause(): void {
    const paused = this.#held || this.#full.size > 0
    if (paused === this.#paused) return
    this.#paused = paused
    this.#host.pause(paused)
  }
}
