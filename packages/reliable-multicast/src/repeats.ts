import { bytes, type Codec, decode, encode, list, struct, varint } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { FLUSH_BYTES_MAX, FLUSH_EXPANSION_MAX } from './limits.js'

/** The shortest repetition that is worth naming: a quarter of a signature. */
const REPEAT_BYTES_MIN = 24

/** Every so many bytes a place is remembered; in content from `LARGE_BYTES` on, where repetitions are long, fewer. */
const PLACE_EVERY = 8
const PLACE_EVERY_LARGE = 64
const LARGE_BYTES = 1024 * 1024

/** The most places remembered, a power of two: in content of more than 128 MiB they lie further apart. */
const PLACES_MAX = 1 << 21

/** Beside a place stand so many bits of the hash: the content of other places is looked at once in a thousand times. */
const TAG_BITS = 10
const TAG = 2 ** TAG_BITS - 1

/**
 * While nothing is found, so many bytes are looked at 1 byte apart, then so many 3 bytes apart, 5 and so on. An odd width
 * meets every remainder of the distance of places. So what begins to repeat right behind a repetition is found if it is
 * 72 bytes long, and what repeats anywhere if it is 160 bytes long, or 1,096 in large content, but for places whose slots
 * later ones have taken (up to four in ten, or six); of shorter ones a part.
 */
const PROBES_EACH = 64
const PROBE_WIDTH_MAX = 17

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
 *
 * It is done in one step, in which a member answers nobody, so it must be fast where there is nothing to find. 32 MiB of
 * random bytes take 35 ms to look through and 20 to copy (Node 20, best of four runs on a busy machine of two cores);
 * looking at every byte, with eight multiplications for each, took 780. Ten times 4,000 certificates of 700 bytes, a
 * tenth of them missing each time, take 60 ms instead of 270, and come to 2.9 MB instead of 5.9.
 */
export function withoutRepeats(content: Bytes): Bytes {
  const places = new Places(content)
  const found: Piece[] = []
  let told = 0
  let probes = 0
  for (let at = 0; at + REPEAT_BYTES_MIN <= content.length && found.length < PIECES_MAX - 1; ) {
    const before = places.sameBefore(at)
    const length = before < 0 ? 0 : sameFrom(content, before, at)
    const early = length === 0 ? 0 : sameUpTo(content, before, at, told)
    if (length + early < REPEAT_BYTES_MIN) {
      at += Math.min(PROBE_WIDTH_MAX, 1 + 2 * Math.floor(probes++ / PROBES_EACH))
      continue
    }
    found.push({ fresh: content.subarray(told, at - early), back: at - before, length: length + early })
    told = at + length
    at = told
    probes = 0
  }
  found.push({ fresh: content.subarray(told), back: 0, length: 0 })
  return encode(pieces, found)
}

/** Where in the content what bytes were, as far as it has been gone through. */
class Places {
  readonly #view: DataView
  readonly #every: number
  /** By hash: the how-manieth place, from 1, and a tag. A later one takes the slot of an earlier. */
  readonly #slots: Int32Array
  /** How far a hash is shifted to the right to be a slot: the tag is the bits of it that are lowest. */
  readonly #shift: number
  /** The next one to remember. */
  #next = 0

  constructor({ buffer, byteOffset, length }: Bytes) {
    this.#view = new DataView(buffer, byteOffset, length)
    const large = length >= LARGE_BYTES
    let every = large ? PLACE_EVERY_LARGE : PLACE_EVERY
    while (length / every >= PLACES_MAX) every *= 2
    let bits = 8
    // A table that a cache holds is worth more than one in which no place is ever taken: half the time, for 32 MiB.
    while (2 ** bits * every < (large ? length : 2 * length)) bits++
    this.#every = every
    this.#slots = new Int32Array(2 ** bits)
    this.#shift = 32 - bits
  }

  /** A place before this one where the same may begin, or -1. Remembers all there are up to here. */
  sameBefore(at: number): number {
    for (; this.#next < at; this.#next += this.#every) {
      const hash = this.#hashAt(this.#next)
      this.#slots[hash >>> this.#shift] = ((this.#next / this.#every + 1) << TAG_BITS) | (hash & TAG)
    }
    const hash = this.#hashAt(at)
    const slot = this.#slots[hash >>> this.#shift] as number
    return slot !== 0 && (slot & TAG) === (hash & TAG) ? ((slot >>> TAG_BITS) - 1) * this.#every : -1
  }

  /** Of the eight bytes from here: signatures and digests are random, so eight tell them apart. */
  #hashAt(at: number): number {
    const low = Math.imul(this.#view.getInt32(at, true), 0x9e3779b1)
    const hash = Math.imul(low ^ (low >>> 15) ^ this.#view.getInt32(at + 4, true), 0x85ebca6b)
    return hash ^ (hash >>> 15)
  }
}

/**
 * What `withoutRepeats` was given; undefined for bytes that are no pieces or that come to more than a flush may. The same
 * content may be said in pieces in many ways, and any is taken: all members see the same bytes. Only what is in them, the
 * list of certificates, has one encoding.
 */
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
    const from = end - back
    // What repeats may overlap its repetition: then each turn copies twice as much as the one before.
    for (const until = end + length; end < until; ) {
      const copied = Math.min(until - end, end - from)
      content.copyWithin(end, from, from + copied)
      end += copied
    }
  }
  return content
}

function sameFrom(content: Bytes, before: number, at: number): number {
  let length = 0
  while (at + length < content.length && content[before + length] === content[at + length]) length++
  return length
}

/** How many bytes before both places are the same, back to what was told already. */
function sameUpTo(content: Bytes, before: number, at: number, told: number): number {
  let early = 0
  while (at - early > told && before - early > 0 && content[before - early - 1] === content[at - early - 1]) early++
  return early
}
