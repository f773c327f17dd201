import type { SecureContext } from 'node:tls'
import type { ProcessId } from '@testudo/core'
import { Handshake, type HandshakeEnd } from './handshake.js'
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from './limits.js'
import type { TcpAddress } from './options.js'
import { dialTls } from './secure.js'
import type { TcpWarning } from './warnings.js'

/** Whom a dialler calls, and who hears of it. */
export interface DiallerOptions {
  readonly peer: ProcessId
  readonly address: TcpAddress
  readonly context: SecureContext
  readonly handshakeMsMax: number
  readonly up: (end: Extract<HandshakeEnd, { type: 'up' }>) => void
  readonly warn: (warning: TcpWarning) => void
}

/** The wait before attempt number `attempt` (from 0), in milliseconds; `drawn` is from 0 to 1. Half of it is drawn. */
export function backoffMs(attempt: number, drawn: number): number {
  return Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** attempt) * (0.5 + drawn / 2)
}

/** Keeps one connection to one peer: dials until it is up, and again when told that it is gone. */
export class Dialler {
  readonly #options: DiallerOptions
  #handshake: Handshake | undefined
  #timer: NodeJS.Timeout | undefined
  /** Waits since the connection was last up for longer than the wait it took. */
  #attempt = 0
  #upSince = 0
  /** What was warned of in this outage: a peer that is away is reported once for each cause. */
  #warned = ''

  constructor(options: DiallerOptions) {
    this.#options = options
  }

  /** Dials now. */
  dial(): void {
    const { peer, address, context, handshakeMsMax } = this.#options
    this.#timer = undefined
    this.#handshake = new Handshake(
      (secure) => dialTls(address, context, secure),
      (proven) => (proven === peer ? undefined : { code: 'wrong-key', message: `it has the key ${proven}` }),
      handshakeMsMax,
      (end) => this.#done(end),
    )
  }

  /** The connection that was up is gone: dials again, after a wait. */
  lost(): void {
    // A peer that accepts and hangs up at once is not dialled faster than one that does not answer.
    if (performance.now() - this.#upSince > backoffMs(this.#attempt, 1)) this.#attempt = 0
    this.#again()
  }

  /** Dials no more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#handshake?.abandon()
  }

  #done(end: HandshakeEnd): void {
    this.#handshake = undefined
    if (end.type === 'up') {
      this.#upSince = performance.now()
      this.#warned = ''
      this.#options.up(end)
      return
    }
    this.#warn(end.warning)
    this.#again()
  }

  #again(): void {
    this.#timer = setTimeout(() => this.dial(), backoffMs(this.#attempt++, Math.random()))
  }

  #warn({ code, message }: TcpWarning): void {
    const { peer, address, warn } = this.#options
    const unanswered = code === 'handshake-failed' || code === 'handshake-timeout'
    const warning = {
      code: unanswered ? 'dial-failed' : code,
      peer,
      message: `dialling ${address.host}:${address.port}: ${message}`,
    } as const
    const cause = `${warning.code} ${message}`
    if (cause === this.#warned) return
    this.#warned = cause
    warn(warning)
  }
}
