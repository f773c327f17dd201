import type { Instant, ProcessId } from '@testudo/core'
import { Budget } from './budget.js'
import type { Ack } from './frames.js'
import { BURST_FRAMES_MAX } from './limits.js'
import type { Outbox, Outgoing } from './outbox.js'
import { Pace } from './pace.js'
import type { Turn } from './turn.js'
import type { Window } from './window.js'

/** Hands frames of one outbox to the transport, for the first time and again. */
export class Sender {
  readonly pace: Pace
  readonly #peer: ProcessId
  readonly #ordered: boolean
  readonly #outbox: Outbox
  readonly #window: Window
  /** Bounds what is sent again. */
  readonly #budget = new Budget()
  /** On ordered transports, the last frame sent again because a full receiver may have dropped it. */
  #mended = 0
  /** How many were sent with it. */
  #mending = 0

  constructor(peer: ProcessId, ordered: boolean, outbox: Outbox, window: Window) {
    this.pace = new Pace(ordered)
    this.#peer = peer
    this.#ordered = ordered
    this.#outbox = outbox
    this.#window = window
  }

  /** Sends a frame; not if it was sent before, and the budget for that is spent. Then returns false. */
  send(entry: Outgoing, turn: Turn): boolean {
    if (entry.tries > 0 && !this.#budget.spend(entry.bytes.length, turn.now)) return false
    entry.tries++
    entry.sentAt = turn.now
    turn.effects.push({ type: 'send', to: [this.#peer], bytes: entry.bytes })
    return true
  }

  /** When frames may be sent again. Only called when `send` returned false. */
  affordableAt(now: Instant): Instant {
    return this.#budget.at(now)
  }

  /** Nothing was acknowledged in time. */
  timedOut(turn: Turn): void {
    this.pace.timedOut()
    this.#mend(this.#outbox.first, this.#window.burst, turn)
  }

  /**
   * On an ordered transport nothing is missing while a connection lasts, whatever the peer says; but a full receiver may
   * have dropped frames. If it has taken exactly what was sent again after a time-out, then it lacks what came next too.
   */
  progressed(ack: number, turn: Turn): void {
    if (this.#ordered && ack === this.#mended) this.#mend(ack + 1, Math.min(2 * this.#mending, BURST_FRAMES_MAX), turn)
  }

  /** Sends again what the peer reports as missing and what had time enough to arrive. */
  missing(ack: Ack, turn: Turn): void {
    if (this.#ordered) return // it lies
    let seq = ack.ack + 1
    let left = BURST_FRAMES_MAX
    for (let run = 0; run < ack.runs.length; run++) {
      const end = seq + (ack.runs[run] as number)
      if (run % 2 === 1) seq = end // these are there
      for (; seq < end && left > 0; seq++) {
        const entry = this.#outbox.at(seq)
        if (entry === undefined) return
        if (entry.sentAt + this.pace.resendMs > turn.now) continue
        if (!this.send(entry, turn)) return
        left--
      }
    }
  }

  /** The peer is another incarnation. */
  clear(): void {
    this.#mended = 0
    this.#mending = 0
  }

  #mend(first: number, count: number, turn: Turn): void {
    this.#mending = count
    for (let seq = first; seq < first + count; seq++) {
      const entry = this.#outbox.at(seq)
      if (entry === undefined || !this.send(entry, turn)) return
      this.#mended = seq
    }
  }
}
