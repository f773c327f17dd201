import type { Bytes, Instant } from '@testudo/core'
import { RETAINED_BYTES_MAX } from './limits.js'
import type { Stability } from './stability.js'

/** What a commit costs besides its bytes, about. */
const COMMIT_OVERHEAD_BYTES = 256

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
}

/** The commits of one initiator. */
interface Kept {
  readonly commits: Map<number, Retained>
  /** Everything up to this seq is forgotten: it was E-delivered everywhere, or shed. */
  forgotten: number
  /** The stability of everything up to this seq was told. */
  told: number
  /** The last payload that was shed. */
  shed: { readonly seq: number; readonly payloadSeq: number } | undefined
}

/** commits^x of [R94] 4.1: kept until no member of the view can lack them. */
export class Retention {
  /** By initiator. */
  readonly #kept: readonly Kept[]
  #bytes = 0

  constructor(members: number) {
    this.#kept = Array.from({ length: members }, () => ({
      commits: new Map<number, Retained>(),
      forgotten: 0,
      told: 0,
      shed: undefined,
    }))
  }

  get(initiator: number, seq: number): Retained | undefined {
    return this.#kept[initiator]?.commits.get(seq)
  }

  /** The first seq of an initiator that may still be kept. */
  first(initiator: number): number {
    return this.#of(initiator).forgotten + 1
  }

  add(initiator: number, seq: number, bytes: Bytes, body: Bytes): void {
    this.#of(initiator).commits.set(seq, { seq, bytes, body, payloadSeq: 0, deliveredAt: undefined })
    this.#bytes += bytes.length + COMMIT_OVERHEAD_BYTES
  }

  /** What became stable, as the number of its last payload, or 0. [R94] 4.2 stable */
  tell(initiator: number, stable: number): number {
    const kept = this.#of(initiator)
    if (stable <= kept.told) return 0
    const { shed, told } = kept
    kept.told = stable
    let payloadSeq = shed !== undefined && shed.seq > told && shed.seq <= stable ? shed.payloadSeq : 0
    for (let seq = Math.max(told, kept.forgotten) + 1; seq <= stable; seq++) {
      payloadSeq = Math.max(payloadSeq, kept.commits.get(seq)?.payloadSeq ?? 0)
    }
    return payloadSeq
  }

  /** [R94] 4.2 stable: forgets what was E-delivered everywhere. */
  release(initiator: number, everywhere: number): void {
    const kept = this.#of(initiator)
    while (kept.forgotten < everywhere) this.#forgetFirst(kept)
  }

  /**
   * Makes room when suspected members alone keep too much alive, where most is kept; answers with those that can no
   * longer catch up.
   */
  shed(stability: Stability): readonly number[] {
    if (this.#bytes <= RETAINED_BYTES_MAX) return []
    const behind = new Set<number>()
    const acknowledged = this.#kept.map((_, initiator) => stability.acknowledged(initiator))
    while (this.#bytes > RETAINED_BYTES_MAX) {
      const spans = this.#kept.map(({ forgotten }, initiator) => (acknowledged[initiator] as number) - forgotten)
      const most = Math.max(...spans)
      if (most <= 0) break
      const initiator = spans.indexOf(most)
      const kept = this.#of(initiator)
      const retained = kept.commits.get(kept.forgotten + 1)
      if (retained !== undefined && retained.payloadSeq > 0) kept.shed = retained
      for (const rank of stability.without(initiator, kept.forgotten + 1)) behind.add(rank)
      this.#forgetFirst(kept)
    }
    return [...behind].sort((a, b) => a - b)
  }

  /** Everything kept with its initiator, in the order initiator, seq: the same set gives the same list at every member. */
  all(): readonly { readonly initiator: number; readonly retained: Retained }[] {
    return this.#kept.flatMap(({ commits }, initiator) => {
      const inOrder = [...commits.values()].sort((a, b) => a.seq - b.seq)
      return inOrder.map((retained) => ({ initiator, retained }))
    })
  }

  #forgetFirst(kept: Kept): void {
    kept.forgotten++
    const retained = kept.commits.get(kept.forgotten)
    if (retained === undefined) return
    kept.commits.delete(kept.forgotten)
    this.#bytes -= retained.bytes.length + COMMIT_OVERHEAD_BYTES
  }

  #of(initiator: number): Kept {
    return this.#kept[initiator] as Kept
  }
}
