import { type Bytes, type Instant, instant } from '@testudo/core'
import { FORWARDS_MAX, RETAINED_BYTES_MAX } from './limits.js'
import type { EchoOptions } from './options.js'
import type { Stability } from './stability.js'

/** A commit that is kept because some member may lack it: an element of the paper's commits^x. */
export interface Retained {
  readonly seq: number
  /** The encoded commit: what is forwarded and flushed. */
  readonly bytes: Bytes
  /** m: the encoded body. */
  readonly body: Bytes
  /** The number of its payload among this member's payloads; 0 while undelivered or when it only has counters. */
  payloadSeq: number
  deliveredAt: Instant | undefined
  forwardedAt: Instant | undefined
}

/** A commit to send to some members again, by rank. */
export interface Forward {
  readonly bytes: Bytes
  readonly to: readonly number[]
}

/** commits^x of [R94] 4.1, and what [R94] 4.2 does with those that stay unstable. */
export class Retention {
  readonly #self: number
  readonly #timing: Required<Pick<EchoOptions, 'stableMs' | 'suspectMs'>>
  /** By initiator, then by seq ascending (they are added nearly in order, and listed sorted). */
  readonly #commits: readonly Map<number, Retained>[]
  #bytes = 0

  constructor(members: number, self: number, timing: Required<Pick<EchoOptions, 'stableMs' | 'suspectMs'>>) {
    this.#self = self
    this.#timing = timing
    this.#commits = Array.from({ length: members }, () => new Map<number, Retained>())
  }

  get bytes(): number {
    return this.#bytes
  }

  get(initiator: number, seq: number): Retained | undefined {
    return this.#commits[initiator]?.get(seq)
  }

  add(initiator: number, seq: number, bytes: Bytes, body: Bytes): void {
    this.#commits[initiator]?.set(seq, {
      seq,
      bytes,
      body,
      payloadSeq: 0,
      deliveredAt: undefined,
      forwardedAt: undefined,
    })
    this.#bytes += bytes.length
  }

  /** Forgets what is stable; answers with the number of the last payload forgotten, or 0. [R94] 4.2 */
  release(initiator: number, stable: number): number {
    let payloadSeq = 0
    for (const retained of this.#commits[initiator]?.values() ?? []) {
      if (retained.seq > stable || retained.deliveredAt === undefined) continue
      payloadSeq = Math.max(payloadSeq, retained.payloadSeq)
      this.#drop(initiator, retained)
    }
    return payloadSeq
  }

  /** Everything kept, in the order initiator, seq: the same set gives the same list at every member. */
  all(): readonly Bytes[] {
    return this.#commits.flatMap((commits) => sorted(commits).map((retained) => retained.bytes))
  }

  /** Everything kept, with the members that have not announced it. [R94] 5, after step 5 */
  lacking(stability: Stability): readonly Forward[] {
    return this.#commits.flatMap((commits, initiator) =>
      sorted(commits).map(({ bytes, seq }) => ({ bytes, to: this.#withoutIt(stability, initiator, seq) })),
    )
  }

  /** When the next commit is due to be forwarded, or its holders-out to be suspected. */
  wakeAt(stability: Stability): Instant | undefined {
    let at: number | undefined
    this.#commits.forEach((commits, initiator) => {
      for (const retained of commits.values()) {
        const due = this.#dueAt(retained)
        if (due === undefined || (at !== undefined && due >= at)) continue
        if (this.#asked(stability, initiator, retained.seq).length > 0) at = due
      }
    })
    return at === undefined ? undefined : instant(at)
  }

  /** [R94] 4.2: what has been unstable for too long, to whom it goes; each commit once. */
  forwards(stability: Stability, now: Instant): readonly Forward[] {
    const forwards: Forward[] = []
    const sent = new Map<number, number>()
    this.#commits.forEach((commits, initiator) => {
      for (const retained of sorted(commits)) {
        if (retained.deliveredAt === undefined || retained.forwardedAt !== undefined) continue
        if (retained.deliveredAt + this.#timing.stableMs > now) break
        const to = this.#asked(stability, initiator, retained.seq)
        if (to.some((rank) => (sent.get(rank) ?? 0) >= FORWARDS_MAX)) break // the next scan goes on here
        for (const rank of to) sent.set(rank, (sent.get(rank) ?? 0) + 1)
        retained.forwardedAt = now
        if (to.length > 0) forwards.push({ bytes: retained.bytes, to })
      }
    })
    return forwards
  }

  /** [R94] 4.2: who was sent a payload long enough ago and still does not announce it. */
  unresponsive(stability: Stability, now: Instant): readonly number[] {
    const ranks = new Set<number>()
    this.#commits.forEach((commits, initiator) => {
      for (const retained of commits.values()) {
        if (retained.payloadSeq === 0 || retained.forwardedAt === undefined) continue
        if (retained.forwardedAt + this.#timing.suspectMs > now) continue
        for (const rank of this.#asked(stability, initiator, retained.seq)) ranks.add(rank)
      }
    })
    return [...ranks].sort((a, b) => a - b)
  }

  /** Makes room when suspected members alone keep too much alive; answers with those that can no longer catch up. */
  shed(stability: Stability): readonly number[] {
    const behind = new Set<number>()
    this.#commits.forEach((commits, initiator) => {
      const acknowledged = stability.acknowledged(initiator)
      for (const retained of sorted(commits)) {
        if (this.#bytes <= RETAINED_BYTES_MAX) return
        if (retained.deliveredAt === undefined || retained.seq > acknowledged) break
        for (const rank of this.#withoutIt(stability, initiator, retained.seq)) behind.add(rank)
        this.#drop(initiator, retained)
      }
    })
    return [...behind].sort((a, b) => a - b)
  }

  #dueAt(retained: Retained): number | undefined {
    if (retained.deliveredAt === undefined) return undefined
    if (retained.forwardedAt === undefined) return retained.deliveredAt + this.#timing.stableMs
    // A multicast of counters alone is forwarded, but nobody is suspected for it: else idle groups would never rest.
    return retained.payloadSeq === 0 ? undefined : retained.forwardedAt + this.#timing.suspectMs
  }

  #withoutIt(stability: Stability, initiator: number, seq: number): readonly number[] {
    return this.#commits
      .map((_, rank) => rank)
      .filter((rank) => rank !== this.#self && stability.counter(rank, initiator) < seq)
  }

  #asked(stability: Stability, initiator: number, seq: number): readonly number[] {
    return this.#withoutIt(stability, initiator, seq).filter(
      (rank) => !stability.isGone(rank) && !stability.isSuspected(rank),
    )
  }

  #drop(initiator: number, retained: Retained): void {
    this.#commits[initiator]?.delete(retained.seq)
    this.#bytes -= retained.bytes.length
  }
}

function sorted(commits: ReadonlyMap<number, Retained>): readonly Retained[] {
  return [...commits.values()].sort((a, b) => a.seq - b.seq)
}
