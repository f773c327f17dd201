import type { Bytes } from '@testudo/core'

/** Four 32-bit words that start a hash: its key. */
export type Key = readonly [number, number, number, number]

const state = new Int32Array(4)

/**
 * Mixes bytes under a key into `length` bytes (a multiple of 4). Fast plain 32-bit arithmetic, NOT cryptographic: whoever
 * searches for collisions finds them. It serves a simulation, where no liar searches. 128 bits of state.
 */
export function mix(key: Key, bytes: Bytes, length: number): Bytes {
  absorb(key, bytes)
  return squeeze(length)
}

/** The same, as one integer from 0 to 2^32 - 1. */
export function mix32(key: Key, bytes: Bytes): number {
  absorb(key, bytes)
  return (state[0] as number) >>> 0
}

function absorb(key: Key, bytes: Bytes): void {
  let a = key[0] | 0
  let b = key[1] | 0
  let c = key[2] | 0
  let d = key[3] | 0
  for (let i = 0; i < bytes.length; i += 16) {
    a = Math.imul(a ^ word(bytes, i), 0x239b961b)
    a = (((a << 13) | (a >>> 19)) + b) | 0
    b = Math.imul(b ^ word(bytes, i + 4), 0x38b34ae5)
    b = (((b << 17) | (b >>> 15)) + c) | 0
    c = Math.imul(c ^ word(bytes, i + 8), 0x5bd1e995)
    c = (((c << 19) | (c >>> 13)) + d) | 0
    d = Math.imul(d ^ word(bytes, i + 12), 0x1b873593)
    d = (((d << 15) | (d >>> 17)) + a) | 0
  }
  // The length goes in behind the blocks: in front, it would cancel out against the first of them.
  state[0] = a ^ bytes.length
  state[1] = b ^ Math.imul(bytes.length, 0x9e3779b1)
  state[2] = c
  state[3] = d
  for (let round = 0; round < 3; round++) stir(round)
}

/** Four bytes, low byte first; 0 behind the end (the length is mixed in later). */
function word(bytes: Bytes, at: number): number {
  if (at + 4 <= bytes.length) {
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    )
  }
  let value = 0
  for (let i = bytes.length - 1; i >= at; i--) value = (value << 8) | (bytes[i] as number)
  return value
}

/** One round over the whole state; invertible, so no two states become one. */
function stir(round: number): void {
  for (let i = 0; i < 4; i++) {
    let x = (state[i] as number) + (state[(i + 1) & 3] as number) + round
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
    state[i] = x ^ (x >>> 16)
  }
}

function squeeze(length: number): Bytes {
  const out = new Uint8Array(length)
  for (let at = 0; at < length; at++) {
    if (at > 0 && (at & 15) === 0) stir(at)
    out[at] = (state[(at >> 2) & 3] as number) >>> (8 * (at & 3))
  }
  return out
}
