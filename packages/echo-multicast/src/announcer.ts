import { type Instant, instant } from '@testudo/core'
import { ANNOUNCE_EVERY, ANNOUNCE_QUIETS, ECHO_WINDOW } from './limits.js'

/** So many announcements alone that were not acknowledged double the time to the next one. */
const QUIETS_PER_DOUBLING = 16

/** What the announcer has to know of our own multicasts. */
export interface OwnMulticasts {
  /** Those E-delivered here. */
  readonly delivered: number
  /** Those that not all have acknowledged, and those of them with counters alone. */
  readonly unacknowledged: number
  readonly unacknowledgedQuiets: number
}

/** When a member announces its counters ([R94] 4.2 announce): with its next multicast, or alone when none comes in time. */
export class Announcer {
  readonly #announceMs: number
  /** No announcement waits longer, so that nobody is suspected because its own were slow to be acknowledged. */
  readonly #announceMsMax: number
  /** By rank: multicasts that were E-delivered since the last announcement. */
  readonly #heard: number[]
  /** Whether any was. */
  #news = false
  /** Payloads of others among them. */
  #payloads = 0
  /** When what is owed is announced alone at the latest; undefined while nothing is. */
  #at: Instant | undefined
  /** The seq of our last multicast of counters alone. */
  #lastAlone = 0

  constructor(members: number, announceMs: number, announceMsMax: number) {
    this.#heard = new Array<number>(members).fill(0)
    this.#announceMs = Math.min(announceMs, announceMsMax)
    this.#announceMsMax = announceMsMax
  }

  /** When to announce alone; undefined while nothing is owed, or while that would have to wait for something else. */
  wakeAt(own: OwnMulticasts): Instant | undefined {
    return this.#mayGoAlone(own) ? this.#at : undefined
  }

  /**
   * A multicast of somebody else was E-delivered. A payload has to be announced; of counters alone only many, for each
   * announcement would ask for the next one, and an idle group would never rest.
   */
  heard(initiator: number, payload: boolean, own: OwnMulticasts, now: Instant): void {
    const heard = (this.#heard[initiator] as number) + 1
    this.#heard[initiator] = heard
    this.#news = true
    if (payload) this.#payloads++
    if (payload || heard >= ANNOUNCE_QUIETS) this.#at ??= instant(now + this.#delay(own))
  }

  /** Whether the next multicast should carry counters, as it should when they say anything new; it is taken that it does. */
  take(): boolean {
    const news = this.#news
    this.#news = false
    this.#payloads = 0
    this.#at = undefined
    this.#heard.fill(0)
    return news
  }

  /**
   * Whether to announce alone now: enough is owed or for long enough, and our last such multicast was delivered.
   * They may use four times the window of payloads, for they are what opens it, and come more slowly while it is shut.
   */
  isDueAlone(own: OwnMulticasts, now: Instant): boolean {
    if (this.#at === undefined || !this.#mayGoAlone(own)) return false
    return this.#payloads >= ANNOUNCE_EVERY || this.#at <= now
  }

  announcedAlone(seq: number): void {
    this.#lastAlone = seq
  }

  #delay({ unacknowledgedQuiets }: OwnMulticasts): number {
    const doublings = Math.min(10, Math.floor(unacknowledgedQuiets / QUIETS_PER_DOUBLING))
    return Math.min(this.#announceMsMax, this.#announceMs * 2 ** doublings)
  }

  #mayGoAlone({ delivered, unacknowledged }: OwnMulticasts): boolean {
    return this.#lastAlone <= delivered && unacknowledged < ECHO_WINDOW
  }
}
