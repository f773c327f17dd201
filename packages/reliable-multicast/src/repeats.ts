import { bytes, type Codec, decode, encode, list, struct, varint } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { FLUSH_BYTES_MAX, FLUSH_EXPANSION_MAX } from './limits.js'

/** The shortest repetition that is worth naming: a quarter of a signature. */
const REPEAT_BYTES_MIN = 24

/** Every so many bytes a place is remembered. Repetitions of `REPEAT_BYTES_MIN` and as much again are always found. */
const PLACE_EVERY = 8

/** Places remembered, a power of two: a later one with the same hash takes the place of an earlier one. */
const PLACES = 1 << 16

/** The most pieces: an honest flush has a few for each certificate. */
const PIECES_MAX = 1 << 20

/** Any flush may come to this much. */
const EXPANSION_FREE_BYTES = 1024 * 1024

/** Some new bytes, then some that came `back` bytes before. */
interface Piece {
  readonly fresh: Bytes
  readonly back: number
  readonly length: number
}

const pieces: Codec<readonly Piece[]> = list(
  struct({ fresh: bytes(FLUSH_BYTES_MAX), back: varint(FLUSH_BYTES_MAX), length: varint(FLUSH_BYTES_MAX) }),
  PIECES_MAX,
)

/**
 * The same bytes with long repetitions said once. The flushes of members into one view hold nearly the same
 * certificates, and all those flushes are in the flush into the view after: without this a cascade of views multiplies
 * their size by that of the group, view by view.
 */
export function withoutRepeats(content: Bytes): Bytes {
  const places = new Int32Array(PLACES).fill(-1)
  const found: Piece[] = []
  let told = 0
  for (let at = 0; at + REPEAT_BYTES_MIN <= content.length && found.length < PIECES_MAX - 1; at++) {
    const slot = slotOf(content, at)
    const before = places[slot] as number
    if (at % PLACE_EVERY === 0) places[slot] = at
    const length = before < 0 ? 0 : sameFrom(content, before, at)
    if (length < REPEAT_BYTES_MIN) continue
    const early = sameBefore(content, before, at, told)
    found.push({ fresh: content.subarray(told, at - early), back: at - before, length: length + early })
    told = at + length
    for (let passed = at + PLACE_EVERY - (at % PLACE_EVERY); passed < told; passed += PLACE_EVERY) {
      if (passed + REPEAT_BYTES_MIN <= content.length) places[slotOf(content, passed)] = passed
    }
    at = told - 1
  }
  found.push({ fresh: content.subarray(told), back: 0, length: 0 })
  return encode(pieces, found)
}

/** What `withoutRepeats` was given; undefined for bytes that it does not make or that come to more than a flush may. */
export function withRepeats(packed: Bytes): Bytes | undefined {
  const found = decode(pieces, packed)
  const total = found?.reduce((sum, { fresh, length }) => sum + fresh.length + length, 0) ?? 0
  const allowed = Math.min(FLUSH_BYTES_MAX, EXPANSION_FREE_BYTES + FLUSH_EXPANSION_MAX * packed.length)
  if (found === undefined || total > allowed) return undefined
  const content = new Uint8Array(total)
  let end = 0
  for (const { fresh, back, length } of found) {
    content.set(fresh, end)
    end += fresh.length
    if (length > 0 && (back === 0 || back > end)) return undefined
    // Byte by byte, because what repeats may overlap its repetition.
    for (let i = 0; i < length; i++, end++) content[end] = content[end - back] as number
  }
  return content
}

/** The slot for the eight bytes from here: signatures and digests are random, so eight tell them apart. */
function slotOf(content: Bytes, at: number): number {
  let hash = 0
  for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ (content[at + i] as number), 0x01000193)
  return (hash ^ (hash >>> 16)) & (PLACES - 1)
}

function sameFrom(content: Bytes, before: number, at: number): number {
  let length = 0
  while (at + length < content.length && content[before + length] === content[at + length]) length++
  return length
}

/** How many bytes before both places are the same, back to what was told already. */
function sameBefore(content: Bytes, before: number, at: number, told: number): number {
  let early = 0
  while (at - early > told && before - early > 0 && content[before - early - 1] === content[at - early - 1]) early++
  return early
}
