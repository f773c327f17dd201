import { type Bytes, type Instant, instant } from '@testudo/core'
import { FORWARD_BYTES_MAX, FORWARDS_MAX } from './limits.js'
import type { EchoTiming } from './options.js'
import type { Retained, Retention } from './retention.js'
import type { Stability } from './stability.js'

/** A commit to send to some members again, by rank. */
export interface Forward {
  readonly bytes: Bytes
  readonly to: readonly number[]
}

/** What one member was sent of one initiator. */
interface Sent {
  /** Everything up to this seq was forwarded. */
  upTo: number
  /** A payload that was forwarded and not announced, and since when we wait for that. */
  asked: { readonly seq: number; readonly since: Instant } | undefined
}

/** [R94] 4.2: what stays unstable goes to those that have not announced it; who does not answer to that is suspected. */
export class Forwarding {
  readonly #self: number
  readonly #timing: Required<EchoTiming>
  readonly #retention: Retention
  readonly #stability: Stability
  /** [rank][initiator]. */
  readonly #sent: readonly (readonly Sent[])[]
  /** Members that cannot be reached: what would be sent to them is asked of them all the same. */
  readonly #away: Set<number> = new Set()

  constructor(members: number, self: number, timing: Required<EchoTiming>, kept: [Retention, Stability]) {
    this.#self = self
    this.#timing = timing
    this.#retention = kept[0]
    this.#stability = kept[1]
    this.#sent = Array.from({ length: members }, () =>
      Array.from({ length: members }, () => ({ upTo: 0, asked: undefined })),
    )
  }

  /** The channel to a member is gone. */
  disconnected(rank: number): void {
    this.#away.add(rank)
  }

  /** The channel to a member is up again: what was forwarded before may be lost. */
  connected(rank: number): void {
    this.#away.delete(rank)
    for (const sent of this.#sent[rank] ?? []) sent.upTo = 0
  }

  /**
   * [R94] 4.2 forward: what has been unstable for too long, to whom it goes; each commit once to each. Also to those that we
   * suspect: they may be honest, and a membership that does not remove them expects them to deliver.
   */
  forwards(now: Instant): readonly Forward[] {
    const forwards = new Map<Bytes, number[]>()
    this.#sent.forEach((byInitiator, rank) => {
      if (rank === this.#self || this.#stability.isGone(rank)) return
      let [count, bytes] = [0, 0]
      byInitiator.forEach((sent, initiator) => {
        for (const retained of this.#lacking(rank, initiator, sent)) {
          if ((retained.deliveredAt as Instant) + this.#timing.stableMs > now) break
          if (count >= FORWARDS_MAX || bytes >= FORWARD_BYTES_MAX) break // the rest goes with the next scan
          if (retained.payloadSeq > 0) sent.asked ??= { seq: retained.seq, since: now }
          if (this.#away.has(rank)) {
            if (sent.asked === undefined) continue // a payload may come behind counters
            break
          }
          sent.upTo = retained.seq
          count++
          bytes += retained.bytes.length
          const to = forwards.get(retained.bytes)
          if (to === undefined) forwards.set(retained.bytes, [rank])
          else to.push(rank)
        }
      })
    })
    return Array.from(forwards, ([bytes, to]) => ({ bytes, to }))
  }

  /**
   * [R94] 4.2 remove: who was sent a payload long enough ago and still does not announce it.
   *
   * DEVIATION: multicasts of counters alone are kept and forwarded like others, but nobody is suspected for not
   * announcing them: each announcement would ask for the next one, and an idle group would never rest.
   */
  unresponsive(now: Instant): readonly number[] {
    return this.#sent.flatMap((byInitiator, rank) => {
      if (this.#stability.isGone(rank) || this.#stability.isSuspected(rank)) return []
      const late = byInitiator.some((sent, initiator) => {
        this.#answered(rank, initiator, sent, now)
        return sent.asked !== undefined && sent.asked.since + this.#timing.suspectMs <= now
      })
      return late ? [rank] : []
    })
  }

  /** Whether there is anything to forward or anybody to wait for. */
  get pending(): boolean {
    return this.#sent.some((byInitiator, rank) => {
      if (rank === this.#self || this.#stability.isGone(rank)) return false
      const waits = !this.#stability.isSuspected(rank)
      const reachable = !this.#away.has(rank)
      return byInitiator.some((sent, initiator) => {
        if (waits && sent.asked !== undefined) return true
        for (const { payloadSeq } of this.#lacking(rank, initiator, sent)) {
          if (reachable || (waits && payloadSeq > 0)) return true
          if (!waits) break
        }
        return false
      })
    })
  }

  /** [R94] 5, after step 5: everything kept, for those that have not announced it. */
  *handOver(): Generator<Forward> {
    for (const { initiator, retained } of this.#retention.all()) {
      const to = this.#stability.without(initiator, retained.seq).filter((rank) => rank !== this.#self)
      if (to.length > 0) yield { bytes: retained.bytes, to }
    }
  }

  /** An answer ends the wait; for what was forwarded after it, another one begins. */
  #answered(rank: number, initiator: number, sent: Sent, now: Instant): void {
    const announced = this.#stability.counter(rank, initiator)
    if (sent.asked === undefined || announced < sent.asked.seq) return
    sent.asked = sent.upTo > announced ? { seq: sent.upTo, since: instant(now) } : undefined
  }

  /** What we have E-delivered of an initiator, and a member has neither announced nor been sent. In order. */
  *#lacking(rank: number, initiator: number, sent: Sent): Generator<Retained> {
    const announced = this.#stability.counter(rank, initiator)
    for (let seq = Math.max(sent.upTo, announced, this.#retention.first(initiator) - 1) + 1; ; seq++) {
      const retained = this.#retention.get(initiator, seq)
      if (retained?.deliveredAt === undefined) return
      yield retained
    }
  }
}
