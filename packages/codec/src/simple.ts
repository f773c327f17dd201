import { type Bytes, isProcessId, type ProcessId, processIdBytes, processIdOf } from '@testudo/core'
import { type Codec, malformed, outOfRange, type Reader, take } from './codec.js'

/** An unsigned integer in one byte. */
export const u8: Codec<number> = unsigned(1)
/** An unsigned integer in four bytes, big-endian. */
export const u32: Codec<number> = unsigned(4)
/** An unsigned integer up to 2^53 - 1 in eight bytes, big-endian. */
export const u64: Codec<number> = unsigned(8)

function unsigned(width: 1 | 4 | 8): Codec<number> {
  const max = width === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * width) - 1
  return {
    size(value) {
      if (!Number.isInteger(value) || value < 0 || value > max) outOfRange(`${value} in ${width} bytes`)
      return width
    },
    write(value, into, at) {
      let rest = value
      for (let i = at + width - 1; i >= at; i--) {
        into[i] = rest % 256
        rest = Math.floor(rest / 256)
      }
      return at + width
    },
    read(reader) {
      const end = reader.at + width
      if (end > reader.bytes.length) malformed()
      let value = 0
      for (let i = reader.at; i < end; i++) value = value * 256 + (reader.bytes[i] as number)
      if (value > max) malformed()
      reader.at = end
      return value
    },
  }
}

/** An unsigned integer up to `max` (at most 2^53 - 1), 7 bits a byte, low bits first, in the fewest bytes. */
export function varint(max: number): Codec<number> {
  return {
    size(value) {
      if (!Number.isInteger(value) || value < 0 || value > max) outOfRange(`${value}, the maximum is ${max}`)
      return varintSize(value)
    },
    write: writeVarint,
    read: (reader) => readVarint(reader, max),
  }
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

function writeVarint(value: number, into: Bytes, at: number): number {
  let rest = value
  let end = at
  while (rest >= 128) {
    into[end++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  into[end++] = rest
  return end
}

/** The most bytes of a varint: 8 times 7 bits hold 2^53. */
const VARINT_BYTES_MAX = 8

function readVarint(reader: Reader, max: number): number {
  let value = 0
  let scale = 1
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) malformed()
    value += (byte % 128) * scale
    if (byte < 128) {
      if (byte === 0 && i > 0) malformed() // a longer spelling of a shorter number
      if (value > max) malformed()
      return value
    }
    scale *= 128
  }
  return malformed()
}

/** Two values, one byte: 0 or 1. */
export const boolean: Codec<boolean> = {
  size: () => 1,
  write(value, into, at) {
    into[at] = value ? 1 : 0
    return at + 1
  },
  read(reader) {
    const byte = reader.bytes[reader.at++]
    if (byte === 0) return false
    if (byte === 1) return true
    return malformed()
  },
}

/** Exactly `length` bytes. */
export function fixed(length: number): Codec<Bytes> {
  return {
    size(value) {
      if (value.length !== length) outOfRange(`${value.length} bytes as ${length}`)
      return length
    },
    write(value, into, at) {
      into.set(value, at)
      return at + length
    },
    read: (reader) => take(reader, length),
  }
}

/** Up to `max` bytes, with their number in front. */
export function bytes(max: number): Codec<Bytes> {
  return {
    size(value) {
      if (value.length > max) outOfRange(`${value.length} bytes, the maximum is ${max}`)
      return varintSize(value.length) + value.length
    },
    write(value, into, at) {
      const start = writeVarint(value.length, into, at)
      into.set(value, start)
      return start + value.length
    },
    read: (reader) => take(reader, readVarint(reader, max)),
  }
}

declare const TextEncoder: new () => { encode(text: string): Bytes }
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Bytes): string }

const encoder = new TextEncoder()
// Without ignoreBOM a leading U+FEFF would be dropped: two encodings of one text.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const LONE_SURROGATE = /\p{Surrogate}/u

/** Unicode text of at most `maxBytes` bytes of UTF-8. Lone surrogates are refused on both sides. */
export function text(maxBytes: number): Codec<string> {
  const inner = bytes(maxBytes)
  return {
    size(value) {
      if (LONE_SURROGATE.test(value)) outOfRange('text with a lone surrogate')
      return inner.size(encoder.encode(value))
    },
    write: (value, into, at) => inner.write(encoder.encode(value), into, at),
    read(reader) {
      const encoded = inner.read(reader)
      try {
        return decoder.decode(encoded)
      } catch {
        return malformed() // not UTF-8: TextDecoder has no other way to say so
      }
    },
  }
}

/** A process, as the 32 bytes of its public key. */
export const processId: Codec<ProcessId> = {
  size(value) {
    if (!isProcessId(value)) outOfRange('a process id that is not 64 hexadecimal digits')
    return 32
  },
  write(value, into, at) {
    into.set(processIdBytes(value), at)
    return at + 32
  },
  read: (reader) => processIdOf(take(reader, 32)),
}

/** A constant text, such as the domain in front of what is signed. Takes its own length and says nothing new. */
export function literal<const T extends string>(value: T): Codec<T> {
  const encoded = encoder.encode(value)
  const inner = bytes(encoded.length)
  return {
    size: () => inner.size(encoded),
    write: (_, into, at) => inner.write(encoded, into, at),
    read(reader) {
      const got = inner.read(reader)
      if (got.length !== encoded.length) malformed()
      for (let i = 0; i < got.length; i++) if (got[i] !== encoded[i]) malformed()
      return value
    },
  }
}
