import { encode } from '@testudo/codec'
import {
  type Bytes,
  type Claim,
  type Instant,
  instant,
  type ProcessId,
  quorum,
  UsageError,
  type View,
} from '@testudo/core'
import { statementBytes } from './certificate.js'
import { ECHO_WINDOW, PAYLOAD_BYTES_MAX, RESENDS_MAX, WAITING_MAX, WINDOW, WINDOW_BYTES_MAX } from './limits.js'
import { body, type Commit, type Echo, type Init, type Signature } from './messages.js'
import type { EchoOptions } from './options.js'

interface Pending {
  readonly init: Init
  readonly body: Bytes
  /** By rank, our own among them from the start. */
  readonly echoes: Map<number, Bytes>
  resendAt: Instant
  attempts: number
}

/** The multicasts of one member in one view, from its own side: [R94] 4.1 steps 1 and 3. */
export class Initiator {
  readonly #view: View
  readonly #self: number
  readonly #options: EchoOptions & { readonly resendMs: number }
  /** Payloads that wait for the window, oldest first. */
  readonly #waiting: Bytes[] = []
  /** Sent and without a quorum, by seq. */
  readonly #pending: Map<number, Pending> = new Map()
  /** Body sizes of the payloads that not all have acknowledged, by seq. */
  readonly #payloads: Map<number, number> = new Map()
  #payloadBytes = 0
  #lastSeq = 0
  #acknowledged = 0

  constructor(view: View, self: number, options: EchoOptions & { readonly resendMs: number }) {
    this.#view = view
    this.#self = self
    this.#options = options
  }

  /** The number of our multicasts so far. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** How many of them not all have acknowledged. */
  get unacknowledged(): number {
    return this.#lastSeq - this.#acknowledged
  }

  /** How many of those are counters alone. */
  get unacknowledgedQuiets(): number {
    return this.unacknowledged - this.#payloads.size
  }

  /** Queues a payload. Throws a `UsageError` ('too-large', 'overflow'): our own layers above keep below both. */
  enqueue(payload: Bytes): void {
    if (payload.length > PAYLOAD_BYTES_MAX) {
      throw new UsageError('too-large', `a payload of ${payload.length} bytes; the maximum is ${PAYLOAD_BYTES_MAX}`)
    }
    if (this.#waiting.length >= WAITING_MAX) {
      throw new UsageError('overflow', `${WAITING_MAX} multicasts wait already`, { hint: 'wait for deliveries' })
    }
    this.#waiting.push(payload)
  }

  /**
   * The next payload to send, if there is one and the window has room for it.
   *
   * DEVIATION: [R94] 4.1 sends at once, however much is unstable. What is unstable is kept by every member.
   */
  next(): Bytes | undefined {
    const room = this.#payloads.size < WINDOW && this.#payloadBytes < WINDOW_BYTES_MAX
    return room && this.unacknowledged < ECHO_WINDOW ? this.#waiting.shift() : undefined
  }

  /** [R94] 4.1 step 1: the init for a new multicast. */
  initiate(payload: Bytes | undefined, counters: readonly number[] | undefined, now: Instant): Init {
    const seq = ++this.#lastSeq
    const encoded = encode(body, { counters, payload })
    const digest = this.#options.hasher.hash(encoded)
    const said = { seq, bytes: encoded.length, digest }
    const signature = this.#options.signer.sign(statementBytes(this.#view, this.#self, said))
    const init = { type: 'init', view: this.#view.id, ...said, signature } as const
    const echoes = new Map([[this.#self, signature]])
    const resendAt = instant(now + this.#options.resendMs)
    this.#pending.set(seq, { init, body: encoded, echoes, resendAt, attempts: 0 })
    if (payload !== undefined) {
      this.#payloads.set(seq, encoded.length)
      this.#payloadBytes += encoded.length
    }
    return init
  }

  /** What an echo claims, or undefined when none is wanted (any more) from this member for its `seq`. */
  claimOf(rank: number, { seq, signature }: Echo): Claim | undefined {
    const pending = this.#pending.get(seq)
    if (pending === undefined || pending.echoes.has(rank)) return undefined
    const bytes = statementBytes(this.#view, this.#self, pending.init)
    return { signer: this.#view.members[rank] as ProcessId, bytes, signature }
  }

  /** Keeps a verified echo. */
  echoed(rank: number, seq: number, signature: Bytes): void {
    this.#pending.get(seq)?.echoes.set(rank, signature.slice())
  }

  /** [R94] 4.1 step 3: the commit, once a quorum has echoed. */
  completed(seq: number): Commit | undefined {
    const pending = this.#pending.get(seq)
    if (pending === undefined || pending.echoes.size < quorum(this.#view.members.length)) return undefined
    this.#pending.delete(seq)
    const echoes: Signature[] = [...pending.echoes].map(([rank, signature]) => ({ rank, signature }))
    echoes.sort((a, b) => a.rank - b.rank)
    return { type: 'commit', view: this.#view.id, initiator: this.#self, seq, body: pending.body, echoes }
  }

  /** Everything up to `seq` was acknowledged by all that we wait for. */
  acknowledge(seq: number): void {
    while (this.#acknowledged < seq) {
      this.#payloadBytes -= this.#payloads.get(++this.#acknowledged) ?? 0
      this.#payloads.delete(this.#acknowledged)
    }
  }

  /** When the next init is due to be sent again. */
  resendAt(): Instant | undefined {
    let at: Instant | undefined
    for (const pending of this.#pending.values()) if (at === undefined || pending.resendAt < at) at = pending.resendAt
    return at
  }

  /**
   * The inits to send again, with the ranks that have not answered.
   *
   * DEVIATION: [R94] 2 assumes channels that lose nothing. Ours are bounded: a link may have had to drop an init, and a
   * member without room for it does not keep it.
   */
  resends(now: Instant): readonly { readonly init: Init; readonly to: readonly number[] }[] {
    const due: { readonly init: Init; readonly to: readonly number[] }[] = []
    for (const pending of this.#pending.values()) {
      if (pending.resendAt > now || due.length === RESENDS_MAX) continue
      pending.attempts++
      pending.resendAt = instant(now + this.#options.resendMs * 2 ** Math.min(pending.attempts, 3))
      const to = this.#view.members.map((_, rank) => rank).filter((rank) => !pending.echoes.has(rank))
      due.push({ init: pending.init, to })
    }
    return due
  }
}
