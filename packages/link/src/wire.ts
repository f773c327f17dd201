import { decode, encode } from '@testudo/codec'
import type { Bytes, ProcessId } from '@testudo/core'
import type { Authenticator } from './authenticator.js'
import { type Frame, frameCodec } from './frames.js'
import { LINK_OVERHEAD_BYTES_MAX, LINK_PAYLOAD_BYTES_MAX, TAG_BYTES_MAX } from './limits.js'

/** What became of received bytes: a frame, a forgery that nobody can be blamed for, or nonsense that `from` sent. */
export type Opened = Frame | 'forged' | 'malformed'

/** Frames to bytes and back, with the tag where one is needed: one byte of its length, the tag, the frame. */
export class Wire {
  /** The largest payload that fits into a frame of the transport. */
  readonly payloadBytesMax: number
  /** Vouches for frames, where the transport does not. */
  readonly #authenticator: Authenticator | undefined

  constructor(frameBytesMax: number, authenticator: Authenticator | undefined) {
    const tagBytes = authenticator === undefined ? 0 : 1 + TAG_BYTES_MAX
    this.payloadBytesMax = Math.min(LINK_PAYLOAD_BYTES_MAX, frameBytesMax - LINK_OVERHEAD_BYTES_MAX - tagBytes)
    this.#authenticator = authenticator
  }

  seal(peer: ProcessId, frame: Frame): Bytes {
    const body = encode(frameCodec, frame)
    if (this.#authenticator === undefined) return body
    const tag = this.#authenticator.tag(peer, body)
    const sealed = new Uint8Array(1 + tag.length + body.length)
    sealed[0] = tag.length
    sealed.set(tag, 1)
    sealed.set(body, 1 + tag.length)
    return sealed
  }

  open(from: ProcessId, bytes: Bytes): Opened {
    if (this.#authenticator === undefined) return decode(frameCodec, bytes) ?? 'malformed'
    const tagLength = bytes[0]
    if (tagLength === undefined || tagLength > TAG_BYTES_MAX || bytes.length < 1 + tagLength) return 'forged'
    const body = bytes.subarray(1 + tagLength)
    if (!this.#authenticator.check(from, body, bytes.subarray(1, 1 + tagLength))) return 'forged'
    return decode(frameCodec, body) ?? 'malformed'
  }
}
