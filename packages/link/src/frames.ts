import { bytes, type Codec, fixed, list, struct, union, varint } from '@testudo/codec'
import type { Bytes, Random } from '@testudo/core'
import { ACK_RUNS_MAX, LINK_PAYLOAD_BYTES_MAX, WINDOW_FRAMES_MAX } from './limits.js'

const SESSION_BYTES = 8

/** The absence of a session or a nonce. */
export const NONE: Bytes = new Uint8Array(SESSION_BYTES)

/**
 * "I am `session`, I know you as `peerSession` and have `received` frames of that." A `nonce` asks for a proof that the
 * other side lives now; `echo` gives it. Sent when a channel comes up and when a session is not known.
 */
export interface Hello {
  readonly type: 'hello'
  readonly session: Bytes
  readonly peerSession: Bytes
  readonly nonce: Bytes
  readonly echo: Bytes
  readonly received: number
}

/** The frame `seq` of a session towards a session, with an acknowledgement on its back. */
export interface Data {
  readonly type: 'data'
  readonly session: Bytes
  readonly peerSession: Bytes
  readonly seq: number
  readonly ack: number
  readonly payload: Bytes
}

/**
 * Everything up to `ack` is here. `runs` go on from there: so many frames are missing, then so many are here, and so
 * on by turns.
 */
export interface Ack {
  readonly type: 'ack'
  readonly session: Bytes
  readonly peerSession: Bytes
  readonly ack: number
  readonly runs: readonly number[]
}

/** What links send each other. */
export type Frame = Hello | Data | Ack

const session = fixed(SESSION_BYTES)
const counter = varint(Number.MAX_SAFE_INTEGER)

/** The one encoding of a frame. */
export const frameCodec: Codec<Frame> = union({
  hello: [1, struct({ session, peerSession: session, nonce: session, echo: session, received: counter })],
  data: [
    2,
    struct({ session, peerSession: session, seq: counter, ack: counter, payload: bytes(LINK_PAYLOAD_BYTES_MAX) }),
  ],
  ack: [
    3,
    struct({ session, peerSession: session, ack: counter, runs: list(varint(WINDOW_FRAMES_MAX), ACK_RUNS_MAX) }),
  ],
})

/** An unpredictable session or nonce, never `NONE`. */
export function fresh(random: Random): Bytes {
  const drawn = random.bytes(SESSION_BYTES).slice()
  if (isNone(drawn)) drawn[0] = 1
  return drawn
}

/** Whether a session or nonce is absent. */
export function isNone(value: Bytes): boolean {
  for (let i = 0; i < SESSION_BYTES; i++) if (value[i] !== 0) return false
  return true
}
