import { bytes, type Codec, list, struct, union, varint } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { PACKING_LENGTH_MAX, PACKING_PACKET_MESSAGES_MAX } from './limits.js'

/** What a packet was written for. It counts only if it is delivered there: else its sender packs the messages anew. */
export interface Label {
  /** The number of the view that the sender had been handed up last. */
  readonly view: number
  /** How often the sender had lost a half-received message in that view, for lack of room at the receivers. */
  readonly restarts: number
}

/** Whole messages, in the sender's order. [SR98] 4.2 */
export interface Messages extends Label {
  readonly type: 'messages'
  readonly messages: readonly Bytes[]
}

/** The first part of a message of `total` bytes that is too large for one packet. */
export interface First extends Label {
  readonly type: 'first'
  readonly total: number
  readonly fragment: Bytes
}

/** A part that is neither the first nor the last. */
export interface Middle extends Label {
  readonly type: 'middle'
  readonly fragment: Bytes
}

/** The last part of a message, and as many whole ones as fit behind it. */
export interface Last extends Label {
  readonly type: 'last'
  readonly fragment: Bytes
  readonly messages: readonly Bytes[]
}

/** What travels as one multicast of the layer below. */
export type Packet = Messages | First | Middle | Last

const number = varint(Number.MAX_SAFE_INTEGER)
// What a packet holds at most is for the layer below to say; this only bounds how many bytes a length takes.
const part = bytes(PACKING_LENGTH_MAX)
const parts = list(part, PACKING_PACKET_MESSAGES_MAX)

/** How packets are written: tag, label, then the parts. */
export const packet: Codec<Packet> = union({
  messages: [0, struct({ view: number, restarts: number, messages: parts })],
  first: [1, struct({ view: number, restarts: number, total: number, fragment: part })],
  middle: [2, struct({ view: number, restarts: number, fragment: part })],
  last: [3, struct({ view: number, restarts: number, fragment: part, messages: parts })],
})

/** Whether a packet carries something, and its first fragment less than the whole message: what its form cannot say. */
export function isSound(value: Packet): boolean {
  switch (value.type) {
    case 'messages':
      return value.messages.length > 0
    case 'first':
      return value.fragment.length > 0 && value.fragment.length < value.total
    case 'middle':
    case 'last':
      return value.fragment.length > 0
  }
}

/**
 * The most bytes of a packet that are not parts and their lengths: tag, view, restarts, total or count, and the length
 * of a fragment. To reserve them always wastes some 25 bytes of 60 KiB, and spares the arithmetic of each kind of packet.
 */
export const HEADER_BYTES_MAX: number = 1 + 8 + 8 + 8 + 4

/** How many bytes a message takes in a packet. */
export function partBytes(message: Bytes): number {
  return part.size(message)
}
