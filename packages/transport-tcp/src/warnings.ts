import type { ProcessId } from '@testudo/core'
import { WARNING_WINDOW_MS, WARNINGS_MAX } from './limits.js'

/** What this transport warns of. Every one of them was dealt with already. */
export type TcpWarningCode =
  /** Somebody connected with a key that no listed peer has. */
  | 'unlisted-key'
  /** At the address of a listed peer somebody with another key answered. */
  | 'wrong-key'
  /** Somebody connected without a certificate, or with one of another kind of key. */
  | 'no-certificate'
  /** A listed peer with a higher id connected to us, who should have waited to be called. */
  | 'wrong-direction'
  /** A listed peer opened one connection after the other faster than `REPLACE_MS_MIN`. */
  | 'reconnect-too-soon'
  /** What came was not TLS 1.3 as we speak it, or broke off before it was done. */
  | 'handshake-failed'
  /** No hello within `handshakeMsMax`. */
  | 'handshake-timeout'
  /** More than `pendingMax` connections were under way: one of them was dropped. */
  | 'too-many-pending'
  /** The key was right, the first bytes were not our hello: another program, or another version of this one. */
  | 'bad-hello'
  /** A peer does not answer at its address. Once per outage and cause. */
  | 'dial-failed'
  /** A peer announced a frame over `frameBytesMax`: the connection was dropped. */
  | 'frame-too-large'
  /** A peer sent a frame header that means nothing: the connection was dropped. */
  | 'bad-frame'
  /** Nothing came from a peer for `deadPeerMs`: the connection was dropped. */
  | 'peer-silent'
  /** More than `queueBytesMax` waited for a peer: the connection was dropped, and what waited is lost. */
  | 'queue-full'
  /** A connection that was up broke. */
  | 'connection-failed'
  /** The listening socket reported an error; it goes on listening. */
  | 'accept-failed'

/** One warning, as `TransportHandler.warn` takes it. */
export interface TcpWarning {
  readonly code: TcpWarningCode
  readonly peer?: ProcessId
  readonly message: string
}

interface Span {
  readonly until: number
  readonly passed: number
  readonly left: number
}

/** Passes on at most `WARNINGS_MAX` warnings of each code and peer per window: nobody can fill a log. */
export class WarningGate {
  /** The current window of each code and peer; bounded by their numbers, as only listed peers are named. */
  readonly #spans = new Map<string, Span>()
  readonly #warn: (warning: TcpWarning) => void

  constructor(warn: (warning: TcpWarning) => void) {
    this.#warn = warn
  }

  /** Passes the warning on, or counts it. `now` is in milliseconds of a monotonic clock. */
  warn(warning: TcpWarning, now: number = performance.now()): void {
    const key = `${warning.code} ${warning.peer ?? ''}`
    const span = this.#spans.get(key)
    if (span !== undefined && now < span.until) {
      if (span.passed >= WARNINGS_MAX) {
        this.#spans.set(key, { ...span, left: span.left + 1 })
        return
      }
      this.#spans.set(key, { ...span, passed: span.passed + 1 })
      this.#warn(warning)
      return
    }
    this.#spans.set(key, { until: now + WARNING_WINDOW_MS, passed: 1, left: 0 })
    const left = span?.left ?? 0
    this.#warn(left === 0 ? warning : { ...warning, message: `${warning.message} (${left} more were left out)` })
  }
}
