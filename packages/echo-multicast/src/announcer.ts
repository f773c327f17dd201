import { type Instant, instant } from '@testudo/core'
import { ANNOUNCE_EVERY, ECHO_WINDOW } from './limits.js'

/** So many announcements alone, with the window shut, double the time to the next one. */
const QUIETS_PER_DOUBLING = 16

/** When a member announces its counters ([R94] 4.2 announce): with its next multicast, or alone when none comes in time. */
export class Announcer {
  readonly #announceMs: number
  /** Payloads of others that were E-delivered since the last announcement. */
  #owed = 0
  /** When what is owed is announced alone at the latest. */
  #at: Instant | undefined
  /** The seq of our last multicast of counters alone. */
  #lastAlone = 0
  /** Such multicasts since the last payload of ours. */
  #quiets = 0

  constructor(announceMs: number) {
    this.#announceMs = announceMs
  }

  /** When to announce alone; undefined while nothing is owed, or while that would have to wait for something else. */
  wakeAt(delivered: number, unacknowledged: number): Instant | undefined {
    return this.#mayGoAlone(delivered, unacknowledged) ? this.#at : undefined
  }

  /** A payload of somebody else was E-delivered. */
  owe(now: Instant): void {
    this.#owed++
    this.#at ??= instant(now + this.#announceMs * 2 ** Math.min(10, Math.floor(this.#quiets / QUIETS_PER_DOUBLING)))
  }

  /** Whether the next multicast should carry counters; it is taken that it does. */
  take(): boolean {
    const owed = this.#owed > 0
    this.#owed = 0
    this.#at = undefined
    return owed
  }

  /**
   * Whether to announce alone now: enough is owed or for long enough, and our last such multicast was delivered.
   * They may use four times the window of payloads, for they are what opens it, and come ever more slowly.
   */
  isDueAlone(now: Instant, delivered: number, unacknowledged: number): boolean {
    if (this.#owed === 0 || !this.#mayGoAlone(delivered, unacknowledged)) return false
    return this.#owed >= ANNOUNCE_EVERY || (this.#at !== undefined && this.#at <= now)
  }

  announcedAlone(seq: number): void {
    this.#lastAlone = seq
    this.#quiets++
  }

  announcedWithPayload(): void {
    this.#quiets = 0
  }

  #mayGoAlone(delivered: number, unacknowledged: number): boolean {
    return this.#lastAlone <= delivered && unacknowledged < ECHO_WINDOW
  }
}
