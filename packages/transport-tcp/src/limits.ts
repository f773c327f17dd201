import { UsageError } from '@testudo/core'

/** The largest frame a peer may send, in bytes: one batch of messages with room to spare, and little enough to hold. */
export const FRAME_BYTES_MAX: number = 4 * 1024 * 1024

/** From a socket's first moment to a peer's hello, in milliseconds: a handshake takes 3 on loopback, 1000 when far. */
export const HANDSHAKE_MS_MAX = 5_000

/**
 * Connections that came in and have not shown a listed key yet. The one over it costs another its place, drawn by lot
 * among those that have not sent a byte, or among all if there is none. Were the new one refused, as many silent strangers
 * would keep every honest peer out; were the oldest dropped, strangers that keep coming would, as soon as so many come
 * within one handshake. By lot, five hundred of them in a second cost an honest one its place in one of ten attempts.
 */
export const PENDING_MAX = 256

/** Bytes waiting to be written to one peer. Beyond it the connection is given up, and the link above sends again. */
export const QUEUE_BYTES_MAX: number = 64 * 1024 * 1024

/** How often a connection with nothing to say says so, in milliseconds. */
export const HEARTBEAT_MS = 1_000

/** A peer that sent nothing for so long, heartbeats included, is taken for dead: five heartbeats in milliseconds. */
export const DEAD_PEER_MS = 5_000

/** The first wait before dialling again, in milliseconds. It doubles with every failure, and half of it is drawn. */
export const BACKOFF_MS_MIN = 50

/** The longest wait before dialling again, in milliseconds. */
export const BACKOFF_MS_MAX = 2_000

/** `close` gives what is queued so long to leave, in milliseconds. */
export const CLOSE_MS_MAX = 500

/**
 * A listed peer that opens a new connection sooner after the last, in milliseconds, is refused: it would make the
 * layers above connect and disconnect without end. Less than half of `BACKOFF_MS_MIN`, so never an honest one.
 */
export const REPLACE_MS_MIN = 20

/** Frames queued in one turn of the event loop are joined up to this size: 1 KB frames leave six times faster so. */
export const BATCH_BYTES: number = 64 * 1024

/** A frame of this size or more is not copied into a batch: at 16 KB the copy costs as much as a write of its own. */
export const COPY_BYTES_MAX: number = 16 * 1024

/** What an incomplete frame is given at first, whatever length it claims. It doubles as bytes arrive. */
export const ASSEMBLY_BYTES: number = 64 * 1024

/** Warnings of one code and peer passed on per `WARNING_WINDOW_MS`. The next one passed on says how many were left out. */
export const WARNINGS_MAX = 10

/** The span that `WARNINGS_MAX` counts in, in milliseconds. */
export const WARNING_WINDOW_MS = 10_000

/** The limits that can be set for one transport. */
export interface TcpLimits {
  /** Default `FRAME_BYTES_MAX`. All members should agree: a frame over the receiver's limit costs the connection. */
  readonly frameBytesMax: number
  /** Default `HANDSHAKE_MS_MAX`. */
  readonly handshakeMsMax: number
  /** Default `PENDING_MAX`. */
  readonly pendingMax: number
  /** Default `QUEUE_BYTES_MAX`. */
  readonly queueBytesMax: number
  /** Default `HEARTBEAT_MS`. Less than half of every peer's `deadPeerMs`. */
  readonly heartbeatMs: number
  /** Default `DEAD_PEER_MS`. At least twice `heartbeatMs`. */
  readonly deadPeerMs: number
}

const DEFAULTS: TcpLimits = {
  frameBytesMax: FRAME_BYTES_MAX,
  handshakeMsMax: HANDSHAKE_MS_MAX,
  pendingMax: PENDING_MAX,
  queueBytesMax: QUEUE_BYTES_MAX,
  heartbeatMs: HEARTBEAT_MS,
  deadPeerMs: DEAD_PEER_MS,
}

/** The highest value of any limit: what a timer and a frame's length field can hold. */
const LIMIT_MAX = 0x7fffffff

/** Fills in the defaults. Throws `UsageError` `bad-limit` for what is no whole number from 1 up, or at odds. */
export function tcpLimits(given: Partial<TcpLimits>): TcpLimits {
  const limits = { ...DEFAULTS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX) {
      throw new UsageError('bad-limit', `limits.${name} must be a whole number from 1 to ${LIMIT_MAX}, not ${value}`)
    }
  }
  if (limits.deadPeerMs < 2 * limits.heartbeatMs) {
    throw new UsageError('bad-limit', 'limits.deadPeerMs must be at least twice limits.heartbeatMs')
  }
  return limits
}
