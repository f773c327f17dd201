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
  /** When it was forwarded to whom, by rank. */
  readonly forwardedAt: Map<number, Instant>
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
  /** By initiator: everything up to this seq was E-delivered everywhere and is forgotten. */
  readonly #released: number[]
  /** By initiator: the stability of everything up to this seq was told. */
  readonly #told: number[]
  /** By initiator: the last payload that was shed, with its seq. */
  readonly #shed: Map<number, { readonly seq: number; readonly payloadSeq: number }> = new Map()
  #bytes = 0

  constructor(members: number, self: number, timing: Required<Pick<EchoOptions, 'stableMs' | 'suspectMs'>>) {
    this.#self = self
    this.#timing = timing
    this.#commits = Array.from({ length: members }, () => new Map<number, Retained>())
    this.#released = Array.from({ length: members }, () => 0)
    this.#told = Array.from({ length: members }, () => 0)
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
      forwardedAt: new Map(),
    })
    this.#bytes += bytes.length
  }

  /** What became stable, as the number of its last payload, or 0. [R94] 4.2 stable */
  tell(initiator: number, stable: number): number {
    const from = (this.#told[initiator] as number) + 1
    if (stable < from) return 0
    this.#told[initiator] = stable
    const shed = this.#shed.get(initiator)
    let payloadSeq = shed !== undefined && shed.seq >= from && shed.seq <= stable ? shed.payloadSeq : 0
    for (let seq = from; seq <= stable; seq++)
      payloadSeq = Math.max(payloadSeq, this.get(initiator, seq)?.payloadSeq ?? 0)
    return payloadSeq
  }

  /** [R94] 4.2 stable: forgets what was E-delivered everywhere. */
  release(initiator: number, everywhere: number): void {
    for (let seq = (this.#released[initiator] as number) + 1; seq <= everywhere; seq++) {
      this.#released[initiator] = seq
      const retained = this.get(initiator, seq)
      if (retained !== undefined) this.#drop(initiator, retained) // else it was shed
    }
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
        const due = this.#dueAt(stability, initiator, retained)
        if (due !== undefined && (at === undefined || due < at)) at = due
      }
    })
    return at === undefined ? undefined : instant(at)
  }

  /**
   * [R94] 4.2 forward: what has been unstable for too long, to whom it goes; each commit once to each. Also to those that we
   * suspect: they may be honest, and a membership that does not remove them expects them to deliver.
   */
  forwards(stability: Stability, now: Instant): readonly Forward[] {
    const forwards: Forward[] = []
    const sent = new Map<number, number>()
    this.#commits.forEach((commits, initiator) => {
      for (const retained of sorted(commits)) {
        if (retained.deliveredAt === undefined) continue
        if (retained.deliveredAt + this.#timing.stableMs > now) break
        // Who has had enough for now gets the rest in the next scan.
        const to = this.#unsent(stability, initiator, retained).filter((rank) => (sent.get(rank) ?? 0) < FORWARDS_MAX)
        if (to.length === 0) continue
        for (const rank of to) {
          sent.set(rank, (sent.get(rank) ?? 0) + 1)
          retained.forwardedAt.set(rank, now)
        }
        forwards.push({ bytes: retained.bytes, to })
      }
    })
    return forwards
  }

  /**
   * [R94] 4.2 remove: who was sent a payload long enough ago and still does not announce it.
   *
   * DEVIATION: multicasts of counters alone are kept and forwarded like others, but nobody is suspected for not
   * announcing them: each announcement would ask for the next one, and an idle group would never rest.
   */
  unresponsive(stability: Stability, now: Instant): readonly number[] {
    const ranks = new Set<number>()
    this.#commits.forEach((commits, initiator) => {
      for (const retained of commits.values()) {
        if (retained.payloadSeq === 0 || retained.forwardedAt.size === 0) continue
        for (const rank of this.#awaited(stability, initiator, retained)) {
          if ((retained.forwardedAt.get(rank) as Instant) + this.#timing.suspectMs <= now) ranks.add(rank)
        }
      }
    })
    return [...ranks].sort((a, b) => a - b)
  }

  /** Makes room when suspected members alone keep too much alive; answers with those that can no longer catch up. */
  shed(stability: Stability): readonly number[] {
    if (this.#bytes <= RETAINED_BYTES_MAX) return []
    const behind = new Set<number>()
    this.#commits.forEach((commits, initiator) => {
      const acknowledged = stability.acknowledged(initiator)
      for (const retained of sorted(commits)) {
        if (this.#bytes <= RETAINED_BYTES_MAX) return
        if (retained.deliveredAt === undefined || retained.seq > acknowledged) break
        for (const rank of this.#withoutIt(stability, initiator, retained.seq)) behind.add(rank)
        if (retained.payloadSeq > 0) this.#shed.set(initiator, retained)
        this.#drop(initiator, retained)
      }
    })
    return [...behind].sort((a, b) => a - b)
  }

  #dueAt(stability: Stability, initiator: number, retained: Retained): number | undefined {
    if (retained.deliveredAt === undefined) return undefined
    if (this.#unsent(stability, initiator, retained).length > 0) return retained.deliveredAt + this.#timing.stableMs
    if (retained.payloadSeq === 0) return undefined
    const awaited = this.#awaited(stability, initiator, retained)
    if (awaited.length === 0) return undefined
    return Math.min(...awaited.map((rank) => retained.forwardedAt.get(rank) as Instant)) + this.#timing.suspectMs
  }

  #withoutIt(stability: Stability, initiator: number, seq: number): readonly number[] {
    return this.#commits
      .map((_, rank) => rank)
      .filter((rank) => rank !== this.#self && stability.counter(rank, initiator) < seq)
  }

  /** Who has not announced a commit and was not sent it either. */
  #unsent(stability: Stability, initiator: number, { seq, forwardedAt }: Retained): readonly number[] {
    return this.#withoutIt(stability, initiator, seq).filter(
      (rank) => !stability.isGone(rank) && !forwardedAt.has(rank),
    )
  }

  /** Who was sent a commit, has not announced it, and is not suspected yet. */
  #awaited(stability: Stability, initiator: number, { seq, forwardedAt }: Retained): readonly number[] {
    return [...forwardedAt.keys()].filter(
      (rank) => stability.counter(rank, initiator) < seq && !stability.isGone(rank) && !stability.isSuspected(rank),
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
