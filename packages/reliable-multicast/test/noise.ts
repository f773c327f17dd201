import type { Bytes } from '@testudo/core'

/** Bytes in which nothing repeats: a fixed sequence that looks random. */
export function noise(length: number, seed = 1): Bytes {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return state >>> 24
  })
}
