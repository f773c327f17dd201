import type { Bytes } from '@testudo/core'

/** The first byte of what the demo multicasts: a line follows, the sender has no more, the sender is there. */
export const LINE = 0
export const END = 1
export const HELLO = 2

const NOTHING: Bytes = new Uint8Array(0)

/** What is multicast for a line or a sign. */
export function framed(kind: number, line: Bytes = NOTHING): Bytes {
  const bytes = new Uint8Array(line.length + 1)
  bytes[0] = kind
  bytes.set(line, 1)
  return bytes
}
