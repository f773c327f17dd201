import type { Bytes } from '@testudo/core'
import { NONCE_BYTES, TAG_BYTES } from './aead.js'
import type { Backend, Sealing } from './backend.js'
import { CHANNEL_FRAMES_MAX } from './limits.js'
import { misuse } from './usage.js'

/** A frame is its number in 8 bytes, big-endian, then ciphertext and tag. */
const COUNTER_BYTES = 8

/** What a frame adds to its plaintext. */
export const FRAME_OVERHEAD_BYTES: number = COUNTER_BYTES + TAG_BYTES

/** How far the two directions of a channel have come. It outlives the channel's keys: see `CHANNEL_PEERS_MAX`. */
export interface Counters {
  /** The number of the last frame sealed. */
  sealed: number
  /** The highest number of a frame opened. */
  opened: number
}

/** Seals the next frame. Throws `channel-exhausted`, `message-size`. */
export function sealFrame(backend: Backend, key: Bytes, counters: Counters, plaintext: Bytes, aad: Bytes): Bytes {
  if (counters.sealed >= CHANNEL_FRAMES_MAX) misuse('channel-exhausted', 'this direction is used up in this epoch')
  const number = counters.sealed + 1
  const nonce = nonceOf(number)
  const ciphertext = backend.seal(sealing(key, nonce, aad), plaintext)
  counters.sealed = number
  const frame = new Uint8Array(COUNTER_BYTES + ciphertext.length)
  frame.set(nonce.subarray(NONCE_BYTES - COUNTER_BYTES))
  frame.set(ciphertext, COUNTER_BYTES)
  return frame
}

/** The plaintext of a frame that is authentic and newer than all opened before it, or undefined. */
export function openFrame(
  backend: Backend,
  key: Bytes,
  counters: Counters,
  frame: Bytes,
  aad: Bytes,
): Bytes | undefined {
  const number = numberOf(frame)
  if (number === undefined || number <= counters.opened) return undefined
  const plaintext = backend.open(sealing(key, nonceOf(number), aad), frame.subarray(COUNTER_BYTES))
  if (plaintext !== undefined) counters.opened = number
  return plaintext
}

function sealing(key: Bytes, nonce: Bytes, aad: Bytes): Sealing {
  return { cipher: 'chacha20-poly1305', key, nonce, aad }
}

function nonceOf(number: number): Bytes {
  const nonce = new Uint8Array(NONCE_BYTES)
  new DataView(nonce.buffer).setBigUint64(NONCE_BYTES - COUNTER_BYTES, BigInt(number))
  return nonce
}

/** The number that a frame claims, or undefined if no frame has it. */
function numberOf(frame: Bytes): number | undefined {
  if (frame.length < FRAME_OVERHEAD_BYTES) return undefined
  const number = Number(new DataView(frame.buffer, frame.byteOffset, COUNTER_BYTES).getBigUint64(0))
  return number <= CHANNEL_FRAMES_MAX ? number : undefined
}
