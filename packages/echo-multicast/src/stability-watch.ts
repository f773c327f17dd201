import { encode } from '@testudo/codec'
import { type Bytes, type Effect, type Instant, instant, type ProcessId, type View } from '@testudo/core'
import type { Accusations } from './accusations.js'
import type { Forwarding } from './forwarding.js'
import type { Initiator } from './initiator.js'
import { echoMessage } from './messages.js'
import type { EchoTiming } from './options.js'
import type { Retention } from './retention.js'
import type { Stability } from './stability.js'

/** What is watched, in one view. */
export interface Watched {
  readonly own: Initiator
  readonly retention: Retention
  readonly forwarding: Forwarding
  readonly stability: Stability
  readonly accusations: Accusations
}

/** [R94] 4.2, what time brings: forwards what stays unstable too long, suspects who does not answer to it. */
export class StabilityWatch {
  readonly #view: View
  readonly #timing: Required<EchoTiming>
  readonly #watched: Watched
  /** When to look next; undefined while there is nothing to look at. */
  #scanAt: Instant | undefined
  /** Whether a later view was received. */
  #superseded = false

  constructor(view: View, timing: Required<EchoTiming>, watched: Watched) {
    this.#view = view
    this.#timing = timing
    this.#watched = watched
  }

  get scanAt(): Instant | undefined {
    return this.#scanAt
  }

  /** There is something to look at. */
  begin(now: Instant): void {
    this.#scanAt ??= this.#nextScan(now)
  }

  /** A later view was received. */
  supersede(): void {
    this.#superseded = true
  }

  /** Looks for what has been unstable or unanswered for too long, if it is time to. */
  scan(now: Instant): readonly Effect[] {
    if (this.#scanAt === undefined || this.#scanAt > now) return []
    const effects = [...this.#forwardUnstable(now), ...this.#suspectUnresponsive(now), ...this.#resend(now)]
    const { forwarding, own } = this.#watched
    this.#scanAt = forwarding.pending || own.resendAt() !== undefined ? this.#nextScan(now) : undefined
    return effects
  }

  /**
   * Drops what only suspected members lack, when it is too much.
   *
   * DEVIATION: [R94] 4.2 keeps it until it is stable or a view comes. Where the membership never removes anybody that
   * would be for ever.
   */
  shed(): readonly Effect[] {
    const { retention, stability, accusations } = this.#watched
    return retention.shed(stability).flatMap((rank) => [...accusations.report(rank, 'left-behind')])
  }

  /** [R94] 5, after step 5: what is kept goes to those that may lack it, before it is forgotten. */
  handOver(): readonly Effect[] {
    return Array.from(this.#watched.forwarding.handOver(), ({ bytes, to }) => sendTo(this.#view, to, bytes))
  }

  /** [R94] 4.2 forward: what stays unstable is sent to those that have not announced it. */
  #forwardUnstable(now: Instant): readonly Effect[] {
    return this.#watched.forwarding.forwards(now).map(({ bytes, to }) => sendTo(this.#view, to, bytes))
  }

  /**
   * [R94] 4.2 remove: remove(x, r), for an r that was sent it and still does not announce it; but not once a later view
   * was received. An honest r may have delivered that one, and then announces nothing more in this one: it is only no
   * longer waited for with what we send.
   */
  #suspectUnresponsive(now: Instant): readonly Effect[] {
    const { forwarding, stability, accusations } = this.#watched
    return forwarding.unresponsive(now).flatMap((rank) => {
      if (this.#superseded) {
        stability.overtake(rank)
        return []
      }
      stability.suspect(rank)
      return [...accusations.report(rank, 'unresponsive')]
    })
  }

  /** Inits without a quorum of echoes, again. */
  #resend(now: Instant): readonly Effect[] {
    return this.#watched.own.resends(now).map(({ init, to }) => sendTo(this.#view, to, encode(echoMessage, init)))
  }

  #nextScan(now: Instant): Instant {
    return instant(now + Math.max(1, Math.min(this.#timing.stableMs, this.#timing.resendMs) / 2))
  }
}

/** A message to members by their ranks. */
export function sendTo(view: View, ranks: readonly number[], bytes: Bytes): Effect {
  return { type: 'send', to: ranks.map((rank) => view.members[rank] as ProcessId), bytes }
}
