import type { Bytes } from '@testudo/core'
import { HEADER_BYTES_MAX, type Label, type Packet, partBytes } from './packet.js'

/** How many released places are kept before the array is moved together: rare enough to cost nothing per message. */
const RELEASED_PLACES_MAX = 1024

const RELEASED: Bytes = new Uint8Array(0)

/**
 * Our own messages from the moment they are asked for until they are delivered back to us, in order. Those in front
 * are under way, the rest waits. A rewind makes all of them wait again.
 */
export class SendQueue {
  /** The most bytes that the parts of one packet take. */
  readonly #room: number
  /** The most messages in one packet. */
  readonly #messagesMax: number
  /** The messages, behind some places already released. */
  #messages: Bytes[] = []
  /** How many messages ever left the front of the array. */
  #gone = 0
  /** How many messages were ever delivered back. */
  #released = 0
  /** How many messages were completely put into packets, counting the released ones. */
  #packed = 0
  /** How many bytes of the message after those were put into packets. */
  #offset = 0
  /** The bytes of all messages held. */
  #bytes = 0

  constructor(packetBytesMax: number, packetMessagesMax: number) {
    this.#room = packetBytesMax - HEADER_BYTES_MAX
    this.#messagesMax = packetMessagesMax
  }

  /** How many messages are held. */
  get length(): number {
    return this.#gone + this.#messages.length - this.#released
  }

  /** How many bytes of messages are held. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many messages, since the beginning, were completely put into packets. */
  get packed(): number {
    return this.#packed
  }

  /** Puts a message at the end. */
  push(message: Bytes): void {
    this.#messages.push(message)
    this.#bytes += message.length
  }

  /** The bytes of the message that the next packet will begin to fragment; 0 if it will not begin one. */
  get fragmentsNext(): number {
    const message = this.#front()
    return message === undefined || this.#offset > 0 || partBytes(message) <= this.#room ? 0 : message.length
  }

  /** [SR98] 4.2: fills the next packet with what waits. Undefined when nothing does. */
  pack({ view, restarts }: Label): Packet | undefined {
    const message = this.#front()
    if (message === undefined) return undefined
    if (this.#offset === 0 && partBytes(message) <= this.#room) {
      return { type: 'messages', view, restarts, messages: this.#fill(0, this.#messagesMax) }
    }
    const start = this.#offset
    const rest = message.subarray(start)
    const size = partBytes(rest)
    if (start > 0 && size <= this.#room) {
      this.#offset = 0
      this.#packed++
      return { type: 'last', view, restarts, fragment: rest, messages: this.#fill(size, this.#messagesMax - 1) }
    }
    // At least one byte is left for the last fragment: without its length, the rest could fit exactly.
    const fragment = rest.subarray(0, Math.min(this.#room, rest.length - 1))
    this.#offset += fragment.length
    if (start > 0) return { type: 'middle', view, restarts, fragment }
    return { type: 'first', view, restarts, total: message.length, fragment }
  }

  /** Forgets the first `packed` messages of all time: they were delivered. */
  release(packed: number): void {
    for (; this.#released < packed; this.#released++) {
      const place = this.#released - this.#gone
      this.#bytes -= (this.#messages[place] as Bytes).length
      this.#messages[place] = RELEASED
    }
    const places = this.#released - this.#gone
    if (places <= RELEASED_PLACES_MAX || 2 * places < this.#messages.length) return
    this.#messages = this.#messages.slice(places)
    this.#gone = this.#released
  }

  /** Lets everything not yet delivered wait again, from the first byte of the first message on. */
  rewind(): void {
    this.#packed = this.#released
    this.#offset = 0
  }

  #front(): Bytes | undefined {
    return this.#messages[this.#packed - this.#gone]
  }

  /** Takes whole messages as long as they fit behind the `used` bytes, but not more than `atMost`. */
  #fill(used: number, atMost: number): Bytes[] {
    const first = this.#packed - this.#gone
    const last = Math.min(this.#messages.length, first + atMost)
    let size = used
    let end = first
    for (; end < last; end++) {
      size += partBytes(this.#messages[end] as Bytes)
      if (size > this.#room) break
    }
    this.#packed += end - first
    return this.#messages.slice(first, end)
  }
}
