import type { Bytes } from '@testudo/core'
import { ASSEMBLY_BYTES } from './limits.js'

/** Bytes before each frame: its length, big-endian. The highest bit set means that it is no frame but a control word. */
export const HEADER_BYTES = 4

/** The control word that says only that the sender is alive. All others are reserved. */
export const HEARTBEAT = 0x80000000

/** What a reader has next: a frame, a heartbeat, nothing yet, or a reason to give the connection up. */
export type NextFrame = Bytes | 'heartbeat' | 'incomplete' | 'too-large' | 'malformed'

/** A frame of which some chunks are still to come. */
interface Assembly {
  readonly length: number
  readonly bytes: Uint8Array
  readonly filled: number
}

const EMPTY = new Uint8Array(0)

/** Finds the frames in a stream of bytes, however it was cut. A frame within one chunk is not copied. */
export class FrameReader {
  readonly #frameBytesMax: number
  /** What arrived last, and how far it was read. */
  #chunk: Uint8Array = EMPTY
  #at = 0
  /** The bytes of a header that was cut, and how many of them are there. */
  #header = 0
  #headerBytes = 0
  #assembly: Assembly | undefined

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Adds a chunk. The reader keeps it until its frames were taken; the frames are views of it. */
  push(chunk: Uint8Array): void {
    const rest = this.#chunk.length - this.#at
    if (rest === 0) {
      this.#chunk = chunk
      this.#at = 0
      return
    }
    // Only while paused, where the socket hands over at most what it had read already.
    const joined = new Uint8Array(rest + chunk.length)
    joined.set(this.#chunk.subarray(this.#at))
    joined.set(chunk, rest)
    this.#chunk = joined
    this.#at = 0
  }

  /** Takes the next frame. After `too-large` or `malformed` the stream cannot be read any further. */
  next(): NextFrame {
    if (this.#assembly !== undefined) return this.#assemble(this.#assembly)
    const length = this.#readHeader()
    if (length === undefined) return 'incomplete'
    if (length >= HEARTBEAT) return length === HEARTBEAT ? 'heartbeat' : 'malformed'
    if (length > this.#frameBytesMax) return 'too-large'
    if (this.#chunk.length - this.#at >= length) return this.#take(length)
    return this.#assemble({ length, bytes: EMPTY, filled: 0 })
  }

  #readHeader(): number | undefined {
    const chunk = this.#chunk
    const at = this.#at
    if (this.#headerBytes === 0 && chunk.length - at >= HEADER_BYTES) {
      this.#at = at + HEADER_BYTES
      // Bytes of a typed array are never absent within its length; `>>> 0` makes the highest bit count as itself.
      return (
        ((byte(chunk, at) << 24) | (byte(chunk, at + 1) << 16) | (byte(chunk, at + 2) << 8) | byte(chunk, at + 3)) >>> 0
      )
    }
    while (this.#headerBytes < HEADER_BYTES && this.#at < chunk.length) {
      this.#header = ((this.#header << 8) | byte(chunk, this.#at++)) >>> 0
      this.#headerBytes++
    }
    if (this.#headerBytes < HEADER_BYTES) return undefined
    const length = this.#header
    this.#header = 0
    this.#headerBytes = 0
    return length
  }

  /** A plain Uint8Array, not a Buffer: `slice` of a Buffer is a view, and the layers expect a copy. */
  #take(length: number): Bytes {
    const frame = new Uint8Array(this.#chunk.buffer, this.#chunk.byteOffset + this.#at, length)
    this.#at += length
    return frame
  }

  /** Moves what arrived into the frame. What it holds is in proportion to that, not to the length claimed. */
  #assemble({ length, bytes, filled }: Assembly): NextFrame {
    const found = Math.min(length - filled, this.#chunk.length - this.#at)
    const room = grown(bytes, filled, filled + found, length)
    room.set(this.#chunk.subarray(this.#at, this.#at + found), filled)
    this.#at += found
    if (filled + found === length) {
      this.#assembly = undefined
      return room.length === length ? room : room.subarray(0, length)
    }
    this.#assembly = { length, bytes: room, filled: filled + found }
    return 'incomplete'
  }
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

/** Room for `needed` of at most `length` bytes, with the first `filled` in it: the same array or one twice as large. */
function grown(bytes: Uint8Array, filled: number, needed: number, length: number): Uint8Array {
  if (needed <= bytes.length) return bytes
  const size = Math.min(length, Math.max(ASSEMBLY_BYTES, 2 * needed))
  // Not from Node's pool, and not cleared: every byte is written before it is handed over.
  const slow = Buffer.allocUnsafeSlow(size)
  const room = new Uint8Array(slow.buffer, slow.byteOffset, size)
  room.set(bytes.subarray(0, filled))
  return room
}
