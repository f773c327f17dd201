import type { Bytes } from '@testudo/core'
import { UsageError } from '@testudo/core'

/**
 * How a `T` is written. Canonical: every value has exactly one encoding, and `read` accepts only that one. Bounded:
 * every variable part has a maximum, checked before anything is allocated.
 */
export interface Codec<T> {
  /** The number of bytes that `write` will write. Throws a `UsageError` on a value outside the codec's bounds. */
  size(value: T): number
  /** Writes at `at`, returns the position behind. Only called after `size`, with room enough. */
  write(value: T, into: Bytes, at: number): number
  /** Reads from the reader's position on; leaves by `malformed()` on anything that `write` would not have written. */
  read(reader: Reader): T
}

/** The type of the values of a codec. */
export type Decoded<C> = C extends Codec<infer T> ? T : never

/** What is left to read of one message. */
export interface Reader {
  readonly bytes: Bytes
  at: number
}

/** Thrown and caught inside `decode` only; a constant, because a stack trace per bad byte would be a gift to a flooder. */
const MALFORMED: { readonly malformed: true } = { malformed: true }

/** Leaves the decoder: the bytes are not an encoding. */
export function malformed(): never {
  throw MALFORMED
}

/** Takes `length` bytes off the reader as a view of them. */
export function take(reader: Reader, length: number): Bytes {
  const end = reader.at + length
  if (end > reader.bytes.length) malformed()
  const taken = reader.bytes.subarray(reader.at, end)
  reader.at = end
  return taken
}

/** Refuses a value of our own that does not fit its codec. */
export function outOfRange(what: string): never {
  throw new UsageError('encode-range', `cannot encode ${what}`)
}

/** The one encoding of a value. Throws a `UsageError` (`encode-range`) when the value is outside the codec's bounds. */
export function encode<T>(codec: Codec<T>, value: T): Bytes {
  const into = new Uint8Array(codec.size(value))
  codec.write(value, into, 0)
  return into
}

/**
 * The value that these bytes encode, or undefined if `encode` would not have written exactly them. Never throws.
 * Byte strings in the result are views of `bytes`: whoever keeps one longer than the message copies it.
 */
export function decode<T>(codec: Codec<T>, bytes: Bytes): T | undefined {
  const reader: Reader = { bytes, at: 0 }
  try {
    const value = codec.read(reader)
    return reader.at === bytes.length ? value : undefined
  } catch (thrown) {
    if (thrown === MALFORMED) return undefined
    throw thrown
  }
}
